/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The volumes of a pod where a container mounts them. Source: Volume and VolumeMount v1 core. */
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "import/docker.h"
#include "import/kubernetes.h"

#define FLAG_PRIVATE (UINT64_C(1) << 18) /* MS_PRIVATE and so on of mount(2) */
#define FLAG_SLAVE   (UINT64_C(1) << 19)
#define FLAG_SHARED  (UINT64_C(1) << 20)

struct work {
	struct docker_draft *draft;
	const struct kubernetes_pod *pod;
};

static const struct kubernetes_volume *find_volume(const struct work *work, const char *name)
{
	const struct kubernetes_volume *volumes = work->pod->volumes.items;

	for (size_t i = 0; i < work->pod->volumes.count; i++) {
		if (strcmp(volumes[i].name.value, name) == 0)
			return &volumes[i];
	}
	return NULL;
}

static uint64_t propagation_of(const struct kubernetes_mount *mount)
{
	const char *word = mount->propagation.value == NULL ? "" : mount->propagation.value;

	if (strcmp(word, "Bidirectional") == 0)
		return FLAG_SHARED;
	return strcmp(word, "HostToContainer") == 0 ? FLAG_SLAVE : FLAG_PRIVATE;
}

/* A place below the host's path where the mount names one that is not made of variables. */
static int host_source(struct work *work, const struct kubernetes_volume *volume,
                       const struct kubernetes_mount *mount, const char **out, struct error *err)
{
	char path[PATH_MAX];

	*out = volume->source.value;
	if (mount->sub_path.value == NULL || strchr(mount->sub_path.value, '$') != NULL)
		return 0;
	if (path_join(path, sizeof(path), volume->source.value, mount->sub_path.value, err) < 0)
		return error_at(err, "%s", mount->sub_path.origin);
	*out = spec_copy(&work->draft->session->builder, path, err);
	return *out == NULL ? -1 : 0;
}

/* Bind what the host has, with all that is mounted below it. */
static int add_bind(struct work *work, const struct kubernetes_volume *volume,
                    const struct kubernetes_mount *mount, const char *target, struct error *err)
{
	struct spec_oci_mount bind = {
		.target = target,
		.type = "bind",
		.is_bind = true,
		.is_recursive = true,
		.propagation = propagation_of(mount),
		.is_propagation_recursive = true,
		.attributes = kubernetes_is_true(&mount->read_only) ? MOUNT_ATTR_RDONLY : 0,
		.origin = mount->origin,
	};

	if (mount->read_only_below.value != NULL &&
	    strcmp(mount->read_only_below.value, "Enabled") == 0)
		bind.attributes_below = MOUNT_ATTR_RDONLY;
	if (host_source(work, volume, mount, &bind.source, err) < 0)
		return -1;
	return docker_put_mount(work->draft, &bind, err);
}

/* In memory: as large as is said; else as all of the node's memory. */
static int add_tmpfs(struct work *work, const struct kubernetes_volume *volume,
                     const struct kubernetes_mount *mount, const char *target, struct error *err)
{
	struct spec_oci_mount tmpfs = {
		.target = target,
		.type = "tmpfs",
		.source = "tmpfs",
		.attributes = kubernetes_is_true(&mount->read_only) ? MOUNT_ATTR_RDONLY : 0,
		.origin = volume->origin,
	};
	char option[40];
	int64_t milli;

	if (volume->size.value != NULL) {
		if (!kubernetes_quantity(volume->size.value, &milli))
			return kubernetes_refuse_quantity(&volume->size, err);
		(void)snprintf(option, sizeof(option), "size=%lld", (long long)(milli / 1000));
		if (docker_add_mount_option(work->draft, &tmpfs, &volume->size, option,
		                            strlen(option), err) < 0)
			return -1;
	}
	return docker_put_mount(work->draft, &tmpfs, err);
}

static int add_files(struct work *work, const struct kubernetes_volume *volume, const char *target,
                     const struct kubernetes_mount *mount, struct error *err)
{
	const struct spec_engine_secret secret = {
		.name = volume->source.value != NULL ? volume->source.value : volume->name.value,
		.target = target,
		.is_config = strcmp(volume->kind, "secret") != 0 &&
		             strcmp(volume->kind, "projected") != 0,
		.mode = volume->mode,
		.origin = mount->origin,
	};

	return spec_list_add(&work->draft->session->builder, &work->draft->secrets, &secret, err);
}

static int add_volume(struct work *work, const struct kubernetes_volume *volume,
                      const struct kubernetes_mount *mount, const char *target, struct error *err)
{
	const struct spec_engine_volume item = {
		.name = volume->source.value != NULL ? volume->source.value : volume->name.value,
		.kind = volume->kind,
		.target = target,
		.is_read_only = kubernetes_is_true(&mount->read_only) ||
		                kubernetes_is_true(&volume->read_only),
		.is_executable = true,
		.origin = mount->origin,
	};

	return spec_list_add(&work->draft->session->builder, &work->draft->volumes, &item, err);
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i], word) == 0)
			return true;
	}
	return false;
}

/* The claims that a StatefulSet makes for its pods are not among the volumes of those. */
static int find_mounted(struct work *work, const struct kubernetes_mount *mount,
                        struct kubernetes_volume *out, struct error *err)
{
	const struct kubernetes_volume *volume = find_volume(work, mount->volume.value);

	if (volume != NULL) {
		*out = *volume;
		return 0;
	}
	*out = (struct kubernetes_volume){
		.name = mount->volume,
		.kind = "persistentVolumeClaim",
		.origin = mount->origin,
	};
	if (strcmp(work->pod->kind, "StatefulSet") == 0)
		return 0;
	return docker_refuse(&mount->volume, err, "the pod has no volume \"%.60s\"",
	                     mount->volume.value);
}

static int add_mount(struct work *work, const struct kubernetes_mount *mount, struct error *err)
{
	static const char *const of_files[] = { "configMap", "downwardAPI", "projected", "secret" };
	struct kubernetes_volume volume;
	const char *target;

	if (find_mounted(work, mount, &volume, err) < 0 ||
	    docker_read_inner_path(work->draft, &mount->target, mount->target.value, &target, err) <
	            0)
		return -1;
	if (strcmp(volume.kind, "hostPath") == 0 && volume.source.value != NULL)
		return add_bind(work, &volume, mount, target, err);
	if (volume.medium.value != NULL && strcmp(volume.medium.value, "Memory") == 0)
		return add_tmpfs(work, &volume, mount, target, err);
	if (is_one_of(volume.kind, of_files, ARRAY_LEN(of_files)))
		return add_files(work, &volume, target, mount, err);
	return add_volume(work, &volume, mount, target, err);
}

int kubernetes_set_mounts(struct docker_draft *draft, const struct kubernetes_pod *pod,
                          const struct kubernetes_container *container, struct error *err)
{
	const struct kubernetes_mount *mounts = container->mounts.items;
	const struct kubernetes_mount *devices = container->devices.items;
	struct work work = { draft, pod };

	for (size_t i = 0; i < container->mounts.count; i++) {
		if (add_mount(&work, &mounts[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < container->devices.count; i++) {
		const struct spec_engine_device device = {
			.source = devices[i].volume.value,
			.target = devices[i].target.value,
			.access = "rwm",
			.origin = devices[i].origin,
		};

		if (spec_list_add(&draft->session->builder, &draft->devices, &device, err) < 0)
			return -1;
	}
	return 0;
}
