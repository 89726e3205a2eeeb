/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Containers as directories, locks and statuses; their processes are children of the test. */
#include "lifecycle/container.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "lifecycle/operations.h"
#include "support/suite.h"

static char folder[] = "/tmp/hardrun-test-container.XXXXXX";
static struct container_root root = { .fd = -1 };
static struct error err;

static void set_up(void)
{
	memcpy(folder + sizeof(folder) - sizeof("XXXXXX"), "XXXXXX", sizeof("XXXXXX"));
	ck_assert_ptr_nonnull(mkdtemp(folder));
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(container_root_open(&root, folder, true, &err), 0);
}

static void tear_down(void)
{
	AUTO_CLOSE int parent_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error lost = { .kind = ERROR_NONE };

	container_root_close(&root);
	ck_assert_int_eq(state_remove_directory(parent_fd, path_last(folder), &lost), 0);
}

/* A child that waits; it has executed nothing yet, unless @executes. */
static pid_t start_child(bool executes)
{
	const pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	if (executes)
		(void)execl("/bin/sleep", "sleep", "1000", (char *)NULL);
	for (;;)
		(void)pause();
}

static void end_child(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void wait_for_exec(const struct identity *identity)
{
	for (int i = 0; i < 1000 && identity_look(identity) != IDENTITY_EXECUTED; i++)
		(void)poll(NULL, 0, 10);
	ck_assert_int_eq(identity_look(identity), IDENTITY_EXECUTED);
}

static struct container make(const char *id, pid_t pid, bool is_ready)
{
	struct container container = CONTAINER_NONE;

	ck_assert_int_eq(container_make(&root, id, &container, &err), 0);
	container.state = (struct container_state){
		.id = id,
		.bundle = "/b",
		.rootfs = "/b/rootfs",
		.created = "2026-01-31T23:59:59.123456Z",
		.is_ready = is_ready,
		.has_own_pid_namespace = true,
		.needs_config = true,
	};
	container.has_state = true;
	if (pid > 0)
		ck_assert_int_eq(identity_read(pid, &container.state.init, &err), 0);
	ck_assert_int_eq(container_save(&container, &err), 0);
	return container;
}

static enum container_status look(const char *id)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;

	ck_assert_int_eq(container_open(&root, id, CONTAINER_LOOK, &container, &err), 0);
	return container_look(&container);
}

static const struct {
	const char *id;
	int result;
} ids[] = {
	{ "a", 0 },  { "A-Z_a.z+0", 0 }, { "-a", 0 },   { "a..b", 0 },  { "", -1 },
	{ ".", -1 }, { "..", -1 },       { ".a", -1 },  { "a/b", -1 },  { "a b", -1 },
	{ "é", -1 }, { "a\n", -1 },      { "a%b", -1 }, { "a\\b", -1 },
};

START_TEST(ids_are_what_a_file_can_be_called)
{
	ck_assert_int_eq(container_check_id(ids[_i].id, &err), ids[_i].result);
	ck_assert_int_eq(err.kind, ids[_i].result == 0 ? ERROR_NONE : ERROR_USAGE);
}
END_TEST

START_TEST(long_ids_are_refused)
{
	char id[1026] = "";

	memset(id, 'a', 1024);
	ck_assert_int_eq(container_check_id(id, &err), 0);
	id[1024] = 'a';
	ck_assert_int_eq(container_check_id(id, &err), -1);
}
END_TEST

START_TEST(status_follows_from_the_process)
{
	const pid_t waiting = start_child(false);
	const pid_t running = start_child(true);
	AUTO_CONTAINER_CLOSE struct container created = make("created", waiting, true);
	AUTO_CONTAINER_CLOSE struct container creating = make("creating", waiting, false);
	AUTO_CONTAINER_CLOSE struct container started = make("running", running, true);
	AUTO_CONTAINER_CLOSE struct container cut_off = make("cut-off", 0, false);

	(void)created;
	(void)creating;
	(void)cut_off;
	wait_for_exec(&started.state.init);
	ck_assert_int_eq(look("created"), CONTAINER_CREATED);
	ck_assert_int_eq(look("creating"), CONTAINER_CREATING);
	ck_assert_int_eq(look("running"), CONTAINER_RUNNING);
	ck_assert_int_eq(look("cut-off"), CONTAINER_STOPPED);

	started.state.init.start_time++;
	ck_assert_int_eq(container_save(&started, &err), 0);
	ck_assert_int_eq(look("running"), CONTAINER_STOPPED);
	started.state.init.start_time--;
	started.state.init.boot_id[0] ^= 1;
	ck_assert_int_eq(container_save(&started, &err), 0);
	ck_assert_int_eq(look("running"), CONTAINER_STOPPED);

	end_child(waiting);
	end_child(running);
	ck_assert_int_eq(look("created"), CONTAINER_STOPPED);
	ck_assert_int_eq(look("creating"), CONTAINER_STOPPED);
}
END_TEST

