/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/compiler.h"
#include "kernel/seccomp.h"
#include "kernel/seccomp_compile.h"
#include "seccomp_reference.h"
#include "support/suite.h"

#define ALLOW       SECCOMP_RET_ALLOW
#define EPERM_RET   (SECCOMP_RET_ERRNO | EPERM)
#define ENOSYS_RET  (SECCOMP_RET_ERRNO | ENOSYS)
#define NUMBER_MAX  1024 /* of the calls that are tried one by one */
#define X32_BIT     0x40000000
#define HIGH_BIT    (UINT64_C(1) << 32)
#define VALUE_MAX   512 /* interesting values of one argument */
#define ROUNDS      8   /* in which they are mixed */
#define POLICY_RUNS 200
#define TRIED_NAMES 120 /* the first of the default policy */
#define RULE_MAX    12  /* of a random policy */

static const struct seccomp_request default_request = { .policy = &seccomp_default_policy,
	                                                .kernel = 6 << 16 | 1 };

static struct sock_fprog default_filter(void)
{
	static struct sock_filter copy[BPF_MAXINSNS];

	memcpy(copy, seccomp_default_filter, seccomp_default_filter_length * sizeof(copy[0]));
	return (struct sock_fprog){ .len = seccomp_default_filter_length, .filter = copy };
}

static uint32_t run(const struct sock_filter *instructions, size_t count)
{
	const struct seccomp_data call = { .nr = 7,
		                           .arch = SECCOMP_NATIVE_ARCH,
		                           .args = { UINT64_C(0x1122334455667788) } };
	struct sock_filter copy[16];

	memcpy(copy, instructions, count * sizeof(*instructions));
	return seccomp_filter_action(
		&(struct sock_fprog){ .len = (unsigned short)count, .filter = copy }, &call);
}

/* The interpreter, instruction by instruction; each program leaves its answer in A. */
static const struct {
	uint32_t answer;
	size_t count;
	struct sock_filter program[6];
} programs[] = {
	{ 5, 1, { BPF_STMT(BPF_RET | BPF_K, 5) } },
	{ 7, 2, { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ 0x55667788, 2, { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16), BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ 0x11223344, 2, { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 20), BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ 64, 2, { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ 6,
	  3,
	  { BPF_STMT(BPF_LD | BPF_IMM, 4), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 2),
	    BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ UINT32_MAX - 1,
	  4,
	  { BPF_STMT(BPF_LD | BPF_IMM, 4), BPF_STMT(BPF_LDX | BPF_IMM, 6),
	    BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0), BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ 0x10,
	  3,
	  { BPF_STMT(BPF_LD | BPF_IMM, 0x1f), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
	    BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ 9,
	  5,
	  { BPF_STMT(BPF_LD | BPF_IMM, 9), BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LD | BPF_IMM, 0),
	    BPF_STMT(BPF_LD | BPF_MEM, 3), BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ 8,
	  4,
	  { BPF_STMT(BPF_LD | BPF_IMM, 8), BPF_STMT(BPF_MISC | BPF_TAX, 0),
	    BPF_STMT(BPF_MISC | BPF_TXA, 0), BPF_STMT(BPF_RET | BPF_A, 0) } },
	{ 2,
	  3,
	  { BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_RET | BPF_K, 1),
	    BPF_STMT(BPF_RET | BPF_K, 2) } },
	{ 1,
	  3,
	  { BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0, 1, 0), BPF_STMT(BPF_RET | BPF_K, 1),
	    BPF_STMT(BPF_RET | BPF_K, 2) } },
	{ 2,
	  3,
	  { BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_RET | BPF_K, 1),
	    BPF_STMT(BPF_RET | BPF_K, 2) } },
	/* What the kernel does not take: no return, a jump or a load out of bounds. */
	{ SECCOMP_RET_KILL_PROCESS, 0, { BPF_STMT(BPF_RET | BPF_K, 5) } },
	{ SECCOMP_RET_KILL_PROCESS, 1, { BPF_STMT(BPF_LD | BPF_IMM, 4) } },
	{ SECCOMP_RET_KILL_PROCESS,
	  2,
	  { BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), BPF_STMT(BPF_RET | BPF_K, 1) } },
	{ SECCOMP_RET_KILL_PROCESS,
	  2,
	  { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, 1) } },
	{ SECCOMP_RET_KILL_PROCESS,
	  2,
	  { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, 1) } },
	{ SECCOMP_RET_KILL_PROCESS,
	  2,
	  { BPF_STMT(BPF_ST, BPF_MEMWORDS), BPF_STMT(BPF_RET | BPF_K, 1) } },
};

