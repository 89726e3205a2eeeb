/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the stages of the file system do to the kernel, node by node. Needs no privilege. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fake_kernel.h"
#include "sandbox/stages.h"
#include "support/suite.h"

#define NODE_COUNT_MAX 8

static struct plan plan;
static struct plan_node nodes[NODE_COUNT_MAX];
static int node_fds[NODE_COUNT_MAX];
static struct sandbox sandbox;
static struct error err;

static const struct plan_node root = { .kind = PLAN_NODE_TMPFS,
	                               .target = "/",
	                               .origin = "",
	                               .mode = 0755,
	                               .tmpfs_size = 4096,
	                               .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

#define ROOT_DEEDS \
	"new tmpfs mode=755 size=4096 nosuid nodev\nopen /\nattach tmpfs on the host's root\n"

static void start(void)
{
	fake_kernel_reset();
	fake_kernel_directory("/");
	err = (struct error){ .kind = ERROR_NONE };
	plan = (struct plan){ .nodes = nodes, .inner_uid = 65532, .inner_gid = 65533 };
	for (size_t i = 0; i < NODE_COUNT_MAX; i++)
		node_fds[i] = -1;
	sandbox = (struct sandbox){ .sync_fd = -1,
		                    .node_fds = node_fds,
		                    .root_fd = -1,
		                    .proc_fd = -1,
		                    .devpts_fd = -1,
		                    .terminal_fd = -1 };
}

static void add(const struct plan_node *node)
{
	nodes[plan.node_count] = *node;
	if (node->origin == NULL)
		nodes[plan.node_count].origin = "";
	plan.node_count++;
}

/* A root, for the stages after "mounts". */
static void have_root(void)
{
	sandbox.root_fd = fake_kernel_open("root");
	sandbox.proc_fd = fake_kernel_open("proc");
}

static void assert_mounts(const char *deeds_after_root)
{
	const size_t length = strlen(ROOT_DEEDS);

	ck_assert_msg(apply_mounts(&plan, &sandbox, &err) == 0, "%s", err.what);
	ck_assert_int_eq(strncmp(fake_kernel_record(), ROOT_DEEDS, length), 0);
	ck_assert_str_eq(fake_kernel_record() + length, deeds_after_root);
}

static const struct mount_option options[] = { { "size", "1" }, { "ro", NULL } };

static const struct plan_mount new_mount = {
	.type = "tmpfs",
	.options = options,
	.option_count = 1,
	.own = { .set = MOUNT_ATTR_NOSUID, .propagation = MS_PRIVATE },
};

static const struct plan_mount bind_mount = {
	.type = "bind",
	.is_bind = true,
	.is_recursive = true,
	.own = { .set = MOUNT_ATTR_NODEV, .clear = MOUNT_ATTR_NOSUID, .propagation = MS_SLAVE },
	.below = { .set = MOUNT_ATTR_RDONLY },
	.is_propagation_recursive = true,
};

/* One node below the root, and all that is done for it. */
static const struct {
	struct plan_node node;
	const char *deeds;
} kinds[] = {
	{ { .kind = PLAN_NODE_DIRECTORY, .target = "/etc", .mode = 0755 },
	  "directory etc in / 755\n" },
	{ { .kind = PLAN_NODE_DIRECTORY,
	    .target = "/d",
	    .mode = 0700,
	    .inner_uid = 7,
	    .inner_gid = 8 },
	  "directory d in / 700\ngive d in / to 7:8\n" },
	{ { .kind = PLAN_NODE_DIRECTORY, .target = "/d", .mode = 0700, .inner_gid = 8 },
	  "directory d in / 700\ngive d in / to 0:8\n" },
	{ { .kind = PLAN_NODE_FILE,
	    .target = "/hosts",
	    .mode = 0644,
	    .content = "text",
	    .content_size = 4 },
	  "file hosts in / 644\ntext text\n" },
	{ { .kind = PLAN_NODE_FILE, .target = "/f", .mode = 0600, .inner_uid = 7 },
	  "file f in / 600\ntext \ngive f in / to 7:0\n" },
	{ { .kind = PLAN_NODE_SYMLINK, .target = "/bin", .source = "usr/bin" },
	  "link bin in / to usr/bin\n" },
	{ { .kind = PLAN_NODE_TMPFS,
	    .target = "/tmp",
	    .makes_target = true,
	    .mode = 01777,
	    .tmpfs_size = 8192,
	    .tmpfs_inodes = 8,
	    .attributes = MOUNT_ATTR_NOEXEC },
	  "new tmpfs mode=1777 size=8192 nr_inodes=8 noexec\n"
	  "directory tmp in / 755\nattach tmpfs on tmp in /\n" },
	{ { .kind = PLAN_NODE_TMPFS,
	    .target = "/run",
	    .makes_target = true,
	    .mode = 0755,
	    .tmpfs_size = 1,
	    .inner_uid = 65532,
	    .inner_gid = 9 },
	  "new tmpfs mode=755 size=1 uid=65532 gid=9\n"
	  "directory run in / 755\nattach tmpfs on run in /\n" },
	{ { .kind = PLAN_NODE_BIND,
	    .target = "/usr",
	    .source = "/usr",
	    .makes_target = true,
	    .is_directory = true,
	    .source_device = 5,
	    .source_inode = 6,
	    .attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID },
	  "source /usr 5:6\nrestrict /usr rdonly nosuid, and below\n"
	  "directory usr in / 755\nattach /usr on usr in /\n" },
	{ { .kind = PLAN_NODE_BIND, .target = "/f", .source = "/srv/f", .makes_target = true },
	  "source /srv/f 0:0\nrestrict /srv/f, and below\n"
	  "empty file f in / 644\nattach /srv/f on f in /\n" },
	{ { .kind = PLAN_NODE_BIND, .target = "/found", .source = "/srv", .is_directory = true },
	  "source /srv 0:0\nrestrict /srv, and below\nattach /srv on /found\n" },
	{ { .kind = PLAN_NODE_DEVICE,
	    .target = "/null",
	    .source = "/dev/null",
	    .makes_target = true,
	    .attributes = MOUNT_ATTR_NOSUID,
	    .device_number = 0x103 },
	  "device /dev/null 1:3\nrestrict /dev/null nosuid\n"
	  "empty file null in / 644\nattach /dev/null on null in /\n" },
	{ { .kind = PLAN_NODE_PROC,
	    .target = "/proc",
	    .makes_target = true,
	    .attributes = MOUNT_ATTR_NOSUID },
	  "new proc nosuid\ndirectory proc in / 755\nattach proc on proc in /\nverify proc\n" },
	{ { .kind = PLAN_NODE_SYSFS,
	    .target = "/sys",
	    .makes_target = true,
	    .attributes = MOUNT_ATTR_RDONLY },
	  "new sysfs rdonly\ndirectory sys in / 755\nattach sysfs on sys in /\n" },
	{ { .kind = PLAN_NODE_CGROUP2,
	    .target = "/sys/fs/cgroup",
	    .attributes = MOUNT_ATTR_RDONLY },
	  "new cgroup2 rdonly\nattach cgroup2 on /sys/fs/cgroup\n" },
	{ { .kind = PLAN_NODE_DEVPTS,
	    .target = "/pts",
	    .makes_target = true,
	    .attributes = MOUNT_ATTR_NOEXEC },
	  "new devpts mode=0620 ptmxmode=0666 gid=5 noexec\n"
	  "directory pts in / 755\nattach devpts on pts in /\n" },
	{ { .kind = PLAN_NODE_MOUNT, .target = "/scratch", .mount = &new_mount },
	  "new tmpfs size=1 nosuid\nchange tmpfs +0 -0 40000\n"
	  "place file /scratch\nattach tmpfs on /scratch\n" },
	{ { .kind = PLAN_NODE_MOUNT,
	    .target = "/data",
	    .source = "/srv/data",
	    .mount = &bind_mount },
	  "bind /srv/data and below\nchange /srv/data +1 -0 0 and below\n"
	  "change /srv/data +4 -2 0\nchange /srv/data +0 -0 80000 and below\n"
	  "place file /data\nattach /srv/data on /data\n" },
	{ { .kind = PLAN_NODE_MKNOD,
	    .target = "/dev/full",
	    .mode = S_IFCHR | 0666,
	    .inner_uid = 7,
	    .inner_gid = 8,
	    .device_number = 0x107 },
	  "place directory /dev\nnode full in /dev 20666 1:7\ngive full in /dev to 7:8\n" },
	{ { .kind = PLAN_NODE_BOUND_DEVICE,
	    .target = "/dev/full",
	    .source = "/dev/full",
	    .device_number = 0x107 },
	  "device /dev/full 1:7\nplace file /dev/full\nattach /dev/full on /dev/full\n" },
	{ { .kind = PLAN_NODE_LINK, .target = "/dev/fd", .source = "/proc/self/fd" },
	  "place directory /dev\nlink fd in /dev to /proc/self/fd\n" },
};

START_TEST(makes_each_kind_of_node)
{
	add(&root);
	add(&kinds[_i].node);
	assert_mounts(kinds[_i].deeds);
}
END_TEST

/* Each deed of each kind of node is let fail in turn. */
START_TEST(a_node_that_fails_names_what_the_user_wrote)
{
	const char *line = kinds[_i].deeds;

	while (*line != '\0') {
		const size_t length = strcspn(line, "\n");
		char deed[128];

		(void)snprintf(deed, sizeof(deed), "%.*s", (int)length, line);
		start();
		add(&root);
		add(&kinds[_i].node);
		nodes[1].origin = "/mounts/3";
		fake_kernel_fail(deed, ENOSPC);
		ck_assert_msg(apply_mounts(&plan, &sandbox, &err) == -1, "%s", deed);
		ck_assert_str_eq(err.where, "/mounts/3");
		ck_assert_int_eq(err.code, ENOSPC);
		line += length + 1;
	}
}
END_TEST

START_TEST(every_kind_of_node_is_tried)
{
	for (int kind = 0; kind < PLAN_NODE_KIND_COUNT; kind++) {
		size_t count = 0;

		for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
			count += kinds[i].node.kind == (enum plan_node_kind)kind;
		ck_assert_msg(count > 0, "kind %d", kind);
	}
}
END_TEST

START_TEST(a_root_that_fails_is_complained_about)
{
	static const char *const deeds[] = { "new tmpfs", "open /", "attach tmpfs" };

	for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
		start();
		add(&root);
		nodes[0].origin = "/rootfs";
		fake_kernel_fail(deeds[i], EPERM);
		ck_assert_int_eq(apply_mounts(&plan, &sandbox, &err), -1);
		ck_assert_str_eq(err.where, "/rootfs");
		ck_assert_int_eq(err.kind, ERROR_DENIED);
	}
}
END_TEST

