/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/work.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "spec/engine_defaults.h"
#include "spec/known_paths.h"
#include "spec/spec_build.h"

#define QUOTA_MIN (SPEC_CPU_PERIOD_USEC / 100)

/* The command line's words in the place of the spec's. */
static int take_args(struct export_work *work, struct spec *spec, struct error *err)
{
	const struct export_request *request = work->request;
	struct spec_text *args;

	if (request->arg_count == 0)
		return 0;
	args = arena_alloc(work->arena, request->arg_count * sizeof(*args), err);
	if (args == NULL)
		return -1;
	for (size_t i = 0; i < request->arg_count; i++)
		args[i] = (struct spec_text){ request->args[i], "command line" };
	spec->args = (struct spec_text_list){ args, request->arg_count };
	return 0;
}

static int copy_spec(struct export_work *work, const struct spec *original, struct spec **out,
                     struct error *err)
{
	struct spec *spec = arena_alloc(work->arena, sizeof(*spec), err);

	if (spec == NULL)
		return -1;
	*spec = *original;
	*out = spec;
	return 0;
}

/* A container of a pod is known to people as "Deployment/web container log": here as "web-log". */
static int name_container(struct export_work *work, struct spec *spec, struct error *err)
{
	const char *label = spec->name.value;
	const char *pod = label == NULL ? NULL : strchr(label, '/');
	const char *own = label == NULL ? NULL : strrchr(label, ' ');
	const size_t length = pod == NULL ? 0 : strcspn(pod + 1, " ");
	const size_t size = label == NULL ? 1 : strlen(label) + 1;
	char *name;

	if (spec->engine == NULL || spec->engine->language != SPEC_LANGUAGE_KUBERNETES ||
	    own == NULL)
		return 0;
	name = arena_alloc(work->arena, size, err);
	if (name == NULL)
		return -1;
	if (pod == NULL || (strlen(own + 1) == length && strncmp(pod + 1, own + 1, length) == 0))
		(void)snprintf(name, size, "%s", own + 1);
	else
		(void)snprintf(name, size, "%.*s-%s", (int)length, pod + 1, own + 1);
	spec->name.value = name;
	return 0;
}

int work_begin(struct export_work *work, const struct export_request *request, size_t index,
               const char *language, struct error *err)
{
	const struct spec *original = request->specs[index];
	struct spec *spec;

	*work = (struct export_work){ .request = request, .is_native = original->oci == NULL };
	if (arena_new(&work->arena, err) < 0)
		return -1;
	if ((work->is_native ? export_lower(original, work->arena, &spec, err)
	                     : copy_spec(work, original, &spec, err)) < 0 ||
	    take_args(work, spec, err) < 0 || name_container(work, spec, err) < 0)
		return -1;
	if (request->rootfs != NULL)
		spec->rootfs.path = (struct spec_text){ request->rootfs, "--rootfs" };
	work->spec = spec;
	work->oci = spec->oci;
	work->engine = spec->engine;
	return losses_begin(&work->losses, request, original, spec, language, err);
}

void work_end(struct export_work *work)
{
	losses_release(&work->losses);
	arena_free(work->arena);
}

const char *work_place(const struct export_work *work, enum spec_engine_place place)
{
	const char *origin = work->engine == NULL ? NULL : work->engine->places[place];

	return origin == NULL ? "" : origin;
}

const struct spec_oci_namespace *work_namespace(const struct export_work *work, uint64_t kind)
{
	for (size_t i = 0; i < work->oci->namespace_count; i++) {
		if (work->oci->namespaces[i].kind == kind)
			return &work->oci->namespaces[i];
	}
	return NULL;
}

bool work_shares(const struct export_work *work, uint64_t kind)
{
	const struct spec_oci_namespace *namespace = work_namespace(work, kind);

	return namespace == NULL ||
	       (namespace->path != NULL && known_path_is_host_namespace(namespace->path));
}

/* Source: image-spec annotations.md. */
const char work_image_annotation[] = "org.opencontainers.image.ref.name";

int work_find_image(struct export_work *work, const char **out, struct error *err)
{
	const struct spec_oci *oci = work->oci;
	const char *image = NULL;

	if (work->engine != NULL) {
		losses_said(&work->losses, &work->engine->image);
		image = work->engine->image.value;
	}
	for (size_t i = 0; i < oci->annotation_count; i++) {
		if (strcmp(oci->annotations[i].name, work_image_annotation) == 0)
			image = oci->annotations[i].value;
	}
	*out = work->request->image != NULL ? work->request->image : image;
	if (*out != NULL)
		return 0;
	(void)error_set(err, ERROR_SPEC, "%s needs an image, and none is named",
	                work->losses.language);
	(void)error_hint(err, "--image REFERENCE");
	return error_at(err, "%s", work_place(work, SPEC_PLACE_IMAGE));
}