START_TEST(interpreter_answers_as_the_machine_does)
{
	ck_assert_uint_eq(run(programs[_i].program, programs[_i].count), programs[_i].answer);
}
END_TEST

/* What the default profile does about a call; the native number is looked up by name. */
static const struct {
	const char *name;
	uint64_t args[3];
	uint32_t action;
} calls[] = {
	{ "read", { 0 }, ALLOW },
	{ "execve", { 0 }, ALLOW },
	{ "execveat", { 0 }, ALLOW },
	{ "exit_group", { 0 }, ALLOW },
	{ "close_range", { 0 }, ALLOW },
	{ "memfd_create", { 0 }, ALLOW },
	{ "seccomp", { 0 }, ALLOW },
	{ "landlock_create_ruleset", { 0 }, ALLOW },
	{ "setuid", { 0 }, ALLOW },
	{ "rseq", { 0 }, ALLOW },

	{ "acct", { 0 }, EPERM_RET },
	{ "add_key", { 0 }, EPERM_RET },
	{ "adjtimex", { 0 }, EPERM_RET },
	{ "bpf", { 0 }, EPERM_RET },
	{ "chroot", { 0 }, EPERM_RET },
	{ "clock_adjtime", { 0 }, EPERM_RET },
	{ "clock_settime", { 0 }, EPERM_RET },
	{ "delete_module", { 0 }, EPERM_RET },
	{ "fanotify_init", { 0 }, EPERM_RET },
	{ "finit_module", { 0 }, EPERM_RET },
	{ "fsconfig", { 0 }, EPERM_RET },
	{ "fsmount", { 0 }, EPERM_RET },
	{ "fsopen", { 0 }, EPERM_RET },
	{ "fspick", { 0 }, EPERM_RET },
	{ "init_module", { 0 }, EPERM_RET },
	{ "io_uring_enter", { 0 }, EPERM_RET },
	{ "io_uring_register", { 0 }, EPERM_RET },
	{ "io_uring_setup", { 0 }, EPERM_RET },
	{ "kcmp", { 0 }, EPERM_RET },
	{ "kexec_file_load", { 0 }, EPERM_RET },
	{ "kexec_load", { 0 }, EPERM_RET },
	{ "keyctl", { 0 }, EPERM_RET },
	{ "lookup_dcookie", { 0 }, EPERM_RET },
	{ "mbind", { 0 }, EPERM_RET },
	{ "migrate_pages", { 0 }, EPERM_RET },
	{ "mount", { 0 }, EPERM_RET },
	{ "mount_setattr", { 0 }, EPERM_RET },
	{ "move_mount", { 0 }, EPERM_RET },
	{ "move_pages", { 0 }, EPERM_RET },
	{ "name_to_handle_at", { 0 }, EPERM_RET },
	{ "nfsservctl", { 0 }, EPERM_RET },
	{ "open_by_handle_at", { 0 }, EPERM_RET },
	{ "open_tree", { 0 }, EPERM_RET },
	{ "perf_event_open", { 0 }, EPERM_RET },
	{ "pidfd_getfd", { 0 }, EPERM_RET },
	{ "pivot_root", { 0 }, EPERM_RET },
	{ "process_vm_readv", { 0 }, EPERM_RET },
	{ "process_vm_writev", { 0 }, EPERM_RET },
	{ "ptrace", { 0 }, EPERM_RET },
	{ "quotactl", { 0 }, EPERM_RET },
	{ "quotactl_fd", { 0 }, EPERM_RET },
	{ "reboot", { 0 }, EPERM_RET },
	{ "request_key", { 0 }, EPERM_RET },
	{ "set_mempolicy", { 0 }, EPERM_RET },
	{ "sethostname", { 0 }, EPERM_RET },
	{ "setns", { 0 }, EPERM_RET },
	{ "settimeofday", { 0 }, EPERM_RET },
	{ "swapoff", { 0 }, EPERM_RET },
	{ "swapon", { 0 }, EPERM_RET },
	{ "syslog", { 0 }, EPERM_RET },
	{ "umount2", { 0 }, EPERM_RET },
	{ "userfaultfd", { 0 }, EPERM_RET },
	{ "vhangup", { 0 }, EPERM_RET },
	{ "clone3", { 0 }, ENOSYS_RET },

	{ "clone", { SIGCHLD }, ALLOW },
	{ "clone", { CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_THREAD | CLONE_SIGHAND }, ALLOW },
	{ "clone", { CLONE_NEWUSER }, EPERM_RET },
	{ "clone", { CLONE_NEWNS | SIGCHLD }, EPERM_RET },
	{ "clone", { CLONE_NEWPID }, EPERM_RET },
	{ "clone", { CLONE_NEWNET }, EPERM_RET },
	{ "clone", { CLONE_NEWIPC }, EPERM_RET },
	{ "clone", { CLONE_NEWUTS }, EPERM_RET },
	{ "clone", { CLONE_NEWCGROUP | HIGH_BIT }, EPERM_RET },
	{ "unshare", { CLONE_FILES }, ALLOW },
	{ "unshare", { CLONE_NEWUSER }, EPERM_RET },
	{ "unshare", { CLONE_NEWTIME }, EPERM_RET },
	{ "unshare", { CLONE_NEWNS | CLONE_FS }, EPERM_RET },

	{ "ioctl", { 0, TIOCGWINSZ }, ALLOW },
	{ "ioctl", { 0, FIONREAD }, ALLOW },
	{ "ioctl", { 0, UINT64_C(0xffffffff80045430) }, ALLOW },
	{ "ioctl", { 0, TIOCSTI }, EPERM_RET },
	{ "ioctl", { 0, TIOCSTI + HIGH_BIT }, EPERM_RET },
	{ "ioctl", { 0, TIOCSTI | UINT64_C(0xffffffff00000000) }, EPERM_RET },
	{ "ioctl", { 0, TIOCLINUX }, EPERM_RET },
	{ "ioctl", { 0, TIOCLINUX + HIGH_BIT }, EPERM_RET },
	{ "ioctl", { 0, TIOCSETD }, EPERM_RET },
	{ "ioctl", { 0, TIOCCONS }, EPERM_RET },

	{ "prctl", { PR_SET_NAME }, ALLOW },
	{ "prctl", { PR_SET_PDEATHSIG }, ALLOW },
	{ "prctl", { PR_SET_MM }, EPERM_RET },
	{ "prctl", { PR_SET_MM + HIGH_BIT }, EPERM_RET },

	{ "personality", { 0 }, ALLOW },
	{ "personality", { UINT32_MAX }, ALLOW },
	{ "personality", { UINT64_MAX }, ALLOW },
	{ "personality", { 0x0040000 }, EPERM_RET }, /* ADDR_NO_RANDOMIZE */
	{ "personality", { 0x0400000 }, EPERM_RET }, /* READ_IMPLIES_EXEC */

	{ "mknodat", { 0, 0, S_IFREG | 0600 }, ALLOW },
	{ "mknodat", { 0, 0, S_IFIFO | 0600 }, ALLOW },
	{ "mknodat", { 0, 0, S_IFSOCK | 0600 }, ALLOW },
	{ "mknodat", { 0, 0, S_IFCHR | 0600 }, EPERM_RET },
	{ "mknodat", { 0, 0, S_IFBLK | 0600 }, EPERM_RET },

	{ "socket", { AF_UNIX, SOCK_STREAM }, ALLOW },
	{ "socket", { AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC }, ALLOW },
	{ "socket", { AF_INET, SOCK_STREAM | SOCK_NONBLOCK }, ALLOW },
	{ "socket", { AF_INET, SOCK_DGRAM, IPPROTO_UDP }, ALLOW },
	{ "socket", { AF_INET, SOCK_DGRAM, IPPROTO_ICMP }, ALLOW },
	{ "socket", { AF_INET6, SOCK_STREAM, IPPROTO_TCP }, ALLOW },
	{ "socket", { AF_INET6, SOCK_DGRAM, 58 }, ALLOW },
	{ "socket", { AF_INET, SOCK_RAW, IPPROTO_RAW }, ALLOW }, /* the kernel wants NET_RAW */
	{ "socket", { AF_NETLINK, SOCK_RAW, 0 }, ALLOW },
	{ "socket", { AF_NETLINK, SOCK_RAW, 12 }, EPERM_RET }, /* NETLINK_NETFILTER */
	{ "socket", { AF_NETLINK, SOCK_RAW, 6 }, EPERM_RET },  /* NETLINK_XFRM */
	{ "socket", { AF_INET, SOCK_SEQPACKET }, EPERM_RET },  /* SCTP */
	{ "socket", { AF_INET, SOCK_STREAM, 132 }, EPERM_RET },
	{ "socket", { AF_INET, SOCK_STREAM, 262 }, EPERM_RET }, /* MPTCP */
	{ "socket", { AF_INET6, 6, 33 }, EPERM_RET },           /* DCCP */
	{ "socket", { AF_ALG, SOCK_SEQPACKET }, EPERM_RET },
	{ "socket", { AF_ALG + HIGH_BIT, SOCK_SEQPACKET }, EPERM_RET },
	{ "socket", { AF_VSOCK, SOCK_STREAM }, EPERM_RET },
	{ "socket", { AF_PACKET, SOCK_RAW }, EPERM_RET },
	{ "socket", { AF_PACKET, SOCK_DGRAM }, EPERM_RET },
	{ "socket", { AF_BLUETOOTH, SOCK_RAW }, EPERM_RET },
	{ "socket", { 0x7fffffff, SOCK_STREAM }, EPERM_RET },
	{ "socketpair", { AF_UNIX, SOCK_STREAM }, ALLOW },
	{ "socketpair", { AF_TIPC, SOCK_STREAM }, EPERM_RET },
};

