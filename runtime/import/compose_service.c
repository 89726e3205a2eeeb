/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The members of a service. Source: compose-spec, 05-services.md and deploy.md. */
#include <string.h>

#include "base/text.h"
#include "import/compose.h"
#include "import/shell_words.h"

/* What is done with the value of a member. */
enum member_use {
	MEMBER_TAKE,   /* a text, given to @take */
	MEMBER_EACH,   /* a text or a list of them, each given to @take */
	MEMBER_PAIRS,  /* "NAME=value" of a list or an object, each given to @take */
	MEMBER_TEXT,   /* a text, kept in the engine's at @offset */
	MEMBER_SWITCH, /* kept in the engine's switch at @offset */
	MEMBER_READ,   /* given to @read */
	MEMBER_FORMS,  /* each of a list in a short or a long form, given to @read */
	MEMBER_UNREAD, /* means nothing to a sandbox */
};

struct member {
	const char *name;
	enum member_use use;
	docker_take_function *take;
	compose_read_function *read;
	size_t offset;
};

static compose_read_function read_blkio, read_build, read_command, read_deploy, read_entrypoint,
	read_healthcheck, read_networks, read_nothing, read_ulimits, read_use_api_socket;

#define ENGINE(member) offsetof(struct spec_engine, member)

/* In the order of the alphabet. */
static const struct member members[] = {
	{ "annotations", MEMBER_PAIRS, docker_take_annotation },
	{ "attach", MEMBER_UNREAD },
	{ "blkio_config", MEMBER_READ, .read = read_blkio },
	{ "build", MEMBER_READ, .read = read_build },
	{ "cap_add", MEMBER_EACH, docker_take_cap_add },
	{ "cap_drop", MEMBER_EACH, docker_take_cap_drop },
	{ "cgroup", MEMBER_TAKE, docker_take_cgroup_mode },
	{ "cgroup_parent", MEMBER_TEXT, .offset = ENGINE(cgroup_parent) },
	{ "command", MEMBER_READ, .read = read_command },
	{ "configs", MEMBER_FORMS, .read = compose_read_config },
	{ "container_name", MEMBER_UNREAD },
	{ "cpu_count", MEMBER_UNREAD },
	{ "cpu_percent", MEMBER_UNREAD },
	{ "cpu_period", MEMBER_TAKE, docker_take_cpu_period },
	{ "cpu_quota", MEMBER_TAKE, docker_take_cpu_quota },
	{ "cpu_rt_period", MEMBER_UNREAD },
	{ "cpu_rt_runtime", MEMBER_UNREAD },
	{ "cpu_shares", MEMBER_TAKE, docker_take_cpu_shares },
	{ "cpus", MEMBER_TAKE, docker_take_cpus },
	{ "cpuset", MEMBER_TAKE, docker_take_cpuset_cpus },
	{ "credential_spec", MEMBER_UNREAD },
	{ "depends_on", MEMBER_UNREAD },
	{ "deploy", MEMBER_READ, .read = read_deploy },
	{ "develop", MEMBER_UNREAD },
	{ "device_cgroup_rules", MEMBER_EACH, docker_take_device_rule },
	{ "devices", MEMBER_FORMS, .read = compose_read_device },
	{ "dns", MEMBER_UNREAD },
	{ "dns_opt", MEMBER_UNREAD },
	{ "dns_search", MEMBER_UNREAD },
	{ "domainname", MEMBER_TAKE, docker_take_domainname },
	{ "driver_opts", MEMBER_UNREAD },
	{ "entrypoint", MEMBER_READ, .read = read_entrypoint },
	{ "env_file", MEMBER_FORMS, .read = compose_read_env_file },
	{ "environment", MEMBER_PAIRS, docker_take_env },
	{ "expose", MEMBER_EACH, docker_take_expose },
	{ "extends", MEMBER_READ, .read = read_nothing }, /* it was followed before */
	{ "external_links", MEMBER_UNREAD },
	{ "extra_hosts", MEMBER_UNREAD },
	{ "gpus", MEMBER_FORMS, .read = compose_read_gpu },
	{ "group_add", MEMBER_EACH, docker_take_group },
	{ "healthcheck", MEMBER_READ, .read = read_healthcheck },
	{ "hostname", MEMBER_TAKE, docker_take_hostname },
	{ "image", MEMBER_TEXT, .offset = ENGINE(image) },
	{ "init", MEMBER_SWITCH, .offset = ENGINE(has_init) },
	{ "ipc", MEMBER_TAKE, docker_take_ipc },
	{ "isolation", MEMBER_UNREAD },
	{ "label_file", MEMBER_UNREAD },
	{ "labels", MEMBER_UNREAD },
	{ "links", MEMBER_UNREAD },
	{ "logging", MEMBER_UNREAD },
	{ "mac_address", MEMBER_UNREAD },
	{ "mem_limit", MEMBER_TAKE, docker_take_memory },
	{ "mem_reservation", MEMBER_TAKE, docker_take_memory_reservation },
	{ "mem_swappiness", MEMBER_TAKE, docker_take_memory_swappiness },
	{ "memswap_limit", MEMBER_TAKE, docker_take_memory_swap },
	{ "models", MEMBER_UNREAD },
	{ "network_mode", MEMBER_TAKE, docker_take_network },
	{ "networks", MEMBER_READ, .read = read_networks },
	{ "oom_kill_disable", MEMBER_TAKE, docker_take_oom_kill_disable },
	{ "oom_score_adj", MEMBER_TAKE, docker_take_oom_score_adj },
	{ "pid", MEMBER_TAKE, docker_take_pid },
	{ "pids_limit", MEMBER_TAKE, docker_take_pids_limit },
	{ "platform", MEMBER_TEXT, .offset = ENGINE(platform) },
	{ "ports", MEMBER_FORMS, .read = compose_read_port },
	{ "post_start", MEMBER_UNREAD },
	{ "pre_stop", MEMBER_UNREAD },
	{ "privileged", MEMBER_TAKE, docker_take_privileged },
	{ "profiles", MEMBER_UNREAD },
	{ "provider", MEMBER_UNREAD },
	{ "pull_policy", MEMBER_TEXT, .offset = ENGINE(pull) },
	{ "pull_refresh_after", MEMBER_UNREAD },
	{ "read_only", MEMBER_TAKE, docker_take_read_only },
	{ "restart", MEMBER_TEXT, .offset = ENGINE(restart) },
	{ "runtime", MEMBER_TEXT, .offset = ENGINE(runtime) },
	{ "scale", MEMBER_UNREAD },
	{ "secrets", MEMBER_FORMS, .read = compose_read_secret },
	{ "security_opt", MEMBER_EACH, docker_take_security_opt },
	{ "shm_size", MEMBER_TAKE, docker_take_shm_size },
	{ "stdin_open", MEMBER_SWITCH, .offset = ENGINE(keeps_stdin_open) },
	{ "stop_grace_period", MEMBER_UNREAD },
	{ "stop_signal", MEMBER_UNREAD },
	{ "storage_opt", MEMBER_UNREAD },
	{ "sysctls", MEMBER_PAIRS, docker_take_sysctl },
	{ "tmpfs", MEMBER_EACH, docker_take_tmpfs },
	{ "tty", MEMBER_TAKE, docker_take_terminal },
	{ "ulimits", MEMBER_READ, .read = read_ulimits },
	{ "use_api_socket", MEMBER_READ, .read = read_use_api_socket },
	{ "user", MEMBER_TAKE, docker_take_user },
	{ "userns_mode", MEMBER_TAKE, docker_take_userns },
	{ "uts", MEMBER_TAKE, docker_take_uts },
	{ "volume_driver", MEMBER_UNREAD },
	{ "volumes", MEMBER_FORMS, .read = compose_read_volume },
	{ "volumes_from", MEMBER_EACH, docker_take_volumes_from },
	{ "working_dir", MEMBER_TAKE, docker_take_workdir },
};

