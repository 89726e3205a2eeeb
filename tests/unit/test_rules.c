/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each rule about engines and builds, over a container that is well, and one thing changed. */
#include <check.h>
#include <linux/sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "policy/rules.h"
#include "spec/known_paths.h"
#include "spec/spec_dockerfile.h"
#include "spec/spec_engine.h"
#include "spec/spec_oci.h"
#include "support/suite.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct spec_oci_namespace namespaces[] = {
	{ CLONE_NEWPID, NULL, "" }, { CLONE_NEWNS, NULL, "" },  { CLONE_NEWNET, NULL, "" },
	{ CLONE_NEWIPC, NULL, "" }, { CLONE_NEWUTS, NULL, "" }, { CLONE_NEWCGROUP, NULL, "" },
};

/* All of one container; each test changes its own copy. */
struct world {
	struct spec spec;
	struct spec_oci oci;
	struct spec_engine engine;
	struct spec_dockerfile file;
	struct spec_oci_mount mounts[3];
	struct spec_engine_port ports[1];
	struct spec_engine_secret secrets[1];
	struct spec_text added[2];
	struct spec_text env[1];
	struct spec_text masked[16];
	struct spec_text read_only[16];
	struct spec_dockerfile_fact fact;
	struct spec_dockerfile_stage stages[2];
	struct spec_instruction instructions[2];
	struct spec_text words[2];
	struct spec_vulnerability vulnerabilities[1];
	struct spec_text digests[1];
	struct spec_scan scan;
	const struct spec_scan *scans[1];
	struct rule_subject subject;
};

static struct world *world;

static void add_mounts(void)
{
	world->mounts[0] = (struct spec_oci_mount){
		.target = "/dev", .source = "tmpfs", .type = "tmpfs", .origin = "default"
	};
	world->mounts[1] = (struct spec_oci_mount){
		.target = "/tmp",
		.source = "tmpfs",
		.type = "tmpfs",
		.origin = "tmpfs",
		.attributes = MOUNT_ATTR_NOEXEC,
		.data = { world->words, 0 },
	};
	world->mounts[2] = (struct spec_oci_mount){
		.target = "/data",
		.source = "/srv/data",
		.type = "bind",
		.is_bind = true,
		.origin = "bind",
		.attributes = MOUNT_ATTR_RDONLY,
		.propagation = MS_PRIVATE,
	};
	world->words[0] = (struct spec_text){ "size=64m", "" };
	world->mounts[1].data.count = 1;
	world->oci.mounts = world->mounts;
	world->oci.mount_count = 3;
}

static void add_paths(void)
{
	static const char *const masked[] = { "/proc/kcore", "/proc/keys", "/proc/sched_debug",
		                              "/proc/timer_list", "/sys/firmware" };

	for (size_t i = 0; i < ARRAY_LEN(masked); i++)
		world->masked[i].value = masked[i];
	for (size_t i = 0; i < known_read_only_path_count; i++)
		world->read_only[i].value = known_read_only_paths[i];
	world->oci.masked_paths = (struct spec_text_list){ world->masked, ARRAY_LEN(masked) };
	world->oci.read_only_paths =
		(struct spec_text_list){ world->read_only, known_read_only_path_count };
}

static void start(void)
{
	world = calloc(1, sizeof(*world));
	ck_assert_ptr_nonnull(world);
	world->spec.oci = &world->oci;
	world->spec.engine = &world->engine;
	world->spec.no_new_privs = true;
	world->spec.user = (struct spec_user){ .uid = 1000, .gid = 1000, .origin = "user" };
	world->spec.seccomp.kind = SPEC_SECCOMP_DEFAULT;
	world->spec.apparmor.kind = SPEC_APPARMOR_NAMED;
	world->spec.capabilities_origin = "capabilities";
	world->oci.namespaces = namespaces;
	world->oci.namespace_count = ARRAY_LEN(namespaces);
	world->oci.is_rootfs_read_only = true;
	world->oci.resources.memory_limit = (struct spec_number){ 1 << 29, "", true };
	world->oci.resources.memory_swap = (struct spec_number){ 1 << 29, "", true };
	world->oci.resources.cpu_quota = (struct spec_number){ 100000, "", true };
	world->oci.resources.pids_limit = (struct spec_number){ 100, "", true };
	world->engine.language = SPEC_LANGUAGE_DOCKER_RUN;
	for (size_t i = 0; i < SPEC_PLACE_COUNT; i++)
		world->engine.places[i] = "place";
	world->engine.image = (struct spec_text){ "app@" DIGEST, "image" };
	world->engine.user = (struct spec_text){ "1000:1000", "user" };
	world->engine.network = (struct spec_text){ "app-net", "network" };
	world->ports[0] = (struct spec_engine_port){
		.address = "127.0.0.1", .port = 8080, .protocol = "tcp", .origin = "port"
	};
	world->engine.ports = world->ports;
	world->engine.port_count = 1;
	world->engine.cap_add = (struct spec_text_list){ world->added, 0 };
	world->spec.env = (struct spec_text_list){ world->env, 0 };
	add_mounts();
	add_paths();
	world->subject.spec = &world->spec;
	world->scan = (struct spec_scan){ .digests = { world->digests, 1 },
		                          .vulnerabilities = world->vulnerabilities };
	world->digests[0].value = DIGEST;
	world->scans[0] = &world->scan;
}

