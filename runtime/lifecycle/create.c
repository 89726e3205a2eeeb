/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/host.h"
#include "kernel/process.h"
#include "lifecycle/channels.h"
#include "lifecycle/criu_parts.h"
#include "lifecycle/notify.h"
#include "lifecycle/oci_cgroup.h"
#include "lifecycle/operation_parts.h"
#include "lifecycle/operations.h"
#include "lifecycle/shared_root.h"

/* What is being made; what outlives the command is taken out of it at the end. */
struct creation {
	const struct creation_request *request;
	struct container *container;
	struct plan *plan;
	struct oci_cgroup cgroup;
	struct shared_root root;
	struct launch_process process;
	char created[CLOCK_TEXT_SIZE];
	int listen_fd;
	int console_fd;
};

static void creation_clear(struct creation *creation)
{
	oci_cgroup_release(&creation->cgroup);
	launch_process_clear(&creation->process);
	shared_root_close(&creation->root);
	cleanup_close(&creation->listen_fd);
	cleanup_close(&creation->console_fd);
	plan_free(creation->plan);
}

#define AUTO_CREATION CLEANUP(creation_clear)

static bool has_own_pid_namespace(const struct spec_oci *oci)
{
	for (size_t i = 0; i < oci->namespace_count; i++) {
		if (oci->namespaces[i].kind == CLONE_NEWPID)
			return oci->namespaces[i].path == NULL;
	}
	return false;
}

/* Once it is created: the hooks of later, and where a notifying filter is listened to. */
static bool has_more_to_do(const struct spec_oci *oci)
{
	return oci->hooks[SPEC_OCI_POSTSTART].count > 0 ||
	       oci->hooks[SPEC_OCI_POSTSTOP].count > 0 || oci->seccomp_listener.path != NULL;
}

static void fill_state(struct creation *creation)
{
	const struct spec *spec = creation->request->spec;
	struct container_state *state = &creation->container->state;
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	clock_text(now, creation->created);
	*state = (struct container_state){
		.id = creation->container->id,
		.bundle = spec->oci->bundle,
		.rootfs = spec->rootfs.path.value == NULL ? "/" : spec->rootfs.path.value,
		.created = creation->created,
		.apparmor = creation->plan->apparmor_profile,
		.owner = geteuid(),
		.shared_root = creation->root.number,
		.has_own_pid_namespace = has_own_pid_namespace(spec->oci),
		.is_restored = creation->request->restore != NULL,
		.has_landlock = creation->plan->landlock.abi != 0,
		.needs_config = has_more_to_do(spec->oci),
		.annotations = spec->oci->annotations,
		.annotation_count = spec->oci->annotation_count,
	};
	/* A terminal is the container's own. */
	for (int i = 0; i < CONTAINER_STREAM_COUNT && !spec->has_terminal; i++)
		criu_name_stream(i, state->streams[i]);
	creation->container->has_state = true;
}

static int write_config(struct creation *creation, struct error *err)
{
	if (creation->request->plan.notify_folder != NULL &&
	    notify_make_folder(creation->container, err) < 0)
		return -1;
	return container_write_file(creation->container, CONTAINER_CONFIG_FILE,
	                            creation->request->config, creation->request->config_size, err);
}

static void warn_of(const char *what, const char *where)
{
	struct error idle = { .kind = ERROR_NONE };

	(void)error_set(&idle, ERROR_HOST, "%s", what);
	(void)error_at(&idle, "%s", where);
	log_warning(&idle);
}

static int make_plan(struct creation *creation, struct error *err)
{
	struct host host;

	host_init(&host);
	if (plan_make(creation->request->spec, &host, &creation->request->plan, &creation->plan,
	              err) < 0)
		return -1;
	if (creation->plan->lacks_mount_label)
		warn_of("this host has no SELinux: files get no label", "/linux/mountLabel");
	return 0;
}

static int check_terminal(struct creation *creation, struct error *err)
{
	const bool has_socket = creation->request->channels.console_socket != NULL;

	if (creation->plan->has_terminal && !has_socket && !creation->request->is_attended) {
		(void)error_set(err, ERROR_USAGE,
		                "nobody would hold the terminal that the process asks for");
		return error_hint(err, "give --console-socket PATH");
	}
	if (!creation->plan->has_terminal && has_socket) {
		(void)error_set(err, ERROR_USAGE, "the process asks for no terminal to be sent");
		return error_at(err, "--console-socket");
	}
	return 0;
}

static int open_channels(struct creation *creation, struct error *err)
{
	const char *console = creation->request->channels.console_socket;

	/* A restored container has been started before. */
	if (creation->request->restore == NULL) {
		creation->listen_fd =
			channels_listen(creation->container->fd, CONTAINER_SOCKET_FILE, err);
		if (creation->listen_fd < 0)
			return -1;
	}
	if (console == NULL)
		return 0;
	creation->console_fd = channels_connect(AT_FDCWD, console, SOCK_STREAM, err);
	return creation->console_fd < 0 ? error_at(err, "--console-socket") : 0;
}

/* Also what is only intended: whoever finds the state of a creation cut off can remove it. */
static int save_intent(struct creation *creation, struct error *err)
{
	const struct plan_cgroup *cgroup = &creation->plan->cgroup;
	struct container_state *state = &creation->container->state;

	fill_state(creation);
	state->cgroup = cgroup->path;
	if (cgroup->scope != NULL) {
		state->unit = cgroup->scope->unit;
		state->is_user_unit = cgroup->scope->is_user;
	}
	return container_save(creation->container, err);
}

