/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device rules of a cgroup: a program that the kernel asks at each open(2) and mknod(2) of
 * a device. What no rule allows is denied.
 * Source: kernel Documentation/admin-guide/cgroup-v2.rst, "Device controller"; <linux/bpf.h>,
 * struct bpf_cgroup_dev_ctx.
 */
#ifndef HARDRUN_KERNEL_DEVICE_BPF_H
#define HARDRUN_KERNEL_DEVICE_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"

#define DEVICE_ANY UINT32_MAX /* any major or minor number */

/* As the kernel numbers them. */
#define DEVICE_ACCESS_MKNOD UINT32_C(1)
#define DEVICE_ACCESS_READ  UINT32_C(2)
#define DEVICE_ACCESS_WRITE UINT32_C(4)

enum device_kind {
	DEVICE_BLOCK = 1,
	DEVICE_CHARACTER = 2,
};

struct device_rule {
	enum device_kind kind;
	uint32_t major;
	uint32_t minor;
	uint32_t access; /* DEVICE_ACCESS_* that are allowed */
};

/* Make the program for @rules in @arena. */
MUST_CHECK int device_bpf_make(struct arena *arena, const struct device_rule *rules,
                               size_t rule_count, const struct bpf_insn **out, size_t *out_length,
                               struct error *err);

/* A rule of a list in which later ones overrule earlier ones. */
struct device_order {
	struct device_rule rule;
	bool allows; /* or denies */
	bool is_all; /* every device and access, whatever the rule says */
};

/*
 * Make the program for a list of orders in @arena. For each kind of access by itself, the last
 * order for the device decides; an access that none names is denied.
 * Source: runtime-spec config-linux.md, "Allowed Device list"; kernel
 * Documentation/admin-guide/cgroup-v1/devices.rst.
 */
MUST_CHECK int device_bpf_make_list(struct arena *arena, const struct device_order *orders,
                                    size_t order_count, const struct bpf_insn **out,
                                    size_t *out_length, struct error *err);

/*
 * Load the program and attach it to the cgroup @cgroup_fd, where it stays until the cgroup is
 * removed; programs of the parents stay in force too. Needs host root.
 * Source: bpf(2), BPF_PROG_ATTACH, BPF_F_ALLOW_MULTI.
 */
MUST_CHECK int device_bpf_attach(int cgroup_fd, const struct bpf_insn *program, size_t length,
                                 struct error *err);

/*
 * Does a program that decides for the cgroup @cgroup_fd itself do what @program does? It is loaded
 * once more, attached to nothing, and the kernel's digests are compared. Needs host root.
 * @out_count: how many programs are attached there; with a @program of NULL, which is nowhere, how
 * many decide, those of its parents included.
 * Source: bpf(2), BPF_PROG_QUERY; <linux/bpf.h>, struct bpf_prog_info, tag.
 */
MUST_CHECK int device_bpf_find(int cgroup_fd, const struct bpf_insn *program, size_t length,
                               bool *out_is_there, uint32_t *out_count, struct error *err);

#endif
