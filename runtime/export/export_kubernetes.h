/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the writer of Kubernetes manifests: a pod for each container. For the export floor
 * only.
 * Source: kubernetes.io/docs/reference, Pod v1 core.
 */
#ifndef HARDRUN_EXPORT_EXPORT_KUBERNETES_H
#define HARDRUN_EXPORT_EXPORT_KUBERNETES_H

#include "export/tree.h"
#include "export/work.h"

struct pod_writer {
	struct export_work *work;
	const struct spec *spec;
	const struct spec_oci *oci;
	const struct spec_engine *engine; /* NULL: of no engine */
	const char *image;
	struct tree *tree;
	struct tree_node *pod;       /* its spec */
	struct tree_node *container; /* of the pod; its only one */
	size_t volume_count;         /* for their names */
};

/* Is the container privileged, so that what would confine it is not asked? */
bool pod_is_privileged(const struct pod_writer *writer);

/* export_kubernetes_security.c: securityContext of both, and the namespaces */
void pod_write_security(struct pod_writer *writer);

/* export_kubernetes_files.c: volumes and mounts, devices */
void pod_write_files(struct pod_writer *writer);

int export_kubernetes(const struct export_request *request, char **out, struct error *err);

#endif
