/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/oci_words.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "base/compiler.h"
#include "spec/spec_oci.h"

#define MODE_WEIGHTED_INTERLEAVE 6 /* MPOL_WEIGHTED_INTERLEAVE, Linux 6.9 */
#define SCHED_OTHER_POLICY       0 /* SCHED_NORMAL of the kernel */

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

static const struct oci_word namespace_words[] = {
	{ "cgroup", CLONE_NEWCGROUP }, { "ipc", CLONE_NEWIPC }, { "mount", CLONE_NEWNS },
	{ "network", CLONE_NEWNET },   { "pid", CLONE_NEWPID }, { "time", CLONE_NEWTIME },
	{ "user", CLONE_NEWUSER },     { "uts", CLONE_NEWUTS },
};
const struct oci_words oci_namespaces = { "a namespace's type", namespace_words,
	                                  ARRAY_LEN(namespace_words) };

static const struct oci_word device_words[] = {
	{ "b", SPEC_OCI_DEVICE_BLOCK },
	{ "c", SPEC_OCI_DEVICE_CHARACTER },
	{ "p", SPEC_OCI_DEVICE_FIFO },
	{ "u", SPEC_OCI_DEVICE_CHARACTER },
};
const struct oci_words oci_device_types = { "a type of device: b, c, p or u", device_words,
	                                    ARRAY_LEN(device_words) };

static const struct oci_word kind_words[] = {
	{ "", 0 },
	{ "a", 0 },
	{ "b", DEVICE_BLOCK },
	{ "c", DEVICE_CHARACTER },
};
const struct oci_words oci_device_rule_types = { "a type of device rules: a, b or c", kind_words,
	                                         ARRAY_LEN(kind_words) };

static const struct oci_word rlimit_words[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
};
const struct oci_words oci_rlimits = { "a limit of setrlimit(2)", rlimit_words,
	                               ARRAY_LEN(rlimit_words) };

static const struct oci_word policy_words[] = {
	{ "SCHED_BATCH", SCHED_BATCH },        { "SCHED_DEADLINE", SCHED_DEADLINE },
	{ "SCHED_FIFO", SCHED_FIFO },          { "SCHED_IDLE", SCHED_IDLE },
	{ "SCHED_OTHER", SCHED_OTHER_POLICY }, { "SCHED_RR", SCHED_RR },
};
const struct oci_words oci_scheduler_policies = { "a scheduling policy of Linux", policy_words,
	                                          ARRAY_LEN(policy_words) };