static const struct member *find_member(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	}
	return NULL;
}

int compose_member(struct compose_service *service, const json_t *object, const char *name,
                   struct spec_text *out, struct error *err)
{
	const json_t *value = json_object_get(object, name);
	size_t length;
	int result;

	*out = (struct spec_text){ 0 };
	if (value == NULL || json_is_null(value))
		return 0;
	length = fields_enter(service->reader, name);
	result = compose_text(service->compose, service->reader, value, out, err);
	fields_leave(service->reader, length);
	return result;
}

int compose_each(struct compose_service *service, json_t *value, compose_read_function *read,
                 struct error *err)
{
	size_t index;
	json_t *item;

	if (!json_is_array(value))
		return read(service, value, err);
	json_array_foreach(value, index, item) {
		const size_t length = fields_enter_element(service->reader, index);
		const int result = read(service, item, err);

		fields_leave(service->reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

static int take_text(struct compose_service *service, const json_t *value,
                     docker_take_function *take, struct error *err)
{
	struct spec_text text;

	if (compose_text(service->compose, service->reader, value, &text, err) < 0)
		return -1;
	return take(&service->draft, &text, err);
}

static int take_each(struct compose_service *service, json_t *value, docker_take_function *take,
                     struct error *err)
{
	size_t index;
	json_t *item;

	if (!json_is_array(value))
		return take_text(service, value, take, err);
	json_array_foreach(value, index, item) {
		const size_t length = fields_enter_element(service->reader, index);
		const int result = take_text(service, item, take, err);

		fields_leave(service->reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* Member @name of an object as "NAME=value"; null is a name alone. */
static int take_pair(struct compose_service *service, const char *name, const json_t *value,
                     docker_take_function *take, struct error *err)
{
	AUTO_TEXT struct text pair = { 0 };
	struct spec_text text;

	if (text_has_control(name, false))
		return fields_refuse(service->reader, err, "a name has a control character in it");
	if (compose_text(service->compose, service->reader, value, &text, err) < 0)
		return -1;
	text_add_format(&pair, json_is_null(value) ? "%s" : "%s=%s", name, text.value);
	text.value = spec_copy(service->reader->builder, pair.is_broken ? "" : pair.bytes, err);
	return text.value == NULL ? -1 : take(&service->draft, &text, err);
}

static int take_pairs(struct compose_service *service, json_t *value, docker_take_function *take,
                      struct error *err)
{
	const char *name;
	json_t *item;

	if (!json_is_object(value))
		return take_each(service, value, take, err);
	json_object_foreach(value, name, item) {
		const size_t length = fields_enter(service->reader, name);
		const int result = take_pair(service, name, item, take, err);

		fields_leave(service->reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

static int note_unread(struct compose_service *service, const char *name, struct error *err)
{
	const struct spec_text text = { name, fields_origin(service->reader, err) };

	if (text.origin == NULL)
		return -1;
	return docker_add_text(&service->draft, &service->draft.unread, &text, err);
}

static int read_member(struct compose_service *service, const struct member *member, json_t *value,
                       struct error *err)
{
	unsigned char *engine = (unsigned char *)docker_engine(&service->draft);
	struct spec_switch *toggle;
	struct spec_text text;

	switch (member->use) {
	case MEMBER_TAKE:
		return take_text(service, value, member->take, err);
	case MEMBER_EACH:
		return take_each(service, value, member->take, err);
	case MEMBER_PAIRS:
		return take_pairs(service, value, member->take, err);
	case MEMBER_TEXT:
		return compose_text(service->compose, service->reader, value,
		                    (void *)(engine + member->offset), err);
	case MEMBER_SWITCH:
		toggle = (void *)(engine + member->offset);
		if (compose_text(service->compose, service->reader, value, &text, err) < 0)
			return -1;
		*toggle = (struct spec_switch){ .is_said = true, .origin = text.origin };
		return docker_read_switch(&text, &toggle->is_on, err);
	case MEMBER_READ:
		return member->read(service, value, err);
	case MEMBER_FORMS:
		return compose_each(service, value, member->read, err);
	case MEMBER_UNREAD:
		return note_unread(service, member->name, err);
	}
	return 0;
}

static int read_blkio(struct compose_service *service, json_t *value, struct error *err)
{
	struct spec_text weight;

	if (!json_is_object(value))
		return fields_wrong_type(service->reader, value, "an object", err);
	if (compose_member(service, value, "weight", &weight, err) < 0)
		return -1;
	return weight.value == NULL ? 0 : docker_take_blkio_weight(&service->draft, &weight, err);
}

static int read_nothing(struct compose_service *service, json_t *value, struct error *err)
{
	return 0;
}

static int read_build(struct compose_service *service, json_t *value, struct error *err)
{
	docker_engine(&service->draft)->has_build = true;
	return 0;
}

/* The words of a text, or the elements of a list; what a layer below said is gone. */
static int read_words(struct compose_service *service, json_t *value, struct spec_list *list,
                      docker_take_function *take, struct error *err)
{
	struct spec_list words = { .item_size = sizeof(struct shell_word) };
	const struct shell_word *items;
	struct error unused = { .kind = ERROR_NONE };
	struct spec_text text;
	char rest;

	list->count = 0;
	if (json_is_array(value))
		return take_each(service, value, take, err);
	if (compose_text(service->compose, service->reader, value, &text, err) < 0)
		return -1;
	/* What a shell would end the command at is a text as any other here. */
	if (shell_words_split(service->reader->builder, text.value, strlen(text.value), &words,
	                      &rest, &unused) < 0 ||
	    rest != '\0')
		return take(&service->draft, &text, err);
	items = words.items;
	for (size_t i = 0; i < words.count; i++) {
		const struct spec_text word = { items[i].text, text.origin };

		if (take(&service->draft, &word, err) < 0)
			return -1;
	}
	return 0;
}

static int read_command(struct compose_service *service, json_t *value, struct error *err)
{
	return read_words(service, value, &service->draft.args, docker_take_arg, err);
}

static int read_entrypoint(struct compose_service *service, json_t *value, struct error *err)
{
	return read_words(service, value, &service->draft.entrypoint, docker_take_entrypoint, err);
}

static int read_limits(struct compose_service *service, const json_t *limits, struct error *err)
{
	static const struct {
		const char *name;
		docker_take_function *take;
	} names[] = {
		{ "cpus", docker_take_cpus },
		{ "memory", docker_take_memory },
		{ "pids", docker_take_pids_limit },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct spec_text text;

		if (compose_member(service, limits, names[i].name, &text, err) < 0 ||
		    (text.value != NULL && names[i].take(&service->draft, &text, err) < 0))
			return -1;
	}
	return 0;
}

static int read_reservations(struct compose_service *service, const json_t *reservations,
                             struct error *err)
{
	json_t *devices = json_object_get(reservations, "devices");
	struct spec_text memory;
	size_t length;
	int result;

	if (compose_member(service, reservations, "memory", &memory, err) < 0 ||
	    (memory.value != NULL &&
	     docker_take_memory_reservation(&service->draft, &memory, err) < 0))
		return -1;
	if (devices == NULL)
		return 0;
	length = fields_enter(service->reader, "devices");
	result = compose_each(service, devices, compose_read_gpu, err);
	fields_leave(service->reader, length);
	return result;
}

/* Of "deploy" what is in force without a swarm, too. */
static int read_deploy(struct compose_service *service, json_t *value, struct error *err)
{
	static const struct {
		const char *name;
		int (*read)(struct compose_service *service, const json_t *value,
		            struct error *err);
	} parts[] = { { "limits", read_limits }, { "reservations", read_reservations } };
	const json_t *resources = json_object_get(value, "resources");
	const size_t start = service->reader->length;
	int result = 0;

	if (!json_is_object(value) && !json_is_null(value))
		return fields_wrong_type(service->reader, value, "an object", err);
	for (size_t i = 0; i < ARRAY_LEN(parts) && result == 0; i++) {
		(void)fields_enter(service->reader, "resources");
		(void)fields_enter(service->reader, parts[i].name);
		result = parts[i].read(service, json_object_get(resources, parts[i].name), err);
		fields_leave(service->reader, start);
	}
	return result;
}

static int read_test(struct compose_service *service, const json_t *test, struct error *err)
{
	AUTO_TEXT struct text joined = { 0 };
	struct spec_text *health = &docker_engine(&service->draft)->health;
	size_t index;
	json_t *word;

	if (!json_is_array(test))
		return compose_text(service->compose, service->reader, test, health, err);
	json_array_foreach(test, index, word) {
		struct spec_text text;

		if (compose_text(service->compose, service->reader, word, &text, err) < 0)
			return -1;
		if (index == 0 &&
		    (strcmp(text.value, "CMD") == 0 || strcmp(text.value, "CMD-SHELL") == 0))
			continue;
		text_add_format(&joined, "%s%s", joined.length > 0 ? " " : "", text.value);
		health->origin = text.origin;
	}
	if (joined.length == 0)
		return 0;
	if (strcmp(joined.bytes, "NONE") == 0)
		health->value = "none";
	else
		health->value = spec_copy(service->reader->builder, joined.bytes, err);
	return health->value == NULL ? -1 : 0;
}

static int read_healthcheck(struct compose_service *service, json_t *value, struct error *err)
{
	struct spec_engine *engine = docker_engine(&service->draft);
	const json_t *test = json_object_get(value, "test");
	struct spec_text disable;
	bool is_off = false;

	if (compose_member(service, value, "disable", &disable, err) < 0 ||
	    (disable.value != NULL && docker_read_switch(&disable, &is_off, err) < 0))
		return -1;
	if (is_off)
		engine->health = (struct spec_text){ "none", disable.origin };
	else if (test != NULL) {
		const size_t length = fields_enter(service->reader, "test");
		const int result = read_test(service, test, err);

		fields_leave(service->reader, length);
		return result;
	}
	return 0;
}

/* A network of the text's may stand for one of the engine's: {external: true, name: host}. */
static const char *engines_network(const struct compose_service *service, const char *name)
{
	const json_t *networks = json_object_get(service->root, "networks");
	const char *meant =
		json_string_value(json_object_get(json_object_get(networks, name), "name"));
	static const char *const modes[] = { "bridge", "host", "none" };

	for (size_t i = 0; meant != NULL && i < ARRAY_LEN(modes); i++) {
		if (strcmp(modes[i], meant) == 0)
			return modes[i];
	}
	return NULL;
}

static int read_network_name(struct compose_service *service, const char *name, struct error *err)
{
	struct spec_text text = { spec_copy(service->reader->builder, name, err),
		                  fields_origin(service->reader, err) };
	const char *mode = engines_network(service, name);

	if (text.value == NULL || text.origin == NULL)
		return -1;
	if (mode != NULL) {
		text.value = mode;
		return docker_take_network(&service->draft, &text, err);
	}
	docker_engine(&service->draft)->places[SPEC_PLACE_NETWORK] = text.origin;
	return docker_add_text(&service->draft, &service->draft.networks, &text, err);
}

static int read_network(struct compose_service *service, json_t *value, struct error *err)
{
	struct spec_text name;

	if (compose_text(service->compose, service->reader, value, &name, err) < 0)
		return -1;
	return read_network_name(service, name.value, err);
}

static int read_networks(struct compose_service *service, json_t *value, struct error *err)
{
	const char *name;
	json_t *item;

	if (!json_is_object(value))
		return compose_each(service, value, read_network, err);
	json_object_foreach(value, name, item) {
		const size_t length = fields_enter(service->reader, name);
		const int result = text_has_control(name, false)
		                           ? fields_refuse(service->reader, err,
		                                           "a name has a control character in it")
		                           : read_network_name(service, name, err);

		fields_leave(service->reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* {nofile: 1024} or {nofile: {soft: 1024, hard: 2048}} */
static int read_ulimit(struct compose_service *service, const char *name, const json_t *value,
                       struct error *err)
{
	AUTO_TEXT struct text made = { 0 };
	struct spec_text soft = { 0 }, hard = { 0 };
	struct spec_text text = { .origin = fields_origin(service->reader, err) };

	if (text.origin == NULL || text_has_control(name, false))
		return fields_refuse(service->reader, err, "a name has a control character in it");
	if (!json_is_object(value)) {
		if (compose_text(service->compose, service->reader, value, &soft, err) < 0)
			return -1;
	} else if (compose_member(service, value, "soft", &soft, err) < 0 ||
	           compose_member(service, value, "hard", &hard, err) < 0) {
		return -1;
	}
	text_add_format(&made, "%s=%s", name,
	                soft.value != NULL   ? soft.value
	                : hard.value != NULL ? hard.value
	                                     : "");
	if (hard.value != NULL)
		text_add_format(&made, ":%s", hard.value);
	text.value = spec_copy(service->reader->builder, made.is_broken ? "" : made.bytes, err);
	return text.value == NULL ? -1 : docker_take_ulimit(&service->draft, &text, err);
}

static int read_ulimits(struct compose_service *service, json_t *value, struct error *err)
{
	const char *name;
	json_t *item;

	if (!json_is_object(value))
		return fields_wrong_type(service->reader, value, "an object", err);
	json_object_foreach(value, name, item) {
		const size_t length = fields_enter(service->reader, name);
		const int result = read_ulimit(service, name, item, err);

		fields_leave(service->reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* The engine's own socket, by another name. Source: compose-spec, use_api_socket. */
static int read_use_api_socket(struct compose_service *service, json_t *value, struct error *err)
{
	struct spec_text text;
	bool is_on;

	if (compose_text(service->compose, service->reader, value, &text, err) < 0 ||
	    docker_read_switch(&text, &is_on, err) < 0)
		return -1;
	text.value = "/var/run/docker.sock:/var/run/docker.sock";
	return is_on ? docker_take_volume(&service->draft, &text, err) : 0;
}

static void warn_of_unknown(struct compose_service *service, const char *name)
{
	struct text_nearest nearest = { .word = name };

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		text_nearest_try(&nearest, members[i].name);
	if (nearest.best != NULL)
		fields_warn(service->reader,
		            "a service has no member of this name; did you mean \"%s\"?",
		            nearest.best);
	else
		fields_warn(service->reader, "a service has no member of this name");
}

int compose_read_service(struct compose_service *service, json_t *object, struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		const struct member *member = find_member(name);
		const size_t length = fields_enter(service->reader, name);
		int result = 0;

		if (member == NULL && strncmp(name, "x-", 2) != 0)
			warn_of_unknown(service, name);
		if (member != NULL && !json_is_null(value))
			result = read_member(service, member, value, err);
		fields_leave(service->reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}
