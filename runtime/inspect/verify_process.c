/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows that each process and thread is judged by. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "inspect/verify_parts.h"

#define SECCOMP_FILTERED 2 /* SECCOMP_MODE_FILTER */

#define DEFAULT_UMASK  027
#define DEFAULT_NOFILE 1024

/* Majors of the slaves of pseudo-terminals. Source: kernel devices.txt. */
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST  143

#define SET(number) (UINT64_C(1) << (number))

/* With one of these the container is the host's, or may look into it. Source: CONTROLS.md. */
static const capability_set dangerous = SET(2) |  /* CAP_DAC_READ_SEARCH */
                                        SET(12) | /* CAP_NET_ADMIN */
                                        SET(13) | /* CAP_NET_RAW */
                                        SET(16) | /* CAP_SYS_MODULE */
                                        SET(17) | /* CAP_SYS_RAWIO */
                                        SET(19) | /* CAP_SYS_PTRACE */
                                        SET(21) | /* CAP_SYS_ADMIN */
                                        SET(22) | /* CAP_SYS_BOOT */
                                        SET(32) | /* CAP_MAC_OVERRIDE */
                                        SET(33) | /* CAP_MAC_ADMIN */
                                        SET(38) | /* CAP_PERFMON */
                                        SET(39);  /* CAP_BPF */

/* "process 1234 (sh)", or of a thread that is not its first. */
struct who {
	char text[ROW_NAME_SIZE + 64];
};

static struct who name_process(const struct verify_process *process)
{
	struct who who;

	(void)snprintf(who.text, sizeof(who.text), "process %d (%s)", (int)process->pid,
	               process->name);
	return who;
}

/* The number inside; as it is where there is no map to be read. */
static uint32_t inner_id(const struct id_map *map, int count, uint32_t outer)
{
	uint32_t inner = outer;

	(void)!proc_map_in(map, count, outer, &inner);
	return inner;
}

static bool may_change_user(const struct verify_target *target)
{
	return target->plan != NULL && target->plan->inner_uid == 0;
}

static void judge_user(const struct verify_target *target, const struct verify_process *process,
                       const struct proc_status *thread, struct verify_row *row)
{
	for (size_t i = 0; i < ARRAY_LEN(thread->uids); i++) {
		const uint32_t inner =
			inner_id(target->uid_map, target->uid_map_count, thread->uids[i]);
		const bool is_right =
			target->plan == NULL ? inner != 0 : inner == target->plan->inner_uid;

		if (is_right || may_change_user(target)) {
			row_find(row, "%" PRIu32 ", on the host %" PRIu32, inner, thread->uids[i]);
			continue;
		}
		row_offend(row, "%s is user %" PRIu32 ", on the host %" PRIu32,
		           name_process(process).text, inner, thread->uids[i]);
		return;
	}
}

void verify_user(const struct verify_target *target, struct verify_row *row)
{
	if (target->plan == NULL)
		row_want(row, "not 0");
	else
		row_want(row, "%" PRIu32 "%s", target->plan->inner_uid,
		         may_change_user(target) ? ", who may become others" : "");
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process)) {
		for (size_t i = 0; i < process->thread_count; i++)
			judge_user(target, process, &process->threads[i], row);
	}
}

static bool is_wanted_group(const struct plan *plan, uint32_t inner)
{
	if (plan == NULL)
		return inner != 0;
	for (size_t i = 0; i < plan->additional_gid_count; i++) {
		if (plan->additional_gids[i] == inner)
			return true;
	}
	return inner == plan->inner_gid;
}

static void judge_group(const struct verify_target *target, const struct verify_process *process,
                        uint32_t outer, struct verify_row *row)
{
	const uint32_t inner = inner_id(target->gid_map, target->gid_map_count, outer);

	if (is_wanted_group(target->plan, inner) || may_change_user(target))
		row_find(row, "%" PRIu32 ", on the host %" PRIu32, inner, outer);
	else
		row_offend(row, "%s is in group %" PRIu32 ", on the host %" PRIu32,
		           name_process(process).text, inner, outer);
}

