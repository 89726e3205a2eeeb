/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a config.json on a host: ids, process, root file system, namespaces. */
#include <check.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "kernel/seccomp.h"
#include "spec/spec_oci.h"
#include "support/plan_fixture.h"
#include "support/suite.h"

static struct plan_fixture fixture;
static struct spec_oci oci;
static struct error err;
static struct plan *plan;

static const struct spec_oci_namespace own_mounts[] = {
	{ CLONE_NEWNS, NULL, "/linux/namespaces/0" },
	{ CLONE_NEWUTS, NULL, "/linux/namespaces/1" },
	{ CLONE_NEWNET, NULL, "/linux/namespaces/2" },
};
static const struct spec_oci_namespace own_users[] = {
	{ CLONE_NEWNS, NULL, "/linux/namespaces/0" },
	{ CLONE_NEWUSER, NULL, "/linux/namespaces/1" },
};

static void begin(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	oci = (struct spec_oci){ .version = "1.2.0",
		                 .bundle = "/b",
		                 .rootfs = { "/b/rootfs", "/root/path" },
		                 .namespaces = own_mounts,
		                 .namespace_count = ARRAY_LEN(own_mounts) };
	fixture.spec.oci = &oci;
	plan = fixture.planner.plan;
	plan->hostname = NULL;
}

static void start(void)
{
	plan_fixture_start(&fixture);
	begin();
}

static void start_as_user(void)
{
	plan_fixture_start_as_user(&fixture);
	begin();
}

static void end(void)
{
	plan_fixture_end(&fixture);
}

static void use_own_users(const struct id_map *maps, size_t count)
{
	oci.namespaces = own_users;
	oci.namespace_count = ARRAY_LEN(own_users);
	oci.uids = (struct spec_oci_mapping_list){ maps, count, "/linux/uidMappings" };
	oci.gids = (struct spec_oci_mapping_list){ maps, count, "/linux/gidMappings" };
}

static void assert_planned(int (*step)(struct planner *planner, struct error *err))
{
	ck_assert_msg(step(&fixture.planner, &err) == 0, "%s", err.what);
}

