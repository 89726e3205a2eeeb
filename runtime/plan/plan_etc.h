/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files that hardrun itself writes into a container. For the plan floor only. */
#ifndef HARDRUN_PLAN_PLAN_ETC_H
#define HARDRUN_PLAN_PLAN_ETC_H

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan_nodes.h"

/*
 * /etc of a root composed from the host: accounts, names and resolvers of the container's own.
 * Source: passwd(5), group(5), hosts(5), hostname(5), resolv.conf(5), nsswitch.conf(5).
 */
MUST_CHECK int plan_etc(struct plan_nodes *nodes, struct error *err);

/* The secrets, and a tmpfs for them that becomes read-only when they are written. */
MUST_CHECK int plan_secrets(struct plan_nodes *nodes, struct error *err);

#endif
