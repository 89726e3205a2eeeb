/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/capability.h"

#include <cap-ng.h>
#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME_SIZE 32 /* bytes; the longest is "checkpoint_restore" */

static const char prefix[] = "CAP_";

/* libcap-ng spells "net_admin"; it takes either case, the specifications take upper case only. */
static int number_of(const char *name)
{
	for (const char *letter = name; *letter != '\0'; letter++) {
		if (islower((unsigned char)*letter))
			return -1;
	}
	return capng_name_to_capability(name);
}

int capability_add(capability_set *set, const char *name, struct error *err)
{
	const size_t prefix_length = sizeof(prefix) - 1;
	const int number =
		strncmp(name, prefix, prefix_length) == 0 ? number_of(name + prefix_length) : -1;

	if (number < 0)
		return error_set(err, ERROR_SPEC, "unknown capability \"%s\"", name);
	*set |= UINT64_C(1) << number;
	return 0;
}

const char *capability_name(unsigned int number)
{
	static char text[sizeof(prefix) + NAME_SIZE];
	const char *name = number > CAP_LAST_CAP ? NULL : capng_capability_to_name(number);
	size_t length;

	if (name == NULL || strlen(name) >= NAME_SIZE)
		return NULL;
	length = sizeof(prefix) - 1;
	memcpy(text, prefix, length);
	for (; *name != '\0'; name++)
		text[length++] = (char)toupper((unsigned char)*name);
	text[length] = '\0';
	return text;
}

static int fill(capng_type_t type, capability_set keep, struct error *err)
{
	for (unsigned int number = 0; number < 64; number++) {
		if ((keep >> number & 1) == 0)
			continue;
		if (capng_update(CAPNG_ADD, type, number) < 0)
			return error_set(err, ERROR_HOST, "this kernel has no capability %u",
			                 number);
	}
	return 0;
}

/*
 * Not by libcap-ng, which reads /proc/PID/status three times for it: on the way of a launch that
 * takes as long as the dropping itself, 70 microseconds.
 */
static int drop_from_bounding_set(capability_set keep, struct error *err)
{
	for (unsigned int number = 0; number < 64; number++) {
		if ((keep >> number & 1) != 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			return 0;
		return error_set_errno(err, "cannot drop capabilities from the bounding set");
	}
	return 0;
}

int capability_lock(capability_set keep, struct error *err)
{
	const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
	                           SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED;

	if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
		return error_set_errno(err, "cannot lock the securebits");
	return drop_from_bounding_set(keep, err);
}

int capability_keep(capability_set keep, struct error *err)
{
	capng_clear(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
	if (fill(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE | CAPNG_AMBIENT, keep, err) <
	    0)
		return -1;
	if (capng_apply(CAPNG_SELECT_CAPS) < 0 || capng_apply(CAPNG_SELECT_AMBIENT) < 0)
		return error_set_errno(err, "cannot drop capabilities");
	return 0;
}

static capability_set in_bounding_set(capability_set set, int at_least)
{
	capability_set found = 0;

	for (unsigned int number = 0; number < 64; number++) {
		if ((set >> number & 1) != 0 && prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= at_least)
			found |= UINT64_C(1) << number;
	}
	return found;
}

capability_set capability_known(capability_set set)
{
	return in_bounding_set(set, 0);
}

capability_set capability_available(capability_set set)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { .permitted = 0 } };

	(void)syscall(SYS_capget, &header, data);
	return in_bounding_set(set & (data[0].permitted | (uint64_t)data[1].permitted << 32), 1);
}

int capability_bound(capability_set bounding, struct error *err)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return error_set_errno(err, "cannot keep capabilities while changing the user");
	return drop_from_bounding_set(bounding, err);
}

static int raise_ambient(capability_set ambient, struct error *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_set_errno(err, "cannot clear the ambient capabilities");
	for (unsigned int number = 0; number < 64; number++) {
		if ((ambient >> number & 1) != 0 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
			return error_set_errno(err, "cannot make a capability ambient");
	}
	return 0;
}

/* By the system call: libcap-ng reads more than it sets. */
int capability_reduce(const struct capability_sets *sets, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].effective = (uint32_t)(sets->effective >> (32 * i));
		data[i].permitted = (uint32_t)(sets->permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(sets->inheritable >> (32 * i));
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return error_set_errno(err, "cannot set the capabilities");
	return 0;
}

int capability_assume(const struct capability_sets *sets, struct error *err)
{
	if (capability_reduce(sets, err) < 0)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return error_set_errno(err, "cannot stop keeping capabilities");
	return raise_ambient(sets->ambient, err);
}
