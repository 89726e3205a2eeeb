/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Source: <linux/landlock.h>; kernel 5.13 and after. */
#define CREATE_RULESET_VERSION (UINT32_C(1) << 0)
#define RULE_PATH_BENEATH      1

/* landlock_restrict_self(2): log denials of programs that are executed later. ABI 7. */
#define RESTRICT_SELF_LOG_NEW_EXEC (UINT32_C(1) << 1)
#define ABI_OF_LOG_FLAGS           7

/* Not struct landlock_path_beneath_attr: the kernel's own is packed. */
struct path_beneath {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((__packed__));

/* A right, and the ABI that brought it. */
struct right {
	uint64_t rights;
	int abi;
};

static const struct right fs_rights[] = {
	{ LANDLOCK_FS_EXECUTE | LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_READ_FILE |
	          LANDLOCK_FS_READ_DIR | LANDLOCK_FS_REMOVE_DIR | LANDLOCK_FS_REMOVE_FILE |
	          LANDLOCK_FS_MAKE_CHAR | LANDLOCK_FS_MAKE_DIR | LANDLOCK_FS_MAKE_REG |
	          LANDLOCK_FS_MAKE_SOCK | LANDLOCK_FS_MAKE_FIFO | LANDLOCK_FS_MAKE_BLOCK |
	          LANDLOCK_FS_MAKE_SYM,
	  1 },
	{ LANDLOCK_FS_REFER, 2 },
	{ LANDLOCK_FS_TRUNCATE, 3 },
	{ LANDLOCK_FS_IOCTL_DEV, 5 },
};

static const struct right scoped_rights[] = {
	{ LANDLOCK_SCOPED_ABSTRACT_UNIX | LANDLOCK_SCOPED_SIGNALS, 6 },
};

int landlock_abi(void)
{
	const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static uint64_t rights_of_abi(const struct right *rights, size_t count, int abi)
{
	uint64_t known = 0;

	for (size_t i = 0; i < count; i++) {
		if (rights[i].abi <= abi)
			known |= rights[i].rights;
	}
	return known;
}

uint64_t landlock_fs_of_abi(int abi)
{
	return rights_of_abi(fs_rights, ARRAY_LEN(fs_rights), abi);
}

uint64_t landlock_scoped_of_abi(int abi)
{
	return rights_of_abi(scoped_rights, ARRAY_LEN(scoped_rights), abi);
}

/*
 * A kernel that does not know the later members accepts them as long as they are 0.
 * Source: kernel lib/usercopy.c, copy_struct_from_user().
 */
int landlock_make(const struct landlock_ruleset *ruleset, struct error *err)
{
	const int fd =
		(int)syscall(SYS_landlock_create_ruleset, ruleset, sizeof(*ruleset), UINT32_C(0));

	if (fd < 0)
		return error_set_errno(err, "cannot make the Landlock rules");
	return fd;
}

static int add_rule(int ruleset_fd, int fd, uint64_t access)
{
	const struct path_beneath rule = { .allowed_access = access, .parent_fd = fd };

	return (int)syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PATH_BENEATH, &rule,
	                    UINT32_C(0));
}

int landlock_allow_path(int ruleset_fd, const char *path, uint64_t access, bool is_foreign,
                        struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_PATH | O_CLOEXEC | (is_foreign ? 0 : O_NOFOLLOW));
	struct stat status;

	if (fd < 0 && errno == ENOENT && is_foreign)
		return 0;
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set_errno(err, "cannot open %s for a Landlock rule", path);
	if (!S_ISDIR(status.st_mode))
		access &= LANDLOCK_FS_OF_FILE;
	if (access != 0 && add_rule(ruleset_fd, fd, access) < 0)
		return error_set_errno(err, "cannot allow %s by a Landlock rule", path);
	return 0;
}

/* Pipes and sockets have no path, and Landlock does not look at them. */
static bool has_path(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode));
}

static uint64_t access_of_mode(int flags)
{
	const uint64_t reading = LANDLOCK_FS_READ_FILE;
	const uint64_t writing = LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_TRUNCATE;

	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return reading | LANDLOCK_FS_IOCTL_DEV;
	case O_WRONLY:
		return writing | LANDLOCK_FS_IOCTL_DEV;
	default:
		return reading | writing | LANDLOCK_FS_IOCTL_DEV;
	}
}

int landlock_allow_stdio(int ruleset_fd, uint64_t handled_fs, struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		const int flags = fcntl(fd, F_GETFL);
		const uint64_t access = access_of_mode(flags) & handled_fs;

		if (flags < 0 || (flags & O_PATH) != 0 || !has_path(fd) || access == 0)
			continue;
		if (add_rule(ruleset_fd, fd, access) < 0)
			return error_set_errno(err, "cannot allow descriptor %d by a Landlock rule",
			                       fd);
	}
	return 0;
}

int landlock_restrict(int ruleset_fd, int abi, struct error *err)
{
	const uint32_t flags = abi >= ABI_OF_LOG_FLAGS ? RESTRICT_SELF_LOG_NEW_EXEC : 0;

	if (syscall(SYS_landlock_restrict_self, ruleset_fd, flags) < 0)
		return error_set_errno(err, "cannot apply the Landlock rules");
	return 0;
}
