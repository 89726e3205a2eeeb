/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the reader of Kubernetes manifests: a pod and a container are read as they are
 * written, then each container becomes a spec of what the API makes of both.
 * Source: kubernetes.io/docs/reference, Pod v1 core; kubernetes pkg/apis/core/v1/defaults.go;
 * containerd internal/cri; data of containerd 1.6 and 2.1.
 */
#ifndef HARDRUN_IMPORT_KUBERNETES_H
#define HARDRUN_IMPORT_KUBERNETES_H

#include "base/compiler.h"
#include "base/error.h"
#include "import/fields.h"
#include "import/language.h"

#define KUBERNETES_ITEM_MAX ((size_t)1024) /* of any list */

/* seccompProfile, appArmorProfile */
struct kubernetes_profile {
	struct spec_text type;      /* "RuntimeDefault", "Localhost", "Unconfined" */
	struct spec_text localhost; /* the profile's file or name */
};

/*
 * securityContext of a pod or of a container; what only one of them can say is empty in the
 * other. Numbers and switches are texts as they are written.
 */
struct kubernetes_security {
	struct spec_text user;
	struct spec_text group;
	struct spec_text fs_group;
	struct spec_text non_root;
	struct spec_text_list groups;
	struct kubernetes_profile seccomp;
	struct kubernetes_profile apparmor;
	struct spec_text selinux;      /* the type, or where it is said */
	struct spec_text_list sysctls; /* NAME=VALUE */
	struct spec_text_list cap_add;
	struct spec_text_list cap_drop;
	struct spec_text privileged;
	struct spec_text escalation;
	struct spec_text read_only_root;
	struct spec_text proc_mount;
};

struct kubernetes_volume {
	struct spec_text name;
	const char *kind;        /* "hostPath", "emptyDir" ... */
	struct spec_text source; /* the host's path, the name of a claim, a secret ... */
	struct spec_text medium; /* of emptyDir: "Memory" */
	struct spec_text size;   /* of emptyDir */
	struct spec_text mode;   /* of the files of a secret */
	struct spec_text read_only;
	const char *origin;
};

struct kubernetes_mount {
	struct spec_text volume; /* its name */
	struct spec_text target;
	struct spec_text sub_path;
	struct spec_text read_only;
	struct spec_text read_only_below; /* "Enabled", "IfPossible", "Disabled" */
	struct spec_text propagation;     /* "None", "HostToContainer", "Bidirectional" */
	const char *origin;
};

/* One of env, or all that envFrom gives. */
struct kubernetes_variable {
	struct spec_text name;
	struct spec_text value;
	struct spec_text secret;     /* that the value is taken from */
	struct spec_text config_map; /* the same */
	const char *origin;
};

struct kubernetes_port {
	struct spec_text port;
	struct spec_text host_port;
	struct spec_text address;
	struct spec_text protocol;
	const char *origin;
};

struct kubernetes_pod {
	const char *kind; /* "Deployment" */
	struct spec_text name;
	const char *origin; /* of its spec */
	json_t *annotations;
	const char *annotations_origin;
	struct kubernetes_security security;
	struct spec_text host_network;
	struct spec_text host_pid;
	struct spec_text host_ipc;
	struct spec_text host_users;
	struct spec_text shared_processes;
	struct spec_text token; /* automountServiceAccountToken */
	struct spec_text hostname;
	struct spec_text restart;
	struct spec_text runtime;
	struct fields_items volumes; /* struct kubernetes_volume */
};

struct kubernetes_container {
	const char *role; /* "container", "init container", "ephemeral container" */
	const char *origin;
	struct kubernetes_security security;
	struct spec_text name;
	struct spec_text image;
	struct spec_text pull;
	struct spec_text workdir;
	struct spec_text restart; /* of an init container: "Always" makes it a sidecar */
	struct spec_text tty;
	struct spec_text stdin_open;
	struct spec_text_list command;
	struct spec_text_list args;
	struct spec_text health; /* how the first probe asks */
	struct spec_text memory; /* limits */
	struct spec_text cpu;
	struct spec_text_list unread;
	struct fields_items env;      /* struct kubernetes_variable */
	struct fields_items env_from; /* struct kubernetes_variable */
	struct fields_items ports;    /* struct kubernetes_port */
	struct fields_items mounts;   /* struct kubernetes_mount */
	struct fields_items devices;  /* struct kubernetes_mount: of block volumes */
};

/* kubernetes_values.c: of struct spec_text: a text, number or switch as it would be written */
read_function kubernetes_read_scalar;
read_function kubernetes_read_switch; /* "true" or "false" */
/* "512Mi", "1.5", "100m", "1e3": in thousandths, rounded up. False: it is no quantity. */
MUST_CHECK bool kubernetes_quantity(const char *text, int64_t *out_milli);
/* Refuse what is no quantity: ERROR_SPEC at its origin. Returns -1. */
int kubernetes_refuse_quantity(const struct spec_text *text, struct error *err);
/* Is the switch said, and on? */
bool kubernetes_is_true(const struct spec_text *text);

/* kubernetes_security.c; struct kubernetes_security */
read_function kubernetes_read_pod_security;
read_function kubernetes_read_container_security;
/* What is in force: what the container says goes before what the pod says. */
struct kubernetes_security kubernetes_merge_security(const struct kubernetes_security *pod,
                                                     const struct kubernetes_security *container);

/* kubernetes_pod.c; out: struct kubernetes_pod, struct kubernetes_container */
read_function kubernetes_read_volumes;
read_function kubernetes_read_container;

/* kubernetes_mounts.c: what the container mounts, of the pod's volumes. */
struct docker_draft;
MUST_CHECK int kubernetes_set_mounts(struct docker_draft *draft, const struct kubernetes_pod *pod,
                                     const struct kubernetes_container *container,
                                     struct error *err);

/* kubernetes_spec.c: add the spec of @container in @pod to the session's. */
MUST_CHECK int kubernetes_add(struct import_session *session, const struct kubernetes_pod *pod,
                              const struct kubernetes_container *container, struct error *err);

#endif
