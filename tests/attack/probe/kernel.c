/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is the machine's: modules, clock, names, keys, swap, quota; and what has been the way into
 * the kernel, with arguments that an unprivileged program would give.
 */
#include "probe.h"

#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/quota.h>
#include <linux/reboot.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define READ_ALL            3 /* SYSLOG_ACTION_READ_ALL */
#define USER_MODE_ONLY      1 /* UFFD_USER_MODE_ONLY */
#define IORING_PARAMS_SIZE  120
#define ADDRESSES_AS_WANTED 0x0040000 /* ADDR_NO_RANDOMIZE */
#define READ_MEANS_EXECUTE  0x0400000 /* READ_IMPLIES_EXEC */
#define PAGE                4096

static struct timex stepped = { .modes = ADJ_TICK, .tick = 10000 };
static struct timespec now;
static struct timeval now_too;
static char ring[IORING_PARAMS_SIZE];
static char handle[128];
static char mount_id[8];
static char text[64];
static struct bpf_insn program[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K }, { .code = 0x95 } };
static union bpf_attr loading = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2 };
static union bpf_attr map = {
	.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
};
static struct perf_event_attr clock_event = { .type = PERF_TYPE_SOFTWARE,
	                                      .size = 64,
	                                      .exclude_kernel = 1 };

/* The time that it is: should it be taken, nothing is lost. */
static int set_clock(const struct attempt *attempt)
{
	(void)attempt;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return clock_settime(CLOCK_REALTIME, &now);
}

static int set_time_of_day(const struct attempt *attempt)
{
	(void)attempt;
	(void)gettimeofday(&now_too, NULL);
	return settimeofday(&now_too, NULL);
}

/* A timer that wakes a machine that sleeps. */
static int wake_by_timer(const struct attempt *attempt)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	timer_t timer;

	return timer_create((clockid_t)attempt->number, &event, &timer);
}

static int load_program(const struct attempt *attempt)
{
	loading.insns = (uintptr_t)program;
	loading.license = (uintptr_t) "GPL";
	return by_native(attempt);
}

static int load_module(const struct attempt *attempt)
{
	const int fd = memfd_create("module", 0);

	(void)attempt;
	return fd < 0 ? -1 : (int)syscall(SYS_finit_module, fd, "", 0);
}

static int map_page_zero(const struct attempt *attempt)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	(void)attempt;
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED ? -1 : THROUGH;
}

#define KEYS NUMBER(KEY_SPEC_SESSION_KEYRING)

static const struct attempt attempts[] = {
	{ "kernel:module", by_native, SYS_init_module, { text, NUMBER(sizeof(text)), "" } },
	{ "kernel:module-of-a-file", load_module },
	{ "kernel:module-out", by_native, SYS_delete_module, { "dummy", NUMBER(0) } },
	{ "kernel:next-kernel", by_native, SYS_kexec_load, { NULL, NULL, NULL, NULL } },
	{ "kernel:program",
	  load_program,
	  SYS_bpf,
	  { NUMBER(BPF_PROG_LOAD), &loading, NUMBER(sizeof(loading)) } },
	{ "kernel:map", by_native, SYS_bpf, { NUMBER(BPF_MAP_CREATE), &map, NUMBER(sizeof(map)) } },
	{ "kernel:counter",
	  by_native,
	  SYS_perf_event_open,
	  { &clock_event, NULL, NUMBER(-1), NUMBER(-1), NULL } },
	{ "kernel:fault-handler", by_native, SYS_userfaultfd, { NUMBER(USER_MODE_ONLY) } },
	{ "kernel:ring", by_native, SYS_io_uring_setup, { NUMBER(1), ring } },
	{ "kernel:log", by_native, SYS_syslog, { NUMBER(READ_ALL), text, NUMBER(sizeof(text)) } },
	{ "kernel:no-key-to-reboot",
	  by_native,
	  SYS_reboot,
	  { NUMBER(LINUX_REBOOT_MAGIC1), NUMBER(LINUX_REBOOT_MAGIC2),
	    NUMBER(LINUX_REBOOT_CMD_CAD_OFF) } },
	{ "kernel:swap-on", by_native, SYS_swapon, { "/dev/null", NUMBER(0) } },
	{ "kernel:swap-off", by_native, SYS_swapoff, { "/dev/null" } },
	{ "kernel:quota",
	  by_native,
	  SYS_quotactl,
	  { NUMBER(QCMD(Q_SYNC, USRQUOTA)), NULL, NULL, NULL } },
	{ "kernel:accounting", by_native, SYS_acct, { "/tmp/none" } },
	{ "kernel:host-name", by_native, SYS_sethostname, { "x", NUMBER(1) } },
	{ "kernel:domain-name", by_native, SYS_setdomainname, { "x", NUMBER(1) } },
	{ "kernel:clock", set_clock },
	{ "kernel:time-of-day", set_time_of_day },
	{ "kernel:tick", by_native, SYS_adjtimex, { &stepped } },
	{ "kernel:tick-of-a-clock", by_native, SYS_clock_adjtime, { NULL, &stepped } },
	{ "kernel:wake-by-timer", wake_by_timer, CLOCK_REALTIME_ALARM },
	{ "kernel:wake-by-boot-timer", wake_by_timer, CLOCK_BOOTTIME_ALARM },
	{ "kernel:watch-files", by_native, SYS_fanotify_init, { NULL, NULL } },
	{ "kernel:handle",
	  by_native,
	  SYS_name_to_handle_at,
	  { NUMBER(-100), "/usr", handle, mount_id, NULL } },
	{ "kernel:key", by_native, SYS_add_key, { "user", "probe", "x", NUMBER(1), KEYS } },
	{ "kernel:key-asked-for", by_native, SYS_request_key, { "user", "probe", "x", KEYS } },
	{ "kernel:keyring",
	  by_native,
	  SYS_keyctl,
	  { NUMBER(KEYCTL_GET_KEYRING_ID), NUMBER(KEY_SPEC_USER_KEYRING), NUMBER(1) } },
	{ "kernel:keyring-joined",
	  by_native,
	  SYS_keyctl,
	  { NUMBER(KEYCTL_JOIN_SESSION_KEYRING), "probe" } },
	{ "kernel:addresses", by_native, SYS_personality, { NUMBER(ADDRESSES_AS_WANTED) } },
	{ "kernel:executable-data", by_native, SYS_personality, { NUMBER(READ_MEANS_EXECUTE) } },
	{ "kernel:addresses-of-32-bits",
	  by_native,
	  SYS_personality,
	  { NUMBER(ADDRESSES_AS_WANTED | 8) } },
	{ "kernel:page-zero", map_page_zero },
	{ "kernel:memory-policy", by_native, SYS_set_mempolicy, { NULL, NULL, NULL } },
#ifdef __x86_64__
	{ "kernel:ports", by_native, SYS_iopl, { NUMBER(3) } },
	{ "kernel:port", by_native, SYS_ioperm, { NUMBER(0x80), NUMBER(1), NUMBER(1) } },
	{ "kernel:segments", by_native, SYS_modify_ldt, { NULL, text, NUMBER(sizeof(text)) } },
#endif
};

void probe_kernel(void)
{
	probe_each(attempts, COUNT(attempts));
}