START_TEST(a_zombie_is_stopped)
{
	const pid_t pid = start_child(false);
	AUTO_CONTAINER_CLOSE struct container container = make("zombie", pid, true);
	siginfo_t info;

	(void)container;
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(look("zombie"), CONTAINER_STOPPED);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(an_id_is_given_once)
{
	AUTO_CONTAINER_CLOSE struct container first = make("web", 0, true);
	AUTO_CONTAINER_CLOSE struct container second = CONTAINER_NONE;

	(void)first;
	ck_assert_int_eq(container_make(&root, "web", &second, &err), -1);
	ck_assert_str_eq(err.what, "container with given ID already exists: web");
}
END_TEST

START_TEST(an_absent_container_is_said_to_be)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;

	ck_assert_int_eq(container_open(&root, "web", CONTAINER_CHANGE, &container, &err), -1);
	ck_assert_str_eq(err.what, "container does not exist: web");
	ck_assert_int_eq(err.kind, ERROR_STATE);
}
END_TEST

static void write_state(const char *id, const char *text)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/state.json", id);
	fd = openat(root.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

static const char *const damages[] = { "", "{", "{\"version\":1}", "null", "\xff\xfe" };

START_TEST(a_damaged_state_is_an_error_and_can_be_deleted)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	struct container made = make("web", 0, true);

	container_close(&made);
	write_state("web", damages[_i]);
	ck_assert_int_eq(container_open(&root, "web", CONTAINER_CHANGE, &container, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_str_eq(err.hint, "hardrun delete --force web");

	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(container_open(&root, "web", CONTAINER_REMOVE, &container, &err), 0);
	ck_assert(!container.has_state);
	ck_assert_int_eq(container_remove(&container, &err), 0);
	ck_assert_int_eq(faccessat(root.fd, "web", F_OK, 0), -1);
}
END_TEST

START_TEST(the_state_of_another_container_is_damage)
{
	AUTO_CONTAINER_CLOSE struct container made = make("web", 0, true);
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;

	(void)made;
	ck_assert_int_eq(renameat(root.fd, "web", root.fd, "other"), 0);
	ck_assert_int_eq(container_open(&root, "other", CONTAINER_LOOK, &container, &err), -1);
	ck_assert_str_eq(err.what, "the container's state is damaged: it is another container's");
}
END_TEST

START_TEST(a_link_is_no_container_and_no_state)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	struct container made = make("web", 0, true);

	container_close(&made);
	ck_assert_int_eq(symlinkat("web", root.fd, "link"), 0);
	ck_assert_int_eq(container_open(&root, "link", CONTAINER_LOOK, &container, &err), -1);
	ck_assert_int_eq(err.code, ENOTDIR);
	ck_assert_int_eq(renameat(root.fd, "web/state.json", root.fd, "web/real"), 0);
	ck_assert_int_eq(symlinkat("real", root.fd, "web/state.json"), 0);
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(container_open(&root, "web", CONTAINER_LOOK, &container, &err), -1);
	ck_assert_int_eq(unlinkat(root.fd, "link", 0), 0);
}
END_TEST

/* Who waited for the lock finds that the container is none, or a new one of the same id. */
START_TEST(who_waits_for_a_deleted_container_is_told)
{
	AUTO_CONTAINER_CLOSE struct container next = CONTAINER_NONE;
	struct container made = make("web", 0, true);
	int status;
	pid_t pid;

	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		AUTO_CONTAINER_CLOSE struct container waiting = CONTAINER_NONE;

		_exit(container_open(&root, "web", CONTAINER_CHANGE, &waiting, &err) < 0 &&
		                      strcmp(err.what, "container does not exist: web") == 0
		              ? 0
		              : 1);
	}
	(void)poll(NULL, 0, 100);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	ck_assert_int_eq(container_remove(&made, &err), 0);
	if (_i == 1)
		next = make("web", 0, true);
	container_close(&made);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* The init inherits the descriptor; the lock must not stay with it. */
START_TEST(a_lock_ends_with_the_command_not_with_its_children)
{
	struct container made = make("web", 0, true);
	const pid_t pid = start_child(false);
	AUTO_CLOSE int fd = openat(root.fd, "web", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), -1);
	container_close(&made);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	end_child(pid);
}
END_TEST

