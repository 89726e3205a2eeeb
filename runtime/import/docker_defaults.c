/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What dockerd and Podman ask of their runtime when nothing is said.
 * Source: moby oci/defaults.go and oci/caps/defaults.go; containers/common, default capabilities;
 * config.json files of dockerd 28 and Podman 5.8.
 */
#include <linux/sched.h>
#include <string.h>

#include "import/docker.h"

#define CAPABILITY(number) (UINT64_C(1) << (number))

/* Source: <linux/capability.h>. */
const capability_set docker_default_capabilities =
	CAPABILITY(0) /* CHOWN */ | CAPABILITY(1) /* DAC_OVERRIDE */ | CAPABILITY(3) /* FOWNER */ |
	CAPABILITY(4) /* FSETID */ | CAPABILITY(5) /* KILL */ | CAPABILITY(6) /* SETGID */ |
	CAPABILITY(7) /* SETUID */ | CAPABILITY(8) /* SETPCAP */ |
	CAPABILITY(10) /* NET_BIND_SERVICE */ | CAPABILITY(13) /* NET_RAW */ |
	CAPABILITY(18) /* SYS_CHROOT */ | CAPABILITY(27) /* MKNOD */ |
	CAPABILITY(29) /* AUDIT_WRITE */ | CAPABILITY(31) /* SETFCAP */;
const capability_set docker_podman_capabilities = CAPABILITY(0) | CAPABILITY(1) | CAPABILITY(3) |
                                                  CAPABILITY(4) | CAPABILITY(5) | CAPABILITY(6) |
                                                  CAPABILITY(7) | CAPABILITY(8) | CAPABILITY(10) |
                                                  CAPABILITY(18) | CAPABILITY(31);

#define PODMAN_PIDS_LIMIT 2048

static const char default_origin[] = "default";

static const struct {
	const char *target;
	const char *type;
	const char *source;
	const char *options;
} default_mounts[] = {
	{ "/proc", "proc", "proc", "nosuid,noexec,nodev" },
	{ "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k" },
	{ "/dev/pts", "devpts", "devpts",
	  "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro" },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", "ro,nosuid,noexec,nodev" },
	{ "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
	{ "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777" },
};

static int add_mounts(struct docker_draft *draft, struct error *err)
{
	static const struct spec_text origin = { "", default_origin };

	for (size_t i = 0; i < ARRAY_LEN(default_mounts); i++) {
		struct spec_oci_mount mount = {
			.target = default_mounts[i].target,
			.type = default_mounts[i].type,
			.source = default_mounts[i].source,
			.origin = default_origin,
		};
		const char *options = default_mounts[i].options;

		while (*options != '\0') {
			const size_t length = strcspn(options, ",");

			if (docker_add_mount_option(draft, &mount, &origin, options, length, err) <
			    0)
				return -1;
			options += length;
			options += *options != '\0';
		}
		if (docker_put_mount(draft, &mount, err) < 0)
			return -1;
	}
	return 0;
}

static int add_namespaces(struct docker_draft *draft, struct error *err)
{
	static const uint64_t kinds[] = { CLONE_NEWNS,  CLONE_NEWNET, CLONE_NEWUTS,
		                          CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWCGROUP };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct spec_oci_namespace own = { kinds[i], NULL, default_origin };

		if (spec_list_add(&draft->session->builder, &draft->namespaces, &own, err) < 0)
			return -1;
	}
	return 0;
}

/* null, zero, full, random, urandom, tty, console; nothing else. */
static int add_device_rules(struct docker_draft *draft, struct error *err)
{
	static const uint32_t numbers[][2] = { { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 },
		                               { 1, 9 }, { 5, 0 }, { 5, 1 } };
	struct spec_oci_device_rule rule = { .is_all = true, .origin = default_origin };

	rule.rule = (struct device_rule){
		.kind = DEVICE_CHARACTER,
		.major = DEVICE_ANY,
		.minor = DEVICE_ANY,
		.access = DEVICE_ACCESS_MKNOD | DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE,
	};
	if (spec_list_add(&draft->session->builder, &draft->device_rules, &rule, err) < 0)
		return -1;
	rule.is_all = false;
	rule.allows = true;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		rule.rule.major = numbers[i][0];
		rule.rule.minor = numbers[i][1];
		if (spec_list_add(&draft->session->builder, &draft->device_rules, &rule, err) < 0)
			return -1;
	}
	return 0;
}

/* dockerd lets every user bind low ports and ping in a network of their own. */
int docker_add_default_sysctls(struct docker_draft *draft, struct error *err)
{
	static const struct spec_sysctl docker[] = {
		{ "net.ipv4.ip_unprivileged_port_start", "0", default_origin },
		{ "net.ipv4.ping_group_range", "0 2147483647", default_origin },
	};
	static const struct spec_sysctl podman[] = {
		{ "net.ipv4.ping_group_range", "0 0", default_origin },
	};
	const struct spec_sysctl *sysctls = draft->is_podman ? podman : docker;
	const size_t count = draft->is_podman ? ARRAY_LEN(podman) : ARRAY_LEN(docker);

	for (size_t i = 0; i < count; i++) {
		if (spec_list_find(&draft->sysctls, sysctls[i].name) == NULL &&
		    spec_list_add(&draft->session->builder, &draft->sysctls, &sysctls[i], err) < 0)
			return -1;
	}
	return 0;
}

int docker_add_defaults(struct docker_draft *draft, struct error *err)
{
	struct spec *spec = &draft->document->document.spec;
	struct spec_oci_resources *resources = &draft->document->document.oci.resources;

	spec->cwd = (struct spec_text){ "/", default_origin };
	spec->seccomp.kind = SPEC_SECCOMP_DEFAULT;
	spec->apparmor.kind = SPEC_APPARMOR_NAMED;
	spec->apparmor.name.origin = default_origin;
	spec->apparmor.name.value = draft->is_podman ? "containers-default" : "docker-default";
	if (draft->is_podman)
		resources->pids_limit =
			(struct spec_number){ PODMAN_PIDS_LIMIT, default_origin, true };
	if (add_mounts(draft, err) < 0 || add_namespaces(draft, err) < 0)
		return -1;
	return add_device_rules(draft, err);
}
