/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the reader of config.json. Every table row whose reader is said to read into the
 * document has the offset 0 in it.
 * Source: runtime-spec 1.3.0, config.md and config-linux.md.
 */
#ifndef HARDRUN_IMPORT_OCI_H
#define HARDRUN_IMPORT_OCI_H

#include "import/fields.h"
#include "import/import.h"
#include "spec/oci_words.h"
#include "spec/spec_oci.h"

#define OCI_ITEM_MAX ((size_t)65536) /* of any list that the kernel sets no lower bound for */

/* A spec and what only an OCI text asks, in one piece, so that one table can fill both. */
struct oci_document {
	struct spec spec;
	struct spec_oci oci;
	const char *text;                  /* the whole, as it was given */
	struct import_oci_seccomp seccomp; /* where in the text that is */
};

/* The value of the name that @value holds. Errors: ERROR_SPEC for what is none of @words. */
MUST_CHECK int oci_word(const struct reader *reader, const json_t *value,
                        const struct oci_words *words, uint64_t *out, struct error *err);

/* As oci_word(), with the place. */
MUST_CHECK int oci_number_word(struct reader *reader, const json_t *value,
                               const struct oci_words *words, struct spec_number *out,
                               struct error *err);

/* oci_values.c; what @out is follows the name */
read_function oci_read_bool;           /* bool */
read_function oci_read_bool_number;    /* struct spec_number: 0 or 1 */
read_function oci_read_bytes;          /* struct spec_text: anything */
read_function oci_read_byte_texts;     /* struct spec_text_list: anything */
read_function oci_read_label;          /* struct spec_text; an empty one is none */
read_function oci_read_path;           /* struct spec_text */
read_function oci_read_paths;          /* struct spec_text_list */
read_function oci_read_ranges;         /* struct spec_text: "0-3,7"; an empty one is none */
read_function oci_read_signed;         /* struct spec_number */
read_function oci_read_text;           /* struct spec_text: without control characters */
read_function oci_read_texts;          /* struct spec_text_list: as oci_read_text */
read_function oci_read_unsigned;       /* struct spec_number */
read_function oci_read_u32;            /* uint32_t */
read_function oci_read_u64;            /* uint64_t */
read_function oci_read_mappings;       /* struct spec_oci_mapping_list */
read_member_function oci_read_setting; /* struct spec_sysctl */
MUST_CHECK int oci_read_number(struct reader *reader, const json_t *value, int64_t min, int64_t max,
                               struct spec_number *out, struct error *err);
/* A path of the host, which may be relative to the bundle. */
MUST_CHECK int oci_read_host_path(struct reader *reader, const json_t *value, const char **out,
                                  struct error *err);
/* A path of the container; a relative one is relative to its root. */
MUST_CHECK int oci_read_inner_path(struct reader *reader, const json_t *value, const char **out,
                                   struct error *err);

/* oci_process.c, into the document */
read_function oci_read_process;

/* Let a variable of the environment that was given twice be there once, as given last. */
MUST_CHECK int oci_settle_env(struct reader *reader, struct spec_text_list *env, struct error *err);

/* oci_mounts.c, into the document */
read_function oci_read_mounts;
read_function oci_read_root;
read_function oci_read_propagation; /* uint64_t: MS_* */
struct oci_mount_option;
void oci_apply_mount_option(const struct oci_mount_option *option, struct spec_oci_mount *mount);

/* oci_hooks.c, into the document */
read_function oci_read_hooks;

/* oci_linux.c, into the document */
read_function oci_read_linux;

/* oci_resources.c */
read_function oci_read_resources; /* struct spec_oci_resources */

/* oci_seccomp.c, into the document */
read_function oci_read_seccomp;

/* oci_exec.c: lay the command line of `exec` over the process. Errors: ERROR_USAGE. */
struct import_oci_exec;
MUST_CHECK int oci_apply_exec(struct reader *reader, const struct import_oci_exec *exec,
                              struct oci_document *document, struct error *err);

#endif
