/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/export_kubernetes.h"

#include <ctype.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define NAME_SIZE       64 /* of a pod, a container; with the NUL; RFC 1123 */
#define QUOTA_PER_MILLI 100
#define SHARES_PER_CPU  1024 /* kubelet, MilliCPUToShares() */

/* What no name of a pod has becomes a dash. Source: RFC 1123, 2.1. */
static void make_name(const char *name, char out[NAME_SIZE])
{
	size_t length;

	(void)snprintf(out, NAME_SIZE, "%s", name == NULL || *name == '\0' ? "app" : name);
	for (char *letter = out; *letter != '\0'; letter++)
		*letter = isalnum((unsigned char)*letter) ? (char)tolower((unsigned char)*letter)
		                                          : '-';
	for (length = strlen(out); length > 0 && out[length - 1] == '-'; length--)
		out[length - 1] = '\0';
	if (out[0] == '-')
		out[0] = 'x';
}

/* A text in which the kubelet sees no "$(NAME)". Source: kubernetes third_party/forked/expansion.
 */
static void add_text(struct tree *tree, struct tree_node *parent, const char *name,
                     const char *value)
{
	AUTO_TEXT struct text text = { 0 };

	for (; *value != '\0'; value++) {
		const bool is_taken = *value == '$' && (value[1] == '(' || value[1] == '$');

		text_add_format(&text, is_taken ? "%c$" : "%c", *value);
	}
	tree->is_broken |= text.is_broken;
	tree_text(tree, parent, name, text.bytes == NULL ? "" : text.bytes);
}

static void write_words(struct pod_writer *writer, const char *name,
                        const struct spec_text_list *words, size_t first, size_t end)
{
	struct tree_node *list = tree_list(writer->tree, writer->container, name);

	for (size_t i = first; i < end && i < words->count; i++)
		add_text(writer->tree, list, NULL, words->items[i].value);
}

static void write_args(struct pod_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	const struct spec_text_list *args = &writer->spec->args;

	losses_said(&writer->work->losses, args);
	if (engine != NULL && writer->work->request->arg_count == 0) {
		write_words(writer, "command", &engine->entrypoint, 0, SIZE_MAX);
		write_words(writer, "args", &engine->command, 0, SIZE_MAX);
		return;
	}
	write_words(writer, "command", args, 0, 1);
	write_words(writer, "args", args, 1, SIZE_MAX);
}

static void write_env(struct pod_writer *writer)
{
	const struct spec_text_list *env = &writer->spec->env;
	struct tree_node *list = tree_list(writer->tree, writer->container, "env");

	losses_said(&writer->work->losses, env);
	for (size_t i = 0; i < env->count; i++) {
		const char *setting = env->items[i].value;
		const size_t length = strcspn(setting, "=");
		struct tree_node *variable = tree_map(writer->tree, list, NULL);

		tree_format(writer->tree, variable, "name", "%.*s", (int)length, setting);
		add_text(writer->tree, variable, "value",
		         setting[length] == '\0' ? "" : setting + length + 1);
	}
}

static void write_process(struct pod_writer *writer)
{
	const struct spec *spec = writer->spec;
	struct losses *losses = &writer->work->losses;
	struct tree *tree = writer->tree;

	write_args(writer);
	losses_said(losses, &spec->cwd);
	if (!work_has_image_cwd(writer->work))
		tree_text(tree, writer->container, "workingDir", spec->cwd.value);
	write_env(writer);
	losses_said(losses, &spec->has_terminal);
	if (spec->has_terminal)
		tree_bool(tree, writer->container, "tty", true);
	if (writer->engine != NULL && writer->engine->keeps_stdin_open.is_on) {
		losses_said(losses, &writer->engine->keeps_stdin_open);
		tree_bool(tree, writer->container, "stdin", true);
	}
	if (spec->hostname.value == NULL || work_shares(writer->work, CLONE_NEWNET))
		return; /* in the host's network a pod has the host's name */
	losses_said(losses, &spec->hostname);
	tree_text(tree, writer->pod, "hostname", spec->hostname.value);
}

/* Bytes as Kubernetes counts them. */
static void write_size(struct tree *tree, struct tree_node *map, const char *name, int64_t bytes)
{
	if (bytes % (1 << 20) == 0)
		tree_format(tree, map, name, "%" PRId64 "Mi", bytes >> 20);
	else if (bytes % (1 << 10) == 0)
		tree_format(tree, map, name, "%" PRId64 "Ki", bytes >> 10);
	else
		tree_format(tree, map, name, "%" PRId64, bytes);
}

