/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/kubernetes.h"

#include <string.h>

#define LIST_DEPTH_MAX 8 /* of a List in a List */

/* A document while it is read. */
struct manifest {
	struct import_session *session;
	struct kubernetes_pod pod;
	const char *role; /* of the containers that are being read */
	int depth;
};

#define POD(member) offsetof(struct manifest, pod.member)

static int read_container(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct manifest *manifest = out;
	struct kubernetes_container container = { .role = manifest->role };

	if (kubernetes_read_container(reader, value, &container, err) < 0)
		return -1;
	return kubernetes_add(manifest->session, &manifest->pod, &container, err);
}

static int read_containers_as(struct reader *reader, json_t *value, const char *role,
                              struct manifest *manifest, struct error *err)
{
	manifest->role = role;
	return fields_each_element(reader, value, KUBERNETES_ITEM_MAX, read_container, manifest,
	                           err);
}

static int read_containers(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_containers_as(reader, value, "container", out, err);
}

static int read_init_containers(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_containers_as(reader, value, "init container", out, err);
}

static int read_ephemeral_containers(struct reader *reader, json_t *value, void *out,
                                     struct error *err)
{
	return read_containers_as(reader, value, "ephemeral container", out, err);
}

/* The containers last: they are of the pod that the others describe. */
static const struct field pod_fields[] = {
	{ "automountServiceAccountToken", kubernetes_read_switch, false, POD(token) },
	{ "hostIPC", kubernetes_read_switch, false, POD(host_ipc) },
	{ "hostNetwork", kubernetes_read_switch, false, POD(host_network) },
	{ "hostPID", kubernetes_read_switch, false, POD(host_pid) },
	{ "hostUsers", kubernetes_read_switch, false, POD(host_users) },
	{ "hostname", oci_read_label, false, POD(hostname) },
	{ "restartPolicy", oci_read_label, false, POD(restart) },
	{ "runtimeClassName", oci_read_label, false, POD(runtime) },
	{ "securityContext", kubernetes_read_pod_security, false, POD(security) },
	{ "shareProcessNamespace", kubernetes_read_switch, false, POD(shared_processes) },
	{ "volumes", kubernetes_read_volumes, false, POD(volumes) },
	{ "initContainers", read_init_containers },
	{ "containers", read_containers, true },
	{ "ephemeralContainers", read_ephemeral_containers },
	{ "activeDeadlineSeconds", fields_skip },
	{ "affinity", fields_skip },
	{ "dnsConfig", fields_skip },
	{ "dnsPolicy", fields_skip },
	{ "enableServiceLinks", fields_skip },
	{ "hostAliases", fields_skip },
	{ "hostnameOverride", fields_skip },
	{ "imagePullSecrets", fields_skip },
	{ "nodeName", fields_skip },
	{ "nodeSelector", fields_skip },
	{ "os", fields_skip },
	{ "overhead", fields_skip },
	{ "preemptionPolicy", fields_skip },
	{ "priority", fields_skip },
	{ "priorityClassName", fields_skip },
	{ "readinessGates", fields_skip },
	{ "resourceClaims", fields_skip },
	{ "resources", fields_skip },
	{ "schedulerName", fields_skip },
	{ "schedulingGates", fields_skip },
	{ "serviceAccount", fields_skip },
	{ "serviceAccountName", fields_skip },
	{ "setHostnameAsFQDN", fields_skip },
	{ "subdomain", fields_skip },
	{ "terminationGracePeriodSeconds", fields_skip },
	{ "tolerations", fields_skip },
	{ "topologySpreadConstraints", fields_skip },
};

static int read_pod_spec(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct manifest *manifest = out;

	manifest->pod.origin = fields_origin(reader, err);
	if (manifest->pod.origin == NULL)
		return -1;
	fields_warn_of_unknown(reader, value, pod_fields, ARRAY_LEN(pod_fields));
	return fields_read(reader, value, pod_fields, ARRAY_LEN(pod_fields), manifest, err);
}

static int read_annotations(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct manifest *manifest = out;

	if (!json_is_object(value))
		return fields_wrong_type(reader, value, "an object", err);
	manifest->pod.annotations = value;
	manifest->pod.annotations_origin = fields_origin(reader, err);
	return manifest->pod.annotations_origin == NULL ? -1 : 0;
}

