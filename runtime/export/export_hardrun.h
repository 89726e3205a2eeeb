/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the writer of the native language. For the export floor only. */
#ifndef HARDRUN_EXPORT_EXPORT_HARDRUN_H
#define HARDRUN_EXPORT_EXPORT_HARDRUN_H

#include "export/tree.h"
#include "export/work.h"
#include "spec/relax.h"

struct native_writer {
	struct export_work *work;
	const struct spec *spec;
	const struct spec_oci *oci;
	const struct spec_engine *engine; /* NULL: a config.json */
	struct tree tree;
};

/*
 * The entry of "relax", made with a reason that no check accepts if it is not there: a person is
 * to say why.
 */
struct tree_node *native_relax(struct native_writer *writer, enum relax_entry entry);

/* Add @bytes as people write them, "64MiB". */
void native_size(struct native_writer *writer, struct tree_node *parent, const char *name,
                 uint64_t bytes);

/* export_hardrun_process.c: what runs, as whom, with which rights */
void native_write_process(struct native_writer *writer);
void native_write_rights(struct native_writer *writer);

/* export_hardrun_files.c: what it sees */
void native_write_files(struct native_writer *writer);

/* export_hardrun_limits.c */
void native_write_limits(struct native_writer *writer);

int export_hardrun(const struct export_request *request, char **out, struct error *err);

#endif
