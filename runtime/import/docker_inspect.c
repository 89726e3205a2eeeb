/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What docker inspect and podman inspect write, of containers and of images. A container is what
 * docker run was asked, each member by the reader of the option that it came from. An image is
 * what a Dockerfile that ends in it would have said.
 * Source: Docker Engine API v1.47, ContainerInspect and ImageInspect; podman-inspect(1).
 */
#include <string.h>

#include "base/text.h"
#include "import/docker_inspect.h"
#include "spec/secret_shape.h"

#define OBJECT_MAX ((size_t)8192)

/* The profile in force. None at all confines a container on a host without AppArmor. */
static int read_profile(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct inspect *work = out;
	struct spec_apparmor *apparmor = &work->draft.document->document.spec.apparmor;
	struct spec_text name = { .value = NULL };

	if (oci_read_text(reader, value, &name, err) < 0)
		return -1;
	docker_engine(&work->draft)->places[SPEC_PLACE_APPARMOR] = name.origin;
	if (*name.value == '\0' && !work->is_running)
		return 0;
	*apparmor = (struct spec_apparmor){ .kind = SPEC_APPARMOR_OFF };
	if (*name.value != '\0' && strcmp(name.value, "unconfined") != 0)
		*apparmor = (struct spec_apparmor){ .kind = SPEC_APPARMOR_NAMED, .name = name };
	return 0;
}

static int read_state(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Running", oci_read_bool, false, offsetof(struct inspect, is_running) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_network_name(struct reader *reader, const char *name, json_t *value, void *out,
                             struct error *err)
{
	static const char *const modes[] = { "bridge", "host", "none", "podman" };
	struct inspect *work = out;
	struct spec_text network = { .origin = fields_origin(reader, err) };
	const struct spec_text *known = work->draft.networks.items;

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (strcmp(modes[i], name) == 0)
			return 0;
	}
	for (size_t i = 0; i < work->draft.networks.count; i++) {
		if (strcmp(known[i].value, name) == 0)
			return 0;
	}
	network.value = spec_copy(reader->builder, name, err);
	if (network.value == NULL || network.origin == NULL)
		return -1;
	return docker_add_text(&work->draft, &work->draft.networks, &network, err);
}

static int read_networks(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_member(reader, value, INSPECT_ITEM_MAX, read_network_name, out, err);
}

