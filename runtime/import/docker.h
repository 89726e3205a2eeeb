/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Docker is asked, by whatever language: a docker run line, a Compose service and what
 * docker inspect writes say the same things, and each thing has one reader here, which takes its
 * value as docker run has it ("NET_ADMIN", "8080:80/tcp", "512m").
 *
 * A draft starts with what dockerd asks of its runtime when nothing is said, takes what is said in
 * any order, and is settled at its end.
 * Source: docs.docker.com/reference/cli/docker/container/run; moby oci/defaults.go and
 * daemon/oci_linux.go; config.json files of dockerd 20.10 and 28 and of Podman 4.3 and 5.8.
 */
#ifndef HARDRUN_IMPORT_DOCKER_H
#define HARDRUN_IMPORT_DOCKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/language.h"

/* How a language calls what spec_engine.places tells the places of. NULL: it cannot say it. */
typedef const char *const docker_places[SPEC_PLACE_COUNT];

struct docker_draft {
	struct import_session *session;
	struct engine_document *document;
	bool is_podman;
	const char
		*folder; /* that relative paths of the host are relative to; NULL: none is known */
	bool is_kubernetes; /* its nodes ask for the same without dockerd's kernel settings */

	struct spec_list args; /* struct spec_text; so those without a type */
	struct spec_list entrypoint;
	struct spec_list env;
	struct spec_list env_files;
	struct spec_list passed_env; /* names of variables without a value */
	struct spec_list groups;
	struct spec_list cap_add;
	struct spec_list cap_drop;
	struct spec_list unmasked; /* paths: "ALL", or the ones that are to be seen */
	struct spec_list masked;   /* paths, beside the default */
	struct spec_list networks;
	struct spec_list unread;
	struct spec_list mounts;       /* struct spec_oci_mount, one of a target */
	struct spec_list volumes;      /* struct spec_engine_volume */
	struct spec_list secrets;      /* struct spec_engine_secret */
	struct spec_list ports;        /* struct spec_engine_port */
	struct spec_list devices;      /* struct spec_engine_device */
	struct spec_list oci_devices;  /* struct spec_oci_device */
	struct spec_list device_rules; /* struct spec_oci_device_rule */
	struct spec_list namespaces;   /* struct spec_oci_namespace */
	struct spec_list sysctls;      /* struct spec_sysctl, one of a name */
	struct spec_list rlimits;      /* struct spec_rlimit */
	struct spec_list annotations;  /* struct spec_oci_annotation */
};

/*
 * Start a draft. The place of a thing that nobody says is @base with the name in @places behind it:
 * "" and "--user", "/services/web/" and "user". @service: for people.
 */
MUST_CHECK int docker_begin(struct docker_draft *draft, struct import_session *session,
                            bool is_podman, docker_places *places, const char *base,
                            const struct spec_text *service, struct error *err);

/* What a language has besides; each is set directly: engine fields that are a text alone. */
struct spec_engine *docker_engine(struct docker_draft *draft);

/* Decide what depends on several values, check, and add the spec to the session's. */
MUST_CHECK int docker_finish(struct docker_draft *draft, struct error *err);

/*
 * Take one value. The text is kept, not copied: it must be in the session's arena.
 * Errors: ERROR_SPEC at its origin.
 */
typedef int docker_take_function(struct docker_draft *draft, const struct spec_text *text,
                                 struct error *err);

/* docker_process.c */
docker_take_function docker_take_annotation; /* NAME=VALUE */
docker_take_function docker_take_arg;        /* of the command */
docker_take_function docker_take_cap_add;    /* NET_ADMIN, CAP_NET_ADMIN, ALL; a list by "," */
docker_take_function docker_take_cap_drop;
docker_take_function docker_take_domainname;
docker_take_function docker_take_entrypoint; /* one word of it */
docker_take_function docker_take_env;        /* NAME=VALUE; NAME alone is the caller's */
docker_take_function docker_take_env_file;
docker_take_function docker_take_group; /* name or number */
docker_take_function docker_take_hostname;
docker_take_function docker_take_oom_score_adj;
docker_take_function docker_take_privileged; /* a switch */
docker_take_function docker_take_read_only;  /* a switch */
docker_take_function docker_take_security_opt;
docker_take_function docker_take_sysctl;   /* NAME=VALUE */
docker_take_function docker_take_terminal; /* a switch */
docker_take_function docker_take_umask;
docker_take_function docker_take_user; /* USER[:GROUP], names or numbers */
docker_take_function docker_take_workdir;

/* docker_limits.c */
docker_take_function docker_take_blkio_weight;
docker_take_function docker_take_cpu_period;
docker_take_function docker_take_cpu_quota;
docker_take_function docker_take_cpu_shares;
docker_take_function docker_take_cpus; /* 1.5 */
docker_take_function docker_take_cpuset_cpus;
docker_take_function docker_take_cpuset_mems;
docker_take_function docker_take_memory; /* 512m; so the next three */
docker_take_function docker_take_memory_reservation;
docker_take_function docker_take_memory_swap; /* memory and swap; -1: all of it */
docker_take_function docker_take_shm_size;
docker_take_function docker_take_memory_swappiness;
docker_take_function docker_take_oom_kill_disable; /* a switch */
docker_take_function docker_take_pids_limit;       /* -1 or 0: none */
docker_take_function docker_take_ulimit;           /* nofile=1024[:2048] */