START_TEST(a_source_that_is_open_is_not_opened_again)
{
	add(&root);
	add(&(struct plan_node){ .kind = PLAN_NODE_BIND,
	                         .target = "/usr",
	                         .source = "/usr",
	                         .makes_target = true,
	                         .is_directory = true });
	node_fds[1] = fake_kernel_open("open before");
	assert_mounts("restrict open before, and below\ndirectory usr in / 755\n"
	              "attach open before on usr in /\n");
}
END_TEST

/* In the caller's mount namespace the caller has attached it, and removes it. */
START_TEST(a_root_among_the_callers_mounts_is_not_attached)
{
	static const struct plan_mount bound = { .type = "",
		                                 .is_bind = true,
		                                 .is_recursive = true };

	add(&(struct plan_node){
		.kind = PLAN_NODE_MOUNT, .target = "/", .source = "/b/rootfs", .mount = &bound });
	plan.shares_mounts = true;
	node_fds[0] = fake_kernel_open("mounted before");
	ck_assert_int_eq(apply_mounts(&plan, &sandbox, &err), 0);
	ck_assert_int_eq(sandbox.root_fd, node_fds[0]);
	ck_assert_ptr_null(strstr(fake_kernel_record(), "attach"));
	ck_assert_ptr_null(strstr(fake_kernel_record(), "open"));
}
END_TEST