static int read_network_settings(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Networks", read_networks },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

/* In this order: what was asked for goes before what was found, and the state tells of that. */
static const struct field container_fields[] = {
	{ "Mounts", inspect_read_mounts },       { "HostConfig", inspect_read_host_config, true },
	{ "Config", inspect_read_config, true }, { "State", read_state },
	{ "AppArmorProfile", read_profile },     { "NetworkSettings", read_network_settings },
};

static docker_places places = {
	[SPEC_PLACE_SERVICE] = "",
	[SPEC_PLACE_IMAGE] = "/Config/Image",
	[SPEC_PLACE_USER] = "/Config/User",
	[SPEC_PLACE_PRIVILEGED] = "/HostConfig/Privileged",
	[SPEC_PLACE_CAPABILITIES] = "/HostConfig/CapAdd",
	[SPEC_PLACE_CAPABILITIES_DROPPED] = "/HostConfig/CapDrop",
	[SPEC_PLACE_NO_NEW_PRIVILEGES] = "/HostConfig/SecurityOpt",
	[SPEC_PLACE_SECCOMP] = "/HostConfig/SecurityOpt",
	[SPEC_PLACE_APPARMOR] = "/AppArmorProfile",
	[SPEC_PLACE_READ_ONLY_ROOT] = "/HostConfig/ReadonlyRootfs",
	[SPEC_PLACE_MASKED_PATHS] = "/HostConfig/MaskedPaths",
	[SPEC_PLACE_MOUNTS] = "/Mounts",
	[SPEC_PLACE_TMPFS] = "/HostConfig/Tmpfs",
	[SPEC_PLACE_DEVICES] = "/HostConfig/Devices",
	[SPEC_PLACE_SYSCTLS] = "/HostConfig/Sysctls",
	[SPEC_PLACE_MEMORY] = "/HostConfig/Memory",
	[SPEC_PLACE_SWAP] = "/HostConfig/MemorySwap",
	[SPEC_PLACE_CPU] = "/HostConfig/NanoCpus",
	[SPEC_PLACE_PIDS] = "/HostConfig/PidsLimit",
	[SPEC_PLACE_NETWORK] = "/HostConfig/NetworkMode",
	[SPEC_PLACE_PORTS] = "/HostConfig/PortBindings",
	[SPEC_PLACE_PID_NAMESPACE] = "/HostConfig/PidMode",
	[SPEC_PLACE_IPC_NAMESPACE] = "/HostConfig/IpcMode",
	[SPEC_PLACE_UTS_NAMESPACE] = "/HostConfig/UTSMode",
	[SPEC_PLACE_CGROUP_NAMESPACE] = "/HostConfig/CgroupnsMode",
	[SPEC_PLACE_USER_NAMESPACE] = "/HostConfig/UsernsMode",
	[SPEC_PLACE_ENV] = "/Config/Env",
	[SPEC_PLACE_HEALTH] = "/Config/Healthcheck",
};

static bool has(const json_t *object, const char *name)
{
	return json_object_get(object, name) != NULL;
}

static int begin(struct inspect *work, struct import_session *session, struct reader *reader,
                 const char *name, struct error *err)
{
	const struct spec_text service = { spec_copy(reader->builder, name, err),
		                           fields_origin(reader, err) };

	if (service.value == NULL || service.origin == NULL)
		return -1;
	return docker_begin(&work->draft, session, work->draft.is_podman, &places, service.origin,
	                    &service, err);
}

/* "/web" of Docker, "web" of Podman. */
static int read_container(struct import_session *session, struct reader *reader, json_t *value,
                          struct error *err)
{
	struct inspect work = { .draft.is_podman = has(value, "OCIRuntime") };
	const char *name = json_string_value(json_object_get(value, "Name"));

	if (name == NULL)
		name = "";
	if (begin(&work, session, reader, name + (*name == '/'), err) < 0 ||
	    fields_read(reader, value, container_fields, ARRAY_LEN(container_fields), &work, err) <
	            0)
		return -1;
	return docker_finish(&work.draft, err);
}

/* The first name of the image: by its digest, which says most, or by a tag. */
static int read_image_name(struct inspect *work, struct reader *reader, const json_t *value,
                           struct error *err)
{
	static const char *const members[] = { "RepoDigests", "RepoTags" };
	struct spec_text *image = &docker_engine(&work->draft)->image;

	for (size_t i = 0; i < ARRAY_LEN(members) && image->value == NULL; i++) {
		const json_t *names = json_object_get(value, members[i]);
		const char *name = json_string_value(json_array_get(names, 0));

		if (name == NULL || text_has_control(name, false))
			continue;
		image->value = spec_copy(reader->builder, name, err);
		image->origin = docker_engine(&work->draft)->service.origin;
		if (image->value == NULL)
			return -1;
	}
	return 0;
}

/* What ENV says, and the secrets in it. */
static int make_variables(struct inspect *work, struct spec_list *instructions,
                          struct spec_list *facts, struct error *err)
{
	struct spec_builder *builder = &work->draft.session->builder;
	const struct spec_text *env = work->draft.env.items;

	for (size_t i = 0; i < work->draft.env.count; i++) {
		const struct spec_instruction instruction = {
			.kind = SPEC_INSTRUCTION_ENV,
			.words = { &env[i], 1 },
			.text = env[i],
			.origin = env[i].origin,
		};
		struct spec_dockerfile_fact fact = {
			.kind = SPEC_FACT_SECRET,
			.subject = docker_copy(&work->draft, env[i].value,
			                       strcspn(env[i].value, "="), err),
			.why = secret_shape(env[i].value),
			.origin = env[i].origin,
		};

		if (fact.subject == NULL ||
		    spec_list_add(builder, instructions, &instruction, err) < 0 ||
		    (fact.why != NULL && spec_list_add(builder, facts, &fact, err) < 0))
			return -1;
	}
	return 0;
}

/* What every Dockerfile that ends in the image says at least. */
static int make_dockerfile(struct inspect *work, struct error *err)
{
	struct spec_builder *builder = &work->draft.session->builder;
	const struct spec_engine *engine = docker_engine(&work->draft);
	struct spec_dockerfile *dockerfile = arena_alloc(builder->arena, sizeof(*dockerfile), err);
	struct spec_dockerfile_stage *stage = arena_alloc(builder->arena, sizeof(*stage), err);
	struct spec_list instructions = { .item_size = sizeof(struct spec_instruction) };
	struct spec_list facts = { .item_size = sizeof(struct spec_dockerfile_fact) };
	const struct spec_instruction user = {
		.kind = SPEC_INSTRUCTION_USER,
		.words = { &engine->user, 1 },
		.text = engine->user,
		.origin = engine->user.origin,
	};

	if (dockerfile == NULL || stage == NULL ||
	    make_variables(work, &instructions, &facts, err) < 0)
		return -1;
	if (engine->user.value != NULL && spec_list_add(builder, &instructions, &user, err) < 0)
		return -1;
	stage->image = (struct spec_text){ "scratch", engine->service.origin };
	stage->base = SIZE_MAX;
	*dockerfile = (struct spec_dockerfile){
		.instructions = instructions.items,
		.instruction_count = instructions.count,
		.stages = stage,
		.stage_count = 1,
		.facts = facts.items,
		.fact_count = facts.count,
	};
	work->draft.document->document.spec.dockerfile = dockerfile;
	return 0;
}

static int read_image(struct import_session *session, struct reader *reader, json_t *value,
                      struct error *err)
{
	static const struct field fields[] = {
		{ "Config", inspect_read_config },
	};
	struct inspect work = { .is_running = false };

	if (begin(&work, session, reader, "image", err) < 0)
		return -1;
	docker_engine(&work.draft)->language = SPEC_LANGUAGE_DOCKERFILE;
	if (read_image_name(&work, reader, value, err) < 0 ||
	    fields_read(reader, value, fields, ARRAY_LEN(fields), &work, err) < 0 ||
	    make_dockerfile(&work, err) < 0)
		return -1;
	return docker_finish(&work.draft, err);
}

static int read_object(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct import_session *session = out;

	if (has(value, "HostConfig"))
		return read_container(session, reader, value, err);
	if (has(value, "RootFS"))
		return read_image(session, reader, value, err);
	fields_warn(reader, "this is neither a container nor an image and is skipped");
	return 0;
}

static bool is_object(const json_t *value)
{
	return has(value, "Config") && (has(value, "HostConfig") || has(value, "RootFS"));
}

bool docker_inspect_is(const json_t *documents)
{
	const json_t *first = json_array_get(documents, 0);

	return is_object(json_is_array(first) ? json_array_get(first, 0) : first);
}

/* An array, or with --format a single object. */
int docker_inspect_read(struct import_session *session, struct error *err)
{
	json_t *root = json_array_get(session->documents, 0);
	char prefix[LANGUAGE_PREFIX_SIZE];
	struct reader reader = session_reader(session, 0, prefix);

	if (root == NULL)
		return error_set(err, ERROR_SPEC, "the text is empty");
	if (json_is_object(root))
		return read_object(&reader, root, session, err);
	return fields_each_element(&reader, root, OBJECT_MAX, read_object, session, err);
}