/* In the place of the container, an image that is well. */
static void start_build(void)
{
	start();
	world->spec.dockerfile = &world->file;
	world->engine.language = SPEC_LANGUAGE_DOCKERFILE;
	world->stages[0] =
		(struct spec_dockerfile_stage){ .image = { "golang:1.22-alpine", "FROM" },
		                                .name = { "build", "FROM" },
		                                .base = SIZE_MAX };
	world->stages[1] = (struct spec_dockerfile_stage){ .image = { "alpine:3.20", "FROM" },
		                                           .base = SIZE_MAX };
	world->instructions[0] = (struct spec_instruction){ .kind = SPEC_INSTRUCTION_FROM,
		                                            .stage = 1,
		                                            .origin = "line 4: FROM" };
	world->instructions[1] = (struct spec_instruction){ .kind = SPEC_INSTRUCTION_USER,
		                                            .stage = 1,
		                                            .origin = "line 9: USER" };
	world->file = (struct spec_dockerfile){ .instructions = world->instructions,
		                                .instruction_count = 2,
		                                .stages = world->stages,
		                                .stage_count = 2,
		                                .facts = &world->fact };
}

static void end(void)
{
	free(world);
}

static void add_capability(const char *name, capability_set set)
{
	world->added[world->engine.cap_add.count++] = (struct spec_text){ name, "cap_add" };
	world->spec.capabilities |= set;
}

static void be_root(void)
{
	world->spec.user.uid = 0;
	world->engine.user.value = "0";
}

static void be_privileged(void)
{
	world->engine.privileged = (struct spec_text){ "true", "privileged" };
}

static void keep_defaults(void)
{
	world->spec.capabilities = UINT64_C(0xa80425fb);
}

static void add_sys_admin(void)
{
	add_capability("SYS_ADMIN", UINT64_C(1) << 21);
	be_root();
}

static void add_net_raw(void)
{
	add_capability("cap_net_raw", UINT64_C(1) << 13);
	be_root();
}

static void name_no_user(void)
{
	world->spec.user.uid = 0;
	world->engine.user.value = NULL;
}

static void inspect_no_user(void)
{
	name_no_user();
	world->engine.language = SPEC_LANGUAGE_DOCKER_INSPECT;
}

static void refuse_root(void)
{
	name_no_user();
	world->engine.language = SPEC_LANGUAGE_KUBERNETES;
	world->engine.must_not_be_root.is_on = true;
}

static void gain_privileges(void)
{
	world->spec.no_new_privs = false;
}

static void filter_nothing(void)
{
	world->spec.seccomp.kind = SPEC_SECCOMP_OFF;
}

static void confine_nothing(void)
{
	world->spec.apparmor.kind = SPEC_APPARMOR_OFF;
}

static void write_root(void)
{
	world->oci.is_rootfs_read_only = false;
}

static void unmask(void)
{
	world->oci.masked_paths.count = 0;
}

static void drop_network(void)
{
	static const struct spec_oci_namespace few[] = { { CLONE_NEWPID, NULL, "" } };

	world->oci.namespaces = few;
	world->oci.namespace_count = 1;
}

static void opt_out_of_users(void)
{
	world->engine.users = (struct spec_text){ "host", "userns" };
}

static void be_in_kubernetes(void)
{
	world->engine.language = SPEC_LANGUAGE_KUBERNETES;
}

