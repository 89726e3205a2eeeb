/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The first user namespace. Source: kernel include/linux/proc_ns.h; namespaces(7). */
#define FIRST_USER_NAMESPACE "user:[4026531837]"

/* An account's file larger than this is not read. */
#define ACCOUNTS_SIZE_MAX ((off_t)16 * 1024 * 1024)

#define HOST_PATH_SIZE 512

/* A file of the host, seen through a mapping, so that a large one costs no memory of ours. */
struct view {
	const char *text;
	size_t size;
};

void host_init(struct host *host)
{
	*host = (struct host){ .root = "", .uid = geteuid(), .gid = getegid() };
}

/* True the first time that @fact is asked for. */
static bool is_unknown(struct host *host, enum host_fact fact)
{
	const uint32_t bit = UINT32_C(1) << fact;
	const bool is_first = (host->known & bit) == 0;

	host->known |= bit;
	return is_first;
}

/* -1 when there is no such file. */
static int open_host(const struct host *host, const char *path)
{
	char full[HOST_PATH_SIZE];

	if (host->root[0] == '\0')
		return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if ((size_t)snprintf(full, sizeof(full), "%s%s", host->root, path) >= sizeof(full))
		return -1;
	return open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* The first bytes of a small file of the kernel's; "" when it is not there. */
static void read_short(const struct host *host, const char *path, char *text, size_t text_size)
{
	AUTO_CLOSE int fd = open_host(host, path);
	ssize_t length = fd < 0 ? 0 : read(fd, text, text_size - 1);

	text[length > 0 ? length : 0] = '\0';
}

static uint64_t read_number(const struct host *host, const char *path, uint64_t otherwise)
{
	char text[32];
	char *end;
	unsigned long long value;

	read_short(host, path, text, sizeof(text));
	errno = 0;
	value = strtoull(text, &end, 10);
	return end == text || errno != 0 ? otherwise : value;
}

static bool has_admin_capability(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &header, sets) == 0 &&
	       (sets[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN)) != 0;
}

static bool is_in_first_user_namespace(void)
{
	char name[sizeof(FIRST_USER_NAMESPACE)];
	const ssize_t length = readlink("/proc/self/ns/user", name, sizeof(name));

	return length == sizeof(name) - 1 &&
	       memcmp(name, FIRST_USER_NAMESPACE, (size_t)length) == 0;
}

bool host_is_privileged(struct host *host)
{
	if (is_unknown(host, HOST_FACT_PRIVILEGED))
		host->is_privileged = has_admin_capability() && is_in_first_user_namespace();
	return host->is_privileged;
}

bool host_has_admin(struct host *host)
{
	if (is_unknown(host, HOST_FACT_ADMIN))
		host->has_admin = has_admin_capability();
	return host->has_admin;
}

bool host_denies_setgroups(struct host *host)
{
	char text[16];

	if (is_unknown(host, HOST_FACT_SETGROUPS)) {
		read_short(host, "/proc/self/setgroups", text, sizeof(text));
		host->denies_setgroups = strncmp(text, "deny", strlen("deny")) == 0;
	}
	return host->denies_setgroups;
}

static void read_release(struct host *host)
{
	struct utsname names;

	char *end;

	if (uname(&names) < 0)
		return;
	host->release_major = (unsigned int)strtoul(names.release, &end, 10);
	if (*end == '.')
		host->release_minor = (unsigned int)strtoul(end + 1, NULL, 10);
}

bool host_is_at_least(struct host *host, unsigned int major, unsigned int minor)
{
	if (is_unknown(host, HOST_FACT_RELEASE))
		read_release(host);
	return host->release_major > major ||
	       (host->release_major == major && host->release_minor >= minor);
}

bool host_has_apparmor(struct host *host)
{
	char text[4];

	if (is_unknown(host, HOST_FACT_APPARMOR)) {
		read_short(host, "/sys/module/apparmor/parameters/enabled", text, sizeof(text));
		host->has_apparmor = text[0] == 'Y';
	}
	return host->has_apparmor;
}

