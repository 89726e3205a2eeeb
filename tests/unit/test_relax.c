/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>

#include "spec/known_paths.h"
#include "spec/relax.h"
#include "spec/secret_shape.h"
#include "support/suite.h"

START_TEST(every_entry_has_a_name_and_a_control)
{
	const enum relax_entry entry = (enum relax_entry)_i;

	ck_assert_ptr_nonnull(relax_name(entry));
	ck_assert_ptr_nonnull(relax_control(entry));
	ck_assert_int_eq(relax_find(relax_name(entry)), entry);
}
END_TEST

START_TEST(there_is_no_privileged)
{
	ck_assert_int_eq(relax_find("privileged"), RELAX_COUNT);
	ck_assert_int_eq(relax_find(""), RELAX_COUNT);
}
END_TEST

static const struct {
	const char *reason;
	bool is_good;
} reasons[] = {
	{ "listens on port 80", true },
	{ "the database's own files", true },
	{ "FUSE mounts", true },
	{ "\xe9\x9c\x80\xe8\xa6\x81\xe5\x86\x99\xe5\x85\xa5\xe6\x95\xb0\xe6\x8d\xae", true },
	{ "", false },
	{ "  \t ", false },
	{ "x", false },
	{ "test", false },
	{ "because", false },
	{ "reason", false },
	{ "...", false },
	{ "... ... ...", false },
	{ "TODO", false },
	{ "todo: later", false },
	{ "tbd tbd tbd", false },
	{ "networking", false },
	{ "a b c d", false },
	{ "because needed", false },
};

START_TEST(reasons_are_judged)
{
	struct error err = { .kind = ERROR_NONE };

	ck_assert_int_eq(relax_check_reason(reasons[_i].reason, &err),
	                 reasons[_i].is_good ? 0 : -1);
	ck_assert_int_eq(err.kind, reasons[_i].is_good ? ERROR_NONE : ERROR_SPEC);
}
END_TEST

static const struct {
	const char *path;
	const char *known; /* NULL: not sensitive */
} sensitive_cases[] = {
	{ "/", "/" },
	{ "/etc", "/etc" },
	{ "/etc/nginx", NULL },
	{ "/etc/ssh/keys", "/etc/ssh" },
	{ "/home", "/home" },
	{ "/home/ann", "/home" },
	{ "/home/ann/project", NULL },
	{ "/home/ann/.ssh", ".ssh" },
	{ "/srv/backup/.aws/credentials", ".aws" },
	{ "/srv/x.ssh", NULL },
	{ "/var", "/var/lib/containerd" },
	{ "/var/lib", "/var/lib/containerd" },
	{ "/var/lib/docker/volumes/x", "/var/lib/docker" },
	{ "/var/lib/dockerx", NULL },
	{ "/var/www", NULL },
	{ "/run", "/run/containerd" },
	{ "/var/run", "/run/containerd" },
	{ "/var/run/docker.sock", "/run/docker.sock" },
	{ "/run/app", NULL },
	{ "/dev/sda", "/dev" },
	{ "/proc/1/root", "/proc" },
	{ "/usr/share", NULL },
};

START_TEST(sensitive_paths_are_known)
{
	const struct sensitive_path *known = known_path_sensitive(sensitive_cases[_i].path);

	ck_assert_pstr_eq(known == NULL ? NULL : known->path, sensitive_cases[_i].known);
}
END_TEST

START_TEST(masked_paths_are_known)
{
	ck_assert(known_path_is_masked("/proc/kcore"));
	ck_assert(known_path_is_masked("/sys/devices/system/cpu/cpu7/thermal_throttle"));
	ck_assert(!known_path_is_masked("/sys/devices/system/cpu/a/b/thermal_throttle"));
	ck_assert(!known_path_is_masked("/proc/kcore/x"));
	ck_assert(!known_path_is_masked("/proc"));
}
END_TEST

static const struct {
	const char *setting;
	bool looks_secret;
} shapes[] = {
	{ "DB_PASSWORD=x", true },
	{ "password=x", true },
	{ "PGPASSWORD=x", true },
	{ "MYSQL_PWD=x", true },
	{ "GITHUB_TOKEN=x", true },
	{ "TOKEN2=x", true },
	{ "AWS_SECRET_ACCESS_KEY=x", true },
	{ "API_KEY=x", true },
	{ "APP_PRIVATE_KEY_PEM=x", true },
	{ "DB_PASSWORD_FILE=/run/secrets/x", false },
	{ "DB_PASSWORD=", false },
	{ "TOKENIZERS_PARALLELISM=true", false },
	{ "SECRETARY=ann", false },
	{ "PWD=/srv", false },
	{ "KEY=ab", false },
	{ "X=AKIAIOSFODNN7EXAMPLE", true },
	{ "X=AKIA", false },
	{ "X=ghp_0123456789abcdefghijABCDEFGHIJ012345", true },
	{ "X=-----BEGIN OPENSSH PRIVATE KEY-----", true },
	{ "X=-----BEGIN CERTIFICATE-----", false },
	{ "X=redis://:pw@host/0", true },
	{ "X=postgres://ann@host/db", false },
	{ "X=http://host:8080/a@b", false },
};

START_TEST(secrets_are_recognised)
{
	ck_assert_int_eq(secret_shape(shapes[_i].setting) != NULL, shapes[_i].looks_secret);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("relax");
	TCase *tcase = tcase_create("relax");

	tcase_add_loop_test(tcase, every_entry_has_a_name_and_a_control, 0, RELAX_COUNT);
	tcase_add_test(tcase, there_is_no_privileged);
	tcase_add_loop_test(tcase, reasons_are_judged, 0, ARRAY_LEN(reasons));
	tcase_add_loop_test(tcase, sensitive_paths_are_known, 0, ARRAY_LEN(sensitive_cases));
	tcase_add_test(tcase, masked_paths_are_known);
	tcase_add_loop_test(tcase, secrets_are_recognised, 0, ARRAY_LEN(shapes));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
