/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Readers of /etc/subuid, /etc/subgid and /etc/passwd that ask no name service: the launcher
 * is linked statically. They take any bytes; a line they cannot understand is no entry.
 * Source: subuid(5), subgid(5), passwd(5).
 */
#ifndef HARDRUN_KERNEL_SUBID_H
#define HARDRUN_KERNEL_SUBID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ids @first to @first + @count - 1 of the host. */
struct subid_range {
	uint32_t first;
	uint32_t count; /* 0: none */
};

/*
 * The first range of at least @needed ids that the @size bytes of @text give to the user
 * called @name ("": not known) or numbered @id. Count 0 when there is none. No range
 * includes id 0 or the last id, which is not an id.
 */
struct subid_range subid_find(const char *text, size_t size, const char *name, uint32_t id,
                              uint32_t needed);

/* Do the @size bytes of @text give any id of @range to anyone? */
bool subid_is_given(const char *text, size_t size, struct subid_range range);

/*
 * Copy to @name the name of the user numbered @uid in the @size bytes of a passwd file @text.
 * False when there is none, or when it needs more than @name_size bytes.
 */
bool passwd_find_name(const char *text, size_t size, uint32_t uid, char *name, size_t name_size);

/*
 * Write "HOME=" and the home directory of the user numbered @uid in the @size bytes of a passwd
 * file @text. False when there is none, or when it does not fit.
 */
bool passwd_find_home(const char *text, size_t size, uint32_t uid, char *home, size_t home_size);

#endif