/* Of the template of a pod: its name is its owner's. */
static int read_template_metadata(struct reader *reader, json_t *value, void *out,
                                  struct error *err)
{
	static const struct field fields[] = {
		{ "annotations", read_annotations },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_template(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "metadata", read_template_metadata },
		{ "spec", read_pod_spec, true },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_workload_spec(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "template", read_template, true },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_job_template(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "spec", read_workload_spec, true },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_cron_spec(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "jobTemplate", read_job_template, true },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

/* What makes pods' names is enough of one. */
static int read_metadata(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "generateName", oci_read_label, false, POD(name) },
		{ "name", kubernetes_read_scalar, false, POD(name) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_pod_metadata(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (read_template_metadata(reader, value, out, err) < 0)
		return -1;
	return read_metadata(reader, value, out, err);
}

static int read_document(struct reader *reader, json_t *value, void *out, struct error *err);

static int read_items(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct manifest *manifest = out;
	int result;

	if (manifest->depth == LIST_DEPTH_MAX)
		return fields_refuse(reader, err, "lists are nested too deeply");
	manifest->depth++;
	result = fields_each_element(reader, value, SIZE_MAX, read_document, manifest, err);
	manifest->depth--;
	return result;
}

static const struct field pod_document[] = {
	{ "metadata", read_pod_metadata },
	{ "spec", read_pod_spec, true },
};

static const struct field workload_document[] = {
	{ "metadata", read_metadata },
	{ "spec", read_workload_spec, true },
};

static const struct field cron_document[] = {
	{ "metadata", read_metadata },
	{ "spec", read_cron_spec, true },
};

static const struct field template_document[] = {
	{ "metadata", read_metadata },
	{ "template", read_template, true },
};

static const struct field list_document[] = {
	{ "items", read_items },
};

static const struct kind {
	const char *name;
	const struct field *fields;
	size_t count;
} kinds[] = {
	{ "CronJob", cron_document, ARRAY_LEN(cron_document) },
	{ "DaemonSet", workload_document, ARRAY_LEN(workload_document) },
	{ "Deployment", workload_document, ARRAY_LEN(workload_document) },
	{ "Job", workload_document, ARRAY_LEN(workload_document) },
	{ "List", list_document, ARRAY_LEN(list_document) },
	{ "Pod", pod_document, ARRAY_LEN(pod_document) },
	{ "PodTemplate", template_document, ARRAY_LEN(template_document) },
	{ "ReplicaSet", workload_document, ARRAY_LEN(workload_document) },
	{ "ReplicationController", workload_document, ARRAY_LEN(workload_document) },
	{ "StatefulSet", workload_document, ARRAY_LEN(workload_document) },
};

/* The kinds of a cluster's own that stand beside workloads; of others nobody knows. */
static const char *const without_pods[] = {
	"APIService",
	"ClusterRole",
	"ClusterRoleBinding",
	"ConfigMap",
	"CustomResourceDefinition",
	"Endpoints",
	"EndpointSlice",
	"HorizontalPodAutoscaler",
	"Ingress",
	"IngressClass",
	"Lease",
	"LimitRange",
	"MutatingWebhookConfiguration",
	"Namespace",
	"NetworkPolicy",
	"PersistentVolume",
	"PersistentVolumeClaim",
	"PodDisruptionBudget",
	"PriorityClass",
	"ResourceQuota",
	"Role",
	"RoleBinding",
	"RuntimeClass",
	"Secret",
	"Service",
	"ServiceAccount",
	"StorageClass",
	"ValidatingWebhookConfiguration",
};

/* "DeploymentList" holds items as "List" does. */
static const struct kind *find_kind(const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return length > strlen("List") && strcmp(name + length - strlen("List"), "List") == 0
	               ? find_kind("List")
	               : NULL;
}

static void warn_of_kind(struct reader *reader, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(without_pods); i++) {
		if (strcmp(without_pods[i], name) == 0)
			return;
	}
	fields_warn(reader, "the kind \"%.60s\" is not known and is skipped", name);
}

static int read_document(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct manifest *outer = out;
	struct manifest manifest = { .session = outer->session, .depth = outer->depth };
	const json_t *name = json_object_get(value, "kind");
	const struct kind *kind;

	if (!json_is_object(value))
		return fields_wrong_type(reader, value, "an object", err);
	if (!json_is_string(name))
		return fields_refuse(reader, err, "the member \"kind\" is missing or no text");
	kind = find_kind(json_string_value(name));
	if (kind == NULL) {
		warn_of_kind(reader, json_string_value(name));
		return 0;
	}
	manifest.pod.kind = kind->name;
	return fields_read(reader, value, kind->fields, kind->count, &manifest, err);
}

bool kubernetes_is(const json_t *documents)
{
	size_t index;
	const json_t *document;

	json_array_foreach(documents, index, document) {
		if (json_object_get(document, "apiVersion") != NULL &&
		    json_object_get(document, "kind") != NULL)
			return true;
	}
	return false;
}

int kubernetes_read(struct import_session *session, struct error *err)
{
	struct manifest manifest = { .session = session };
	size_t index;
	json_t *document;

	json_array_foreach(session->documents, index, document) {
		char prefix[LANGUAGE_PREFIX_SIZE];
		struct reader reader = session_reader(session, index, prefix);

		if (read_document(&reader, document, &manifest, err) < 0)
			return -1;
	}
	return 0;
}
