/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of paths that mean the same on every host. */
#ifndef HARDRUN_SPEC_KNOWN_PATHS_H
#define HARDRUN_SPEC_KNOWN_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Paths inside that are hidden (a file reads as empty, a directory is empty). They may hold
 * the wildcards of fnmatch(3), FNM_PATHNAME.
 * Source: moby oci/defaults.go, the list of masked paths; CVE-2025-31133; CONTROLS.md.
 */
extern const char *const known_masked_paths[];
extern const size_t known_masked_path_count;

/* Paths inside that no program writes. Source: moby oci/defaults.go, the list of read-only paths.
 */
extern const char *const known_read_only_paths[];
extern const size_t known_read_only_path_count;

/* Is @path one of the masked ones? */
bool known_path_is_masked(const char *path);

/*
 * What every engine masks, however old; the whole list above grew with the years.
 * Source: moby oci/defaults.go of 2016, when masked paths came.
 */
extern const char *const known_engine_masked_paths[];
extern const size_t known_engine_masked_path_count;

/* Is @path a namespace of the host's first process or of who looks, so that it is nobody's own? */
bool known_path_is_host_namespace(const char *path);

/*
 * A path of the host that hands over the host, or other people's secrets. What holds it (an
 * ancestor) is as sensitive as itself.
 */
struct sensitive_path {
	const char *path;
	int depth; /* how many levels below it are as sensitive; SENSITIVE_ALL: every one */
	const char *why;
};

#define SENSITIVE_ALL (-1)

extern const struct sensitive_path known_sensitive_paths[];
extern const size_t known_sensitive_path_count;

/*
 * Judge the clean absolute host path @path by its text alone. NULL: nothing known against it.
 * The plan judges again, by device and inode.
 */
const struct sensitive_path *known_path_sensitive(const char *path);

/*
 * Is the clean absolute host path @path the socket of a container engine, or a folder that holds
 * one? By its text alone, as the next one.
 */
bool known_path_is_engine_socket(const char *path);

/*
 * Is it a file that an engine made for one container and mounts into it, a volume among them?
 * It lies in the engine's own state, which is sensitive otherwise.
 */
bool known_path_is_of_container(const char *path);

#endif
