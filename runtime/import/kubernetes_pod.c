/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pods and containers hold: volumes, mounts, variables, ports, probes, limits. */
#include <stdio.h>
#include <string.h>

#include "import/kubernetes.h"

#define VOLUME(member)    offsetof(struct kubernetes_volume, member)
#define MOUNT(member)     offsetof(struct kubernetes_mount, member)
#define VARIABLE(member)  offsetof(struct kubernetes_variable, member)
#define PORT(member)      offsetof(struct kubernetes_port, member)
#define CONTAINER(member) offsetof(struct kubernetes_container, member)

static int set_origin(struct reader *reader, const char **out, struct error *err)
{
	*out = fields_origin(reader, err);
	return *out == NULL ? -1 : 0;
}

static int read_host_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "path", oci_read_path, true, VOLUME(source) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_empty_dir(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "medium", oci_read_label, false, VOLUME(medium) },
		{ "sizeLimit", kubernetes_read_scalar, false, VOLUME(size) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

/* Octal, as people write it. */
static int read_mode(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_text *mode = out;
	uint64_t bits;
	char octal[16];

	if (fields_integer(reader, value, 0, 0777, &bits, err) < 0)
		return -1;
	(void)snprintf(octal, sizeof(octal), "%04o", (unsigned int)bits);
	mode->value = spec_copy(reader->builder, octal, err);
	return mode->value == NULL ? -1 : set_origin(reader, &mode->origin, err);
}

/* What kinds of volumes call themselves by, and whether they are read-only. */
static int read_named(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "claimName", oci_read_label, false, VOLUME(source) },
		{ "defaultMode", read_mode, false, VOLUME(mode) },
		{ "driver", oci_read_label, false, VOLUME(source) },
		{ "name", oci_read_label, false, VOLUME(source) },
		{ "readOnly", kubernetes_read_switch, false, VOLUME(read_only) },
		{ "reference", oci_read_label, false, VOLUME(source) },
		{ "secretName", oci_read_label, false, VOLUME(source) },
		{ "server", oci_read_label, false, VOLUME(source) },
	};

	if (!json_is_object(value))
		return 0;
	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static const struct field volume_fields[] = {
	{ "configMap", read_named },   { "csi", read_named },
	{ "downwardAPI", read_named }, { "emptyDir", read_empty_dir },
	{ "ephemeral", read_named },   { "hostPath", read_host_path },
	{ "image", read_named },       { "name", oci_read_text, true, VOLUME(name) },
	{ "nfs", read_named },         { "persistentVolumeClaim", read_named },
	{ "projected", read_named },   { "secret", read_named },
};

/* The member that is not the name. A volume of which nothing else is said is an emptyDir. */
static int find_kind(struct reader *reader, json_t *value, const char **out, struct error *err)
{
	const char *kind = "emptyDir";
	const char *name;
	json_t *member;

	json_object_foreach(value, name, member) {
		if (strcmp(name, "name") != 0 && !json_is_null(member))
			kind = name;
	}
	*out = spec_copy(reader->builder, kind, err);
	return *out == NULL ? -1 : 0;
}

static int read_volume(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct kubernetes_volume *volume = out;

	if (fields_read(reader, value, volume_fields, ARRAY_LEN(volume_fields), out, err) < 0 ||
	    find_kind(reader, value, &volume->kind, err) < 0)
		return -1;
	return set_origin(reader, &volume->origin, err);
}

int kubernetes_read_volumes(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_items(reader, value, KUBERNETES_ITEM_MAX, sizeof(struct kubernetes_volume),
	                    read_volume, out, err);
}

static const struct field mount_fields[] = {
	{ "devicePath", oci_read_path, false, MOUNT(target) },
	{ "mountPath", oci_read_text, false, MOUNT(target) },
	{ "mountPropagation", oci_read_label, false, MOUNT(propagation) },
	{ "name", oci_read_text, true, MOUNT(volume) },
	{ "readOnly", kubernetes_read_switch, false, MOUNT(read_only) },
	{ "recursiveReadOnly", oci_read_label, false, MOUNT(read_only_below) },
	{ "subPath", oci_read_label, false, MOUNT(sub_path) },
	{ "subPathExpr", oci_read_label, false, MOUNT(sub_path) },
};

static int read_mount(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct kubernetes_mount *mount = out;

	if (fields_read(reader, value, mount_fields, ARRAY_LEN(mount_fields), out, err) < 0)
		return -1;
	if (mount->target.value == NULL)
		return fields_refuse(reader, err, "it is not said where the volume is mounted");
	return set_origin(reader, &mount->origin, err);
}

static int read_mounts(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_items(reader, value, KUBERNETES_ITEM_MAX, sizeof(struct kubernetes_mount),
	                    read_mount, out, err);
}