static void assert_refused(int (*step)(struct planner *planner, struct error *err),
                           enum error_kind kind, const char *where)
{
	ck_assert_int_eq(step(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, kind);
	ck_assert_str_eq(err.where, where);
}

START_TEST(namespaces_are_those_that_are_named)
{
	assert_planned(plan_oci);
	ck_assert_uint_eq(plan->clone_flags, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET);
	ck_assert_uint_eq(plan->join_count, 0);
	ck_assert(plan->brings_up_loopback);
	ck_assert(plan->is_container);
	ck_assert(plan->waits_for_start);
	ck_assert(plan->makes_cwd);
}
END_TEST

START_TEST(a_namespace_with_a_path_is_joined)
{
	const struct spec_oci_namespace asked[] = {
		{ CLONE_NEWNS, NULL, "/linux/namespaces/0" },
		{ CLONE_NEWNET, "/run/netns/x", "/linux/namespaces/1" },
	};

	oci.namespaces = asked;
	oci.namespace_count = ARRAY_LEN(asked);
	assert_planned(plan_oci);
	ck_assert_uint_eq(plan->clone_flags, CLONE_NEWNS);
	ck_assert_uint_eq(plan->join_count, 1);
	ck_assert_uint_eq(plan->joins[0].kind, CLONE_NEWNET);
	ck_assert_str_eq(plan->joins[0].path, "/run/netns/x");
	ck_assert(!plan->brings_up_loopback);
}
END_TEST

/* Left out, or by a path to it. */
static const struct spec_oci_namespace shared_mounts[] = {
	{ CLONE_NEWNS, "/proc/self/ns/mnt", "/linux/namespaces/0" },
	{ CLONE_NEWUSER, NULL, "/linux/namespaces/1" },
};

START_TEST(without_a_mount_namespace_the_callers_is_shared)
{
	oci.namespaces = shared_mounts;
	oci.namespace_count = (size_t)_i;
	plan->is_privileged = true;
	assert_planned(plan_oci);
	ck_assert(plan->shares_mounts);
	ck_assert_uint_eq(plan->clone_flags, 0);
	ck_assert_uint_eq(plan->join_count, 0);
}
END_TEST

START_TEST(another_mount_namespace_is_not_the_callers)
{
	static const struct spec_oci_namespace other = { CLONE_NEWNS, "/run/mountns/x",
		                                         "/linux/namespaces/0" };

	assert_planned(plan_oci);
	ck_assert(!plan->shares_mounts);
	oci.namespaces = &other;
	oci.namespace_count = 1;
	plan->clone_flags = 0;
	assert_planned(plan_oci);
	ck_assert(!plan->shares_mounts);
}
END_TEST

START_TEST(the_users_of_a_container_have_no_rights_over_the_callers_mounts)
{
	oci.namespaces = shared_mounts;
	oci.namespace_count = ARRAY_LEN(shared_mounts);
	assert_refused(plan_oci, ERROR_SPEC, "/linux/namespaces");
}
END_TEST

START_TEST(a_user_has_no_rights_over_the_callers_mounts)
{
	oci.namespace_count = 0;
	assert_refused(plan_oci, ERROR_SPEC, "/linux/namespaces");
}
END_TEST

START_TEST(the_own_namespace_is_not_joined)
{
	const struct spec_oci_namespace asked[] = {
		{ CLONE_NEWNS, NULL, "/linux/namespaces/0" },
		{ CLONE_NEWUSER, "/proc/self/ns/user", "/linux/namespaces/1" },
	};

	oci.namespaces = asked;
	oci.namespace_count = ARRAY_LEN(asked);
	assert_planned(plan_oci);
	ck_assert_uint_eq(plan->join_count, 0);
}
END_TEST

START_TEST(a_kind_that_is_named_twice_is_refused)
{
	const struct spec_oci_namespace asked[] = { own_mounts[0], own_mounts[0] };

	oci.namespaces = asked;
	oci.namespace_count = ARRAY_LEN(asked);
	assert_refused(plan_oci, ERROR_SPEC, "/linux/namespaces/0");
}
END_TEST

START_TEST(a_name_needs_a_namespace)
{
	fixture.spec.hostname = (struct spec_text){ "box", "/hostname" };
	oci.namespace_count = 1;
	assert_refused(plan_oci, ERROR_SPEC, "/hostname");
}
END_TEST

START_TEST(names_are_taken_as_they_are)
{
	fixture.spec.hostname = (struct spec_text){ "box", "/hostname" };
	oci.domainname = (struct spec_text){ "example", "/domainname" };
	assert_planned(plan_oci);
	ck_assert_str_eq(plan->hostname, "box");
	ck_assert_str_eq(plan->domainname, "example");
}
END_TEST

START_TEST(no_name_is_no_name)
{
	assert_planned(plan_oci);
	ck_assert_ptr_null(plan->hostname);
}
END_TEST

START_TEST(time_offsets_need_a_namespace)
{
	const struct spec_oci_time_offset offset = { "boottime", 5, 6, "/linux/timeOffsets" };

	oci.time_offsets = &offset;
	oci.time_offset_count = 1;
	assert_refused(plan_oci, ERROR_SPEC, "/linux/timeOffsets");
}
END_TEST

START_TEST(selinux_is_refused)
{
	oci.selinux_label = (struct spec_text){ "system_u", "/process/selinuxLabel" };
	assert_refused(plan_oci, ERROR_HOST, "/process/selinuxLabel");
}
END_TEST

START_TEST(a_label_of_files_matters_where_there_is_selinux)
{
	oci.mount_label = (struct spec_text){ "system_u", "/linux/mountLabel" };
	fixture.host.has_selinux = false;
	assert_planned(plan_oci);
	ck_assert(plan->lacks_mount_label);
	fixture.host.has_selinux = true;
	assert_refused(plan_oci, ERROR_HOST, "/linux/mountLabel");
}
END_TEST

static const struct spec_oci_net_device net_devices[] = {
	{ "ens4", "ens4", "/linux/netDevices/ens4" },
	{ "ens5", "eth%d", "/linux/netDevices/ens5" },
};

static void use_net_devices(void)
{
	oci.net_devices = net_devices;
	oci.net_device_count = ARRAY_LEN(net_devices);
}

START_TEST(network_devices_get_a_name_only_where_it_is_another)
{
	use_net_devices();
	assert_planned(plan_oci);
	ck_assert_uint_eq(plan->net_device_count, 2);
	ck_assert_str_eq(plan->net_devices[0].host_name, "ens4");
	ck_assert_ptr_null(plan->net_devices[0].name);
	ck_assert_str_eq(plan->net_devices[1].name, "eth%d");
	ck_assert_str_eq(plan->net_devices[1].origin, "/linux/netDevices/ens5");
}
END_TEST

START_TEST(network_devices_do_not_stay_where_they_are)
{
	const struct spec_oci_namespace asked[] = {
		{ CLONE_NEWNS, NULL, "/linux/namespaces/0" },
		{ CLONE_NEWNET, "/proc/self/ns/net", "/linux/namespaces/1" },
	};

	use_net_devices();
	oci.namespaces = asked;
	oci.namespace_count = ARRAY_LEN(asked);
	assert_refused(plan_oci, ERROR_SPEC, "/linux/netDevices/ens4");
}
END_TEST

START_TEST(a_user_moves_no_network_devices)
{
	use_net_devices();
	assert_refused(plan_oci, ERROR_DENIED, "/linux/netDevices/ens4");
}
END_TEST

START_TEST(intel_rdt_is_refused)
{
	oci.intel_rdt = (struct spec_text){ "intelRdt", "/linux/intelRdt" };
	assert_refused(plan_oci, ERROR_HOST, "/linux/intelRdt");
}
END_TEST

START_TEST(who_joins_makes_nothing)
{
	fixture.request.joins_container = true;
	use_net_devices();
	assert_planned(plan_oci);
	ck_assert_uint_eq(plan->net_device_count, 0);
	assert_planned(plan_oci_users);
	assert_planned(plan_oci_mounts);
	ck_assert_uint_eq(plan->clone_flags, 0);
	ck_assert_uint_eq(plan->node_count, 0);
	ck_assert(!plan->waits_for_start);
	ck_assert(!plan->makes_cwd);
}
END_TEST

START_TEST(hooks_have_a_name_and_a_limit)
{
	const struct spec_oci_hook hook = { .path = "/bin/hook",
		                            .timeout_s = { 3, "", true },
		                            .origin = "/hooks/prestart/0" };
	const struct plan_hook *planned;

	oci.hooks[SPEC_OCI_PRESTART] = (struct spec_oci_hook_list){ &hook, 1 };
	assert_planned(plan_oci);
	ck_assert_uint_eq(plan->hooks[PLAN_HOOK_PRESTART].count, 1);
	planned = &plan->hooks[PLAN_HOOK_PRESTART].items[0];
	ck_assert_str_eq(planned->argv[0], "/bin/hook");
	ck_assert_ptr_null(planned->argv[1]);
	ck_assert_ptr_null(planned->envp[0]);
	ck_assert_uint_eq(planned->timeout_ms, 3000);
	ck_assert_uint_eq(plan->hooks[PLAN_HOOK_POSTSTOP].count, 0);
}
END_TEST

START_TEST(maps_are_those_that_are_asked_for)
{
	const struct id_map maps[] = { { 0, 100000, 65536 } };

	use_own_users(maps, 1);
	assert_planned(plan_oci);
	assert_planned(plan_oci_users);
	ck_assert_uint_eq(plan->uid_map_count, 1);
	ck_assert_uint_eq(plan->uid_map[0].outer, 100000);
	ck_assert(!plan->maps_by_helper);
	ck_assert(!plan->denies_setgroups);
}
END_TEST

START_TEST(a_user_namespace_needs_maps)
{
	use_own_users(NULL, 0);
	assert_planned(plan_oci);
	assert_refused(plan_oci_users, ERROR_SPEC, "/linux/uidMappings");
}
END_TEST

START_TEST(a_user_maps_the_own_id_alone)
{
	const struct id_map uids[] = { { 0, 1000, 1 } };
	const struct id_map gids[] = { { 0, 1001, 1 } };

	use_own_users(uids, 1);
	oci.gids.items = gids;
	assert_planned(plan_oci);
	assert_planned(plan_oci_users);
	ck_assert(plan->denies_setgroups);
	ck_assert(!plan->maps_by_helper);
}
END_TEST

START_TEST(a_user_maps_more_through_the_helpers)
{
	const struct id_map maps[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };

	use_own_users(maps, 2);
	assert_planned(plan_oci);
	assert_planned(plan_oci_users);
	ck_assert(plan->maps_by_helper);
	ck_assert(!plan->denies_setgroups);
}
END_TEST

START_TEST(a_user_without_a_user_namespace_is_refused)
{
	assert_planned(plan_oci);
	assert_refused(plan_oci_users, ERROR_DENIED, "/linux/namespaces");
}
END_TEST

START_TEST(sets_hold_what_the_kernel_allows)
{
	const struct id_map maps[] = { { 0, 100000, 65536 } };
	const capability_set chown = UINT64_C(1) << 0;
	const capability_set kill = UINT64_C(1) << 5;

	use_own_users(maps, 1);
	oci.capabilities.bounding = chown | kill | UINT64_C(1) << 60;
	oci.capabilities.permitted = chown;
	oci.capabilities.effective = chown | kill;
	oci.capabilities.inheritable = kill;
	oci.capabilities.ambient = chown | kill;
	assert_planned(plan_oci);
	assert_planned(plan_oci_process);
	ck_assert_uint_eq(plan->capability_sets->bounding, chown | kill);
	ck_assert_uint_eq(plan->capability_sets->permitted, chown);
	ck_assert_uint_eq(plan->capability_sets->effective, chown);
	ck_assert_uint_eq(plan->capability_sets->inheritable, kill);
	ck_assert_uint_eq(plan->capability_sets->ambient, 0);
}
END_TEST

START_TEST(the_environment_tells_of_what_is_passed)
{
	fixture.request.listen_fd_count = 2;
	fixture.request.preserved_fd_count = 1;
	fixture.request.notify_folder = "/run/x";
	assert_planned(plan_oci);
	assert_planned(plan_oci_process);
	ck_assert_uint_eq(plan->kept_fd_count, 3);
	ck_assert_uint_eq(plan->envp_count, 3);
	ck_assert_str_eq(plan->envp[0], "LISTEN_FDS=2");
	ck_assert_str_eq(plan->envp[1], "LISTEN_PID=1");
	ck_assert_str_eq(plan->envp[2], "NOTIFY_SOCKET=/run/notify/notify.sock");
	ck_assert(plan->finds_home);
}
END_TEST

START_TEST(home_is_found_only_where_it_is_missing)
{
	const struct spec_text env[] = { { "HOME=/h", "/process/env/0" } };

	fixture.spec.env = (struct spec_text_list){ env, 1 };
	assert_planned(plan_oci);
	assert_planned(plan_oci_process);
	ck_assert(!plan->finds_home);
}
END_TEST

START_TEST(a_process_needs_a_program)
{
	fixture.spec.args.count = 0;
	assert_planned(plan_oci);
	assert_refused(plan_oci_process, ERROR_SPEC, "/process/args");
}
END_TEST

START_TEST(the_root_is_the_first_mount)
{
	const struct plan_node *root;

	oci.is_rootfs_read_only = true;
	assert_planned(plan_oci);
	assert_planned(plan_oci_mounts);
	root = &plan->nodes[0];
	ck_assert_str_eq(root->target, "/");
	ck_assert_str_eq(root->source, "/b/rootfs");
	ck_assert(root->is_read_only);
	ck_assert(root->mount->is_bind && root->mount->is_recursive);
	ck_assert_uint_eq(root->mount->own.propagation, MS_PRIVATE);
	ck_assert_ptr_null(plan->root_place);
}
END_TEST

START_TEST(hooks_in_the_container_look_where_the_bundle_is)
{
	const struct spec_oci_hook hook = { .path = "/bin/hook", .origin = "" };

	oci.hooks[SPEC_OCI_CREATE_CONTAINER] = (struct spec_oci_hook_list){ &hook, 1 };
	assert_planned(plan_oci);
	assert_planned(plan_oci_mounts);
	ck_assert_str_eq(plan->root_place, "/b/rootfs");
}
END_TEST

static const struct plan_node *plan_one(const struct spec_oci_mount *mount)
{
	oci.mounts = mount;
	oci.mount_count = 1;
	assert_planned(plan_oci);
	assert_planned(plan_oci_mounts);
	return &plan->nodes[1];
}

START_TEST(a_file_system_has_its_options)
{
	const struct spec_text data[] = { { "size=64m", "" }, { "huge", "" } };
	const struct spec_oci_mount mount = { .target = "/scratch",
		                              .source = "shm",
		                              .type = "tmpfs",
		                              .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY,
		                              .superblock = MS_SYNCHRONOUS,
		                              .data = { data, 2 },
		                              .origin = "/mounts/0" };
	const struct plan_node *node = plan_one(&mount);
	const struct mount_option *options = node->mount->options;

	ck_assert_uint_eq(node->mount->option_count, 4);
	ck_assert_str_eq(options[0].key, "source");
	ck_assert_str_eq(options[0].value, "shm");
	ck_assert_str_eq(options[1].key, "sync");
	ck_assert_str_eq(options[2].key, "size");
	ck_assert_str_eq(options[2].value, "64m");
	ck_assert_str_eq(options[3].key, "huge");
	ck_assert_ptr_null(options[3].value);
	ck_assert(node->mount->copies_mode);
	/* Others may be mounted in it first. */
	ck_assert(node->is_read_only);
	ck_assert_uint_eq(node->mount->own.set, MOUNT_ATTR_NOSUID);
}
END_TEST

START_TEST(a_bind_has_its_flags)
{
	const struct spec_oci_mount mount = { .target = "/data",
		                              .source = "/srv",
		                              .type = "bind",
		                              .is_bind = true,
		                              .is_recursive = true,
		                              .attributes = MOUNT_ATTR_RDONLY,
		                              .cleared = MOUNT_ATTR_NOEXEC,
		                              .attributes_below = MOUNT_ATTR_NODEV,
		                              .propagation = MS_SLAVE,
		                              .is_propagation_recursive = true,
		                              .origin = "/mounts/0" };
	const struct plan_mount *planned = plan_one(&mount)->mount;

	ck_assert_uint_eq(planned->own.set, MOUNT_ATTR_RDONLY);
	ck_assert_uint_eq(planned->own.clear, MOUNT_ATTR_NOEXEC);
	ck_assert_uint_eq(planned->below.set, MOUNT_ATTR_NODEV);
	ck_assert_uint_eq(planned->own.propagation, MS_SLAVE);
	ck_assert(planned->is_propagation_recursive);
	ck_assert_uint_eq(planned->option_count, 0);
}
END_TEST

START_TEST(cgroups_of_the_host_are_bound_where_none_can_be_mounted)
{
	const struct id_map maps[] = { { 0, 100000, 65536 } };
	const struct spec_oci_mount mount = { .target = "/sys/fs/cgroup",
		                              .source = "cgroup",
		                              .type = "cgroup",
		                              .origin = "/mounts/0" };
	const struct plan_node *node;

	node = plan_one(&mount);
	ck_assert_str_eq(node->mount->type, "cgroup2");
	ck_assert(!node->mount->is_bind);
	end();
	start();
	use_own_users(maps, 1);
	node = plan_one(&mount);
	ck_assert(node->mount->is_bind);
	ck_assert_str_eq(node->source, "/sys/fs/cgroup");
}
END_TEST

START_TEST(an_id_mapped_mount_needs_maps)
{
	const struct spec_oci_mount mount = { .target = "/data",
		                              .source = "/srv",
		                              .type = "bind",
		                              .is_bind = true,
		                              .is_id_mapped = true,
		                              .origin = "/mounts/0" };

	oci.mounts = &mount;
	oci.mount_count = 1;
	assert_planned(plan_oci);
	assert_refused(plan_oci_mounts, ERROR_SPEC, "/mounts/0");
}
END_TEST

static const struct plan_node *find(const char *target)
{
	const struct plan_node *found = NULL;

	for (size_t i = 0; i < plan->node_count; i++) {
		if (strcmp(plan->nodes[i].target, target) != 0)
			continue;
		ck_assert_msg(found == NULL, "%s twice", target);
		found = &plan->nodes[i];
	}
	if (found == NULL)
		ck_abort_msg("no %s", target);
	return found;
}

START_TEST(root_makes_device_nodes)
{
	const struct spec_oci_device devices[] = {
		{ "/dev/fuse", SPEC_OCI_DEVICE_CHARACTER, 10, 229, 0600, true, 7, 8, "/d/0" },
		{ "/dev/null", SPEC_OCI_DEVICE_CHARACTER, 1, 3, 0, false, 0, 0, "/d/1" },
	};
	const struct plan_node *fuse;

	oci.devices = devices;
	oci.device_count = ARRAY_LEN(devices);
	assert_planned(plan_oci);
	assert_planned(plan_oci_mounts);
	fuse = find("/dev/fuse");
	ck_assert_int_eq(fuse->kind, PLAN_NODE_MKNOD);
	ck_assert_uint_eq(fuse->mode, S_IFCHR | 0600);
	ck_assert_uint_eq(fuse->device_number, makedev(10, 229));
	ck_assert_uint_eq(fuse->inner_uid, 7);
	ck_assert_uint_eq(find("/dev/null")->mode, S_IFCHR | 0666);
	(void)find("/dev/urandom");
	ck_assert_str_eq(find("/dev/ptmx")->source, "pts/ptmx");
}
END_TEST

START_TEST(others_bind_the_hosts_devices)
{
	const struct id_map maps[] = { { 0, 100000, 65536 } };

	use_own_users(maps, 1);
	assert_planned(plan_oci);
	assert_planned(plan_oci_mounts);
	ck_assert_int_eq(find("/dev/null")->kind, PLAN_NODE_BOUND_DEVICE);
	ck_assert_str_eq(find("/dev/null")->source, "/dev/null");
}
END_TEST

START_TEST(nothing_is_made_in_anothers_dev)
{
	const struct spec_oci_mount mount = { .target = "/dev",
		                              .source = "/dev",
		                              .type = "bind",
		                              .is_bind = true,
		                              .origin = "/mounts/0" };

	(void)plan_one(&mount);
	ck_assert_uint_eq(plan->node_count, 2);
}
END_TEST

static struct capability_sets sets;

/* @number is forbidden, all else is allowed; -1: nothing is forbidden. */
static void join_with_filter(int number)
{
	static struct sock_filter filter[4];
	const struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	memcpy(filter, instructions, sizeof(filter));
	sets = (struct capability_sets){ .bounding = 0 };
	plan->capability_sets = &sets;
	plan->joins_container = true;
	plan->seccomp = (struct sock_fprog){ ARRAY_LEN(filter), filter };
}

START_TEST(a_filter_is_loaded_before_there_is_a_process_to_trace)
{
	join_with_filter(-1);
	assert_planned(plan_oci_joining);
	ck_assert(plan->loads_filter_early);
}
END_TEST

START_TEST(a_filter_that_takes_no_right_is_loaded_last)
{
	join_with_filter(-1);
	plan->no_new_privs = true;
	assert_planned(plan_oci_joining);
	ck_assert(!plan->loads_filter_early);
	plan->no_new_privs = false;
	oci.namespaces = own_users;
	oci.namespace_count = ARRAY_LEN(own_users);
	assert_planned(plan_oci_joining);
	ck_assert(!plan->loads_filter_early);
}
END_TEST

START_TEST(a_filter_that_forbids_what_is_left_is_loaded_last_where_nobody_traces)
{
	join_with_filter(SYS_sendmsg);
	assert_planned(plan_oci_joining);
	ck_assert(!plan->loads_filter_early);
	oci.members_may_trace = true;
	assert_refused(plan_oci_joining, ERROR_SPEC, "/linux/seccomp");
	ck_assert_ptr_nonnull(strstr(err.what, "forbids sendmsg"));
}
END_TEST

START_TEST(a_process_that_may_trace_is_one_of_those)
{
	join_with_filter(SYS_setsid);
	sets.bounding = UINT64_C(1) << CAP_SYS_PTRACE;
	assert_refused(plan_oci_joining, ERROR_SPEC, "/linux/seccomp");
}
END_TEST

START_TEST(a_filter_with_a_listener_is_not_loaded_early)
{
	join_with_filter(-1);
	plan->seccomp_listener.path = "/run/listener";
	assert_planned(plan_oci_joining);
	ck_assert(!plan->loads_filter_early);
	oci.members_may_trace = true;
	assert_refused(plan_oci_joining, ERROR_SPEC, "/linux/seccomp");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("plan_oci");
	TCase *root = tcase_create("root");
	TCase *user = tcase_create("user");

	tcase_add_checked_fixture(root, start, end);
	tcase_add_test(root, a_filter_is_loaded_before_there_is_a_process_to_trace);
	tcase_add_test(root, a_filter_that_takes_no_right_is_loaded_last);
	tcase_add_test(root, a_filter_that_forbids_what_is_left_is_loaded_last_where_nobody_traces);
	tcase_add_test(root, a_process_that_may_trace_is_one_of_those);
	tcase_add_test(root, a_filter_with_a_listener_is_not_loaded_early);
	tcase_add_test(root, namespaces_are_those_that_are_named);
	tcase_add_test(root, a_namespace_with_a_path_is_joined);
	tcase_add_test(root, the_own_namespace_is_not_joined);
	tcase_add_loop_test(root, without_a_mount_namespace_the_callers_is_shared, 0, 2);
	tcase_add_test(root, another_mount_namespace_is_not_the_callers);
	tcase_add_test(root, the_users_of_a_container_have_no_rights_over_the_callers_mounts);
	tcase_add_test(root, a_kind_that_is_named_twice_is_refused);
	tcase_add_test(root, a_name_needs_a_namespace);
	tcase_add_test(root, names_are_taken_as_they_are);
	tcase_add_test(root, no_name_is_no_name);
	tcase_add_test(root, time_offsets_need_a_namespace);
	tcase_add_test(root, selinux_is_refused);
	tcase_add_test(root, a_label_of_files_matters_where_there_is_selinux);
	tcase_add_test(root, network_devices_get_a_name_only_where_it_is_another);
	tcase_add_test(root, network_devices_do_not_stay_where_they_are);
	tcase_add_test(root, intel_rdt_is_refused);
	tcase_add_test(root, who_joins_makes_nothing);
	tcase_add_test(root, hooks_have_a_name_and_a_limit);
	tcase_add_test(root, maps_are_those_that_are_asked_for);
	tcase_add_test(root, a_user_namespace_needs_maps);
	tcase_add_test(root, sets_hold_what_the_kernel_allows);
	tcase_add_test(root, the_environment_tells_of_what_is_passed);
	tcase_add_test(root, home_is_found_only_where_it_is_missing);
	tcase_add_test(root, a_process_needs_a_program);
	tcase_add_test(root, the_root_is_the_first_mount);
	tcase_add_test(root, hooks_in_the_container_look_where_the_bundle_is);
	tcase_add_test(root, a_file_system_has_its_options);
	tcase_add_test(root, a_bind_has_its_flags);
	tcase_add_test(root, cgroups_of_the_host_are_bound_where_none_can_be_mounted);
	tcase_add_test(root, an_id_mapped_mount_needs_maps);
	tcase_add_test(root, root_makes_device_nodes);
	tcase_add_test(root, others_bind_the_hosts_devices);
	tcase_add_test(root, nothing_is_made_in_anothers_dev);
	suite_add_tcase(suite, root);
	tcase_add_checked_fixture(user, start_as_user, end);
	tcase_add_test(user, a_user_maps_the_own_id_alone);
	tcase_add_test(user, a_user_maps_more_through_the_helpers);
	tcase_add_test(user, a_user_moves_no_network_devices);
	tcase_add_test(user, a_user_has_no_rights_over_the_callers_mounts);
	tcase_add_test(user, a_user_without_a_user_namespace_is_refused);
	suite_add_tcase(suite, user);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