START_TEST(default_profile_treats_known_calls_as_promised)
{
	const struct sock_fprog filter = default_filter();
	struct seccomp_data call = { .nr = seccomp_syscall_resolve_name(calls[_i].name),
		                     .arch = SECCOMP_NATIVE_ARCH };

	memcpy(call.args, calls[_i].args, sizeof(calls[_i].args));
	if (call.nr < 0) /* an architecture without that call */
		return;
	ck_assert_msg(seccomp_filter_action(&filter, &call) == calls[_i].action, "%s(%#llx, %#llx)",
	              calls[_i].name, (unsigned long long)call.args[0],
	              (unsigned long long)call.args[1]);
}
END_TEST

START_TEST(default_profile_knows_no_other_calls)
{
	const struct sock_fprog filter = default_filter();
	const struct seccomp_data others[] = {
		{ .nr = 1000, .arch = SECCOMP_NATIVE_ARCH },
		{ .nr = -1, .arch = SECCOMP_NATIVE_ARCH },
		{ .nr = X32_BIT, .arch = SECCOMP_NATIVE_ARCH },
		{ .nr = X32_BIT | SYS_execve, .arch = SECCOMP_NATIVE_ARCH },
		{ .nr = 1, .arch = AUDIT_ARCH_S390X },
		{ .nr = 1, .arch = 0 },
		{ .nr = 1000, .arch = SECCOMP_COMPAT_ARCH },
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		ck_assert_uint_eq(seccomp_filter_action(&filter, &others[i]), ENOSYS_RET);
}
END_TEST

#if defined(__x86_64__)
START_TEST(socketcall_is_denied_and_its_parts_are_not)
{
	const struct sock_fprog filter = default_filter();
	struct seccomp_data call = { .arch = SECCOMP_COMPAT_ARCH };

	for (uint64_t which = 0; which < 32; which++) {
		call.nr = 102; /* socketcall */
		call.args[0] = which;
		ck_assert(!seccomp_filter_admits(&filter, &call));
	}
	call.nr = 359; /* socket */
	call.args[0] = AF_INET;
	call.args[1] = SOCK_STREAM;
	ck_assert(seccomp_filter_admits(&filter, &call));
	call.args[0] = AF_ALG;
	ck_assert_uint_eq(seccomp_filter_action(&filter, &call), EPERM_RET);
	call.nr = 402; /* msgctl */
	ck_assert(seccomp_filter_admits(&filter, &call));
}
END_TEST
#endif

START_TEST(default_filter_is_what_compiling_gives_now)
{
	struct error err = { .kind = ERROR_NONE };
	struct sock_fprog filter;

	ck_assert_int_eq(seccomp_policy_compile(&default_request, &filter, &err), 0);
	ck_assert_uint_eq(filter.len, seccomp_default_filter_length);
	ck_assert_mem_eq(filter.filter, seccomp_default_filter,
	                 filter.len * sizeof(*filter.filter));
	free(filter.filter);
}
END_TEST

/* Values at which a condition of @policy may change its mind, at most VALUE_MAX of them. */
static size_t interesting_values(const struct seccomp_policy *policy, uint32_t index,
                                 uint64_t *values)
{
	size_t count = 0;

	values[count++] = 0;
	values[count++] = UINT64_MAX;
	for (uint32_t i = 0; i < policy->condition_count && count + 5 < VALUE_MAX; i++) {
		const struct seccomp_condition *condition = &policy->conditions[i];

		if (condition->index != index)
			continue;
		values[count++] = condition->value;
		values[count++] = condition->value + 1;
		values[count++] = condition->value - 1;
		values[count++] = condition->value ^ HIGH_BIT;
		values[count++] = condition->mask;
	}
	return count;
}

/* An errno value that differs from name to name. */
static uint32_t errno_of(const char *name)
{
	uint32_t value = 0;

	for (; *name != '\0'; name++)
		value = value * 31 + (unsigned char)*name;
	return 1 + value % 1000;
}

static bool has_conditions(const struct seccomp_policy *policy, const char *name)
{
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		for (uint32_t j = 0; j < rule->name_count && rule->condition_count > 0; j++) {
			if (strcmp(policy->names[rule->first_name + j], name) == 0)
				return true;
		}
	}
	return false;
}