static void judge_groups(const struct verify_target *target, const struct verify_process *process,
                         const struct proc_status *thread, struct verify_row *row)
{
	for (size_t i = 0; i < ARRAY_LEN(thread->gids); i++) {
		if (i == 0 || thread->gids[i] != thread->gids[i - 1])
			judge_group(target, process, thread->gids[i], row);
	}
	for (size_t i = 0; i < thread->group_count && i < PROC_GROUPS_MAX; i++)
		judge_group(target, process, thread->groups[i], row);
	if (thread->group_count > PROC_GROUPS_MAX)
		row_miss(row, "%s is in %zu groups, of which %d are looked at",
		         name_process(process).text, thread->group_count, PROC_GROUPS_MAX);
}

void verify_groups(const struct verify_target *target, struct verify_row *row)
{
	if (target->plan == NULL)
		row_want(row, "not 0");
	else
		row_want(row, "%" PRIu32 " and %zu more", target->plan->inner_gid,
		         target->plan->additional_gid_count);
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process)) {
		for (size_t i = 0; i < process->thread_count; i++)
			judge_groups(target, process, &process->threads[i], row);
	}
}

void verify_no_new_privileges(const struct verify_target *target, struct verify_row *row)
{
	if (target->plan != NULL && !target->plan->no_new_privs) {
		row_want(row, "not asked for");
		return;
	}
	row_want(row, "set");
	row_find(row, "set");
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process)) {
		for (size_t i = 0; i < process->thread_count; i++) {
			if (!process->threads[i].no_new_privs)
				row_offend(row, "not set for %s", name_process(process).text);
		}
	}
}

/*
 * What the sets may hold at most. Whoever is user 0, or executes a set-user-id program, may have
 * all that the bounding set has. Source: capabilities(7), "Capabilities and execution of programs
 * by root".
 */
static struct capability_sets allowed_sets(const struct plan *plan)
{
	struct capability_sets sets = { .bounding = 0 };

	if (plan == NULL)
		return sets;
	if (plan->capability_sets == NULL)
		return (struct capability_sets){ plan->capabilities, plan->capabilities,
			                         plan->capabilities, plan->capabilities,
			                         plan->capabilities };
	sets = *plan->capability_sets;
	if (plan->inner_uid == 0 || !plan->no_new_privs) {
		sets.permitted |= sets.bounding;
		sets.effective |= sets.bounding;
	}
	return sets;
}

/* The first of @set. */
static const char *name_first(capability_set set)
{
	for (unsigned int number = 0; number < 64; number++) {
		if ((set & SET(number)) != 0) {
			const char *name = capability_name(number);

			return name == NULL ? "a capability without a name" : name;
		}
	}
	return "none";
}

static void judge_sets(const struct verify_process *process, const struct proc_status *thread,
                       const struct capability_sets *allowed, capability_set judged,
                       struct verify_row *row)
{
	const struct capability_sets *found = &thread->capabilities;
	const struct {
		const char *name;
		capability_set excess;
	} sets[] = {
		{ "inheritable", found->inheritable & ~allowed->inheritable & judged },
		{ "permitted", found->permitted & ~allowed->permitted & judged },
		{ "effective", found->effective & ~allowed->effective & judged },
		{ "bounding", found->bounding & ~allowed->bounding & judged },
		{ "ambient", found->ambient & ~allowed->ambient & judged },
	};

	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		if (sets[i].excess == 0)
			continue;
		row_offend(row, "%s has %s%s in its %s set", name_process(process).text,
		           name_first(sets[i].excess),
		           (sets[i].excess & (sets[i].excess - 1)) != 0 ? " and others" : "",
		           sets[i].name);
		return;
	}
}

static void judge_capabilities(const struct verify_target *target, capability_set judged,
                               struct verify_row *row)
{
	const struct capability_sets allowed = allowed_sets(target->plan);
	const capability_set wanted = (allowed.bounding | allowed.ambient) & judged;

	row_want(row, "%s%s", wanted == 0 ? "none" : name_first(wanted),
	         (wanted & (wanted - 1)) != 0 && wanted != 0 ? " and others" : "");
	row_find(row, "no more in any of the five sets");
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process)) {
		for (size_t i = 0; i < process->thread_count; i++)
			judge_sets(process, &process->threads[i], &allowed, judged, row);
	}
}