/* Many at once change one container: each reads a whole state, and no change is lost. */
START_TEST(concurrent_changes_do_not_corrupt_the_state)
{
	enum {
		PROCESSES = 8,
		ROUNDS = 50
	};
	struct container made = make("web", 0, true);
	AUTO_CONTAINER_CLOSE struct container last = CONTAINER_NONE;

	container_close(&made);
	for (int i = 0; i < PROCESSES; i++) {
		const pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		for (int j = 0; pid == 0 && j < ROUNDS; j++) {
			struct container container = CONTAINER_NONE;

			if (container_open(&root, "web", CONTAINER_CHANGE, &container, &err) < 0)
				_exit(1);
			container.state.init.start_time++;
			if (container_save(&container, &err) < 0)
				_exit(1);
			container_close(&container);
		}
		if (pid == 0)
			_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = 1;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(container_open(&root, "web", CONTAINER_LOOK, &last, &err), 0);
	ck_assert_uint_eq(last.state.init.start_time, (uint64_t)PROCESSES * ROUNDS);
}
END_TEST

START_TEST(the_state_is_described)
{
	static const struct spec_oci_annotation annotation = { "a", "1" };
	AUTO_CONTAINER_CLOSE struct container container = make("web", 0, true);
	AUTO_TEXT struct text hook = { 0 };
	AUTO_TEXT struct text state = { 0 };

	container.state.annotations = &annotation;
	container.state.annotation_count = 1;
	container_describe(&container, "running", 7, CONTAINER_VIEW_HOOK, &hook);
	ck_assert_str_eq(hook.bytes, "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"pid\":7,"
	                             "\"status\":\"running\",\"bundle\":\"/b\","
	                             "\"annotations\":{\"a\":\"1\"}}");
	container_describe(&container, "stopped", 0, CONTAINER_VIEW_STATE, &state);
	ck_assert_str_eq(state.bytes, "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"web\",\n"
	                              "  \"pid\": 0,\n  \"status\": \"stopped\",\n"
	                              "  \"bundle\": \"/b\",\n  \"rootfs\": \"/b/rootfs\",\n"
	                              "  \"created\": \"2026-01-31T23:59:59.123456Z\",\n"
	                              "  \"annotations\": {\n    \"a\": \"1\"\n  },\n"
	                              "  \"owner\": \"root\"\n}");
}
END_TEST

START_TEST(killing_reaches_the_first_process)
{
	const pid_t pid = start_child(true);
	AUTO_CONTAINER_CLOSE struct container container = make("web", pid, true);
	int status;

	wait_for_exec(&container.state.init);
	ck_assert_int_eq(container_kill(&container, 0, false, &err), 0);
	ck_assert_int_eq(container_kill(&container, SIGTERM, false, &err), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	ck_assert_int_eq(container_kill(&container, SIGTERM, false, &err), -1);
	ck_assert_str_eq(err.what, "container not running: web");
	err = (struct error){ .kind = ERROR_NONE };
	container.state.has_own_pid_namespace = true;
	ck_assert_int_eq(container_kill(&container, SIGKILL, true, &err), 0);
	container.state.has_own_pid_namespace = false;
	ck_assert_int_eq(container_kill(&container, SIGKILL, true, &err), -1);
}
END_TEST

START_TEST(what_is_not_paused_is_not_resumed)
{
	const pid_t pid = start_child(true);
	AUTO_CONTAINER_CLOSE struct container container = make("web", pid, true);

	wait_for_exec(&container.state.init);
	ck_assert_int_eq(container_resume(&container, &err), -1);
	ck_assert_str_eq(err.what, "container not paused: web is running");
	err = (struct error){ .kind = ERROR_NONE };
	end_child(pid);
	ck_assert_int_eq(container_pause(&container, &err), -1);
	ck_assert_str_eq(err.what, "container not running: web is stopped");
}
END_TEST

static int note(const struct container *container, void *context, struct error *error)
{
	struct text *ids_seen = context;

	(void)error;
	text_add(ids_seen, container->id);
	return 0;
}

/* What is in an intended cgroup may be all processes of the host. */
START_TEST(an_intended_cgroup_is_never_opened)
{
	AUTO_CONTAINER_CLOSE struct container container = make("web", 0, true);

	container.state.cgroup = "/";
	ck_assert_int_eq(container_open_cgroup(&container), -1);
	ck_assert_int_eq(container_kill(&container, 0, true, &err), 0);
}
END_TEST

START_TEST(all_are_visited_but_the_damaged)
{
	AUTO_TEXT struct text seen = { 0 };
	AUTO_CONTAINER_CLOSE struct container b = make("b", 0, true);
	AUTO_CONTAINER_CLOSE struct container a = make("a", 0, true);
	AUTO_CONTAINER_CLOSE struct container c = make("c", 0, true);

	(void)a;
	(void)b;
	(void)c;
	write_state("b", "{");
	ck_assert_int_eq(container_each(&root, note, &seen, &err), 0);
	ck_assert_str_eq(seen.bytes, "ac");
}
END_TEST

START_TEST(a_root_that_others_may_write_is_refused)
{
	struct container_root other = CONTAINER_ROOT_NONE;

	ck_assert_int_eq(chmod(folder, 0777), 0);
	ck_assert_int_eq(container_root_open(&other, folder, true, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_int_eq(chmod(folder, 0700), 0);
}
END_TEST

START_TEST(a_missing_root_is_empty_or_made)
{
	AUTO_CONTAINER_ROOT struct container_root looked = CONTAINER_ROOT_NONE;
	AUTO_CONTAINER_ROOT struct container_root made = CONTAINER_ROOT_NONE;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/a/b", folder);
	ck_assert_int_eq(container_root_open(&looked, path, false, &err), 0);
	ck_assert_int_eq(looked.fd, -1);
	ck_assert_int_eq(container_each(&looked, note, NULL, &err), 0);
	ck_assert_int_eq(container_root_open(&made, path, true, &err), 0);
	ck_assert_int_ge(made.fd, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("container");
	TCase *tcase = tcase_create("container");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, ids_are_what_a_file_can_be_called, 0, ARRAY_LEN(ids));
	tcase_add_test(tcase, long_ids_are_refused);
	tcase_add_test(tcase, status_follows_from_the_process);
	tcase_add_test(tcase, a_zombie_is_stopped);
	tcase_add_test(tcase, an_id_is_given_once);
	tcase_add_test(tcase, an_absent_container_is_said_to_be);
	tcase_add_loop_test(tcase, a_damaged_state_is_an_error_and_can_be_deleted, 0,
	                    ARRAY_LEN(damages));
	tcase_add_test(tcase, the_state_of_another_container_is_damage);
	tcase_add_test(tcase, a_link_is_no_container_and_no_state);
	tcase_add_loop_test(tcase, who_waits_for_a_deleted_container_is_told, 0, 2);
	tcase_add_test(tcase, a_lock_ends_with_the_command_not_with_its_children);
	tcase_add_test(tcase, concurrent_changes_do_not_corrupt_the_state);
	tcase_add_test(tcase, the_state_is_described);
	tcase_add_test(tcase, killing_reaches_the_first_process);
	tcase_add_test(tcase, what_is_not_paused_is_not_resumed);
	tcase_add_test(tcase, an_intended_cgroup_is_never_opened);
	tcase_add_test(tcase, all_are_visited_but_the_damaged);
	tcase_add_test(tcase, a_root_that_others_may_write_is_refused);
	tcase_add_test(tcase, a_missing_root_is_empty_or_made);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
