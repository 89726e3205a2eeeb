/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of the generated profile, and that apparmor_parser(8) accepts it, where there is one.
 * What the kernel then denies is tested in the guest.
 */
#include "plan/plan_apparmor.h"
#include "support/suite.h"

#include <check.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARSER   "/usr/sbin/apparmor_parser"
#define FEATURES "/etc/apparmor.d/abi/3.0"

#define NOEXEC MOUNT_ATTR_NOEXEC
#define RDONLY MOUNT_ATTR_RDONLY

static const struct plan_node composed[] = {
	{ .kind = PLAN_NODE_TMPFS, .target = "/", .attributes = NOEXEC, .is_read_only = true },
	{ .kind = PLAN_NODE_FILE, .target = "/etc/passwd" },
	{ .kind = PLAN_NODE_BIND, .target = "/usr", .attributes = RDONLY, .is_directory = true },
	{ .kind = PLAN_NODE_BIND,
	  .target = "/usr/data",
	  .attributes = NOEXEC | RDONLY,
	  .is_directory = true },
	{ .kind = PLAN_NODE_DEVICE, .target = "/dev/null", .attributes = NOEXEC },
	{ .kind = PLAN_NODE_DEVPTS, .target = "/dev/pts", .attributes = NOEXEC },
	{ .kind = PLAN_NODE_PROC, .target = "/proc", .attributes = NOEXEC, .is_read_only = true },
	{ .kind = PLAN_NODE_TMPFS, .target = "/tmp", .attributes = NOEXEC },
	{ .kind = PLAN_NODE_BIND,
	  .target = "/srv/a b{c,d}",
	  .attributes = NOEXEC,
	  .is_directory = true },
	{ .kind = PLAN_NODE_BIND, .target = "/srv/tool", .attributes = RDONLY },
};

/* A root of its own that may be written, and executed from. */
static const struct plan_node directory[] = {
	{ .kind = PLAN_NODE_BIND, .target = "/", .is_directory = true },
	{ .kind = PLAN_NODE_PROC, .target = "/proc", .attributes = NOEXEC, .is_read_only = true },
	{ .kind = PLAN_NODE_TMPFS, .target = "/tmp", .attributes = NOEXEC },
	{ .kind = PLAN_NODE_TMPFS, .target = "/tmp/build" },
};

static struct plan_apparmor_facts facts_of(const struct plan_node *nodes, size_t count)
{
	return (struct plan_apparmor_facts){ .nodes = nodes,
		                             .node_count = count,
		                             .starter = "unconfined",
		                             .prefix = PLAN_APPARMOR_PREFIX };
}

static char *write_profile(const struct plan_apparmor_facts *facts,
                           char name[PLAN_APPARMOR_NAME_SIZE])
{
	struct error err = { .kind = ERROR_NONE };
	char *text = NULL;

	ck_assert_msg(plan_apparmor_write(facts, name, &text, &err) == 0, "%s", err.what);
	return text;
}

static void expect(const struct plan_apparmor_facts *facts, const char *const *lines,
                   const char *const *absent)
{
	char name[PLAN_APPARMOR_NAME_SIZE];
	char *text = write_profile(facts, name);

	for (; *lines != NULL; lines++)
		ck_assert_msg(strstr(text, *lines) != NULL, "no %s in\n%s", *lines, text);
	for (; *absent != NULL; absent++)
		ck_assert_msg(strstr(text, *absent) == NULL, "%s in\n%s", *absent, text);
	free(text);
}

START_TEST(places_follow_from_the_mounts)
{
	static const char *const lines[] = {
		"\n  \"/usr/**\" mrix,\n",   "\n  audit deny \"/usr/data/**\" mx,\n",
		"\n  \"/dev/null\" rwk,\n",  "\n  \"/dev/pts/**\" rwkl,\n",
		"\n  \"/tmp/**\" rwkl,\n",   "\n  \"/srv/a\\ b\\{c\\,d\\}/**\" rwkl,\n",
		"\n  \"/srv/tool\" mrix,\n", NULL
	};
	static const char *const absent[] = {
		"\"/**\" mrix", "\"/**\" rwkl", "\"/proc", "/etc", "deny \"/tmp", "capability",
		"inet raw",     "packet",       "userns",  "@",    NULL
	};
	const struct plan_apparmor_facts facts = facts_of(composed, ARRAY_LEN(composed));

	expect(&facts, lines, absent);
}
END_TEST

START_TEST(places_below_a_wide_root_are_taken_back)
{
	static const char *const lines[] = { "\n  \"/**\" mrix,\n",
		                             "\n  \"/**\" rwkl,\n",
		                             "\n  audit deny \"/proc/**\" mx,\n",
		                             "\n  audit deny \"/proc/**\" wl,\n",
		                             "\n  \"/tmp/build/**\" mrix,\n",
		                             NULL };
	/* A deny there would take /tmp/build with it. */
	static const char *const absent[] = { "deny \"/tmp", NULL };
	const struct plan_apparmor_facts facts = facts_of(directory, ARRAY_LEN(directory));

	expect(&facts, lines, absent);
}
END_TEST

START_TEST(capabilities_bring_their_rules)
{
	static const char *const lines[] = { "\n  capability net_bind_service,\n",
		                             "\n  capability net_raw,\n", "\n  network inet raw,\n",
		                             "\n  network packet,\n", NULL };
	static const char *const absent[] = { "capability chown", NULL };
	struct plan_apparmor_facts facts = facts_of(composed, ARRAY_LEN(composed));

	facts.capabilities = UINT64_C(1) << CAP_NET_RAW | UINT64_C(1) << CAP_NET_BIND_SERVICE;
	expect(&facts, lines, absent);
}
END_TEST

