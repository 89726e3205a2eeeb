/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The init, processes of the host, and more rights for oneself. */
#include "probe.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define IOPRIO_REAL_TIME (1 << 13)
#define MOMENT_NS        20000000

static char room[16];

static int trace(const struct attempt *attempt)
{
	return ptrace((enum __ptrace_request)attempt->number, target.init, NULL, NULL) < 0
	               ? -1
	               : THROUGH;
}

static int read_memory(const struct attempt *attempt)
{
	const struct iovec here = { room, sizeof(room) };
	const struct iovec there = { room, sizeof(room) };
	const long result = attempt->number == 0
	                            ? process_vm_readv(target.init, &here, 1, &there, 1, 0)
	                            : process_vm_writev(target.init, &here, 1, &there, 1, 0);

	return result < 0 ? -1 : THROUGH;
}

static int take_descriptor(const struct attempt *attempt)
{
	const int fd = (int)syscall(SYS_pidfd_open, target.init, 0);

	(void)attempt;
	return fd < 0 || syscall(SYS_pidfd_getfd, fd, 0, 0) < 0 ? -1 : THROUGH;
}

/* The kernel keeps from PID 1 what its own namespace sends: no error, and nothing happens. */
static int kill_init(const struct attempt *attempt)
{
	const struct timespec moment = { .tv_nsec = MOMENT_NS };
	char state = 'R';
	FILE *file;

	if (target.init != 1)
		return UNTRIED;
	if (kill(1, (int)attempt->number) < 0)
		return -1;
	(void)nanosleep(&moment, NULL);
	file = fopen("/proc/1/stat", "re");
	if (file == NULL)
		return -1;
	if (fscanf(file, "1 (%*[^)]) %c", &state) != 1)
		state = 'Z';
	(void)fclose(file);
	return state == 'T' || state == 'Z' ? THROUGH : EMPTY;
}

static int signal_host(const struct attempt *attempt)
{
	(void)attempt;
	return kill(target.process, 0);
}

static int open_process(const struct attempt *attempt)
{
	(void)attempt;
	return syscall(SYS_pidfd_open, target.process, 0) < 0 ? -1 : THROUGH;
}

static int see_limits(const struct attempt *attempt)
{
	struct rlimit limit;

	(void)attempt;
	return prlimit(target.process, RLIMIT_NOFILE, NULL, &limit);
}

static int place_host(const struct attempt *attempt)
{
	cpu_set_t set;

	(void)attempt;
	return sched_getaffinity(target.process, sizeof(set), &set);
}

static int compare(const struct attempt *attempt)
{
	(void)attempt;
	return syscall(SYS_kcmp, getpid(), target.init, 0, 0, 0) < 0 ? -1 : THROUGH;
}

static int raise_limit(const struct attempt *attempt)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)attempt->number, &limit) < 0)
		return -1;
	if (limit.rlim_max == RLIM_INFINITY)
		return EMPTY;
	limit.rlim_max++;
	return setrlimit((__rlimit_resource_t)attempt->number, &limit);
}

static int be_nicer(const struct attempt *attempt)
{
	(void)attempt;
	return setpriority(PRIO_PROCESS, 0, -20);
}

static int be_real_time(const struct attempt *attempt)
{
	const struct sched_param parameter = { .sched_priority = 1 };

	return sched_setscheduler(0, (int)attempt->number, &parameter);
}

static int be_scheduled_by_deadline(const struct attempt *attempt)
{
	const struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} wanted = { .size = 48,
		     .policy = 6,
		     .runtime = 10000000,
		     .deadline = 30000000,
		     .period = 30000000 };

	(void)attempt;
	return syscall(SYS_sched_setattr, 0, &wanted, 0) < 0 ? -1 : THROUGH;
}

static int take_capabilities(const struct attempt *attempt)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0, 1U << CAP_SYS_CHROOT, 0 }, { 0, 0, 0 } };

	(void)attempt;
	return (int)syscall(SYS_capset, &head, data);
}

static int take_inheritable(const struct attempt *attempt)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	(void)attempt;
	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	data[0].inheritable |= 1U << CAP_SYS_CHROOT;
	return (int)syscall(SYS_capset, &head, data);
}

