/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must hold between the values of a config.json. Source: runtime-spec 1.3.0. */
#include <fnmatch.h>
#include <linux/sched.h>
#include <string.h>

#include "base/text.h"
#include "spec/spec_check.h"
#include "spec/spec_oci.h"

#define NAME_SIZE_MAX    64   /* sethostname(2) and setdomainname(2); bytes */
#define SYSCTL_VALUE_MAX 4096 /* what a file of /proc/sys takes at once; bytes */

static int refuse(const char *origin, struct error *err, const char *what)
{
	(void)error_set(err, ERROR_SPEC, "%s", what);
	return error_at(err, "%s", origin);
}

/* The namespace of @kind that is asked for, new or by path; NULL: the host's. */
static const struct spec_oci_namespace *find_namespace(const struct spec *spec, uint64_t kind)
{
	for (size_t i = 0; i < spec->oci->namespace_count; i++) {
		if (spec->oci->namespaces[i].kind == kind)
			return &spec->oci->namespaces[i];
	}
	return NULL;
}

/* A value that changes a namespace must not change the host's. */
static int need_namespace(const struct spec *spec, uint64_t kind, const char *type,
                          const char *origin, struct error *err)
{
	if (find_namespace(spec, kind) != NULL)
		return 0;
	(void)error_set(err, ERROR_SPEC,
	                "this would change the host's: the container has no %s "
	                "namespace of its own",
	                type);
	(void)error_hint(err, "add {\"type\": \"%s\"} to linux.namespaces", type);
	return error_at(err, "%s", origin);
}

static int check_uts_name(const struct spec *spec, const struct spec_text *name, struct error *err)
{
	if (name->value == NULL)
		return 0;
	if (strlen(name->value) > NAME_SIZE_MAX)
		return refuse(name->origin, err, "a name of a host has at most 64 bytes");
	return need_namespace(spec, CLONE_NEWUTS, "uts", name->origin, err);
}

static int check_hostname(const struct spec *spec, struct error *err)
{
	return check_uts_name(spec, &spec->hostname, err);
}

static int check_domainname(const struct spec *spec, struct error *err)
{
	return check_uts_name(spec, &spec->oci->domainname, err);
}

static int check_mounts(const struct spec *spec, struct error *err)
{
	const struct spec_oci *oci = spec->oci;

	for (size_t i = 0; i < oci->mount_count; i++) {
		const struct spec_oci_mount *mount = &oci->mounts[i];

		if (mount->is_id_mapped && mount->uids.count == 0 &&
		    find_namespace(spec, CLONE_NEWUSER) == NULL)
			return refuse(mount->origin, err,
			              "a mount is id-mapped without mappings of its own or of a "
			              "user namespace");
	}
	return 0;
}

/* A joined user namespace has its maps already. */
static int check_users(const struct spec *spec, struct error *err)
{
	const struct spec_oci *oci = spec->oci;
	const struct spec_oci_namespace *users = find_namespace(spec, CLONE_NEWUSER);

	if ((oci->uids.count > 0 &&
	     need_namespace(spec, CLONE_NEWUSER, "user", oci->uids.origin, err) < 0) ||
	    (oci->gids.count > 0 &&
	     need_namespace(spec, CLONE_NEWUSER, "user", oci->gids.origin, err) < 0))
		return -1;
	if (users != NULL && users->path == NULL && (oci->uids.count == 0 || oci->gids.count == 0))
		return refuse(users->origin, err,
		              "a new user namespace needs linux.uidMappings and gidMappings");
	return 0;
}

static int check_time(const struct spec *spec, struct error *err)
{
	const struct spec_oci_namespace *times = find_namespace(spec, CLONE_NEWTIME);
	const char *origin;

	if (spec->oci->time_offset_count == 0)
		return 0;
	origin = spec->oci->time_offsets[0].origin;
	if (times != NULL && times->path != NULL)
		return refuse(origin, err, "the clocks of a namespace that is joined are set");
	return need_namespace(spec, CLONE_NEWTIME, "time", origin, err);
}

static int check_net_devices(const struct spec *spec, struct error *err)
{
	const struct spec_oci *oci = spec->oci;

	for (size_t i = 0; i < oci->net_device_count; i++) {
		const struct spec_oci_net_device *device = &oci->net_devices[i];

		if (need_namespace(spec, CLONE_NEWNET, "network", device->origin, err) < 0)
			return -1;
		for (size_t j = 0; j < i; j++) {
			if (strcmp(oci->net_devices[j].name, device->name) == 0 &&
			    strchr(device->name, '%') == NULL)
				return refuse(device->origin, err,
				              "two network devices get the same name");
		}
	}
	return 0;
}