/* The kubelet gives no swap beside memory. Source: KEP-2400. */
static void write_memory(struct pod_writer *writer, struct tree_node *limits,
                         struct tree_node *requests)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &resources->memory_limit);
	losses_said(losses, &resources->memory_reservation);
	losses_said(losses, &resources->memory_swap);
	if (resources->memory_limit.is_set && resources->memory_limit.value > 0)
		write_size(writer->tree, limits, "memory", resources->memory_limit.value);
	if (resources->memory_reservation.is_set && resources->memory_reservation.value > 0)
		write_size(writer->tree, requests, "memory", resources->memory_reservation.value);
	if (resources->memory_swap.is_set &&
	    resources->memory_swap.value != resources->memory_limit.value)
		losses_note(losses, resources->memory_swap.origin,
		            "Kubernetes gives a container no swap");
}

static void write_resources(struct pod_writer *writer)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	struct losses *losses = &writer->work->losses;
	struct tree_node *node = tree_map(writer->tree, writer->container, "resources");
	struct tree_node *limits = tree_map(writer->tree, node, "limits");
	struct tree_node *requests = tree_map(writer->tree, node, "requests");
	const uint64_t millis = work_cpu_quota(writer->work) / QUOTA_PER_MILLI;

	write_memory(writer, limits, requests);
	losses_said(losses, &resources->cpu_quota);
	losses_said(losses, &resources->cpu_period);
	if (millis != 0 && millis % 1000 == 0)
		tree_format(writer->tree, limits, "cpu", "%" PRIu64, millis / 1000);
	else if (millis != 0)
		tree_format(writer->tree, limits, "cpu", "%" PRIu64 "m", millis);
	losses_said(losses, &resources->cpu_shares);
	if (resources->cpu_shares.is_set && resources->cpu_shares.value > 0 &&
	    resources->cpu_shares.value != SHARES_PER_CPU)
		tree_format(writer->tree, requests, "cpu", "%" PRId64 "m",
		            resources->cpu_shares.value * 1000 / SHARES_PER_CPU);
}

static void write_port(struct pod_writer *writer, struct tree_node *list,
                       const struct spec_engine_port *port, uint16_t offset)
{
	struct tree *tree = writer->tree;
	struct tree_node *node = tree_map(tree, list, NULL);
	char protocol[16];

	tree_unsigned(tree, node, "containerPort", (uint64_t)port->port + offset);
	if (port->host_port != 0 && !port->is_only_exposed) {
		tree_unsigned(tree, node, "hostPort", (uint64_t)port->host_port + offset);
		if (port->address != NULL)
			tree_text(tree, node, "hostIP", port->address);
	}
	if (port->protocol == NULL || strcmp(port->protocol, "tcp") == 0)
		return;
	(void)snprintf(protocol, sizeof(protocol), "%s", port->protocol);
	text_make_upper(protocol);
	tree_text(tree, node, "protocol", protocol);
}

/* A port of the host's own choice is a service's matter. */
static void write_ports(struct pod_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	struct tree_node *list = tree_list(writer->tree, writer->container, "ports");

	losses_said(&writer->work->losses, &engine->ports);
	for (size_t i = 0; i < engine->port_count; i++) {
		const struct spec_engine_port *port = &engine->ports[i];

		if (port->port == 0 || (port->host_port == 0 && !port->is_only_exposed))
			losses_add(&writer->work->losses, &engine->ports, port->origin,
			           "Kubernetes publishes no port of the host that is not named");
		for (uint32_t offset = 0;
		     port->port != 0 && offset <= (uint32_t)(port->port_last - port->port);
		     offset++)
			write_port(writer, list, port, (uint16_t)offset);
	}
}

