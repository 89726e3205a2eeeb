/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/relax.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define SPACES             " \t\n"
#define WORDS_MIN          2
#define WORD_LETTERS_MIN   2
#define REASON_SIZE_MAX    1000 /* bytes */
#define FOREIGN_LETTER_MIN 12   /* bytes: a sentence in a script that puts no spaces */

static const struct {
	const char *name;
	const char *control;
} entries[RELAX_COUNT] = {
	[RELAX_ROOT_USER] = { "root-user", "non-root user" },
	[RELAX_CAPABILITIES] = { "capabilities", "no capabilities" },
	[RELAX_WRITE] = { "write", "no writable host paths" },
	[RELAX_WRITABLE_ROOT] = { "writable-root", "read-only root file system" },
	[RELAX_EXEC_PATHS] = { "exec-paths", "no execution from mounts and tmpfs" },
	[RELAX_DEVICES] = { "devices", "standard devices only" },
	[RELAX_SYSCALLS] = { "syscalls", "default list of system calls" },
	[RELAX_SECCOMP_OFF] = { "seccomp-off", "system call filter" },
	[RELAX_APPARMOR_OFF] = { "apparmor-off", "AppArmor profile" },
	[RELAX_APPARMOR_IF_AVAILABLE] = { "apparmor-if-available",
	                                  "AppArmor profile on a host without AppArmor" },
	[RELAX_LANDLOCK_OFF] = { "landlock-off", "Landlock rules" },
	[RELAX_NEW_PRIVILEGES] = { "new-privileges", "no new privileges by execution" },
	[RELAX_USER_NAMESPACE_OFF] = { "user-namespace-off", "own user namespace" },
	[RELAX_HOST_PID] = { "host-pid", "own PID namespace" },
	[RELAX_HOST_IPC] = { "host-ipc", "own IPC namespace" },
	[RELAX_HOST_UTS] = { "host-uts", "own UTS namespace" },
	[RELAX_HOST_NETWORK] = { "host-network", "own network namespace" },
	[RELAX_NESTED_USER_NAMESPACES] = { "nested-user-namespaces", "no nested user namespaces" },
	[RELAX_UNMASKED_PATHS] = { "unmasked-paths", "masked paths" },
	[RELAX_SYSCTL] = { "sysctl", "kernel settings of the namespaces as they are" },
	[RELAX_NO_LIMITS] = { "no-limits", "resource limits" },
	[RELAX_SECRETS_IN_ENV] = { "secrets-in-env", "no secrets in the environment" },
	[RELAX_SENSITIVE_MOUNT] = { "sensitive-mount", "no sensitive host paths" },
};

/* What people write when they have no reason. */
static const char *const placeholders[] = {
	"because", "fixme",       "foo",    "later", "n/a",     "na",       "needed",    "needs",
	"none",    "placeholder", "reason", "tba",   "tbd",     "temp",     "temporary", "test",
	"testing", "the",         "this",   "todo",  "unknown", "whatever", "xxx",
};

const char *relax_name(enum relax_entry entry)
{
	return entries[entry].name;
}

const char *relax_control(enum relax_entry entry)
{
	return entries[entry].control;
}

enum relax_entry relax_find(const char *name)
{
	unsigned int entry = 0;

	while (entry < RELAX_COUNT && strcmp(entries[entry].name, name) != 0)
		entry++;
	return (enum relax_entry)entry;
}

static bool is_placeholder(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_LEN(placeholders); i++) {
		if (strlen(placeholders[i]) == length &&
		    strncasecmp(placeholders[i], word, length) == 0)
			return true;
	}
	return false;
}

static bool is_letter(char byte)
{
	return isalnum((unsigned char)byte) || (unsigned char)byte >= 0x80;
}

/* How many words the text of @length bytes at @word, which has no spaces, is worth. */
static int worth(const char *word, size_t length)
{
	size_t letters = 0;
	size_t foreign = 0;

	while (length > 0 && !is_letter(word[0])) {
		word++;
		length--;
	}
	while (length > 0 && !is_letter(word[length - 1]))
		length--;
	for (size_t i = 0; i < length; i++) {
		letters += is_letter(word[i]);
		foreign += (unsigned char)word[i] >= 0x80;
	}
	if (foreign >= FOREIGN_LETTER_MIN)
		return WORDS_MIN;
	return letters >= WORD_LETTERS_MIN && !is_placeholder(word, length);
}

int relax_check_reason(const char *reason, struct error *err)
{
	const char *word = reason + strspn(reason, SPACES);
	int words = 0;

	if (*word == '\0')
		return error_set(err, ERROR_SPEC, "the reason is empty");
	if (strlen(reason) > REASON_SIZE_MAX)
		return error_set(err, ERROR_SPEC, "the reason is longer than %d bytes",
		                 REASON_SIZE_MAX);
	while (*word != '\0') {
		const size_t length = strcspn(word, SPACES);

		words += worth(word, length);
		word += length;
		word += strspn(word, SPACES);
	}
	if (words >= WORDS_MIN)
		return 0;
	(void)error_set(err, ERROR_SPEC, "the reason does not say why");
	return error_hint(err, "write a sentence that a reviewer can judge, as \"listens on port "
	                       "80\"");
}
