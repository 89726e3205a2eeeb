/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an engine is asked beside the container itself, by a docker run line, a Compose service,
 * a Kubernetes container, an object of docker inspect, or a Dockerfile.
 *
 * Such a spec is also one with spec.oci, filled with what that engine would ask of its runtime,
 * its defaults included, so that what judges or writes a config.json judges or writes it too.
 * What only the host or the image knows is not made up: spec.oci.rootfs.path.value is NULL;
 * devices[].major is -1; named volumes stand here and not among spec.oci.mounts; a seccomp or
 * AppArmor profile of the engine's own is spec.seccomp.kind SPEC_SECCOMP_DEFAULT or
 * spec.apparmor.kind SPEC_APPARMOR_NAMED ("docker-default").
 */
#ifndef HARDRUN_SPEC_SPEC_ENGINE_H
#define HARDRUN_SPEC_SPEC_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/spec.h"
#include "spec/spec_language.h"

/* spec.user.uid and gid of a name that only the image can tell the number of. */
#define SPEC_ENGINE_ID_UNKNOWN UINT32_MAX

/* What a container can be told about itself; see spec_engine.places. */
enum spec_engine_place {
	SPEC_PLACE_SERVICE, /* the container as a whole */
	SPEC_PLACE_IMAGE,
	SPEC_PLACE_USER,
	SPEC_PLACE_PRIVILEGED,
	SPEC_PLACE_CAPABILITIES, /* that are added */
	SPEC_PLACE_CAPABILITIES_DROPPED,
	SPEC_PLACE_NO_NEW_PRIVILEGES,
	SPEC_PLACE_SECCOMP,
	SPEC_PLACE_APPARMOR,
	SPEC_PLACE_READ_ONLY_ROOT,
	SPEC_PLACE_MASKED_PATHS,
	SPEC_PLACE_MOUNTS,
	SPEC_PLACE_TMPFS,
	SPEC_PLACE_DEVICES,
	SPEC_PLACE_SYSCTLS,
	SPEC_PLACE_MEMORY,
	SPEC_PLACE_SWAP,
	SPEC_PLACE_CPU,
	SPEC_PLACE_PIDS,
	SPEC_PLACE_NETWORK,
	SPEC_PLACE_PORTS,
	SPEC_PLACE_PID_NAMESPACE,
	SPEC_PLACE_IPC_NAMESPACE,
	SPEC_PLACE_UTS_NAMESPACE,
	SPEC_PLACE_CGROUP_NAMESPACE,
	SPEC_PLACE_USER_NAMESPACE,
	SPEC_PLACE_ENV,
	SPEC_PLACE_HEALTH,
	SPEC_PLACE_TOKEN, /* of a Kubernetes service account */
	SPEC_PLACE_COUNT,
};

/* A published port. */
struct spec_engine_port {
	const char *address;     /* of the host; NULL: none is said, which is all of them */
	uint16_t host_port;      /* 0: the engine chooses */
	uint16_t host_port_last; /* of a range; else the same */
	uint16_t port;           /* of the container; 0: all that the image exposes */
	uint16_t port_last;      /* of a range; else the same */
	const char *protocol;    /* "tcp", "udp", "sctp" */
	bool is_only_exposed;    /* noted for others, not published */
	const char *origin;
};

/* Files that the engine keeps: a named volume, one without a name, a claim, a config map. */
struct spec_engine_volume {
	const char *name;   /* NULL: made for this container */
	const char *kind;   /* "volume", "image", "persistentVolumeClaim", "emptyDir" ... */
	const char *target; /* NULL: it is mounted nowhere */
	bool is_read_only;
	bool is_executable; /* nothing says noexec, which most languages cannot say */
	const char *origin;
};