static const struct oci_word policy_flag_words[] = {
	{ "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
};
const struct oci_words oci_scheduler_flags = { "a flag of sched_setattr(2)", policy_flag_words,
	                                       ARRAY_LEN(policy_flag_words) };

static const struct oci_word io_class_words[] = {
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
};
const struct oci_words oci_io_classes = { "a class of ioprio_set(2)", io_class_words,
	                                  ARRAY_LEN(io_class_words) };

static const struct oci_word domain_words[] = {
	{ "LINUX", PER_LINUX },
	{ "LINUX32", PER_LINUX32 },
};
const struct oci_words oci_personalities = { "a domain of personalities: LINUX or LINUX32",
	                                     domain_words, ARRAY_LEN(domain_words) };

static const struct oci_word mode_words[] = {
	{ "MPOL_BIND", MPOL_BIND },
	{ "MPOL_DEFAULT", MPOL_DEFAULT },
	{ "MPOL_INTERLEAVE", MPOL_INTERLEAVE },
	{ "MPOL_LOCAL", MPOL_LOCAL },
	{ "MPOL_PREFERRED", MPOL_PREFERRED },
	{ "MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY },
	{ "MPOL_WEIGHTED_INTERLEAVE", MODE_WEIGHTED_INTERLEAVE },
};
const struct oci_words oci_memory_policy_modes = { "a mode of set_mempolicy(2)", mode_words,
	                                           ARRAY_LEN(mode_words) };

static const struct oci_word mode_flag_words[] = {
	{ "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
};
const struct oci_words oci_memory_policy_flags = { "a flag of set_mempolicy(2)", mode_flag_words,
	                                           ARRAY_LEN(mode_flag_words) };

static const struct oci_word comparison_words[] = {
	{ "SCMP_CMP_EQ", SECCOMP_EQUAL },     { "SCMP_CMP_GE", SECCOMP_GREATER_OR_EQUAL },
	{ "SCMP_CMP_GT", SECCOMP_GREATER },   { "SCMP_CMP_LE", SECCOMP_LESS_OR_EQUAL },
	{ "SCMP_CMP_LT", SECCOMP_LESS },      { "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQUAL },
	{ "SCMP_CMP_NE", SECCOMP_NOT_EQUAL },
};
const struct oci_words oci_seccomp_operators = { "a comparison of seccomp", comparison_words,
	                                         ARRAY_LEN(comparison_words) };

/* One name counts here; the others are known so that a misspelt one is not taken for them. */
static const struct oci_word architecture_words[] = {
	{ "SCMP_ARCH_AARCH64", 0 },     { "SCMP_ARCH_ARM", 0 },    { "SCMP_ARCH_LOONGARCH64", 0 },
	{ "SCMP_ARCH_M68K", 0 },        { "SCMP_ARCH_MIPS", 0 },   { "SCMP_ARCH_MIPS64", 0 },
	{ "SCMP_ARCH_MIPS64N32", 0 },   { "SCMP_ARCH_MIPSEL", 0 }, { "SCMP_ARCH_MIPSEL64", 0 },
	{ "SCMP_ARCH_MIPSEL64N32", 0 }, { "SCMP_ARCH_PARISC", 0 }, { "SCMP_ARCH_PARISC64", 0 },
	{ "SCMP_ARCH_PPC", 0 },         { "SCMP_ARCH_PPC64", 0 },  { "SCMP_ARCH_PPC64LE", 0 },
	{ "SCMP_ARCH_RISCV64", 0 },     { "SCMP_ARCH_S390", 0 },   { "SCMP_ARCH_S390X", 0 },
	{ "SCMP_ARCH_SH", 0 },          { "SCMP_ARCH_SHEB", 0 },   { "SCMP_ARCH_X32", 0 },
	{ "SCMP_ARCH_X86", 0 },         { "SCMP_ARCH_X86_64", 0 },
};
const struct oci_words oci_seccomp_architectures = { "an architecture of seccomp",
	                                             architecture_words,
	                                             ARRAY_LEN(architecture_words) };

static const struct oci_word flag_words[] = {
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};
const struct oci_words oci_seccomp_flags = { "a flag of seccomp(2)", flag_words,
	                                     ARRAY_LEN(flag_words) };

/* Some engines write SCMP_ACT_KILL, which is the same as the newer name. */
static const struct oci_word action_words[] = {
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
};
const struct oci_words oci_seccomp_actions = { "an action of seccomp", action_words,
	                                       ARRAY_LEN(action_words) };

static const struct oci_word hook_words[] = {
	{ "createContainer", SPEC_OCI_CREATE_CONTAINER },
	{ "createRuntime", SPEC_OCI_CREATE_RUNTIME },
	{ "poststart", SPEC_OCI_POSTSTART },
	{ "poststop", SPEC_OCI_POSTSTOP },
	{ "prestart", SPEC_OCI_PRESTART },
	{ "startContainer", SPEC_OCI_START_CONTAINER },
};
const struct oci_words oci_hook_points = { "a point of hooks", hook_words, ARRAY_LEN(hook_words) };

const char *oci_word_name(const struct oci_words *words, uint64_t value)
{
	for (size_t i = 0; i < words->count; i++) {
		if (words->items[i].value == value && words->items[i].name[0] != '\0')
			return words->items[i].name;
	}
	return NULL;
}

bool oci_seccomp_action_has_errno(uint32_t action)
{
	const uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_ERRNO || kind == SECCOMP_RET_TRACE;
}