START_TEST(what_later_stages_need_is_kept)
{
	add(&root);
	add(&(struct plan_node){ .kind = PLAN_NODE_PROC, .target = "/proc" });
	add(&(struct plan_node){ .kind = PLAN_NODE_DEVPTS, .target = "/dev/pts" });
	ck_assert_int_eq(apply_mounts(&plan, &sandbox, &err), 0);
	ck_assert_int_eq(sandbox.root_fd, node_fds[0]);
	ck_assert_int_eq(sandbox.proc_fd, node_fds[1]);
	ck_assert_int_eq(sandbox.devpts_fd, node_fds[2]);
}
END_TEST

START_TEST(nothing_but_the_mounts_stays_open)
{
	for (size_t i = 0; i < 4; i++)
		add(i == 0 ? &root : &kinds[i * 2].node);
	ck_assert_int_eq(apply_mounts(&plan, &sandbox, &err), 0);
	for (size_t i = 0; i < plan.node_count; i++) {
		if (node_fds[i] >= 0)
			ck_assert_int_eq(close(node_fds[i]), 0);
	}
	ck_assert_uint_eq(fake_kernel_open_count(), 0);
}
END_TEST

/* CVE-2019-16884: what is shown at /proc may be anything. */
START_TEST(a_proc_that_is_none_is_refused)
{
	add(&root);
	add(&(struct plan_node){ .kind = PLAN_NODE_BIND,
	                         .target = "/proc",
	                         .source = "/srv/proc",
	                         .is_directory = true,
	                         .origin = "/mounts/0" });
	fake_kernel_has_proc(false);
	ck_assert_int_eq(apply_mounts(&plan, &sandbox, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.where, "/mounts/0");
	ck_assert_int_eq(sandbox.proc_fd, -1);
}
END_TEST

/* A directory is looked for once for all that is made in it, and again when it is covered. */
START_TEST(what_is_made_on_a_mount_is_made_in_it)
{
	add(&root);
	add(&(struct plan_node){ .kind = PLAN_NODE_DIRECTORY, .target = "/d/a" });
	add(&(struct plan_node){ .kind = PLAN_NODE_DIRECTORY, .target = "/d/b" });
	ck_assert_int_eq(apply_mounts(&plan, &sandbox, &err), 0);
	ck_assert_str_eq(fake_kernel_lookups(), "/d\n");

	start();
	add(&root);
	add(&(struct plan_node){ .kind = PLAN_NODE_DIRECTORY, .target = "/d/a" });
	add(&(struct plan_node){ .kind = PLAN_NODE_TMPFS, .target = "/d" });
	add(&(struct plan_node){ .kind = PLAN_NODE_DIRECTORY, .target = "/d/b" });
	ck_assert_int_eq(apply_mounts(&plan, &sandbox, &err), 0);
	ck_assert_str_eq(fake_kernel_lookups(), "/d\n/d\n/d\n");
}
END_TEST

START_TEST(sources_of_binds_are_opened_and_of_nothing_else)
{
	add(&root);
	add(&(struct plan_node){ .kind = PLAN_NODE_BIND,
	                         .target = "/a",
	                         .source = "/srv/a",
	                         .source_device = 1,
	                         .source_inode = 2 });
	add(&(struct plan_node){ .kind = PLAN_NODE_DEVICE, .target = "/n", .source = "/dev/null" });
	add(&(struct plan_node){ .kind = PLAN_NODE_BIND, .target = "/b", .source = "/srv/b" });
	ck_assert_int_eq(apply_sources(&plan, &sandbox, &err), 0);
	ck_assert_str_eq(fake_kernel_record(), "source /srv/a 1:2\nsource /srv/b 0:0\n");
	ck_assert_int_eq(node_fds[0], -1);
	ck_assert_int_ge(node_fds[1], 0);
	ck_assert_int_eq(node_fds[2], -1);
	ck_assert_int_ge(node_fds[3], 0);
}
END_TEST

START_TEST(a_source_that_fails_is_named)
{
	add(&(struct plan_node){ .kind = PLAN_NODE_BIND, .source = "/srv", .origin = "/mounts/1" });
	fake_kernel_fail("source /srv", EACCES);
	ck_assert_int_eq(apply_sources(&plan, &sandbox, &err), -1);
	ck_assert_str_eq(err.where, "/mounts/1");
	ck_assert_int_eq(err.kind, ERROR_DENIED);
}
END_TEST

static const struct plan_secret secret = { "/home/me/token", "/run/secrets/token", "/secrets/0" };
static int secret_fd;

/* A secret of @size bytes. */
static void have_secret(const char *text, off_t size)
{
	have_root();
	fake_kernel_directory("/run/secrets");
	secret_fd = memfd_create("secret", MFD_CLOEXEC);
	ck_assert_int_ge(secret_fd, 0);
	ck_assert_int_eq(ftruncate(secret_fd, size), 0);
	ck_assert_int_eq(pwrite(secret_fd, text, strlen(text), 0), (int)strlen(text));
	plan.secrets = &secret;
	plan.secret_count = 1;
	sandbox.secret_fds = &secret_fd;
}

START_TEST(a_secret_is_the_users_alone)
{
	ck_assert(!wants_secrets(&plan));
	have_secret("hush", 4);
	ck_assert(wants_secrets(&plan));
	ck_assert_int_eq(apply_secrets(&plan, &sandbox, &err), 0);
	ck_assert_str_eq(fake_kernel_record(), "file token in /run/secrets 400\n"
	                                       "give token to 65532:65533\n"
	                                       "text hush\n");
	ck_assert_uint_eq(fake_kernel_open_count(), 2); /* root and proc */
}
END_TEST

static const struct {
	off_t size;
	int result;
} secret_sizes[] = {
	{ 0, 0 },
	{ (off_t)PLAN_SECRET_SIZE_MAX, 0 },
	{ (off_t)PLAN_SECRET_SIZE_MAX + 1, -1 },
};

START_TEST(a_secret_has_at_most_its_size)
{
	have_secret("", secret_sizes[_i].size);
	ck_assert_int_eq(apply_secrets(&plan, &sandbox, &err), secret_sizes[_i].result);
	if (secret_sizes[_i].result == 0)
		return;
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.where, "/secrets/0");
	ck_assert_str_eq(err.what, "the secret /home/me/token is larger than 1 MiB");
}
END_TEST