static void bind_socket(void)
{
	world->mounts[2].source = "/var/run/docker.sock";
	world->mounts[2].attributes = 0;
}

static void bind_root(void)
{
	world->mounts[2].source = "/";
	world->mounts[2].attributes = 0;
}

static void write_bind(void)
{
	world->mounts[2].attributes = 0;
}

static void run_tmpfs(void)
{
	world->mounts[1].attributes = 0;
}

static void lift_memory(void)
{
	world->oci.resources.memory_limit.is_set = false;
}

static void lift_pids(void)
{
	world->oci.resources.pids_limit.is_set = false;
}

static void lift_cpu(void)
{
	world->oci.resources.cpu_quota.is_set = false;
}

static void tell_secret(void)
{
	world->env[0] = (struct spec_text){ "DB_PASSWORD=correct horse", "env" };
	world->spec.env.count = 1;
}

static void name_secret_file(void)
{
	world->env[0] = (struct spec_text){ "DB_PASSWORD_FILE=/run/secrets/db", "env" };
	world->spec.env.count = 1;
}

static void tell_secret_by_reference(void)
{
	world->secrets[0] = (struct spec_engine_secret){ .name = "db",
		                                         .variable = "DB",
		                                         .origin = "secretKeyRef" };
	world->engine.secrets = world->secrets;
	world->engine.secret_count = 1;
}

static void tell_config(void)
{
	tell_secret_by_reference();
	world->secrets[0].is_config = true;
}

static void name_tag(void)
{
	world->engine.image.value = "app:1.2";
}

static void name_registry_port(void)
{
	world->engine.image.value = "registry:5000/app@" DIGEST;
}

static void name_id(void)
{
	world->engine.image.value = DIGEST;
}

static void name_no_digest(void)
{
	world->engine.image.value = "app@sha256:";
}

static void name_like_digest(void)
{
	world->engine.image.value = "sha256/app:1";
}

static void build_here(void)
{
	name_tag();
	world->engine.has_build = true;
}

static void publish(void)
{
	world->ports[0].address = NULL;
}

static void publish_everywhere(void)
{
	world->ports[0].address = "0.0.0.0";
}

static void expose(void)
{
	world->ports[0].address = NULL;
	world->ports[0].is_only_exposed = true;
}

static void name_no_network(void)
{
	world->engine.network.value = NULL;
}

static void compose_network(void)
{
	world->engine.network.value = NULL;
	world->engine.language = SPEC_LANGUAGE_COMPOSE;
}

static void size_nothing(void)
{
	world->mounts[1].data.count = 0;
}

static void share_mounts(void)
{
	world->mounts[2].propagation = MS_SHARED | MS_REC;
}

static void follow_mounts(void)
{
	world->mounts[2].propagation = MS_SLAVE | MS_REC;
}

static void bind_low_port(void)
{
	add_capability("NET_BIND_SERVICE", UINT64_C(1) << 10);
}

static void bind_low_port_as_root(void)
{
	bind_low_port();
	be_root();
}

static void bind_port_80_as_root(void)
{
	bind_low_port_as_root();
	world->ports[0].port = 80;
}

static void chown_as_other(void)
{
	add_capability("CHOWN", 1);
}

static void swap_twice(void)
{
	world->oci.resources.memory_swap.value = 1 << 30;
}

static void swap_unsaid(void)
{
	world->oci.resources.memory_swap.is_set = false;
}

static void swap_endlessly(void)
{
	world->oci.resources.memory_swap.value = -1;
}

static void mount_token(void)
{
	be_in_kubernetes();
	world->engine.automounts_token.is_on = true;
}

static void scan(void)
{
	world->vulnerabilities[0] = (struct spec_vulnerability){ .id = "CVE-2024-3094",
		                                                 .package = "xz-utils",
		                                                 .installed = "5.6.0",
		                                                 .fixed = "5.6.2",
		                                                 .severity = SPEC_SCAN_CRITICAL,
		                                                 .origin = "" };
	world->scan.vulnerability_count = 1;
	world->subject.scans = world->scans;
	world->subject.scan_count = 1;
	world->subject.wants_scans = true;
}

static void scan_high(void)
{
	scan();
	world->vulnerabilities[0].severity = SPEC_SCAN_HIGH;
}

static void scan_mitigated(void)
{
	scan();
	world->vulnerabilities[0].is_mitigated = true;
}

static void scan_another(void)
{
	scan();
	world->digests[0].value = "sha256:ffff";
}