/* A secret or a configuration that the engine hands over. */
struct spec_engine_secret {
	const char *name;
	const char *source;    /* file of the host; NULL: the engine's own */
	const char *target;    /* file inside; NULL: it is in the variable @variable */
	const char *variable;  /* of the environment; NULL: it is in a file */
	bool is_config;        /* not confidential */
	struct spec_text mode; /* permission bits as written */
	const char *origin;
};

/* A device node of the host, as written; it is among spec.oci.devices, too. */
struct spec_engine_device {
	const char *source; /* on the host; or the name of a CDI device, "vendor.com/gpu=0" */
	const char *target;
	const char *access; /* "rwm" */
	const char *origin;
};

/* Something that can be on or off, and where that is said or would be said. */
struct spec_switch {
	bool is_on;
	bool is_said; /* false: it is the default */
	const char *origin;
};

struct spec_engine {
	enum spec_language language;
	bool is_podman; /* its defaults are Podman's, not Docker's */
	/*
	 * Where each thing is said or, where nobody says it, would be said in the language: never
	 * NULL but for what the language cannot say, so a rule without a better origin takes it.
	 */
	const char *places[SPEC_PLACE_COUNT];

	struct spec_text service;  /* for people: "web", "Deployment/api container app" */
	struct spec_text image;    /* reference as written; value NULL: none */
	struct spec_text platform; /* "linux/arm64" */
	struct spec_text pull;     /* policy: "always", "missing", "never" */
	bool has_build;            /* the image is built from a Dockerfile (Compose) */

	/* As written: "app:app"; value NULL: the image decides, and spec.user is 0:0. */
	struct spec_text user;
	struct spec_text_list groups;     /* added ones, as written */
	struct spec_text_list entrypoint; /* takes the image's place */
	struct spec_text_list command;    /* both together are spec.args */
	struct spec_text_list env_files;  /* named, and read only where they were given */
	struct spec_text_list passed_env; /* names of variables whose values are the caller's */

	struct spec_text privileged;   /* value NULL: not asked for */
	struct spec_text_list cap_add; /* as written, "ALL" and names without "CAP_" included */
	struct spec_text_list cap_drop;
	struct spec_text seccomp;          /* as written: "unconfined", a file, "RuntimeDefault" */
	struct spec_text apparmor;         /* as written */
	struct spec_text selinux;          /* as written: "disable", "type:container_t" */
	struct spec_switch unmasked_paths; /* systempaths=unconfined, procMount: Unmasked */
	struct spec_switch must_not_be_root; /* runAsNonRoot: the engine refuses uid 0 */

	/* Modes as written: "host", "none", "container:db", "service:db"; NULL: the default. */
	struct spec_text network;
	struct spec_text pid;
	struct spec_text ipc;
	struct spec_text uts;
	struct spec_text cgroup;
	struct spec_text users;         /* user namespace */
	struct spec_text_list networks; /* named ones that it joins */
	const struct spec_engine_port *ports;
	size_t port_count;

	const struct spec_engine_volume *volumes;
	size_t volume_count;
	const struct spec_engine_secret *secrets;
	size_t secret_count;
	const struct spec_engine_device *devices;
	size_t device_count;
	struct spec_text shm_size; /* as written */

	/* Limits as written, beside their numbers in spec.oci.resources. */
	struct spec_text memory;
	struct spec_text memory_swap;
	struct spec_text cpus;
	struct spec_text pids;

	struct spec_text restart; /* "always", "unless-stopped", "on-failure:3" */
	struct spec_text health;  /* the command; "none": switched off; value NULL: the image's */
	struct spec_text runtime; /* "runsc", a runtime class */
	struct spec_text cgroup_parent;
	struct spec_switch has_init;         /* --init */
	struct spec_switch removes_itself;   /* --rm */
	struct spec_switch is_detached;      /* -d */
	struct spec_switch keeps_stdin_open; /* -i */
	struct spec_switch automounts_token; /* Kubernetes: of the service account */

	/* What is known and means nothing to a sandbox: neither judged nor an error. */
	struct spec_text_list unread;
};

#endif
