/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/known_paths.h"

#include <fnmatch.h>
#include <string.h>

#include "base/compiler.h"
#include "base/path.h"

const char *const known_masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/system/cpu/*/thermal_throttle",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
};
const size_t known_masked_path_count = ARRAY_LEN(known_masked_paths);

const char *const known_engine_masked_paths[] = {
	"/proc/kcore", "/proc/keys", "/proc/sched_debug", "/proc/timer_list", "/sys/firmware",
};
const size_t known_engine_masked_path_count = ARRAY_LEN(known_engine_masked_paths);

const char *const known_read_only_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};
const size_t known_read_only_path_count = ARRAY_LEN(known_read_only_paths);

static const char engine_socket[] = "it is the socket of a container engine, which is root";
static const char engine_state[] = "it holds the state and the secrets of other containers";
static const char credentials[] = "it holds credentials";
static const char kernel_interface[] = "it is an interface of the host's kernel";

const struct sensitive_path known_sensitive_paths[] = {
	{ "/", 0, "it is the whole host" },
	{ "/boot", SENSITIVE_ALL, "it holds the host's kernel" },
	{ "/dev", SENSITIVE_ALL, "it holds the host's devices; name them in relax.devices" },
	{ "/etc", 0, "it holds the host's configuration and credentials" },
	{ "/etc/gshadow", 0, credentials },
	{ "/etc/kubernetes", SENSITIVE_ALL, credentials },
	{ "/etc/pam.d", SENSITIVE_ALL, "it decides who may log in to the host" },
	{ "/etc/shadow", 0, credentials },
	{ "/etc/ssh", SENSITIVE_ALL, credentials },
	{ "/etc/ssl/private", SENSITIVE_ALL, credentials },
	{ "/etc/sudoers", 0, "it decides who may become root on the host" },
	{ "/etc/sudoers.d", SENSITIVE_ALL, "it decides who may become root on the host" },
	{ "/home", 1, "it is somebody's whole home directory, with keys and credentials" },
	{ "/proc", SENSITIVE_ALL, kernel_interface },
	{ "/root", SENSITIVE_ALL, "it is root's home directory" },
	{ "/run/containerd", SENSITIVE_ALL, engine_socket },
	{ "/run/crio", SENSITIVE_ALL, engine_socket },
	{ "/run/dbus", SENSITIVE_ALL, "it leads to the services of the host" },
	{ "/run/docker", SENSITIVE_ALL, engine_state },
	{ "/run/docker.sock", 0, engine_socket },
	{ "/run/hardrun", SENSITIVE_ALL, "it is hardrun's own state" },
	{ "/run/podman", SENSITIVE_ALL, engine_socket },
	{ "/run/systemd", SENSITIVE_ALL, "it leads to the services of the host" },
	{ "/run/user", SENSITIVE_ALL, "it leads to the services of a person's session" },
	{ "/sys", SENSITIVE_ALL, kernel_interface },
	{ "/var/lib/containerd", SENSITIVE_ALL, engine_state },
	{ "/var/lib/containers", SENSITIVE_ALL, engine_state },
	{ "/var/lib/docker", SENSITIVE_ALL, engine_state },
	{ "/var/lib/kubelet", SENSITIVE_ALL, engine_state },
	{ "/var/spool/cron", SENSITIVE_ALL, "the host executes what is written there" },
};
const size_t known_sensitive_path_count = ARRAY_LEN(known_sensitive_paths);

/* Directories that hold keys wherever they are. */
static const struct sensitive_path sensitive_names[] = {
	{ ".aws", SENSITIVE_ALL, credentials },    { ".azure", SENSITIVE_ALL, credentials },
	{ ".docker", SENSITIVE_ALL, credentials }, { ".gnupg", SENSITIVE_ALL, credentials },
	{ ".kube", SENSITIVE_ALL, credentials },   { ".ssh", SENSITIVE_ALL, credentials },
};

bool known_path_is_masked(const char *path)
{
	for (size_t i = 0; i < known_masked_path_count; i++) {
		if (fnmatch(known_masked_paths[i], path, FNM_PATHNAME | FNM_NOESCAPE) == 0)
			return true;
	}
	return false;
}