static void state_fact(enum spec_dockerfile_fact_kind kind)
{
	world->fact = (struct spec_dockerfile_fact){ .kind = kind,
		                                     .subject = "subject",
		                                     .origin = "line 7: RUN" };
	world->file.fact_count = 1;
}

static void name_base_by_tag(void)
{
	state_fact(SPEC_FACT_UNPINNED_IMAGE);
}

static void bake_secret(void)
{
	state_fact(SPEC_FACT_SECRET);
}

static void add_remote(void)
{
	state_fact(SPEC_FACT_REMOTE_ADD);
}

static void pipe_download(void)
{
	state_fact(SPEC_FACT_PIPED_TO_SHELL);
}

static void own_by_root(void)
{
	state_fact(SPEC_FACT_ROOT_OWNED_PATH);
}

static void set_user_id(void)
{
	state_fact(SPEC_FACT_SETS_ID);
}

static void install_sudo(void)
{
	state_fact(SPEC_FACT_SUDO);
}

static void open_to_all(void)
{
	state_fact(SPEC_FACT_WRITABLE_BY_ALL);
}

static void start_from_whole_system(void)
{
	world->stages[1].image.value = "docker.io/library/ubuntu:24.04";
}

static void start_from_whole_python(void)
{
	world->stages[1].image.value = "python:3.12@" DIGEST;
}

static void start_from_slim_python(void)
{
	world->stages[1].image.value = "python:3.12-slim";
}

static void start_from_others_python(void)
{
	world->stages[1].image.value = "example.com/base/python:3.12";
}

static void build_in_whole_system(void)
{
	world->stages[0].image.value = "ubuntu:24.04";
}

static void leave_user_out(void)
{
	world->instructions[1].kind = SPEC_INSTRUCTION_RUN;
	world->engine.user.value = NULL;
	world->spec.user.uid = 0;
}

static void leave_user_to_stage(void)
{
	leave_user_out();
	world->stages[1].base = 0;
	world->instructions[1].kind = SPEC_INSTRUCTION_USER;
	world->instructions[1].stage = 0;
}

static void start_from_nonroot(void)
{
	leave_user_out();
	world->stages[1].image.value = "gcr.io/distroless/static:nonroot";
}

static void add_file(const char *source)
{
	world->words[0] = (struct spec_text){ source, "" };
	world->words[1] = (struct spec_text){ "/app/", "" };
	world->instructions[0] = (struct spec_instruction){ .kind = SPEC_INSTRUCTION_ADD,
		                                            .words = { world->words, 2 },
		                                            .stage = 1,
		                                            .origin = "line 5: ADD" };
}

static void copy_file(const char *source)
{
	add_file(source);
	world->instructions[0].kind = SPEC_INSTRUCTION_COPY;
}

static void copy_environment(void)
{
	copy_file("config/.env");
}

static void copy_keys(void)
{
	copy_file("home/.ssh/");
}

static void copy_example(void)
{
	copy_file(".env.example");
}

static void copy_from_stage(void)
{
	static const struct spec_text flag = { "--from=build", "" };

	copy_file("/run/tls.key");
	world->instructions[0].flags = (struct spec_text_list){ &flag, 1 };
}

static void add_local(void)
{
	add_file("app.py");
}

static void add_archive(void)
{
	add_file("app.tar.gz");
}

static void add_url(void)
{
	add_file("https://example.com/app.py");
}

