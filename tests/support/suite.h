/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HARDRUN_SUPPORT_SUITE_H
#define HARDRUN_SUPPORT_SUITE_H

#include <check.h>

/* Runs a suite and frees it. Returns the exit status of its program. */
int run_suite(Suite *suite);

#endif