static const char *const secret_deeds[] = { "find /run/secrets", "file token", "give token",
	                                    "text hush" };

START_TEST(a_secret_that_fails_is_named)
{
	have_secret("hush", 4);
	fake_kernel_fail(secret_deeds[_i], ENOSPC);
	ck_assert_int_eq(apply_secrets(&plan, &sandbox, &err), -1);
	ck_assert_str_eq(err.where, "/secrets/0");
	ck_assert_int_eq(err.code, ENOSPC);
}
END_TEST

START_TEST(a_secret_that_cannot_be_read_is_named)
{
	have_secret("hush", 4);
	secret_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(apply_secrets(&plan, &sandbox, &err), -1);
	ck_assert_str_eq(err.where, "/secrets/0");
	ck_assert_int_eq(err.code, EISDIR);
}
END_TEST

static const struct plan_sysctl sysctls[] = { { "net/core/somaxconn", "4096", "/sysctls/0" },
	                                      { "kernel/domainname", "x", "/sysctls/1" } };

START_TEST(sysctls_are_written_to_the_containers_proc)
{
	have_root();
	plan.sysctls = sysctls;
	plan.sysctl_count = ARRAY_LEN(sysctls);
	ck_assert(wants_sysctls(&plan));
	plan.forbids_nested_user_namespaces = true;
	ck_assert_int_eq(apply_sysctls(&plan, &sandbox, &err), 0);
	ck_assert_str_eq(fake_kernel_record(), "write 0 to sys/user/max_user_namespaces of proc\n"
	                                       "write 4096 to sys/net/core/somaxconn of proc\n"
	                                       "write x to sys/kernel/domainname of proc\n");
}
END_TEST