static const struct {
	enum rule_id rule;
	void (*change)(void);
	const char *origin; /* of the finding; NULL: there is none */
} container_cases[] = {
	{ RULE_PRIVILEGED, be_privileged, "privileged" },
	{ RULE_ENGINE_SOCKET, bind_socket, "bind" },
	{ RULE_ENGINE_SOCKET, write_bind, NULL },
	{ RULE_DANGEROUS_CAPABILITIES, add_sys_admin, "capabilities" },
	{ RULE_DANGEROUS_CAPABILITIES, add_net_raw, "capabilities" },
	{ RULE_DANGEROUS_CAPABILITIES, keep_defaults, NULL },
	{ RULE_SENSITIVE_MOUNT, bind_root, "bind" },
	{ RULE_SENSITIVE_MOUNT, bind_socket, NULL },
	{ RULE_HOST_NETWORK, drop_network, "place" },
	{ RULE_USER_NAMESPACE_OFF, opt_out_of_users, "place" },
	{ RULE_USER_NAMESPACE_OFF, be_root, NULL },
	{ RULE_USER_NAMESPACE_OFF, be_in_kubernetes, "place" },
	{ RULE_ROOT_USER, be_root, "user" },
	{ RULE_ROOT_USER, name_no_user, NULL },
	{ RULE_ROOT_USER, inspect_no_user, "user" },
	{ RULE_CAPABILITIES, keep_defaults, "place" },
	{ RULE_CAPABILITIES, chown_as_other, NULL },
	{ RULE_NEW_PRIVILEGES, gain_privileges, "place" },
	{ RULE_SECCOMP_OFF, filter_nothing, "place" },
	{ RULE_APPARMOR_OFF, confine_nothing, "place" },
	{ RULE_UNMASKED_PATHS, unmask, "place" },
	{ RULE_WRITABLE_ROOT, write_root, "place" },
	{ RULE_WRITE, write_bind, "bind" },
	{ RULE_WRITE, bind_socket, NULL },
	{ RULE_EXEC_PATHS, run_tmpfs, "tmpfs" },
	{ RULE_NO_MEMORY_LIMIT, lift_memory, "place" },
	{ RULE_NO_PIDS_LIMIT, lift_pids, "place" },
	{ RULE_NO_CPU_LIMIT, lift_cpu, "place" },
	{ RULE_SECRETS_IN_ENV, tell_secret, "env" },
	{ RULE_SECRETS_IN_ENV, name_secret_file, NULL },
	{ RULE_SECRETS_IN_ENV, tell_secret_by_reference, "secretKeyRef" },
	{ RULE_SECRETS_IN_ENV, tell_config, NULL },
	{ RULE_IMAGE_NOT_PINNED, name_tag, "image" },
	{ RULE_IMAGE_NOT_PINNED, name_registry_port, NULL },
	{ RULE_IMAGE_NOT_PINNED, name_id, NULL },
	{ RULE_IMAGE_NOT_PINNED, name_no_digest, "image" },
	{ RULE_IMAGE_NOT_PINNED, name_like_digest, "image" },
	{ RULE_IMAGE_NOT_PINNED, build_here, NULL },
	{ RULE_IMAGE_USER, name_no_user, "place" },
	{ RULE_IMAGE_USER, refuse_root, NULL },
	{ RULE_IMAGE_USER, inspect_no_user, NULL },
	{ RULE_PUBLISHED_ON_ALL, publish, "port" },
	{ RULE_PUBLISHED_ON_ALL, publish_everywhere, "port" },
	{ RULE_PUBLISHED_ON_ALL, expose, NULL },
	{ RULE_DEFAULT_BRIDGE, name_no_network, "place" },
	{ RULE_DEFAULT_BRIDGE, compose_network, NULL },
	{ RULE_TMPFS_UNSIZED, size_nothing, "tmpfs" },
	{ RULE_SHARED_PROPAGATION, share_mounts, "bind" },
	{ RULE_SHARED_PROPAGATION, follow_mounts, NULL },
	{ RULE_CAPABILITY_WITHOUT_EFFECT, bind_low_port, "cap_add" },
	{ RULE_CAPABILITY_WITHOUT_EFFECT, bind_low_port_as_root, "cap_add" },
	{ RULE_CAPABILITY_WITHOUT_EFFECT, bind_port_80_as_root, NULL },
	{ RULE_CAPABILITY_WITHOUT_EFFECT, chown_as_other, "cap_add" },
	{ RULE_NO_SWAP_LIMIT, swap_twice, "place" },
	{ RULE_NO_SWAP_LIMIT, swap_unsaid, "place" },
	{ RULE_NO_SWAP_LIMIT, swap_endlessly, "place" },
	{ RULE_NO_SWAP_LIMIT, lift_memory, NULL },
	{ RULE_SERVICE_ACCOUNT_TOKEN, mount_token, "place" },
	{ RULE_CRITICAL_CVE, scan, "image" },
	{ RULE_CRITICAL_CVE, scan_high, NULL },
	{ RULE_CRITICAL_CVE, scan_mitigated, NULL },
	{ RULE_CRITICAL_CVE, scan_another, NULL },
	{ RULE_NOT_SCANNED, scan_another, "image" },
	{ RULE_NOT_SCANNED, scan, NULL },
};