typedef void judge_function(const struct seccomp_data *call, const char *name, void *context);

/* Call @judge for @call as it is, and with many arguments if they matter. */
static void for_many_arguments(const struct seccomp_policy *policy, struct seccomp_data call,
                               const char *name, judge_function *judge, void *context)
{
	static uint64_t values[3][VALUE_MAX];
	size_t counts[3];

	judge(&call, name, context);
	if (name == NULL || !has_conditions(policy, name))
		return;
	for (uint32_t i = 0; i < ARRAY_LEN(counts); i++)
		counts[i] = interesting_values(policy, i, values[i]);
	for (size_t i = 0; i < counts[0] * ROUNDS; i++) {
		call.args[0] = values[0][i % counts[0]];
		call.args[1] = values[1][(i * 7 + i / counts[0]) % counts[1]];
		call.args[2] = values[2][(i * 3 + i / 11) % counts[2]];
		judge(&call, name, context);
	}
}

static void for_all_calls(const struct seccomp_policy *policy, judge_function *judge, void *context)
{
	const uint32_t arches[] = { SECCOMP_NATIVE_ARCH, SECCOMP_COMPAT_ARCH };

	for (size_t i = 0; i < ARRAY_LEN(arches); i++) {
		for (int number = 0; number < NUMBER_MAX; number++) {
			const struct seccomp_data call = { .nr = number, .arch = arches[i] };
			char *name = reference_name(arches[i], number);

			for_many_arguments(policy, call, name, judge, context);
			free(name);
		}
	}
}

