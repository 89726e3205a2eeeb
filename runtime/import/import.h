/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front ends: each turns one language into a spec. They know nothing of the host. */
#ifndef HARDRUN_IMPORT_IMPORT_H
#define HARDRUN_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "policy/policy.h"
#include "spec/spec.h"
#include "spec/spec_oci.h"

#define IMPORT_SIZE_MAX ((size_t)1024 * 1024) /* of a text; bytes */

/* What the command line says over the text; NULL: not given. */
struct import_overrides {
	const char *const *args; /* after "--": appended to the text's */
	size_t arg_count;
	const char *name;    /* --name */
	const char *timeout; /* --timeout */
	const char *memory;  /* --memory */
	const char *swap;    /* --swap */
	const char *cpus;    /* --cpus */
	const char *pids;    /* --pids */
};

struct import_input {
	const char *text; /* need not end in a NUL */
	size_t size;      /* bytes */
	const char
		*name; /* of the file, for messages and the default container name; "-" is stdin */
	const char *folder;       /* absolute, of the file, for "./" paths; NULL: there is none */
	const char *default_name; /* of the container; NULL: made from @name */
	struct import_overrides overrides;
	/*
	 * Reads a file that the text names, as file_read() does. NULL: none is read, and a spec
	 * with a seccomp profile of its own can be checked and written but not planned.
	 */
	int (*read_file)(const char *path, size_t limit, char **out, size_t *out_size,
	                 struct error *err);
};

/*
 * hardrun's own language. Source: README.md, profiles/schema/hardrun.schema.json.
 * An override may lower a limit, not raise it, unless relax.no-limits lifts that limit.
 * Errors: ERROR_SPEC at the JSON pointer or line and column, with the file's name; ERROR_USAGE
 * at the option; *@out is unchanged.
 * Owns: arena_free((*out)->arena) releases all.
 */
MUST_CHECK int import_native(const struct import_input *input, struct spec **out,
                             struct error *err);

#define IMPORT_OCI_SIZE_MAX ((size_t)8 * 1024 * 1024) /* of a text; bytes */

/* Where the text of a config.json says the seccomp policy. */
struct import_oci_seccomp {
	size_t offset; /* in the text; bytes */
	size_t size;   /* 0: nobody has looked */
	/* What the policy makes, which is not read then. Must outlive the spec. NULL: not known. */
	const struct seccomp_known *known;
};

struct import_oci_input {
	const char *text;   /* of the config.json; need not end in a NUL */
	size_t size;        /* bytes */
	const char *name;   /* of the file, for messages; "-" is stdin */
	const char *bundle; /* absolute; what relative paths of the host are relative to */
	const char *id;     /* of the container, checked by the caller */
	/* Told what the specification wants tolerated. NULL: nobody is. */
	void (*warn)(const struct error *warning);
	struct import_oci_seccomp seccomp;
};

/*
 * Find the value of linux.seccomp in @text: by far the longest part of most, and the same in many.
 * False: there is none, or not where it can be seen without understanding the rest.
 */
bool import_oci_find_seccomp(const char *text, size_t size, struct import_oci_seccomp *out);

/*
 * The config.json of an OCI bundle, for Linux. Source: runtime-spec 1.3.0, config.md and
 * config-linux.md.
 *
 * Unknown members are ignored, and so are null ones. A member that is given twice is refused,
 * although other runtimes do not: one merges the two, another takes the first, so that what was
 * reviewed need not be what runs.
 *
 * (*out)->oci is set. Of the rest these say what was asked: name, args, env (in the order given,
 * a variable once), cwd, hostname, user, has_terminal, rootfs, no_new_privs, seccomp, apparmor,
 * sysctls, limits.rlimits, shared_namespaces, and capabilities (those of the bounding set).
 * seccomp.text is a part of the input's text where the policy can become known.
 * Errors: ERROR_SPEC at the JSON pointer or line and column, with the file's name; *@out is
 * unchanged.
 * Owns: arena_free((*out)->arena) releases all.
 */
MUST_CHECK int import_oci(const struct import_oci_input *input, struct spec **out,
                          struct error *err);

/* What `exec` runs in a container; NULL and 0: as the container's own process has it. */
struct import_oci_exec {
	const char *process; /* text of a process object (--process), instead of the container's */
	size_t process_size; /* bytes */
	const char *process_name; /* of its file, for messages */
	const char *const *args;
	size_t arg_count;
	const char *const *env; /* "NAME=value", added */
	size_t env_count;
	const char *cwd;
	const char *user; /* "UID" or "UID:GID" */
	const char *const *additional_gids;
	size_t additional_gid_count;
	const char *const *capabilities; /* added: bounding, effective and permitted; ambient ... */
	size_t capability_count;         /* ... for a process that has inheritable ones */
	const char *apparmor;
	bool gets_terminal; /* a process from @process says so itself */
	bool forgoes_new_privileges;
};

/*
 * As import_oci() for a process that joins the container of @input: the container's spec, with
 * the process of @exec in the place of its own.
 * Errors: as import_oci(); for what the command line says, at the option.
 */
MUST_CHECK int import_oci_exec(const struct import_oci_input *input,
                               const struct import_oci_exec *exec, struct spec **out,
                               struct error *err);

/*
 * A LinuxResources object, as `update --resources` reads it; only text, size, name and warn of
 * @input are used.
 * Errors: as import_oci(). Owns: arena_free(*out_arena) releases **out.
 */
MUST_CHECK int import_oci_resources(const struct import_oci_input *input, struct arena **out_arena,
                                    const struct spec_oci_resources **out, struct error *err);

#define IMPORT_POLICY_SIZE_MAX ((size_t)64 * 1024) /* of a text; bytes */

/*
 * The host's policy, as hardrun-policy(5) describes it. Source: profiles/schema/policy.schema.json.
 * Errors: ERROR_SPEC at the JSON pointer or line and column, with the file @name; *@out is
 * unchanged.
 */
MUST_CHECK int import_policy(const char *text, size_t size, const char *name, struct policy *out,
                             struct error *err);

/* What `features` lists of what this reader knows. */
enum import_oci_feature {
	IMPORT_OCI_HOOKS,         /* "createRuntime" */
	IMPORT_OCI_MOUNT_OPTIONS, /* "rro" */
	IMPORT_OCI_NAMESPACES,    /* "cgroup" */
	IMPORT_OCI_SECCOMP_ACTIONS,
	IMPORT_OCI_SECCOMP_ARCHITECTURES,
	IMPORT_OCI_SECCOMP_FLAGS,
	IMPORT_OCI_SECCOMP_OPERATORS,
	IMPORT_OCI_MEMORY_POLICY_MODES,
	IMPORT_OCI_MEMORY_POLICY_FLAGS,
};

/* The @index-th name, in the order of the alphabet; NULL: there are no more. */
const char *import_oci_feature_name(enum import_oci_feature feature, size_t index);

/* config.json as `spec` writes it, a NUL behind it. Source: profiles/oci. */
extern const char import_oci_template[];
extern const char import_oci_template_rootless[];

#endif