START_TEST(nested_namespaces_are_forbidden_without_other_sysctls)
{
	ck_assert(!wants_sysctls(&plan));
	plan.forbids_nested_user_namespaces = true;
	ck_assert(wants_sysctls(&plan));
	have_root();
	fake_kernel_fail("write 0", EACCES);
	ck_assert_int_eq(apply_sysctls(&plan, &sandbox, &err), -1);
}
END_TEST

START_TEST(a_sysctl_that_fails_is_named)
{
	have_root();
	plan.sysctls = sysctls;
	plan.sysctl_count = ARRAY_LEN(sysctls);
	fake_kernel_fail("write x", EINVAL);
	ck_assert_int_eq(apply_sysctls(&plan, &sandbox, &err), -1);
	ck_assert_str_eq(err.where, "/sysctls/1");
	ck_assert_int_eq(err.code, EINVAL);
}
END_TEST

START_TEST(a_sysctl_too_long_is_not_cut)
{
	char path[400];
	const struct plan_sysctl one = { path, "1", "/sysctls/0" };

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	have_root();
	plan.sysctls = &one;
	plan.sysctl_count = 1;
	ck_assert_int_eq(apply_sysctls(&plan, &sandbox, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.where, "/sysctls/0");
	ck_assert_str_eq(fake_kernel_record(), "");
}
END_TEST

static const struct plan_path masked[] = { { "/proc/kcore", "/m/0" },
	                                   { "/sys/firmware", "/m/1" },
	                                   { "/proc/keys", "/m/2" },
	                                   { "/sys/fs", "/m/3" } };

static void have_masks(void)
{
	have_root();
	fake_kernel_directory("/sys/firmware");
	fake_kernel_directory("/sys/fs");
	plan.masked_paths = masked;
	plan.masked_path_count = ARRAY_LEN(masked);
}

/* One mount for files and one for directories; the others are copies. */
START_TEST(masks_are_made_once_and_copied)
{
	have_masks();
	ck_assert_int_eq(apply_masked_paths(&plan, &sandbox, &err), 0);
	ck_assert_str_eq(fake_kernel_record(),
	                 "device /dev/null 1:3\n"
	                 "restrict /dev/null rdonly nosuid noexec\n"
	                 "attach /dev/null on /proc/kcore\n"
	                 "new tmpfs size=4096 nr_inodes=1 mode=0555 rdonly nosuid nodev noexec\n"
	                 "attach tmpfs on /sys/firmware\n"
	                 "attach a copy of /dev/null on /proc/keys\n"
	                 "attach a copy of tmpfs on /sys/fs\n");
	ck_assert_uint_eq(fake_kernel_open_count(), 2); /* root and proc */
}
END_TEST

static const struct {
	const char *deed;
	int code;
	int result;
	const char *where;
} mask_failures[] = {
	{ "find /proc/kcore", ENOENT, 0, "" },
	{ "find /proc/kcore", ENOTDIR, 0, "" },
	{ "find /proc/kcore", EACCES, -1, "/m/0" },
	{ "find /proc/kcore", ELOOP, -1, "/m/0" },
	{ "find /sys/firmware", ENOMEM, -1, "/m/1" },
	{ "device /dev/null", ENOENT, -1, "/m/0" },
	{ "restrict /dev/null", EPERM, -1, "/m/0" },
	{ "attach /dev/null on /proc/kcore", ENOENT, -1, "/m/0" },
	{ "new tmpfs", ENOSPC, -1, "/m/1" },
	{ "attach tmpfs", EPERM, -1, "/m/1" },
	{ "attach a copy of /dev/null", EPERM, -1, "/m/2" },
	{ "attach a copy of tmpfs", ENOSPC, -1, "/m/3" },
};

START_TEST(only_what_is_not_there_need_not_be_masked)
{
	have_masks();
	fake_kernel_fail(mask_failures[_i].deed, mask_failures[_i].code);
	ck_assert_int_eq(apply_masked_paths(&plan, &sandbox, &err), mask_failures[_i].result);
	ck_assert_str_eq(err.where, mask_failures[_i].where);
	ck_assert_uint_eq(fake_kernel_open_count(), 2);
}
END_TEST

START_TEST(read_only_paths_are_those_that_were_planned)
{
	add(&(struct plan_node){ .kind = PLAN_NODE_TMPFS, .target = "/", .is_read_only = true });
	add(&(struct plan_node){ .kind = PLAN_NODE_TMPFS, .target = "/tmp" });
	add(&(struct plan_node){ .kind = PLAN_NODE_PROC, .target = "/proc", .is_read_only = true });
	add(&(struct plan_node){ .kind = PLAN_NODE_BIND, .target = "/p", .is_read_only = true });
	node_fds[0] = fake_kernel_open("root");
	node_fds[1] = fake_kernel_open("tmp");
	node_fds[2] = fake_kernel_open("proc");
	node_fds[3] = fake_kernel_open("bind");
	ck_assert_int_eq(apply_read_only_paths(&plan, &sandbox, &err), 0);
	ck_assert_str_eq(fake_kernel_record(), "restrict root rdonly\nrestrict proc rdonly\n"
	                                       "restrict bind rdonly, and below\n");
}
END_TEST

START_TEST(a_read_only_path_that_fails_is_named)
{
	add(&(struct plan_node){ .kind = PLAN_NODE_TMPFS, .is_read_only = true, .origin = "/t" });
	node_fds[0] = fake_kernel_open("root");
	fake_kernel_fail("restrict root", EBUSY);
	ck_assert_int_eq(apply_read_only_paths(&plan, &sandbox, &err), -1);
	ck_assert_str_eq(err.where, "/t");
	ck_assert_int_eq(err.code, EBUSY);
}
END_TEST

START_TEST(the_root_becomes_the_root)
{
	have_root();
	ck_assert_int_eq(apply_pivot_root(&plan, &sandbox, &err), 0);
	ck_assert_str_eq(fake_kernel_record(), "pivot to root\n");
	fake_kernel_fail("pivot", EPERM);
	ck_assert_int_eq(apply_pivot_root(&plan, &sandbox, &err), -1);
}
END_TEST

static TCase *nodes_case(void)
{
	TCase *tcase = tcase_create("nodes");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_loop_test(tcase, makes_each_kind_of_node, 0, ARRAY_LEN(kinds));
	tcase_add_loop_test(tcase, a_node_that_fails_names_what_the_user_wrote, 0,
	                    ARRAY_LEN(kinds));
	tcase_add_test(tcase, every_kind_of_node_is_tried);
	tcase_add_test(tcase, a_root_that_fails_is_complained_about);
	tcase_add_test(tcase, a_source_that_is_open_is_not_opened_again);
	tcase_add_test(tcase, a_root_among_the_callers_mounts_is_not_attached);
	tcase_add_test(tcase, what_later_stages_need_is_kept);
	tcase_add_test(tcase, nothing_but_the_mounts_stays_open);
	tcase_add_test(tcase, a_proc_that_is_none_is_refused);
	tcase_add_test(tcase, what_is_made_on_a_mount_is_made_in_it);
	tcase_add_test(tcase, sources_of_binds_are_opened_and_of_nothing_else);
	tcase_add_test(tcase, a_source_that_fails_is_named);
	return tcase;
}

static TCase *content_case(void)
{
	TCase *tcase = tcase_create("content");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, a_secret_is_the_users_alone);
	tcase_add_loop_test(tcase, a_secret_has_at_most_its_size, 0, ARRAY_LEN(secret_sizes));
	tcase_add_loop_test(tcase, a_secret_that_fails_is_named, 0, ARRAY_LEN(secret_deeds));
	tcase_add_test(tcase, a_secret_that_cannot_be_read_is_named);
	tcase_add_test(tcase, sysctls_are_written_to_the_containers_proc);
	tcase_add_test(tcase, nested_namespaces_are_forbidden_without_other_sysctls);
	tcase_add_test(tcase, a_sysctl_that_fails_is_named);
	tcase_add_test(tcase, a_sysctl_too_long_is_not_cut);
	return tcase;
}

static TCase *closing_case(void)
{
	TCase *tcase = tcase_create("closing");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, masks_are_made_once_and_copied);
	tcase_add_loop_test(tcase, only_what_is_not_there_need_not_be_masked, 0,
	                    ARRAY_LEN(mask_failures));
	tcase_add_test(tcase, read_only_paths_are_those_that_were_planned);
	tcase_add_test(tcase, a_read_only_path_that_fails_is_named);
	tcase_add_test(tcase, the_root_becomes_the_root);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("stages_mounts");

	suite_add_tcase(suite, nodes_case());
	suite_add_tcase(suite, content_case());
	suite_add_tcase(suite, closing_case());
	return run_suite(suite);
}