struct comparison {
	const struct seccomp_request *request;
	struct sock_fprog filter;
	struct sock_fprog reference;
};

static void judge_by_rules(const struct seccomp_data *call, const char *name, void *context)
{
	const struct comparison *comparison = context;
	const uint32_t expected = reference_action(comparison->request, name, call);

	ck_assert_msg(seccomp_filter_action(&comparison->filter, call) == expected,
	              "%s(%#llx, %#llx, %#llx) of %#x", name == NULL ? "no call" : name,
	              (unsigned long long)call->args[0], (unsigned long long)call->args[1],
	              (unsigned long long)call->args[2], call->arch);
}

START_TEST(default_filter_does_what_its_rules_say)
{
	struct comparison comparison = { .request = &default_request, .filter = default_filter() };

	for_all_calls(&seccomp_default_policy, judge_by_rules, &comparison);
}
END_TEST

static void judge_by_libseccomp(const struct seccomp_data *call, const char *name, void *context)
{
	const struct comparison *comparison = context;

	if (name != NULL && (strcmp(name, "socketcall") == 0 ||
	                     reference_is_contested(comparison->request, name, call)))
		return;
	ck_assert_msg(seccomp_filter_action(&comparison->filter, call) ==
	                      seccomp_filter_action(&comparison->reference, call),
	              "%s(%#llx, %#llx, %#llx) of %#x: %#x, libseccomp %#x",
	              name == NULL ? "no call" : name, (unsigned long long)call->args[0],
	              (unsigned long long)call->args[1], (unsigned long long)call->args[2],
	              call->arch, seccomp_filter_action(&comparison->filter, call),
	              seccomp_filter_action(&comparison->reference, call));
}