void verify_capabilities(const struct verify_target *target, struct verify_row *row)
{
	judge_capabilities(target, ~dangerous, row);
}

void verify_dangerous_capabilities(const struct verify_target *target, struct verify_row *row)
{
	judge_capabilities(target, dangerous, row);
}

void verify_seccomp(const struct verify_target *target, struct verify_row *row)
{
	if (target->plan != NULL && target->plan->seccomp.len == 0) {
		row_want(row, "no filter asked for");
		return;
	}
	row_want(row, "a filter");
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process)) {
		for (size_t i = 0; i < process->thread_count; i++) {
			const struct proc_status *thread = &process->threads[i];

			if (thread->seccomp_mode == SECCOMP_FILTERED)
				row_find(row, "mode 2, %u filters", thread->seccomp_filters);
			else
				row_offend(row, "%s has no filter (mode %u)",
				           name_process(process).text, thread->seccomp_mode);
		}
	}
}

/* Is @label the profile @name, or any where that is NULL, in enforce mode? */
static bool is_enforced(const char *label, const char *name)
{
	static const char mode[] = " (enforce)";
	const size_t length = strlen(label);
	const size_t kept = length - (sizeof(mode) - 1);

	if (name != NULL && strcmp(name, "unconfined") == 0)
		return true;
	if (length <= sizeof(mode) - 1 || strcmp(label + kept, mode) != 0)
		return false;
	return name == NULL || (strlen(name) == kept && strncmp(label, name, kept) == 0);
}

static void judge_label(const struct verify_process *process, const char *profile,
                        struct verify_row *row)
{
	char label[ROW_NAME_SIZE];

	if (!process->has_label)
		row_offend(row, "%s has no label", name_process(process).text);
	else if (is_enforced(process->label, profile))
		row_find(row, "%s", row_escape(process->label, label));
	else
		row_offend(row, "%s is %s", name_process(process).text,
		           row_escape(process->label, label));
}

void verify_apparmor(const struct verify_target *target, struct verify_row *row)
{
	const struct spec *spec = target->subject->spec;
	const char *profile = target->plan == NULL ? NULL : target->plan->apparmor_profile;
	char name[ROW_NAME_SIZE];

	if (target->plan != NULL && profile == NULL &&
	    (spec->oci != NULL || spec->apparmor.kind == SPEC_APPARMOR_OFF ||
	     spec->apparmor.is_optional)) {
		row_want(row, "no profile asked for");
		return;
	}
	row_want(row, "%s, enforced", profile == NULL ? "a profile" : row_escape(profile, name));
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process)) {
		/* A label comes with what is executed, and hardrun's own init executes nothing. */
		if (!process->is_own_init)
			judge_label(process, profile, row);
	}
}

void verify_landlock(const struct verify_target *target, struct verify_row *row)
{
	const struct verify_subject *subject = target->subject;
	const bool is_wanted = target->plan == NULL || target->plan->landlock.abi > 0 ||
	                       (subject->spec->oci == NULL && subject->spec->has_landlock);

	row_want(row, is_wanted ? "a domain of its own" : "not asked for");
	if (!is_wanted)
		return;
	if (target->plan != NULL && !subject->has_landlock)
		row_offend(row, "it was started without Landlock");
	else
		row_miss(row, "the kernel shows nobody which domain a process is in%s",
		         subject->has_landlock ? "; it was started with one" : "");
}

static void judge_rlimit(const struct verify_target *target, int resource, uint64_t hard,
                         struct verify_row *row)
{
	const char *name = proc_limit_name(resource);

	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process)) {
		if (name == NULL || (process->limits.known & (UINT32_C(1) << resource)) == 0)
			row_miss(row, "the limits of %s cannot be read",
			         name_process(process).text);
		else if (process->limits.hard[resource] > hard)
			row_offend(row, "%s of %s is %" PRIu64 " and not %" PRIu64, name + 4,
			           name_process(process).text, process->limits.hard[resource],
			           hard);
	}
}