static int read_key_of_secret(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "name", oci_read_text, false, VARIABLE(secret) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_key_of_map(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "name", oci_read_text, false, VARIABLE(config_map) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

/* Of the pod's own fields and resources nothing is secret. */
static int read_value_from(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "configMapKeyRef", read_key_of_map },
		{ "secretKeyRef", read_key_of_secret },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_variable(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "name", oci_read_text, true, VARIABLE(name) },
		{ "value", oci_read_bytes, false, VARIABLE(value) },
		{ "valueFrom", read_value_from },
	};
	struct kubernetes_variable *variable = out;

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), out, err) < 0)
		return -1;
	return set_origin(reader, &variable->origin, err);
}

static int read_env(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_items(reader, value, KUBERNETES_ITEM_MAX, sizeof(struct kubernetes_variable),
	                    read_variable, out, err);
}

static int read_source(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "configMapRef", read_key_of_map },
		{ "prefix", oci_read_label, false, VARIABLE(name) },
		{ "secretRef", read_key_of_secret },
	};
	struct kubernetes_variable *variable = out;

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), out, err) < 0)
		return -1;
	return set_origin(reader, &variable->origin, err);
}

static int read_env_from(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_items(reader, value, KUBERNETES_ITEM_MAX, sizeof(struct kubernetes_variable),
	                    read_source, out, err);
}

static int read_port(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "containerPort", kubernetes_read_scalar, true, PORT(port) },
		{ "hostIP", oci_read_label, false, PORT(address) },
		{ "hostPort", kubernetes_read_scalar, false, PORT(host_port) },
		{ "protocol", oci_read_label, false, PORT(protocol) },
	};
	struct kubernetes_port *port = out;

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), out, err) < 0)
		return -1;
	return set_origin(reader, &port->origin, err);
}

static int read_ports(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_items(reader, value, KUBERNETES_ITEM_MAX, sizeof(struct kubernetes_port),
	                    read_port, out, err);
}

static int read_limits(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "cpu", kubernetes_read_scalar, false, CONTAINER(cpu) },
		{ "memory", kubernetes_read_scalar, false, CONTAINER(memory) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

/* Requests reserve, they limit nothing. */
static int read_resources(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "limits", read_limits },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_probe(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const char *const ways[] = { "exec", "grpc", "httpGet", "tcpSocket" };
	struct spec_text *health = out;

	if (!json_is_object(value))
		return fields_wrong_type(reader, value, "an object", err);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (json_object_get(value, ways[i]) != NULL && health->value == NULL)
			*health = (struct spec_text){ ways[i], fields_origin(reader, err) };
	}
	return health->value != NULL && health->origin == NULL ? -1 : 0;
}

/* As the command line's words: what is written as a number is a text, too. */
static int read_words(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_byte_texts(reader, value, out, err);
}

/* The probes in the order in which the first of them counts. */
static const struct field container_fields[] = {
	{ "args", read_words, false, CONTAINER(args) },
	{ "command", read_words, false, CONTAINER(command) },
	{ "env", read_env, false, CONTAINER(env) },
	{ "envFrom", read_env_from, false, CONTAINER(env_from) },
	{ "image", oci_read_label, false, CONTAINER(image) },
	{ "imagePullPolicy", oci_read_label, false, CONTAINER(pull) },
	{ "livenessProbe", read_probe, false, CONTAINER(health) },
	{ "name", oci_read_text, true, CONTAINER(name) },
	{ "ports", read_ports, false, CONTAINER(ports) },
	{ "readinessProbe", read_probe, false, CONTAINER(health) },
	{ "resources", read_resources },
	{ "restartPolicy", oci_read_label, false, CONTAINER(restart) },
	{ "securityContext", kubernetes_read_container_security, false, CONTAINER(security) },
	{ "startupProbe", read_probe, false, CONTAINER(health) },
	{ "stdin", kubernetes_read_switch, false, CONTAINER(stdin_open) },
	{ "tty", kubernetes_read_switch, false, CONTAINER(tty) },
	{ "volumeDevices", read_mounts, false, CONTAINER(devices) },
	{ "volumeMounts", read_mounts, false, CONTAINER(mounts) },
	{ "workingDir", oci_read_label, false, CONTAINER(workdir) },
	{ "lifecycle", fields_skip },
	{ "resizePolicy", fields_skip },
	{ "restartPolicyRules", fields_skip },
	{ "stdinOnce", fields_skip },
	{ "targetContainerName", fields_skip },
	{ "terminationMessagePath", fields_skip },
	{ "terminationMessagePolicy", fields_skip },
};

int kubernetes_read_container(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct kubernetes_container *container = out;

	fields_warn_of_unknown(reader, value, container_fields, ARRAY_LEN(container_fields));
	if (fields_read(reader, value, container_fields, ARRAY_LEN(container_fields), out, err) < 0)
		return -1;
	return set_origin(reader, &container->origin, err);
}