START_TEST(default_filter_does_what_that_of_libseccomp_does)
{
	struct comparison comparison = { .request = &default_request, .filter = default_filter() };

	reference_compile(&default_request, &comparison.reference);
	for_all_calls(&seccomp_default_policy, judge_by_libseccomp, &comparison);
	free(comparison.reference.filter);
}
END_TEST

/* A small generator of its own, so that a failure can be repeated. */
static uint32_t random_below(uint32_t *state, uint32_t limit)
{
	*state = *state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)*state * limit >> 32);
}

static uint64_t random_value(uint32_t *state)
{
	static const uint64_t values[] = {
		0, 1, 2, 5, 0xffffffff, HIGH_BIT, 0xf000, UINT64_MAX, HIGH_BIT + 5, INT64_MAX
	};

	return values[random_below(state, ARRAY_LEN(values))];
}

struct random_policy {
	struct seccomp_policy policy;
	struct seccomp_rule rules[RULE_MAX];
	struct seccomp_condition conditions[3 * RULE_MAX];
};

static void add_random_rule(struct random_policy *made, uint32_t *state)
{
	static const uint32_t actions[] = { ALLOW, EPERM_RET, SECCOMP_RET_TRAP, SECCOMP_RET_LOG };
	struct seccomp_policy *policy = &made->policy;
	struct seccomp_rule *rule = &made->rules[policy->rule_count++];

	*rule = (struct seccomp_rule){
		.action = actions[random_below(state, ARRAY_LEN(actions))],
		.first_name = random_below(state, 40),
		.name_count = 1 + random_below(state, 60),
		.first_condition = policy->condition_count,
		.needed = random_below(state, 8) == 0 ? 1 : 0,
		.forbidden = random_below(state, 8) == 0 ? 2 : 0,
	};
	for (uint32_t index = 0; index < 3; index++) {
		struct seccomp_condition *condition = &made->conditions[policy->condition_count];

		if (random_below(state, 2) == 0)
			continue;
		*condition = (struct seccomp_condition){
			.index = index,
			.comparison = random_below(state, SECCOMP_COMPARISON_COUNT),
			.value = random_value(state),
		};
		if (condition->comparison == SECCOMP_MASKED_EQUAL) {
			condition->mask = random_value(state);
			condition->value &= condition->mask;
		}
		policy->condition_count++;
		rule->condition_count++;
	}
}