static int control(const struct attempt *attempt)
{
	return prctl((int)attempt->number, attempt->arguments[0], attempt->arguments[1],
	             attempt->arguments[2], attempt->arguments[3]);
}

/* To be another user is to be one that one was not: root stays root. */
static int become(const struct attempt *attempt)
{
	const uid_t other = geteuid() == (uid_t)attempt->number ? 1 : (uid_t)attempt->number;

	return setresuid(other, other, other);
}

static int become_group(const struct attempt *attempt)
{
	const gid_t other = getegid() == (gid_t)attempt->number ? 1 : (gid_t)attempt->number;

	return setresgid(other, other, other);
}

static int join_groups(const struct attempt *attempt)
{
	const gid_t group = (gid_t)attempt->number;

	return setgroups(1, &group);
}

static const struct attempt attempts[] = {
	{ "init:trace", trace, PTRACE_ATTACH },
	{ "init:trace-quietly", trace, PTRACE_SEIZE },
	{ "init:be-traced", trace, PTRACE_TRACEME },
	{ "init:read-memory", read_memory, 0 },
	{ "init:write-memory", read_memory, 1 },
	{ "init:take-descriptor", take_descriptor },
	{ "init:compare", compare },
	{ "init:kill", kill_init, SIGKILL },
	{ "init:stop", kill_init, SIGSTOP },
	{ "host:signal", signal_host },
	{ "host:open-process", open_process },
	{ "host:limits", see_limits },
	{ "host:affinity", place_host },
	{ "self:descriptors", raise_limit, RLIMIT_NOFILE },
	{ "self:locked-memory", raise_limit, RLIMIT_MEMLOCK },
	{ "self:queues", raise_limit, RLIMIT_MSGQUEUE },
	{ "self:core", raise_limit, RLIMIT_CORE },
	{ "self:real-time-limit", raise_limit, RLIMIT_RTPRIO },
	{ "self:nice-limit", raise_limit, RLIMIT_NICE },
	{ "self:nice", be_nicer },
	{ "self:real-time", be_real_time, SCHED_FIFO },
	{ "self:round-robin", be_real_time, SCHED_RR },
	{ "self:deadline", be_scheduled_by_deadline },
	{ "self:input-output-class",
	  by_native,
	  SYS_ioprio_set,
	  { NUMBER(1), NULL, NUMBER(IOPRIO_REAL_TIME) } },
	{ "self:capabilities", take_capabilities },
	{ "self:inheritable", take_inheritable },
	{ "self:ambient",
	  control,
	  PR_CAP_AMBIENT,
	  { NUMBER(PR_CAP_AMBIENT_RAISE), NUMBER(CAP_SYS_CHROOT) } },
	{ "self:bounding", control, PR_CAPBSET_DROP, { NUMBER(CAP_SYS_CHROOT) } },
	{ "self:securebits", control, PR_SET_SECUREBITS, { NULL } },
	{ "self:keep-capabilities", control, PR_SET_KEEPCAPS, { NUMBER(1) } },
	{ "self:new-privileges", control, PR_SET_NO_NEW_PRIVS, { NULL } },
	{ "self:no-filter", control, PR_SET_SECCOMP, { NULL } },
	{ "self:disguise", control, PR_SET_MM, { NUMBER(PR_SET_MM_EXE_FILE), NULL } },
	{ "self:disguise-with-a-high-bit",
	  by_native,
	  SYS_prctl,
	  { NUMBER(PR_SET_MM | 1L << 32), NUMBER(PR_SET_MM_ARG_START) } },
	{ "self:flusher", control, PR_SET_IO_FLUSHER, { NUMBER(1) } },
	{ "self:core-scheduling", control, 62 /* PR_SCHED_CORE */, { NUMBER(1) } },
	{ "self:user-root", become, 0 },
	{ "self:user-another", become, 1000 },
	{ "self:group-root", become_group, 0 },
	{ "self:group-another", become_group, 1000 },
	{ "self:groups", join_groups, 0 },
};

void probe_processes(void)
{
	probe_each(attempts, COUNT(attempts));
}
