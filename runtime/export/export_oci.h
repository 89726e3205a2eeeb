/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the writer of config.json. For the export floor only. */
#ifndef HARDRUN_EXPORT_EXPORT_OCI_H
#define HARDRUN_EXPORT_EXPORT_OCI_H

#include "export/tree.h"
#include "export/work.h"

#define EXPORT_OCI_VERSION "1.3.0" /* that the writer knows all of */

struct oci_writer {
	struct export_work *work;
	const struct spec *spec;
	const struct spec_oci *oci;
	struct tree tree;
};

/* export_oci_process.c */
void oci_write_process(struct oci_writer *writer);

/* export_oci_mounts.c */
void oci_write_mounts(struct oci_writer *writer);
void oci_write_mappings(struct oci_writer *writer, struct tree_node *parent, const char *name,
                        const struct spec_oci_mapping_list *list);
/* The way of propagation, MS_* with MS_REC: "rshared". NULL: there is no such one. */
const char *oci_propagation_name(uint64_t propagation);

/* export_oci_resources.c */
void oci_write_resources(struct oci_writer *writer, struct tree_node *container);

/* export_oci_seccomp.c */
void oci_write_seccomp(struct oci_writer *writer, struct tree_node *container);

/* Parts of a text that are not there are not written. */
void oci_write_text(struct oci_writer *writer, struct tree_node *parent, const char *name,
                    const struct spec_text *text);
void oci_write_texts(struct oci_writer *writer, struct tree_node *parent, const char *name,
                     const struct spec_text_list *list);
void oci_write_number(struct oci_writer *writer, struct tree_node *parent, const char *name,
                      const struct spec_number *number);

int export_oci(const struct export_request *request, char **out, struct error *err);

#endif
