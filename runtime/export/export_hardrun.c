/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The native language. What hardrun gives anyway is kept where a spec asks for less, if no rule
 * would have told of it; all else that is weaker than hardrun's defaults stands in "relax".
 */
#include "export/export_hardrun.h"

#include <inttypes.h>
#include <linux/sched.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "spec/known_paths.h"
#include "spec/spec_check.h"
#include "spec/spec_write.h"

#define NAME_LENGTH_MAX 64 /* of a container's name; bytes */

static const char reason[] = "TODO";

struct tree_node *native_relax(struct native_writer *writer, enum relax_entry entry)
{
	struct tree_node *relax = tree_map(&writer->tree, &writer->tree.root, "relax");
	struct tree_node *node = tree_map(&writer->tree, relax, relax_name(entry));

	if (tree_is_empty(node))
		tree_text(&writer->tree, node, "reason", reason);
	return node;
}

void native_size(struct native_writer *writer, struct tree_node *parent, const char *name,
                 uint64_t bytes)
{
	if (bytes != 0 && bytes % (1 << 20) == 0)
		tree_format(&writer->tree, parent, name, "%" PRIu64 "MiB", bytes >> 20);
	else if (bytes != 0 && bytes % (1 << 10) == 0)
		tree_format(&writer->tree, parent, name, "%" PRIu64 "KiB", bytes >> 10);
	else
		tree_unsigned(&writer->tree, parent, name, bytes);
}

static void write_name(struct native_writer *writer)
{
	const struct spec_text *name = &writer->spec->name;

	losses_said(&writer->work->losses, name);
	if (name->value == NULL)
		return;
	if (text_is_made_of(name->value, "_+-.") && name->value[0] != '.' &&
	    strlen(name->value) <= NAME_LENGTH_MAX)
		tree_text(&writer->tree, &writer->tree.root, "name", name->value);
	else
		losses_add(&writer->work->losses, name, name->origin,
		           "\"%.100s\" cannot be the name of a container here", name->value);
}

/* What a container joins that is neither its own nor the host's. */
static void tell_of_joined(struct native_writer *writer, const struct spec_oci_namespace *namespace)
{
	losses_add_of_item(&writer->work->losses, "spec_oci_namespace.path", namespace->origin,
	                   "the namespace %.120s is not joined: the container gets one of its own",
	                   namespace->path);
}

static const struct {
	uint64_t kind;
	enum relax_entry entry; /* RELAX_COUNT: it is always the container's own */
} namespaces[] = {
	{ CLONE_NEWPID, RELAX_HOST_PID },
	{ CLONE_NEWIPC, RELAX_HOST_IPC },
	{ CLONE_NEWUTS, RELAX_HOST_UTS },
	{ CLONE_NEWNET, RELAX_HOST_NETWORK },
	{ CLONE_NEWUSER, RELAX_USER_NAMESPACE_OFF },
	{ CLONE_NEWNS, RELAX_COUNT },
};

/*
 * Engines have no user namespace unless it is asked for: only who refuses one gives it up. With
 * the host's processes in reach hardrun lets nobody do without.
 */
static bool is_given_up(const struct native_writer *writer, uint64_t kind)
{
	if (kind != CLONE_NEWUSER)
		return true;
	return !work_shares(writer->work, CLONE_NEWPID) &&
	       (writer->engine == NULL || writer->engine->users.value != NULL);
}

