/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container is, whatever language it was asked for in. Every front end produces this
 * and nothing else; everything behind them reads only this. It knows nothing of the host.
 *
 * Invariants, once spec_finish() has returned 0: sealed (a write is a SIGSEGV); every pointer
 * points into the spec's own arena; every array is NULL exactly when its count is 0; every
 * path is absolute and free of "." and ".." components; every value that can fail later
 * carries its origin: the JSON pointer or option that the user wrote.
 */
#ifndef HARDRUN_SPEC_SPEC_H
#define HARDRUN_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "kernel/capability.h"
#include "kernel/seccomp_policy.h"
#include "spec/relax.h"

/* A text, and where the user wrote it: "/process/cwd", "--workdir". */
struct spec_text {
	const char *value; /* NULL: not given */
	const char *origin;
};

struct spec_text_list {
	const struct spec_text *items;
	size_t count;
};

/* A limit that may be absent. */
struct spec_limit {
	uint64_t value;
	const char *origin;
	bool is_set; /* false: no limit */
};

struct spec_user {
	uint32_t uid;
	uint32_t gid;
	const uint32_t *additional_gids;
	size_t additional_gid_count;
	uint32_t umask;
	const char *origin;
};

enum spec_rootfs_kind {
	SPEC_ROOTFS_HOST,      /* composed from the host's /usr, read-only */
	SPEC_ROOTFS_DIRECTORY, /* a directory of the host */
};

struct spec_rootfs {
	enum spec_rootfs_kind kind;
	struct spec_text path; /* SPEC_ROOTFS_DIRECTORY only */
	bool is_writable;      /* relax: writable-root */
	uint64_t tmpfs_size;   /* bytes the writable root of SPEC_ROOTFS_HOST may hold; else 0 */
	bool may_be_sensitive; /* relax: sensitive-mount names its path */
};

struct spec_tmpfs {
	const char *target;
	uint64_t size;      /* bytes */
	bool is_executable; /* relax: exec-paths */
	const char *origin;
};

/* A bind of a host path: recursive, private, nosuid, nodev, id-mapped. */
struct spec_mount {
	const char *source;
	const char *target;
	bool is_writable;      /* relax: write */
	bool is_executable;    /* relax: exec-paths */
	bool may_be_sensitive; /* relax: sensitive-mount names its source */
	const char *origin;
};

/* A host file, copied to /run/secrets/NAME, mode 0400; NAME_FILE is set. */
struct spec_secret {
	const char *name;
	const char *source;
	const char *origin;
};

struct spec_device {
	const char *path; /* of the node on the host and inside */
	const char *origin;
};

struct spec_rlimit {
	int resource; /* RLIMIT_* */
	uint64_t soft;
	uint64_t hard;
	const char *origin;
};

/*
 * io.max of one block device; a limit that is not set stays "max".
 * Source: cgroup-v2.rst, io.max.
 */
struct spec_io_device {
	const char *path; /* of the block device's node, or one on the file system meant */
	struct spec_limit read_bps;
	struct spec_limit write_bps;
	struct spec_limit read_iops;
	struct spec_limit write_iops;
	const char *origin;
};

struct spec_limits {
	struct spec_limit memory;    /* bytes */
	struct spec_limit swap;      /* bytes of swap beside memory */
	struct spec_limit cpu_quota; /* microseconds of processor time per 100,000 */
	struct spec_limit pids;      /* processes and threads */
	struct spec_limit io_weight; /* 1 to 10,000 */
	const struct spec_io_device *io_devices;
	size_t io_device_count;
	const struct spec_rlimit *rlimits;
	size_t rlimit_count;
	struct spec_limit timeout_ms;
};

enum spec_seccomp_kind {
	SPEC_SECCOMP_DEFAULT,
	SPEC_SECCOMP_FILE,
	SPEC_SECCOMP_KNOWN, /* what its text makes is known: it has not been read */
	SPEC_SECCOMP_OFF,
};

struct spec_seccomp {
	enum spec_seccomp_kind kind;
	struct spec_text path;               /* SPEC_SECCOMP_FILE and _KNOWN only */
	const struct seccomp_policy *policy; /* what that file says; NULL when it is known */
	const struct seccomp_known *known;   /* SPEC_SECCOMP_KNOWN only */
	const char *text;                    /* that can become known; NULL: none */
	size_t text_size;                    /* bytes */
	struct spec_text_list extra_allowed; /* relax: syscalls */
};

enum spec_apparmor_kind {
	SPEC_APPARMOR_GENERATED,
	SPEC_APPARMOR_NAMED,
	SPEC_APPARMOR_OFF,
};

struct spec_apparmor {
	enum spec_apparmor_kind kind;
	struct spec_text name; /* SPEC_APPARMOR_NAMED only */
	bool is_optional;      /* relax: apparmor-if-available */
};

struct spec_sysctl {
	const char *name; /* "net.core.somaxconn" */
	const char *value;
	const char *origin;
};

struct spec_oci;
struct spec_engine;
struct spec_dockerfile;

struct spec {
	struct arena *arena;      /* holds the spec itself and everything it points to */
	struct spec_text name;    /* container id */
	struct spec_text profile; /* the preset that was merged under; value NULL: none */

	struct spec_text_list args;             /* at least one */
	struct spec_text_list env;              /* "NAME=value", sorted by name */
	struct spec_text_list secret_env_names; /* relax: secrets-in-env */
	struct spec_text cwd;
	struct spec_text hostname; /* value NULL: the container's name */
	struct spec_user user;
	bool has_terminal;

	struct spec_rootfs rootfs;
	const struct spec_tmpfs *tmpfs; /* /tmp and /run always, /dev/shm if asked; by target */
	size_t tmpfs_count;
	const struct spec_mount *mounts; /* "mounts" first, then relax.write; each by target */
	size_t mount_count;
	const struct spec_secret *secrets;
	size_t secret_count;
	const struct spec_device
		*devices; /* relax: devices; the seven standard ones are not listed */
	size_t device_count;
	struct spec_text_list unmasked_paths; /* relax: unmasked-paths */

	uint64_t shared_namespaces; /* CLONE_NEW* of those kept from the host; 0: all are new */
	bool may_nest_user_namespaces;
	capability_set
		capabilities; /* permitted, effective, inheritable, bounding and ambient alike */
	const char *capabilities_origin;
	bool no_new_privs;
	struct spec_seccomp seccomp;
	struct spec_apparmor apparmor;
	bool has_landlock;
	const struct spec_sysctl *sysctls;
	size_t sysctl_count;
	struct spec_limits limits;

	struct relaxation relaxations[RELAX_COUNT];

	const struct spec_oci
		*oci; /* of a config.json or an engine; NULL: of the native language */
	const struct spec_engine *engine;         /* NULL: native, or a bare config.json */
	const struct spec_dockerfile *dockerfile; /* NULL: of another language */
};

#endif