/* Settings that a namespace has of its own. Source: namespaces(7), proc(5). */
static const struct {
	const char *pattern;
	uint64_t namespace;
	const char *type;
} sysctls[] = {
	{ "net.?*", CLONE_NEWNET, "network" },
	{ "fs.mqueue.?*", CLONE_NEWIPC, "ipc" },
	{ "kernel.auto_msgmni", CLONE_NEWIPC, "ipc" },
	{ "kernel.msg_next_id", CLONE_NEWIPC, "ipc" },
	{ "kernel.msgmax", CLONE_NEWIPC, "ipc" },
	{ "kernel.msgmnb", CLONE_NEWIPC, "ipc" },
	{ "kernel.msgmni", CLONE_NEWIPC, "ipc" },
	{ "kernel.sem", CLONE_NEWIPC, "ipc" },
	{ "kernel.sem_next_id", CLONE_NEWIPC, "ipc" },
	{ "kernel.shm_next_id", CLONE_NEWIPC, "ipc" },
	{ "kernel.shm_rmid_forced", CLONE_NEWIPC, "ipc" },
	{ "kernel.shmall", CLONE_NEWIPC, "ipc" },
	{ "kernel.shmmax", CLONE_NEWIPC, "ipc" },
	{ "kernel.shmmni", CLONE_NEWIPC, "ipc" },
	{ "kernel.domainname", CLONE_NEWUTS, "uts" },
	{ "kernel.hostname", CLONE_NEWUTS, "uts" },
};

/*
 * A name with slashes is for interfaces that have dots in their names: "net/ipv4/conf/eth0.1/mtu".
 * In the pattern's form every slash is a dot, but no dot can lead out: there is no "..".
 */
static int check_sysctl_name(const struct spec *spec, const struct spec_sysctl *sysctl,
                             struct error *err)
{
	char dotted[256];
	const size_t length = strlen(sysctl->name);

	if (length == 0 || length >= sizeof(dotted) || !text_is_made_of(sysctl->name, "._-/@") ||
	    strpbrk(sysctl->name, "./") == sysctl->name)
		return refuse(sysctl->origin, err, "this is not the name of a kernel setting");
	memcpy(dotted, sysctl->name, length + 1);
	for (char *slash = strchr(dotted, '/'); slash != NULL; slash = strchr(slash, '/'))
		*slash = '.';
	if (strstr(dotted, "..") != NULL || dotted[length - 1] == '.')
		return refuse(sysctl->origin, err, "this is not the name of a kernel setting");
	for (size_t i = 0; i < ARRAY_LEN(sysctls); i++) {
		if (fnmatch(sysctls[i].pattern, dotted, 0) == 0)
			return need_namespace(spec, sysctls[i].namespace, sysctls[i].type,
			                      sysctl->origin, err);
	}
	return refuse(sysctl->origin, err,
	              "this setting belongs to the whole host, not to a namespace");
}

/* Source: CVE-2022-0811: a value that carries a second setting. */
static int check_sysctls(const struct spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->sysctl_count; i++) {
		const struct spec_sysctl *sysctl = &spec->sysctls[i];

		if (check_sysctl_name(spec, sysctl, err) < 0)
			return -1;
		if (strlen(sysctl->value) > SYSCTL_VALUE_MAX || strchr(sysctl->value, '\n') != NULL)
			return refuse(sysctl->origin, err,
			              "this cannot be the value of a kernel setting");
		if (spec->hostname.value != NULL && strcmp(sysctl->name, "kernel.hostname") == 0 &&
		    strcmp(sysctl->value, spec->hostname.value) != 0)
			return refuse(sysctl->origin, err, "hostname says another name");
	}
	return 0;
}

/* Source: sched_setattr(2), sched(7). */
static int check_scheduler(const struct spec *spec, struct error *err)
{
	const struct spec_oci *oci = spec->oci;
	const int64_t policy = oci->scheduler_policy.value;
	const bool is_realtime = policy == SCHED_FIFO || policy == SCHED_RR;

	if (!oci->scheduler_policy.is_set)
		return 0;
	if (oci->scheduler_priority.value != 0 && !is_realtime)
		return refuse(oci->scheduler_priority.origin, err,
		              "only SCHED_FIFO and SCHED_RR have a priority");
	if (policy != SCHED_DEADLINE &&
	    (oci->scheduler_runtime.value != 0 || oci->scheduler_deadline.value != 0 ||
	     oci->scheduler_period.value != 0))
		return refuse(oci->scheduler_policy.origin, err,
		              "only SCHED_DEADLINE has a runtime, a deadline and a period");
	return 0;
}

/* Source: capabilities(7): a process cannot have what is not permitted. */
static int check_capabilities(const struct spec *spec, struct error *err)
{
	const struct spec_oci_capabilities *capabilities = &spec->oci->capabilities;

	if ((capabilities->effective & ~capabilities->permitted) != 0)
		return refuse(capabilities->origin, err,
		              "a capability is effective that is not permitted");
	return 0;
}

static const struct spec_rule rules[] = {
	{ "hostname", "a name is of a namespace", check_hostname },
	{ "domainname", "a name is of a namespace", check_domainname },
	{ "mounts", "owners are mapped by something", check_mounts },
	{ "users", "ids are mapped by a namespace", check_users },
	{ "time", "clocks are offset before a namespace is entered", check_time },
	{ "net-devices", "devices move to a namespace", check_net_devices },
	{ "sysctls", "a setting without a namespace is the host's", check_sysctls },
	{ "scheduler", "the kernel refuses what a policy does not have", check_scheduler },
	{ "capabilities", "the kernel refuses more", check_capabilities },
};

const struct spec_rule *spec_oci_rules(size_t *count)
{
	*count = ARRAY_LEN(rules);
	return rules;
}
