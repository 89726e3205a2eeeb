/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/capability.h"

#include <cap-ng.h>
#include <ctype.h>
#include <errno.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>

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
