/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/engine_defaults.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

#define CAPABILITY(number) (UINT64_C(1) << (number))

const capability_set engine_default_capabilities =
	CAPABILITY(0) /* CHOWN */ | CAPABILITY(1) /* DAC_OVERRIDE */ | CAPABILITY(3) /* FOWNER */ |
	CAPABILITY(4) /* FSETID */ | CAPABILITY(5) /* KILL */ | CAPABILITY(6) /* SETGID */ |
	CAPABILITY(7) /* SETUID */ | CAPABILITY(8) /* SETPCAP */ |
	CAPABILITY(10) /* NET_BIND_SERVICE */ | CAPABILITY(13) /* NET_RAW */ |
	CAPABILITY(18) /* SYS_CHROOT */ | CAPABILITY(27) /* MKNOD */ |
	CAPABILITY(29) /* AUDIT_WRITE */ | CAPABILITY(31) /* SETFCAP */;

bool engine_sysctl_is_default(const char *name, const char *value)
{
	return (strcmp(name, "net.ipv4.ip_unprivileged_port_start") == 0 &&
	        strcmp(value, "0") == 0) ||
	       (strcmp(name, "net.ipv4.ping_group_range") == 0 &&
	        strcmp(value, "0 2147483647") == 0);
}

bool engine_apparmor_is_default(const char *name)
{
	static const char *const patterns[] = { "docker-default", "cri-containerd.apparmor.d",
		                                "containers-default-*", "crio-default*" };

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return false;
}