/* docker_files.c */
docker_take_function docker_take_device;      /* /dev/fuse[:/dev/x][:rwm], vendor.com/class=name */
docker_take_function docker_take_device_rule; /* c 1:3 rwm */
docker_take_function docker_take_mount;       /* type=bind,source=/a,target=/b,readonly */
docker_take_function docker_take_tmpfs;       /* /run[:size=64m,mode=1777] */
docker_take_function docker_take_volume;      /* [source:]target[:options] */
docker_take_function docker_take_volumes_from;
docker_take_function docker_take_secret; /* Podman: NAME[,target=...,type=env,...] */

/* docker_network.c */
docker_take_function docker_take_cgroup_mode; /* private, host */
docker_take_function docker_take_expose;
docker_take_function docker_take_ipc;     /* private, shareable, host, none, container:ID */
docker_take_function docker_take_network; /* none, host, bridge, container:ID, a name */
docker_take_function docker_take_pid;
docker_take_function docker_take_publish;     /* [[address:]host-port:]port[/protocol] */
docker_take_function docker_take_publish_all; /* a switch */
docker_take_function docker_take_userns;
docker_take_function docker_take_uts;

/* docker_values.c, for all of the above */

/* Refuse @text at its origin: ERROR_SPEC. Returns -1. */
int docker_refuse(const struct spec_text *text, struct error *err, const char *format, ...)
	PRINTF_LIKE(3, 4);
/* Tell who listens of something at @text that is tolerated. */
void docker_warn(const struct docker_draft *draft, const struct spec_text *text, const char *format,
                 ...) PRINTF_LIKE(3, 4);
/* "true", "1", "yes" and so on, or their opposites; an empty one is true. */
MUST_CHECK int docker_read_switch(const struct spec_text *text, bool *out, struct error *err);
/* Bytes: "512m", "1.5GB", "64KiB"; @out is at most INT64_MAX. */
MUST_CHECK int docker_read_size(const struct spec_text *text, int64_t *out, struct error *err);
/* An integer, negative ones included. */
MUST_CHECK int docker_read_integer(const struct spec_text *text, int64_t *out, struct error *err);
/* The first @length bytes of @text in the arena; NULL with @err set. */
MUST_CHECK const char *docker_copy(struct docker_draft *draft, const char *text, size_t length,
                                   struct error *err);
/* Append @text to a list of texts. */
MUST_CHECK int docker_add_text(struct docker_draft *draft, struct spec_list *list,
                               const struct spec_text *text, struct error *err);
/*
 * Put @item in the place of the one of the same first member, or at the end.
 * Errors: at @origin, when there are too many.
 */
MUST_CHECK int docker_put(struct docker_draft *draft, struct spec_list *list, const void *item,
                          const char *origin, struct error *err);
/*
 * A path of the host in the arena: relative ones ("./data") against draft->folder; what a shell
 * or the host would have to tell ("$PWD/data", "~/data"), or no folder can, as written.
 */
MUST_CHECK int docker_read_host_path(struct docker_draft *draft, const struct spec_text *text,
                                     const char *path, const char **out, struct error *err);
/* A clean absolute path of the container in the arena. */
MUST_CHECK int docker_read_inner_path(struct docker_draft *draft, const struct spec_text *text,
                                      const char *path, const char **out, struct error *err);

/* The parts that need each other; for docker*.c only. */
MUST_CHECK int docker_add_defaults(struct docker_draft *draft, struct error *err);
MUST_CHECK int docker_add_default_sysctls(struct docker_draft *draft, struct error *err);
extern const capability_set docker_default_capabilities;
extern const capability_set docker_podman_capabilities;
/* Apply an option of a mount, "ro" or "size=64m", that is @length bytes long. */
MUST_CHECK int docker_add_mount_option(struct docker_draft *draft, struct spec_oci_mount *mount,
                                       const struct spec_text *text, const char *option,
                                       size_t length, struct error *err);
/* Put a mount in the place of the one at the same target. */
MUST_CHECK int docker_put_mount(struct docker_draft *draft, const struct spec_oci_mount *mount,
                                struct error *err);
/*
 * Mount what is at @source, a file system in memory, or a volume; @options: "ro,nosuid".
 * @text: for its origin. @kind as in struct spec_engine_volume; @name NULL or "": it has none.
 */
MUST_CHECK int docker_put_bind(struct docker_draft *draft, const struct spec_text *text,
                               const char *source, const char *target, const char *options,
                               struct error *err);
MUST_CHECK int docker_put_tmpfs(struct docker_draft *draft, const struct spec_text *text,
                                const char *target, const char *options, struct error *err);
MUST_CHECK int docker_put_volume(struct docker_draft *draft, const struct spec_text *text,
                                 const char *kind, const char *name, const char *target,
                                 const char *options, struct error *err);
/* Take the namespace of @kind away; @path: join that one instead, NULL: the host's. */
MUST_CHECK int docker_share_namespace(struct docker_draft *draft, uint64_t kind, const char *path,
                                      const char *origin, struct error *err);

#endif