static void write_namespaces(struct native_writer *writer)
{
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &writer->oci->namespaces);
	losses_said(losses, &writer->oci->uids);
	losses_said(losses, &writer->oci->gids);
	for (size_t i = 0; i < writer->oci->namespace_count; i++) {
		if (writer->oci->namespaces[i].path != NULL &&
		    !known_path_is_host_namespace(writer->oci->namespaces[i].path))
			tell_of_joined(writer, &writer->oci->namespaces[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
		if (!work_shares(writer->work, namespaces[i].kind) ||
		    !is_given_up(writer, namespaces[i].kind))
			continue;
		if (namespaces[i].entry != RELAX_COUNT)
			(void)native_relax(writer, namespaces[i].entry);
		else
			losses_add_of_item(losses, "spec_oci_namespace.path", "/linux/namespaces",
			                   "the host's mounts are not shared: the container gets "
			                   "its own");
	}
}

static void write_network(struct native_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;
	const char *mode = engine == NULL ? NULL : engine->network.value;
	const bool is_shared = work_shares(writer->work, CLONE_NEWNET);

	if (!is_shared)
		tree_text(&writer->tree, &writer->tree.root, "network", "none");
	if (engine == NULL)
		return;
	losses_said(losses, &engine->network);
	losses_said(losses, &engine->networks);
	if (!is_shared && (mode == NULL || strcmp(mode, "none") != 0))
		losses_add(losses, &engine->ports, work_place(writer->work, SPEC_PLACE_NETWORK),
		           "hardrun gives a container no network but its own loopback%s",
		           engine->port_count > 0 ? ": no port is published" : "");
}

/* What an engine sets by itself nobody asked for. */
static void write_kernel(struct native_writer *writer)
{
	const struct spec *spec = writer->spec;
	struct losses *losses = &writer->work->losses;
	struct tree_node *values;

	losses_said(losses, &spec->sysctls);
	for (size_t i = 0; i < spec->sysctl_count; i++) {
		struct error refused = { .kind = ERROR_NONE };

		if (writer->engine != NULL && strcmp(spec->sysctls[i].origin, "default") == 0)
			continue;
		if (spec_check_sysctl(spec, spec->sysctls[i].name, &refused) < 0) {
			losses_add(losses, &spec->sysctls, spec->sysctls[i].origin, "%s",
			           refused.what);
			continue;
		}
		values = tree_map(&writer->tree, native_relax(writer, RELAX_SYSCTL), "values");
		tree_text(&writer->tree, values, spec->sysctls[i].name, spec->sysctls[i].value);
	}
	losses_said(losses, &writer->oci->rootfs_propagation);
}

static void write_image(struct native_writer *writer)
{
	const struct spec_engine *engine = writer->engine;

	if (engine == NULL || engine->image.value == NULL)
		return;
	losses_add(&writer->work->losses, &engine->image, engine->image.origin,
	           "hardrun runs no image: %.120s must be unpacked into %.100s",
	           engine->image.value,
	           writer->spec->rootfs.path.value == NULL ? "./rootfs"
	                                                   : writer->spec->rootfs.path.value);
}

/* The members in the order of hardrun-spec(5), what must be reviewed last. */
static void write_spec(struct native_writer *writer)
{
	struct tree_node *root = &writer->tree.root;

	write_name(writer);
	native_write_process(writer);
	write_image(writer);
	native_write_files(writer);
	native_write_limits(writer);
	write_network(writer);
	native_write_rights(writer);
	write_namespaces(writer);
	write_kernel(writer);
	tree_move_last(root, tree_map(&writer->tree, root, "relax"));
}

/* The same language: nothing can be lost, and nothing needs a new reason. */
static int write_canonical(const struct spec *spec, char **out, struct error *err)
{
	AUTO_TEXT struct text text = { 0 };
	AUTO_FREE char *line = spec_write(spec, err);

	if (line == NULL)
		return -1;
	text_add(&text, line);
	text_add(&text, "\n");
	*out = text_take(&text, err);
	return *out == NULL ? -1 : 0;
}

int export_hardrun(const struct export_request *request, char **out, struct error *err)
{
	AUTO_WORK struct export_work work = { .arena = NULL };
	struct native_writer writer = { .work = &work };

	if (request->specs[0]->oci == NULL)
		return write_canonical(request->specs[0], out, err);
	if (work_begin(&work, request, 0, "a spec of hardrun", err) < 0 ||
	    work_need_args(&work, "a spec of hardrun", err) < 0)
		return -1;
	writer.spec = work.spec;
	writer.oci = work.oci;
	writer.engine = work.engine;
	tree_begin(&writer.tree, work.arena, TREE_MAP);
	tree_integer(&writer.tree, &writer.tree.root, "hardrun", 1);
	write_spec(&writer);
	if (losses_settle(&work.losses, err) < 0)
		return -1;
	*out = tree_json(&writer.tree, err);
	return *out == NULL ? -1 : 0;
}