START_TEST(an_older_parser_gets_no_words_that_it_does_not_know)
{
	static const char *const lines[] = { "flags=(attach_disconnected, mediate_deleted)",
		                             "\n  \"/home/me/out\\ 1.log\" rwk,\n", NULL };
	static const char *const absent[] = { "userns", "mqueue", "outside", NULL };
	struct plan_apparmor_facts facts = facts_of(composed, ARRAY_LEN(composed));

	facts.may_nest_user_namespaces = true;
	facts.stdio[1] = "/home/me/out 1.log";
	expect(&facts, lines, absent);
}
END_TEST

START_TEST(a_newer_parser_tells_outside_from_inside)
{
	static const char *const lines[] = { "attach_disconnected.path=/.hardrun-outside",
		                             "\n  \"/.hardrun-outside/**\" rwk,\n", "\n  userns,\n",
		                             "\n  mqueue,\n", NULL };
	static const char *const absent[] = { "/home/me", NULL };
	struct plan_apparmor_facts facts = facts_of(composed, ARRAY_LEN(composed));

	facts.has_new_classes = true;
	facts.may_nest_user_namespaces = true;
	facts.stdio[1] = "/home/me/out.log";
	expect(&facts, lines, absent);
}
END_TEST

START_TEST(the_starter_may_signal_whatever_its_label)
{
	static const char *const lines[] = { "\n  signal (receive) peer=\"/opt/run\\{er\\}\",\n",
		                             NULL };
	static const char *const absent[] = { "unconfined", NULL };
	struct plan_apparmor_facts facts = facts_of(composed, ARRAY_LEN(composed));

	facts.starter = "/opt/run{er}";
	expect(&facts, lines, absent);
}
END_TEST

START_TEST(the_name_follows_from_the_text)
{
	struct plan_apparmor_facts facts = facts_of(composed, ARRAY_LEN(composed));
	char first[PLAN_APPARMOR_NAME_SIZE];
	char second[PLAN_APPARMOR_NAME_SIZE];
	char other[PLAN_APPARMOR_NAME_SIZE];
	char *text = write_profile(&facts, first);

	free(write_profile(&facts, second));
	facts.capabilities = 1;
	free(write_profile(&facts, other));
	ck_assert_str_eq(first, second);
	ck_assert_str_ne(first, other);
	ck_assert_int_eq(strncmp(first, PLAN_APPARMOR_PREFIX, strlen(PLAN_APPARMOR_PREFIX)), 0);
	ck_assert_uint_eq(strlen(first), strlen(PLAN_APPARMOR_PREFIX) + 32);
	ck_assert_ptr_nonnull(strstr(text, first));
	free(text);
}
END_TEST

START_TEST(a_path_with_a_line_in_it_is_refused)
{
	const struct plan_node node = { .kind = PLAN_NODE_TMPFS,
		                        .target = "/a\n/** rwix,",
		                        .origin = "/tmpfs/0" };
	const struct plan_apparmor_facts facts = facts_of(&node, 1);
	struct error err = { .kind = ERROR_NONE };
	char name[PLAN_APPARMOR_NAME_SIZE];
	char *text = NULL;

	ck_assert_int_eq(plan_apparmor_write(&facts, name, &text, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.where, "/tmpfs/0");
}
END_TEST

static _Noreturn void parse(int text_fd)
{
	const int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (dup2(text_fd, STDIN_FILENO) >= 0 && dup2(null_fd, STDOUT_FILENO) >= 0)
		(void)execl(PARSER, "apparmor_parser", "--config-file=/dev/null", "--skip-cache",
		            "--quiet", "--stdout", "--kernel-features=" FEATURES,
		            "--override-policy-abi=" FEATURES, (char *)NULL);
	_exit(127);
}

static bool is_accepted(const char *text)
{
	const int fd = memfd_create("profile", MFD_CLOEXEC);
	int status;
	pid_t parser;

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	parser = fork();
	if (parser == 0)
		parse(fd);
	ck_assert_int_eq(waitpid(parser, &status, 0), parser);
	(void)close(fd);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

START_TEST(the_parser_accepts_it)
{
	const bool is_directory = _i % 2 == 1;
	struct plan_apparmor_facts facts = is_directory ? facts_of(directory, ARRAY_LEN(directory))
	                                                : facts_of(composed, ARRAY_LEN(composed));
	char name[PLAN_APPARMOR_NAME_SIZE];
	char *text;

	facts.has_new_classes = access("/etc/apparmor.d/abi/4.0", F_OK) == 0;
	facts.may_nest_user_namespaces = true;
	facts.capabilities = (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1;
	facts.stdio[2] = "/home/me/e r r.log";
	text = write_profile(&facts, name);
	ck_assert_msg(is_accepted(text), "refused:\n%s", text);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_apparmor");
	TCase *tests = tcase_create("text");

	tcase_add_test(tests, places_follow_from_the_mounts);
	tcase_add_test(tests, places_below_a_wide_root_are_taken_back);
	tcase_add_test(tests, capabilities_bring_their_rules);
	tcase_add_test(tests, an_older_parser_gets_no_words_that_it_does_not_know);
	tcase_add_test(tests, a_newer_parser_tells_outside_from_inside);
	tcase_add_test(tests, the_starter_may_signal_whatever_its_label);
	tcase_add_test(tests, the_name_follows_from_the_text);
	tcase_add_test(tests, a_path_with_a_line_in_it_is_refused);
	if (access(PARSER, X_OK) == 0 && access(FEATURES, R_OK) == 0)
		tcase_add_loop_test(tests, the_parser_accepts_it, 0, 2);
	else
		(void)puts("skipped: no " PARSER " with " FEATURES " here");
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