/* Its rules name what the default policy names; some contradict each other. */
static void make_random_policy(struct random_policy *made, uint32_t *state)
{
	made->policy = (struct seccomp_policy){
		.default_action = random_below(state, 2) == 0 ? ENOSYS_RET : EPERM_RET,
		.names = seccomp_default_policy.names,
		.name_count = seccomp_default_policy.name_count,
		.rules = made->rules,
		.conditions = made->conditions,
	};
	for (uint32_t i = 1 + random_below(state, RULE_MAX - 1); i > 0; i--)
		add_random_rule(made, state);
}

/* Overlapping rules, all comparisons, capabilities: what the default profile does not have. */
START_TEST(random_policies_do_what_their_rules_say)
{
	uint32_t state = (uint32_t)_i;
	struct random_policy made;
	struct seccomp_request request = { .policy = &made.policy, .capabilities = 2 };
	struct comparison comparison = { .request = &request };
	struct error err = { .kind = ERROR_NONE };

	make_random_policy(&made, &state);
	if (seccomp_policy_compile(&request, &comparison.filter, &err) < 0) {
		ck_assert_int_eq(err.kind, ERROR_SPEC);
		return;
	}
	for (uint32_t i = 0; i < TRIED_NAMES; i += 3) {
		const char *name = made.policy.names[i];
		const struct seccomp_data call = { .nr = seccomp_syscall_resolve_name(name),
			                           .arch = SECCOMP_NATIVE_ARCH };

		if (call.nr >= 0)
			for_many_arguments(&made.policy, call, name, judge_by_rules, &comparison);
	}
	free(comparison.filter.filter);
}
END_TEST

/* No two neighbours alike, so that the tree is too large for the jumps that are usual. */
START_TEST(large_trees_do_what_their_rules_say)
{
	static struct seccomp_rule rules[NUMBER_MAX];
	const struct seccomp_policy policy = { .default_action = ENOSYS_RET,
		                               .admits_compat = true,
		                               .names = seccomp_default_policy.names,
		                               .name_count = seccomp_default_policy.name_count,
		                               .rules = rules,
		                               .rule_count = seccomp_default_policy.name_count };
	const struct seccomp_request request = { .policy = &policy };
	struct comparison comparison = { .request = &request };
	struct error err = { .kind = ERROR_NONE };

	for (uint32_t i = 0; i < policy.rule_count; i++)
		rules[i] = (struct seccomp_rule){ .action = SECCOMP_RET_ERRNO |
			                                    errno_of(policy.names[i]),
			                          .first_name = i,
			                          .name_count = 1 };
	ck_assert_int_eq(seccomp_policy_compile(&request, &comparison.filter, &err), 0);
	for_all_calls(&policy, judge_by_rules, &comparison);
	free(comparison.filter.filter);
}
END_TEST

