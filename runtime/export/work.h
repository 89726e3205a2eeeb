/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every writer needs while it writes one spec. For the export floor only. */
#ifndef HARDRUN_EXPORT_WORK_H
#define HARDRUN_EXPORT_WORK_H

#include "base/compiler.h"
#include "base/error.h"
#include "export/export.h"
#include "export/losses.h"
#include "export/tree.h"
#include "spec/spec.h"
#include "spec/spec_engine.h"
#include "spec/spec_oci.h"

struct export_work {
	const struct export_request *request;
	struct arena *arena;
	const struct spec *spec; /* with spec.oci, also where the original is native */
	const struct spec_oci *oci;
	const struct spec_engine *engine; /* NULL: of no engine */
	bool is_native;                   /* the original is */
	struct losses losses;
};

#define AUTO_WORK CLEANUP(work_end)

/*
 * Begin with spec number @index of @request, for @language, "docker run". What the request adds
 * is in work->spec.
 * Owns: AUTO_WORK releases all.
 */
MUST_CHECK int work_begin(struct export_work *work, const struct export_request *request,
                          size_t index, const char *language, struct error *err);
void work_end(struct export_work *work);

/*
 * What a native spec asks, in the terms of config.json; what these cannot say stays where it is.
 * Owns: @arena holds all that is new; the rest is the original's.
 */
MUST_CHECK int export_lower(const struct spec *native, struct arena *arena, struct spec **out,
                            struct error *err);

/* Where the @place is said, or would be; "" in a config.json. */
const char *work_place(const struct export_work *work, enum spec_engine_place place);

/* The namespace of @kind, CLONE_NEW*, that is asked for; NULL: the host's. */
const struct spec_oci_namespace *work_namespace(const struct export_work *work, uint64_t kind);

/*
 * The image that is asked for by the command line, an engine or the annotation of a config.json.
 * Errors: ERROR_SPEC when there is none.
 */
MUST_CHECK int work_find_image(struct export_work *work, const char **out, struct error *err);
extern const char work_image_annotation[];

/* Call @write with an arena for its tree. */
MUST_CHECK int work_with_arena(const struct export_request *request,
                               int (*write)(const struct export_request *request,
                                            struct arena *arena, char **out, struct error *err),
                               char **out, struct error *err);

/* Say all five sets of capabilities. */
void work_say_capabilities(struct export_work *work);

/* Add what makes an engine's own set @set to the lists @added and @dropped, "NET_ADMIN". */
void work_write_capabilities(struct tree *tree, struct tree_node *added, struct tree_node *dropped,
                             capability_set set);

/* Is the container in the host's namespace of @kind? */
bool work_shares(const struct export_work *work, uint64_t kind);

/*
 * Say @list, and tell of each of its paths that is not within one of the @count @paths, which the
 * language hides (@what: "hide") or keeps from being written to anyway.
 */
void work_tell_of_paths(struct export_work *work, const struct spec_text_list *list,
                        const char *const *paths, size_t count, const char *what);

/* Does the image decide the user? What an engine tells of a container that it made is decided. */
bool work_has_image_user(const struct export_work *work);

/* Does an engine's container have the working directory of its image? */
bool work_has_image_cwd(const struct export_work *work);

/* Hundred-thousandths of processors, at least a hundredth; 0: they are not limited. */
uint64_t work_cpu_quota(const struct export_work *work);

#define WORK_CPUS_SIZE 32 /* bytes */

/* Processors as people count them, "1.5"; false: they are not limited. */
bool work_cpus(const struct export_work *work, char out[WORK_CPUS_SIZE]);

/* Errors: ERROR_SPEC when only the image knows what runs, and @language must say it. */
MUST_CHECK int work_need_args(const struct export_work *work, const char *language,
                              struct error *err);

/* The value of "NAME=..." among the file system options of @mount; NULL: it is not there. */
const char *work_mount_option(const struct spec_oci_mount *mount, const char *name);

#endif