int work_with_arena(const struct export_request *request,
                    int (*write)(const struct export_request *request, struct arena *arena,
                                 char **out, struct error *err),
                    char **out, struct error *err)
{
	struct arena *arena;
	int result;

	if (arena_new(&arena, err) < 0)
		return -1;
	result = write(request, arena, out, err);
	arena_free(arena);
	return result;
}

void work_say_capabilities(struct export_work *work)
{
	const struct spec_oci_capabilities *sets = &work->oci->capabilities;
	const capability_set *const all[] = { &sets->bounding, &sets->effective, &sets->inheritable,
		                              &sets->permitted, &sets->ambient };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		losses_said(&work->losses, all[i]);
}

void work_write_capabilities(struct tree *tree, struct tree_node *added, struct tree_node *dropped,
                             capability_set set)
{
	capability_set more = set & ~engine_default_capabilities;

	if ((engine_default_capabilities & ~set) != 0) {
		tree_text(tree, dropped, NULL, "ALL");
		more = set;
	}
	for (unsigned int number = 0; capability_name(number) != NULL; number++) {
		if ((more >> number & 1) != 0)
			tree_text(tree, added, NULL, capability_name(number) + strlen("CAP_"));
	}
}

/* A mask covers what is to be read-only, too. */
static bool is_covered(const char *path, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (path_is_within(path, paths[i]))
			return true;
	}
	return known_path_is_masked(path);
}

void work_tell_of_paths(struct export_work *work, const struct spec_text_list *list,
                        const char *const *paths, size_t count, const char *what)
{
	losses_said(&work->losses, list);
	for (size_t i = 0; i < list->count; i++) {
		if (!is_covered(list->items[i].value, paths, count))
			losses_add(&work->losses, list, list->items[i].origin,
			           "%s has no way to %s %.120s", work->losses.language, what,
			           list->items[i].value);
	}
}

bool work_has_image_user(const struct export_work *work)
{
	return work->engine != NULL && work->engine->user.value == NULL &&
	       work->engine->language != SPEC_LANGUAGE_DOCKER_INSPECT;
}

bool work_has_image_cwd(const struct export_work *work)
{
	const struct spec_text *cwd = &work->spec->cwd;

	return cwd->value == NULL || (work->engine != NULL && strcmp(cwd->origin, "default") == 0);
}

uint64_t work_cpu_quota(const struct export_work *work)
{
	const struct spec_oci_resources *resources = &work->oci->resources;
	const bool has_period = resources->cpu_period.is_set && resources->cpu_period.value > 0;
	const uint64_t period =
		has_period ? (uint64_t)resources->cpu_period.value : SPEC_CPU_PERIOD_USEC;
	uint64_t quota;

	if (!resources->cpu_quota.is_set || resources->cpu_quota.value <= 0)
		return 0;
	quota = (uint64_t)resources->cpu_quota.value * SPEC_CPU_PERIOD_USEC / period;
	return quota < QUOTA_MIN ? QUOTA_MIN : quota;
}

bool work_cpus(const struct export_work *work, char out[WORK_CPUS_SIZE])
{
	const uint64_t quota = work_cpu_quota(work);
	size_t length;

	if (quota == 0)
		return false;
	length = (size_t)snprintf(out, WORK_CPUS_SIZE, "%" PRIu64 ".%05" PRIu64,
	                          quota / SPEC_CPU_PERIOD_USEC, quota % SPEC_CPU_PERIOD_USEC);
	while (out[length - 1] == '0' && out[length - 2] != '.')
		out[--length] = '\0';
	return true;
}

int work_need_args(const struct export_work *work, const char *language, struct error *err)
{
	if (work->spec->args.count > 0)
		return 0;
	(void)error_set(err, ERROR_SPEC, "%s must name the program; here the image does", language);
	(void)error_hint(err, "write it behind the file: -- /path/of/program ARG...");
	return error_at(err, "%s", work_place(work, SPEC_PLACE_SERVICE));
}

const char *work_mount_option(const struct spec_oci_mount *mount, const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < mount->data.count; i++) {
		const char *option = mount->data.items[i].value;

		if (strncmp(option, name, length) == 0 && option[length] == '=')
			return option + length + 1;
	}
	return NULL;
}