START_TEST(contradiction_is_refused)
{
	static const char names[][SECCOMP_NAME_SIZE] = { "read", "write", "read" };
	const struct seccomp_rule rules[] = {
		{ .action = ALLOW, .first_name = 0, .name_count = 2 },
		{ .action = EPERM_RET, .first_name = 2, .name_count = 1 },
	};
	const struct seccomp_policy policy = { .default_action = ENOSYS_RET,
		                               .names = names,
		                               .name_count = 3,
		                               .rules = rules,
		                               .rule_count = 2 };
	const struct seccomp_request request = { .policy = &policy };
	struct error err = { .kind = ERROR_NONE };
	struct sock_fprog filter;

	ck_assert_int_eq(seccomp_policy_compile(&request, &filter, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.what, "the seccomp profile contradicts itself about read");
}
END_TEST

START_TEST(allowed_names_are_added_and_nothing_else_changes)
{
	static const char *const allowed[] = { "io_uring_setup", "unshare" };
	const struct seccomp_request request = { .policy = &seccomp_default_policy,
		                                 .kernel = default_request.kernel,
		                                 .allowed = allowed,
		                                 .allowed_count = ARRAY_LEN(allowed) };
	const struct sock_fprog before = default_filter();
	struct error err = { .kind = ERROR_NONE };
	struct sock_fprog after;

	ck_assert_int_eq(seccomp_policy_compile(&request, &after, &err), 0);
	for (int number = 0; number < NUMBER_MAX; number++) {
		const struct seccomp_data call = { .nr = number,
			                           .arch = SECCOMP_NATIVE_ARCH,
			                           .args = { CLONE_NEWUSER, TIOCSTI } };
		const bool is_added = number == SYS_io_uring_setup || number == SYS_unshare;

		ck_assert_uint_eq(seccomp_filter_action(&after, &call),
		                  is_added ? ALLOW : seccomp_filter_action(&before, &call));
	}
	free(after.filter);
}
END_TEST

START_TEST(digest_tells_requests_apart)
{
	static const char *const allowed[] = { "bpf" };
	struct seccomp_request request = default_request;
	uint8_t digests[4][SHA256_SIZE];

	seccomp_policy_digest(&request, digests[0]);
	request.capabilities = 1;
	seccomp_policy_digest(&request, digests[1]);
	request.kernel++;
	seccomp_policy_digest(&request, digests[2]);
	request.allowed = allowed;
	request.allowed_count = 1;
	seccomp_policy_digest(&request, digests[3]);
	for (size_t i = 0; i < ARRAY_LEN(digests); i++) {
		for (size_t j = 0; j < i; j++)
			ck_assert_mem_ne(digests[i], digests[j], SHA256_SIZE);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seccomp");
	TCase *tests = tcase_create("seccomp");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, interpreter_answers_as_the_machine_does, 0, ARRAY_LEN(programs));
	tcase_add_loop_test(tests, default_profile_treats_known_calls_as_promised, 0,
	                    ARRAY_LEN(calls));
	tcase_add_test(tests, default_profile_knows_no_other_calls);
#if defined(__x86_64__)
	tcase_add_test(tests, socketcall_is_denied_and_its_parts_are_not);
#endif
	tcase_add_test(tests, default_filter_is_what_compiling_gives_now);
	tcase_add_test(tests, default_filter_does_what_its_rules_say);
	tcase_add_test(tests, default_filter_does_what_that_of_libseccomp_does);
	tcase_add_loop_test(tests, random_policies_do_what_their_rules_say, 0, POLICY_RUNS);
	tcase_add_test(tests, large_trees_do_what_their_rules_say);
	tcase_add_test(tests, contradiction_is_refused);
	tcase_add_test(tests, allowed_names_are_added_and_nothing_else_changes);
	tcase_add_test(tests, digest_tells_requests_apart);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
