/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The canonical native text of a spec: one line, one order, every default written out. Read
 * back it gives the same text again, so its digest identifies what a container is. The
 * preset is merged in it and not named; values keep no origin but their place in this text.
 */
#ifndef HARDRUN_SPEC_SPEC_WRITE_H
#define HARDRUN_SPEC_SPEC_WRITE_H

#include "base/compiler.h"
#include "base/error.h"
#include "base/sha256.h"
#include "spec/spec.h"

/* Owns: release with free(). Errors: NULL with @err set when memory is out. */
MUST_CHECK char *spec_write(const struct spec *spec, struct error *err);

/* The digest, in hexadecimal, of the canonical @text. */
void spec_digest(const char *text, char digest[SHA256_TEXT_SIZE]);

#endif
