/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a shell script plainly does, by its words: no quoting is undone and no variable known, so
 * that these are guesses, made for the scripts of Dockerfiles.
 */
#ifndef HARDRUN_POLICY_SHELL_WORDS_H
#define HARDRUN_POLICY_SHELL_WORDS_H

#include <stdbool.h>

/* Does it run what curl or wget fetch: "curl ... | sh", "sh -c "$(curl ...)""? */
bool shell_runs_download(const char *script);

/* Does it set the set-user-ID or set-group-ID bit with chmod? */
bool shell_sets_user_id(const char *script);

/* Does the mode of chmod(1) set one of these bits: "4755", "u+s"? */
bool shell_mode_sets_id(const char *mode);

/* Does it change the owner of @folder, or of a folder that holds it, from @workdir (or NULL)? */
bool shell_changes_owner(const char *script, const char *folder, const char *workdir);

#endif