/* From Docker's words. */
static const char *word_of(const char *word, bool is_pull)
{
	static const struct {
		const char *docker;
		const char *pull;
		const char *restart;
	} words[] = {
		{ "always", "Always", "Always" },
		{ "missing", "IfNotPresent", NULL },
		{ "if_not_present", "IfNotPresent", NULL },
		{ "never", "Never", "Never" },
		{ "no", NULL, "Never" },
		{ "on-failure", NULL, "OnFailure" },
		{ "unless-stopped", NULL, "Always" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const size_t length = strlen(words[i].docker);

		if (strncmp(words[i].docker, word, length) == 0 &&
		    (word[length] == '\0' || word[length] == ':'))
			return is_pull ? words[i].pull : words[i].restart;
	}
	return isupper((unsigned char)*word) ? word : NULL;
}

static void write_word(struct pod_writer *writer, struct tree_node *node, const char *name,
                       const struct spec_text *text, bool is_pull)
{
	const char *word = text->value == NULL ? NULL : word_of(text->value, is_pull);

	if (word == NULL)
		return;
	losses_said(&writer->work->losses, text);
	tree_text(writer->tree, node, name, word);
}

/* Docker's containers have no token of an account and start once, unless they are told to. */
static void write_engine(struct pod_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	const struct spec_text never = { "Never", "default" };
	struct losses *losses = &writer->work->losses;
	const bool is_kubernetes = engine->language == SPEC_LANGUAGE_KUBERNETES;

	if (engine->restart.value != NULL)
		write_word(writer, writer->pod, "restartPolicy", &engine->restart, false);
	else if (!is_kubernetes)
		tree_text(writer->tree, writer->pod, "restartPolicy", never.value);
	write_word(writer, writer->container, "imagePullPolicy", &engine->pull, true);
	losses_said(losses, &engine->automounts_token);
	if (!is_kubernetes || !engine->automounts_token.is_on)
		tree_bool(writer->tree, writer->pod, "automountServiceAccountToken", false);
	losses_said(losses, &engine->runtime);
	if (engine->runtime.value != NULL)
		tree_text(writer->tree, writer->pod, "runtimeClassName", engine->runtime.value);
	write_ports(writer);
}

static void write_bare(struct pod_writer *writer)
{
	tree_text(writer->tree, writer->pod, "restartPolicy", "Never");
	tree_bool(writer->tree, writer->pod, "automountServiceAccountToken", false);
}

bool pod_is_privileged(const struct pod_writer *writer)
{
	return writer->engine != NULL && writer->engine->privileged.value != NULL;
}

/* Pods are written, whatever was to make them, and one for each container. */
static void note_kind(struct pod_writer *writer)
{
	const struct spec_engine *engine = writer->engine;

	if (engine != NULL && engine->language == SPEC_LANGUAGE_KUBERNETES &&
	    engine->service.value != NULL && strncmp(engine->service.value, "Pod/", 4) != 0)
		losses_note(&writer->work->losses, engine->service.origin,
		            "%.80s becomes a pod of its own", engine->service.value);
}

static void write_pod(struct pod_writer *writer, struct tree_node *document)
{
	struct tree *tree = writer->tree;
	char name[NAME_SIZE];

	make_name(writer->spec->name.value, name);
	losses_said(&writer->work->losses, &writer->spec->name);
	losses_said(&writer->work->losses, &writer->spec->rootfs.path);
	tree_text(tree, document, "apiVersion", "v1");
	tree_text(tree, document, "kind", "Pod");
	tree_text(tree, tree_map(tree, document, "metadata"), "name", name);
	writer->pod = tree_map(tree, document, "spec");
	writer->container = tree_map(tree, tree_list(tree, writer->pod, "containers"), NULL);
	tree_text(tree, writer->container, "name", name);
	tree_text(tree, writer->container, "image", writer->image);
	if (writer->engine != NULL)
		write_engine(writer);
	else
		write_bare(writer);
	write_process(writer);
	write_resources(writer);
	pod_write_security(writer);
	pod_write_files(writer);
	tree_move_last(writer->pod, tree_list(tree, writer->pod, "containers"));
	tree_move_last(writer->pod, tree_list(tree, writer->pod, "volumes"));
	note_kind(writer);
}

static int write_one(const struct export_request *request, size_t index, struct tree *tree,
                     struct error *err)
{
	AUTO_WORK struct export_work work = { .arena = NULL };
	struct pod_writer writer = { .work = &work, .tree = tree };

	if (work_begin(&work, request, index, "Kubernetes", err) < 0 ||
	    work_find_image(&work, &writer.image, err) < 0)
		return -1;
	writer.spec = work.spec;
	writer.oci = work.oci;
	writer.engine = work.engine;
	write_pod(&writer, tree_map(tree, &tree->root, NULL));
	return losses_settle(&work.losses, err);
}

static int write_all(const struct export_request *request, struct arena *arena, char **out,
                     struct error *err)
{
	struct tree tree;

	tree_begin(&tree, arena, TREE_LIST);
	for (size_t i = 0; i < request->spec_count; i++) {
		if (write_one(request, i, &tree, err) < 0)
			return -1;
	}
	*out = tree_yaml(&tree, err);
	return *out == NULL ? -1 : 0;
}

int export_kubernetes(const struct export_request *request, char **out, struct error *err)
{
	return work_with_arena(request, write_all, out, err);
}