static const struct {
	enum rule_id rule;
	void (*change)(void);
	const char *origin;
} build_cases[] = {
	{ RULE_BASE_NOT_PINNED, name_base_by_tag, "line 7: RUN" },
	{ RULE_BASE_NOT_MINIMAL, start_from_whole_system, "line 4: FROM" },
	{ RULE_BASE_NOT_MINIMAL, start_from_whole_python, "line 4: FROM" },
	{ RULE_BASE_NOT_MINIMAL, start_from_slim_python, NULL },
	{ RULE_BASE_NOT_MINIMAL, start_from_others_python, NULL },
	{ RULE_BASE_NOT_MINIMAL, build_in_whole_system, NULL },
	{ RULE_NO_USER, leave_user_out, "line 4: FROM" },
	{ RULE_NO_USER, leave_user_to_stage, NULL },
	{ RULE_NO_USER, start_from_nonroot, NULL },
	{ RULE_ROOT_USER, leave_user_out, NULL },
	{ RULE_ROOT_USER, be_root, "user" },
	{ RULE_SECRET_IN_IMAGE, bake_secret, "line 7: RUN" },
	{ RULE_SECRET_IN_IMAGE, copy_environment, "line 5: ADD" },
	{ RULE_SECRET_IN_IMAGE, copy_keys, "line 5: ADD" },
	{ RULE_SECRET_IN_IMAGE, copy_example, NULL },
	{ RULE_SECRET_IN_IMAGE, copy_from_stage, NULL },
	{ RULE_ADD_FROM_URL, add_remote, "line 7: RUN" },
	{ RULE_ADD_NOT_COPY, add_local, "line 5: ADD" },
	{ RULE_ADD_NOT_COPY, add_archive, NULL },
	{ RULE_ADD_NOT_COPY, add_url, NULL },
	{ RULE_PIPE_TO_SHELL, pipe_download, "line 7: RUN" },
	{ RULE_COPY_OWNED_BY_ROOT, own_by_root, "line 7: RUN" },
	{ RULE_SETUID_FILE, set_user_id, "line 7: RUN" },
	{ RULE_SUDO_IN_IMAGE, install_sudo, "line 7: RUN" },
	{ RULE_WRITABLE_BY_ALL, open_to_all, "line 7: RUN" },
	{ RULE_WRITABLE_ROOT, write_root, NULL },
};

static bool find(size_t rule, struct rule_finding *finding)
{
	return rule_find(&rule_table[rule], &world->subject, 0, finding);
}

static void check_finding(enum rule_id rule, const char *origin)
{
	struct rule_finding finding = { .origin = NULL };
	const bool is_found = find(rule, &finding);

	ck_assert_msg(is_found == (origin != NULL), "%s: %s", rule_table[rule].name,
	              is_found ? finding.what : "nothing is found");
	if (!is_found)
		return;
	ck_assert_str_eq(finding.origin, origin);
	ck_assert_str_ne(finding.what, "");
	ck_assert(!rule_find(&rule_table[rule], &world->subject, 1, &finding) ||
	          rule == RULE_UNMASKED_PATHS);
}

START_TEST(one_change_of_a_container_is_found)
{
	container_cases[_i].change();
	check_finding(container_cases[_i].rule, container_cases[_i].origin);
}
END_TEST

START_TEST(one_change_of_a_build_is_found)
{
	build_cases[_i].change();
	check_finding(build_cases[_i].rule, build_cases[_i].origin);
}
END_TEST

START_TEST(nothing_is_found_where_all_is_well)
{
	struct rule_finding finding;

	for (size_t i = 0; i < RULE_COUNT; i++)
		ck_assert_msg(!find(i, &finding), "%s: %s", rule_table[i].name, finding.what);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules");
	TCase *container = tcase_create("container");
	TCase *build = tcase_create("build");

	tcase_add_checked_fixture(container, start, end);
	tcase_add_checked_fixture(build, start_build, end);
	tcase_add_test(container, nothing_is_found_where_all_is_well);
	tcase_add_test(build, nothing_is_found_where_all_is_well);
	tcase_add_loop_test(container, one_change_of_a_container_is_found, 0,
	                    (int)ARRAY_LEN(container_cases));
	tcase_add_loop_test(build, one_change_of_a_build_is_found, 0, (int)ARRAY_LEN(build_cases));
	suite_add_tcase(suite, container);
	suite_add_tcase(suite, build);
	return run_suite(suite);
}