/* Before save_intent, which says what is to be removed; mount_root follows that. */
static int open_root(struct creation *creation, struct error *err)
{
	if (!creation->plan->shares_mounts)
		return 0;
	warn_of("the container has no mount namespace of its own: its mounts are among the host's "
	        "until it is deleted",
	        "/linux/namespaces");
	if (shared_root_open(&creation->root, creation->plan->nodes[0].source, err) < 0)
		return error_at(err, "%s", creation->plan->nodes[0].origin);
	return 0;
}

static int mount_root(struct creation *creation, struct error *err)
{
	if (!creation->plan->shares_mounts)
		return 0;
	return shared_root_mount(&creation->root, err);
}

static int make_cgroup(struct creation *creation, struct error *err)
{
	struct container_state *state = &creation->container->state;

	if (creation->plan->cgroup.lacks_device_rules)
		warn_of("the rules about devices are not in force: they need a cgroup of version 2",
		        "/linux/resources/devices");
	if (oci_cgroup_make(&creation->plan->cgroup, &creation->cgroup, err) < 0)
		return -1;
	state->cgroup = creation->cgroup.path[0] == '\0' ? NULL : creation->cgroup.path;
	state->unit = creation->cgroup.unit[0] == '\0' ? NULL : creation->cgroup.unit;
	state->is_user_unit = creation->cgroup.is_user_unit;
	state->is_cgroup_made = state->cgroup != NULL;
	return 0;
}

static int on_cloned(void *context, pid_t init, struct error *err)
{
	struct creation *creation = context;

	if (identity_read(init, &creation->container->state.init, err) < 0)
		return -1;
	return container_save(creation->container, err);
}

static int on_building(void *context, struct error *err)
{
	struct creation *creation = context;

	/* The container may have failed already: without the keeper its scope is gone then. */
	if (oci_cgroup_limit(&creation->plan->cgroup, &creation->cgroup, false, err) < 0)
		return -1;
	oci_cgroup_settle(&creation->cgroup);
	return 0;
}

static int on_ready(void *context, pid_t init, struct error *err)
{
	struct creation *creation = context;
	const char *pid_file = creation->request->channels.pid_file;

	if (oci_cgroup_limit(&creation->plan->cgroup, &creation->cgroup, true, err) < 0)
		return -1;
	creation->container->state.is_ready = true;
	if (container_save(creation->container, err) < 0)
		return -1;
	return pid_file == NULL ? 0 : channels_write_pid(pid_file, init, err);
}

static int describe(void *context, const char *status, pid_t pid, char **out, struct error *err)
{
	struct creation *creation = context;

	return operation_describe(creation->container, status, pid, out, err);
}

/* criu works in the cgroup, and for long: whoever removes what is cut off must know that. */
static int restore_init(struct creation *creation, const struct launch_creation *launch,
                        struct error *err)
{
	if (container_save(creation->container, err) < 0)
		return -1;
	return operation_restore(creation->request->restore, creation->plan,
	                         &creation->container->state, launch, &creation->process, err);
}

static int start_init(struct creation *creation, struct error *err)
{
	const struct launch_creation launch = {
		.cgroup_fd = creation->cgroup.fd,
		.console_fd = creation->console_fd,
		.root_fd = creation->root.mount_fd,
		.listen_fd = creation->listen_fd,
		.on_cloned = on_cloned,
		.on_building = on_building,
		.describe = describe,
		.on_ready = on_ready,
		.context = creation,
	};

	if (creation->request->restore != NULL)
		return restore_init(creation, &launch, err);
	return launch_create(creation->plan, &launch, &creation->process, err);
}

static int send_pidfd(struct creation *creation, struct error *err)
{
	const char *path = creation->request->channels.pidfd_socket;

	if (path == NULL)
		return 0;
	return channels_send(path, "pidfd", creation->process.pidfd, err);
}

/* In order. Whatever fails, undo() leaves nothing of it. */
static int (*const steps[])(struct creation *creation, struct error *err) = {
	write_config, make_plan,  check_terminal, open_root,  save_intent,
	make_cgroup,  mount_root, open_channels,  start_init, send_pidfd,
};

static void undo(struct creation *creation)
{
	struct container *container = creation->container;
	const bool has_run_hooks = container->state.init.pid != 0;
	struct error err = { .kind = ERROR_NONE };

	oci_cgroup_release(&creation->cgroup);
	if (container_stop(container, &err) < 0 || operation_remove_mounts(container, &err) < 0 ||
	    (container->state.is_cgroup_made && operation_remove_cgroup(container, &err) < 0) ||
	    container_remove(container, &err) < 0)
		log_warning(&err);
	else if (has_run_hooks)
		operation_run_poststop(container, creation->request->spec);
}

/* The texts of the state stay valid as long as the container: it is read again. */
static int finish(struct creation *creation, struct container *out,
                  struct launch_process *out_process, struct error *err)
{
	if (container_reload(creation->container, err) < 0)
		return -1;
	*out = *creation->container;
	*creation->container = CONTAINER_NONE;
	*out_process = creation->process;
	creation->process = LAUNCH_PROCESS_NONE;
	return 0;
}

int container_create(const struct container_root *root, const char *id,
                     const struct creation_request *request, struct container *out,
                     struct launch_process *out_process, struct error *err)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	AUTO_CREATION struct creation creation = {
		.request = request,
		.container = &container,
		.cgroup = OCI_CGROUP_NONE,
		.root = SHARED_ROOT_NONE,
		.process = LAUNCH_PROCESS_NONE,
		.listen_fd = -1,
		.console_fd = -1,
	};
	int result = 0;

	if (container_make(root, id, &container, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(steps) && result == 0; i++)
		result = steps[i](&creation, err);
	if (result == 0)
		result = finish(&creation, out, out_process, err);
	if (result < 0)
		undo(&creation);
	return result;
}