bool host_has_selinux(struct host *host)
{
	char text[4];

	if (is_unknown(host, HOST_FACT_SELINUX)) {
		read_short(host, "/sys/fs/selinux/enforce", text, sizeof(text));
		host->has_selinux = text[0] != '\0';
	}
	return host->has_selinux;
}

/* A caller with a profile may have been given what the unconfined are refused. */
static bool is_unconfined(const struct host *host)
{
	static const char unconfined[] = "unconfined";
	char label[sizeof(unconfined)];

	read_short(host, "/proc/self/attr/apparmor/current", label, sizeof(label));
	return strcmp(label, unconfined) == 0;
}

bool host_apparmor_restricts_user_namespaces(struct host *host)
{
	if (is_unknown(host, HOST_FACT_APPARMOR_USERNS))
		host->apparmor_restricts_user_namespaces =
			read_number(host, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
		                    0) != 0 &&
			is_unconfined(host);
	return host->apparmor_restricts_user_namespaces;
}

bool host_has_userns_clone(struct host *host)
{
	if (is_unknown(host, HOST_FACT_USERNS_CLONE))
		host->has_userns_clone =
			read_number(host, "/proc/sys/kernel/unprivileged_userns_clone", 1) != 0;
	return host->has_userns_clone;
}

uint64_t host_max_user_namespaces(struct host *host)
{
	if (is_unknown(host, HOST_FACT_MAX_USER_NAMESPACES))
		host->max_user_namespaces =
			read_number(host, "/proc/sys/user/max_user_namespaces", UINT64_MAX);
	return host->max_user_namespaces;
}

/* An empty view when the file is not there, is empty or is too large. */
static struct view view_open(const struct host *host, const char *path)
{
	AUTO_CLOSE int fd = open_host(host, path);
	struct stat status;
	void *text;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
	    status.st_size > ACCOUNTS_SIZE_MAX)
		return (struct view){ .size = 0 };
	text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return (struct view){ .size = 0 };
	return (struct view){ .text = text, .size = (size_t)status.st_size };
}

static void view_close(struct view *view)
{
	union {
		const char *text;
		void *address;
	} mapping = { .text = view->text };

	if (view->size > 0)
		(void)munmap(mapping.address, view->size);
}

const char *host_user_name(struct host *host)
{
	if (is_unknown(host, HOST_FACT_USER_NAME)) {
		CLEANUP(view_close) struct view users = view_open(host, "/etc/passwd");

		if (!passwd_find_name(users.text, users.size, host->uid, host->user_name,
		                      sizeof(host->user_name)))
			host->user_name[0] = '\0';
	}
	return host->user_name;
}

static struct subid_range read_range(struct host *host, const char *path, uint32_t needed)
{
	CLEANUP(view_close) struct view ranges = view_open(host, path);

	if (ranges.size == 0)
		return (struct subid_range){ .count = 0 };
	return subid_find(ranges.text, ranges.size, host_user_name(host), host->uid, needed);
}

/* Both files name the user, not the group. Source: subgid(5). */
struct subid_range host_subuids(struct host *host, uint32_t needed)
{
	if (is_unknown(host, HOST_FACT_SUBUIDS))
		host->subuids = read_range(host, "/etc/subuid", needed);
	return host->subuids;
}

struct subid_range host_subgids(struct host *host, uint32_t needed)
{
	if (is_unknown(host, HOST_FACT_SUBGIDS))
		host->subgids = read_range(host, "/etc/subgid", needed);
	return host->subgids;
}

bool host_has_map_helpers(struct host *host)
{
	if (is_unknown(host, HOST_FACT_MAP_HELPERS))
		host->has_map_helpers =
			access(HOST_NEWUIDMAP, X_OK) == 0 && access(HOST_NEWGIDMAP, X_OK) == 0;
	return host->has_map_helpers;
}