void verify_rlimits(const struct verify_target *target, struct verify_row *row)
{
	const struct plan *plan = target->plan;

	if (plan == NULL) {
		row_want(row, "core file size 0, open files %d", DEFAULT_NOFILE);
		judge_rlimit(target, RLIMIT_CORE, 0, row);
		judge_rlimit(target, RLIMIT_NOFILE, DEFAULT_NOFILE, row);
	} else {
		row_want(row, "%zu of them", plan->rlimit_count);
		for (size_t i = 0; i < plan->rlimit_count; i++)
			judge_rlimit(target, plan->rlimits[i].resource, plan->rlimits[i].hard, row);
	}
	row_find(row, "none is above");
}

/* Others than the first may well have changed it themselves. */
void verify_umask(const struct verify_target *target, struct verify_row *row)
{
	const uint32_t wanted = target->plan == NULL ? DEFAULT_UMASK : target->plan->umask;

	row_want(row, "%04" PRIo32, wanted);
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process)) {
		if (process->pid != target->subject->pid)
			continue;
		if ((process->threads[0].umask & wanted) == wanted)
			row_find(row, "%04" PRIo32, process->threads[0].umask);
		else
			row_offend(row, "%04" PRIo32 " of %s, which may have changed it itself",
			           process->threads[0].umask, name_process(process).text);
	}
}

/* Does the process that leads the session still run, and outside? */
static bool is_led_from_outside(const struct verify_target *target, pid_t session)
{
	AUTO_CLOSE int fd = -1;
	char path[16];

	for (size_t i = 0; i < target->process_count; i++) {
		if (target->processes[i].pid == session)
			return false;
	}
	(void)snprintf(path, sizeof(path), "%d", session);
	fd = observe_process(target->proc_fd, path);
	return fd >= 0;
}

static bool is_pseudo_terminal(int terminal)
{
	const unsigned int number = major((dev_t)terminal);

	return number >= PTS_MAJOR_FIRST && number <= PTS_MAJOR_LAST;
}

/* What joined later brings a session of its own, perhaps with a terminal. */
static void judge_terminal(const struct verify_target *target, const struct verify_process *process,
                           struct verify_row *row)
{
	const bool has_terminal = target->plan != NULL && target->plan->has_terminal;
	const int terminal = process->stat.terminal;

	if (is_led_from_outside(target, process->stat.session))
		row_offend(row, "%s is in session %d of the host's", name_process(process).text,
		           (int)process->stat.session);
	else if (terminal != 0 && !is_pseudo_terminal(terminal))
		row_offend(row, "%s is controlled by terminal %u:%u", name_process(process).text,
		           major((dev_t)terminal), minor((dev_t)terminal));
	else if (terminal != 0 && !has_terminal && process->is_descendant)
		row_offend(row, "%s has a terminal", name_process(process).text);
}

void verify_terminal(const struct verify_target *target, struct verify_row *row)
{
	const bool has_terminal = target->plan != NULL && target->plan->has_terminal;

	row_want(row, "a session of its own, %s",
	         has_terminal ? "its own terminal" : "no terminal");
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process))
		judge_terminal(target, process, row);
	row_find(row, "as wanted");
}

void verify_keyring(const struct verify_target *target, struct verify_row *row)
{
	const bool is_wanted = target->plan == NULL || !target->plan->keeps_keyring;

	row_want(row, is_wanted ? "a session keyring of its own" : "not asked for");
	if (is_wanted)
		row_miss(row, "the kernel shows a session keyring to its own processes alone");
}

static void judge_oddity(const struct verify_process *process, const struct verify_oddity *oddity,
                         struct verify_row *row)
{
	if (process->is_own_init)
		return;
	if (oddity->count > 0)
		row_offend(row, "%s: %s (%s)", name_process(process).text, oddity->first,
		           oddity->detail);
	else if (!oddity->is_known)
		row_miss(row, "you may not look into %s", name_process(process).text);
}

void verify_environment(const struct verify_target *target, struct verify_row *row)
{
	row_want(row, "no name or value that looks like one%s",
	         target->plan == NULL ? "" : ", but for those asked for");
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process))
		judge_oddity(process, &process->environment, row);
	row_find(row, "none");
}

void verify_descriptors(const struct verify_target *target, struct verify_row *row)
{
	row_want(row, "none but the standard streams");
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process))
		judge_oddity(process, &process->descriptors, row);
	row_find(row, "none");
}