/* How many components @path has below @folder, which it is within. */
static int depth_below(const char *path, const char *folder)
{
	const char *rest = path + (strcmp(folder, "/") == 0 ? 0 : strlen(folder));
	int depth = 0;

	for (; *rest != '\0'; rest++)
		depth += rest[0] == '/' && rest[1] != '\0';
	return depth;
}

static bool has_component(const char *path, const char *name)
{
	const size_t length = strlen(name);

	for (const char *found = path; (found = strchr(found, '/')) != NULL;) {
		found++;
		if (strncmp(found, name, length) == 0 &&
		    (found[length] == '/' || found[length] == '\0'))
			return true;
	}
	return false;
}

/* /var/run is a link to /run on every system that hardrun knows. */
static const char *without_link(const char *path)
{
	return path_is_within(path, "/var/run") ? path + strlen("/var") : path;
}

const struct sensitive_path *known_path_sensitive(const char *path)
{
	path = without_link(path);
	for (size_t i = 0; i < known_sensitive_path_count; i++) {
		const struct sensitive_path *known = &known_sensitive_paths[i];

		if (path_is_within(known->path, path))
			return known;
		if (path_is_within(path, known->path) &&
		    (known->depth == SENSITIVE_ALL ||
		     depth_below(path, known->path) <= known->depth))
			return known;
	}
	for (size_t i = 0; i < ARRAY_LEN(sensitive_names); i++) {
		if (has_component(path, sensitive_names[i].path))
			return &sensitive_names[i];
	}
	return NULL;
}

/* The sockets, whatever folder they are in. */
static const char *const engine_socket_names[] = {
	"buildkitd.sock",  "containerd.sock", "crio.sock",   "docker.sock",
	"dockershim.sock", "kubelet.sock",    "podman.sock",
};

bool known_path_is_engine_socket(const char *path)
{
	const struct sensitive_path *known = known_path_sensitive(path);

	for (size_t i = 0; i < ARRAY_LEN(engine_socket_names); i++) {
		if (strcmp(path_last(path), engine_socket_names[i]) == 0)
			return true;
	}
	return known != NULL && known->why == engine_socket && !known_path_is_of_container(path);
}

/*
 * Patterns of what engines mount into the container that it is made for. "*" does not match a
 * slash; what ends in one holds for all below. Source: moby daemon/container_operations_unix.go;
 * containers/storage; kubernetes pkg/kubelet/config/defaults.go; containerd pkg/cri.
 */
static const char *const of_containers[] = {
	"/run/containerd/io.containerd.grpc.v1.cri/sandboxes/*/shm",
	"/run/containers/storage/overlay-containers/*/userdata/",
	"/run/user/*/containers/overlay-containers/*/userdata/",
	"/var/lib/containerd/io.containerd.grpc.v1.cri/containers/*/volumes/",
	"/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/*/",
	"/var/lib/containers/storage/overlay-containers/*/userdata/",
	"/var/lib/containers/storage/volumes/*/_data/",
	"/var/lib/docker/*/containers/*/",
	"/var/lib/docker/*/volumes/*/_data/",
	"/var/lib/docker/containers/*/",
	"/var/lib/docker/volumes/*/_data/",
	"/var/lib/kubelet/pods/*/",
};

/* Does @path begin with what @pattern says of its folder? */
static bool is_below(const char *pattern, const char *path)
{
	char folder[128];
	const size_t length = strlen(pattern) - 1;

	if (pattern[length] != '/' || length >= sizeof(folder))
		return false;
	memcpy(folder, pattern, length);
	folder[length] = '\0';
	return fnmatch(folder, path, FNM_PATHNAME | FNM_NOESCAPE | FNM_LEADING_DIR) == 0;
}

bool known_path_is_of_container(const char *path)
{
	path = without_link(path);
	for (size_t i = 0; i < ARRAY_LEN(of_containers); i++) {
		if (fnmatch(of_containers[i], path, FNM_PATHNAME | FNM_NOESCAPE) == 0 ||
		    is_below(of_containers[i], path))
			return true;
	}
	return false;
}

bool known_path_is_host_namespace(const char *path)
{
	static const char *const patterns[] = { "/proc/1/ns/*", "/proc/self/ns/*",
		                                "/proc/thread-self/ns/*" };

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		if (fnmatch(patterns[i], path, FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}
