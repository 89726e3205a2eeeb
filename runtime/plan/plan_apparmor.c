/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which AppArmor profile confines the container, and the text of the generated one.
 * Source: apparmor.d(5) of AppArmor 3.0 and 4.1.
 */
#include "plan/plan_apparmor.h"

#include <assert.h>
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sha256.h"
#include "base/text.h"
#include "kernel/apparmor.h"
#include "plan/plan_access.h"
#include "plan/plan_steps.h"

#define NAME_MARK "@NAME@"

/* Hexadecimal digits of the text's hash in the name. */
#define NAME_DIGITS 32

/*
 * What the mounts of the container do not lead to: files that the caller left open. AppArmor 3
 * shows them by their path on the host and cannot tell them from the container's own; AppArmor
 * 4 puts this before it.
 */
#define OUTSIDE "/.hardrun-outside"

#define DELETED " (deleted)"

/* What the places of the root are looked at for. */
typedef bool access_test(const struct plan_node *node);

/* Characters that mean something in a profile's path. Source: apparmor.d(5), "Globbing". */
static void add_path(struct text *text, const char *path)
{
	for (const char *c = path; *c != '\0'; c++)
		text_add_format(text, strchr("\\\"*?[]{}^,#@ ", *c) != NULL ? "\\%c" : "%c", *c);
}

static bool is_root(const char *path)
{
	return strcmp(path, "/") == 0;
}

/* A rule with @rights on what @node shows; @prefix is "" or "audit deny ". */
static void add_rule(struct text *text, const char *prefix, const struct plan_node *node,
                     const char *rights)
{
	text_add_format(text, "  %s\"", prefix);
	if (!is_root(node->target))
		add_path(text, node->target);
	text_add_format(text, "%s\" %s,\n", plan_access_is_directory(node) ? "/**" : "", rights);
}

static bool is_below(const struct plan_node *node, const struct plan_node *above)
{
	return is_root(above->target) ? !is_root(node->target)
	                              : strcmp(node->target, above->target) != 0 &&
	                                        path_is_within(node->target, above->target);
}

static bool has_below(const struct plan_apparmor_facts *facts, const struct plan_node *node,
                      access_test *is_allowed)
{
	for (size_t i = 0; i < facts->node_count; i++) {
		const struct plan_node *other = &facts->nodes[i];

		if (plan_access_is_mount(other) && is_allowed(other) && is_below(other, node))
			return true;
	}
	return false;
}

static bool has_above(const struct plan_apparmor_facts *facts, const struct plan_node *node,
                      access_test *is_allowed)
{
	for (size_t i = 0; i < facts->node_count; i++) {
		const struct plan_node *other = &facts->nodes[i];

		if (plan_access_is_mount(other) && is_allowed(other) && is_below(node, other))
			return true;
	}
	return false;
}

/*
 * Allow @rights where the mounts do, and take back @refused at places in between that do not.
 * A deny beats every allow, so it cannot be said of a place that has an allowed one below:
 * there the mount alone decides.
 */
static void add_places(struct text *text, const struct plan_apparmor_facts *facts,
                       access_test *is_allowed, const char *rights, const char *refused)
{
	for (size_t i = 0; i < facts->node_count; i++) {
		const struct plan_node *node = &facts->nodes[i];

		if (!plan_access_is_mount(node) || node->kind == PLAN_NODE_DEVICE)
			continue;
		if (is_allowed(node))
			add_rule(text, "", node, rights);
		else if (has_above(facts, node, is_allowed) && !has_below(facts, node, is_allowed))
			add_rule(text, "audit deny ", node, refused);
	}
}

static void add_execute(struct text *text, const struct plan_apparmor_facts *facts)
{
	add_places(text, facts, plan_access_may_execute, "mrix", "mx");
}

static void add_write(struct text *text, const struct plan_apparmor_facts *facts)
{
	add_places(text, facts, plan_access_may_write, "rwkl", "wl");
}

static void add_devices(struct text *text, const struct plan_apparmor_facts *facts)
{
	for (size_t i = 0; i < facts->node_count; i++) {
		if (facts->nodes[i].kind == PLAN_NODE_DEVICE)
			add_rule(text, "", &facts->nodes[i], "rwk");
	}
}

static void add_stdio(struct text *text, const struct plan_apparmor_facts *facts)
{
	if (facts->has_new_classes)
		text_add(text, "  \"" OUTSIDE "/**\" rwk,\n");
	for (size_t i = 0; i < ARRAY_LEN(facts->stdio) && !facts->has_new_classes; i++) {
		if (facts->stdio[i] == NULL)
			continue;
		text_add(text, "  \"");
		add_path(text, facts->stdio[i]);
		text_add(text, "\" rwk,\n");
	}
}

static void add_raw(struct text *text, const struct plan_apparmor_facts *facts)
{
	if ((facts->capabilities & (UINT64_C(1) << CAP_NET_RAW)) != 0)
		text_add(text, "  network inet raw,\n"
		               "  network inet6 raw,\n"
		               "  network packet,\n");
}

/* "CAP_NET_RAW" is "net_raw" there. */
static void add_capabilities(struct text *text, const struct plan_apparmor_facts *facts)
{
	for (unsigned int i = 0; i < 64; i++) {
		const char *name = capability_name(i);

		if ((facts->capabilities & (UINT64_C(1) << i)) == 0 || name == NULL)
			continue;
		text_add(text, "  capability ");
		for (const char *c = name + strlen("CAP_"); *c != '\0'; c++)
			text_add_format(text, "%c", tolower((unsigned char)*c));
		text_add(text, ",\n");
	}
}

/* An older parser mediates neither, and does not know the words. */
static void add_classes(struct text *text, const struct plan_apparmor_facts *facts)
{
	if (!facts->has_new_classes)
		return;
	text_add(text, "  mqueue,\n");
	if (facts->may_nest_user_namespaces)
		text_add(text, "  userns,\n");
}

static void add_flags(struct text *text, const struct plan_apparmor_facts *facts)
{
	text_add_format(text, "attach_disconnected%s, mediate_deleted",
	                facts->has_new_classes ? ", attach_disconnected.path=" OUTSIDE : "");
}

static void add_starter(struct text *text, const struct plan_apparmor_facts *facts)
{
	text_add(text, "\"");
	add_path(text, facts->starter);
	text_add(text, "\"");
}

/* It is put in when the rest is known. */
static void keep_name(struct text *text, const struct plan_apparmor_facts *facts)
{
	text_add(text, NAME_MARK);
}

static const struct {
	const char *mark;
	void (*add)(struct text *text, const struct plan_apparmor_facts *facts);
} marks[] = {
	{ NAME_MARK, keep_name },
	{ "@FLAGS@", add_flags },
	{ "@EXECUTE@", add_execute },
	{ "@WRITE@", add_write },
	{ "@DEVICES@", add_devices },
	{ "@STDIO@", add_stdio },
	{ "@STARTER@", add_starter },
	{ "@RAW@", add_raw },
	{ "@CAPABILITIES@", add_capabilities },
	{ "@CLASSES@", add_classes },
};

/* Fill in the mark that @at, a part of the template, begins with. Returns its length. */
static size_t fill_in(struct text *text, const char *at, const struct plan_apparmor_facts *facts)
{
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		const size_t length = strlen(marks[i].mark);

		if (strncmp(at, marks[i].mark, length) == 0) {
			marks[i].add(text, facts);
			return length;
		}
	}
	assert(false);
	return 0;
}

/* Everything but the name, which follows from this. */
static char *write_nameless(const struct plan_apparmor_facts *facts, struct error *err)
{
	AUTO_TEXT struct text text = { 0 };
	const char *at = plan_apparmor_template;

	while (*at != '\0') {
		const size_t plain = strcspn(at, "@");

		text_add_format(&text, "%.*s", (int)plain, at);
		at += plain;
		if (*at != '\0')
			at += fill_in(&text, at, facts);
	}
	return text_take(&text, err);
}

static char *put_name(const char *nameless, const char *name, struct error *err)
{
	AUTO_TEXT struct text text = { 0 };
	const char *mark;

	while ((mark = strstr(nameless, NAME_MARK)) != NULL) {
		text_add_format(&text, "%.*s%s", (int)(mark - nameless), nameless, name);
		nameless = mark + strlen(NAME_MARK);
	}
	text_add(&text, nameless);
	return text_take(&text, err);
}

static void derive_name(const char *prefix, const char *nameless, char out[PLAN_APPARMOR_NAME_SIZE])
{
	char digits[SHA256_TEXT_SIZE];

	sha256_of(nameless, strlen(nameless), digits);
	(void)snprintf(out, PLAN_APPARMOR_NAME_SIZE, "%s%.*s", prefix, NAME_DIGITS, digits);
}

static int check_path(const char *path, const char *origin, struct error *err)
{
	if (path == NULL || !text_has_control(path, false))
		return 0;
	(void)error_set(err, ERROR_SPEC,
	                "AppArmor: no profile can name a path with a control character");
	return error_at(err, "%s", origin);
}

static int check_paths(const struct plan_apparmor_facts *facts, struct error *err)
{
	for (size_t i = 0; i < facts->node_count; i++) {
		const struct plan_node *node = &facts->nodes[i];

		if (check_path(node->target, node->origin != NULL ? node->origin : "", err) < 0)
			return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(facts->stdio); i++) {
		if (check_path(facts->stdio[i], "standard output", err) < 0)
			return -1;
	}
	return 0;
}

int plan_apparmor_write(const struct plan_apparmor_facts *facts,
                        char out_name[PLAN_APPARMOR_NAME_SIZE], char **out_text, struct error *err)
{
	AUTO_FREE char *nameless = NULL;

	if (check_paths(facts, err) < 0)
		return -1;
	nameless = write_nameless(facts, err);
	if (nameless == NULL)
		return -1;
	derive_name(facts->prefix, nameless, out_name);
	*out_text = put_name(nameless, out_name, err);
	return *out_text == NULL ? -1 : 0;
}

/* The path of a regular file that @fd may write; NULL when it is none. */
static const char *find_stdio(int fd, char path[PATH_MAX])
{
	const int flags = fcntl(fd, F_GETFL);
	char link[32];
	struct stat status;
	ssize_t length;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(fd, &status) < 0 ||
	    !S_ISREG(status.st_mode))
		return NULL;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, PATH_MAX - 1);
	if (length <= 0 || path[0] != '/')
		return NULL;
	path[length] = '\0';
	if (status.st_nlink == 0 && (size_t)length > strlen(DELETED))
		path[(size_t)length - strlen(DELETED)] = '\0';
	return path;
}

static int find_all_stdio(struct planner *planner, struct plan_apparmor_facts *facts,
                          struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		char path[PATH_MAX];
		const char *found = find_stdio(fd, path);

		if (found == NULL)
			continue;
		facts->stdio[fd] = planner_copy(planner, found, err);
		if (facts->stdio[fd] == NULL)
			return -1;
	}
	return 0;
}

/* Only root can load a profile. */
static int check_loading(const struct planner *planner, struct error *err)
{
	const struct plan *plan = planner->plan;

	if (plan->is_privileged || apparmor_is_loaded(plan->apparmor_profile))
		return 0;
	(void)error_set(
		err, ERROR_DENIED,
		"AppArmor: the kernel lacks this spec's profile, and only root can load it");
	return error_hint(err, "hardrun check SPEC --apparmor | sudo apparmor_parser -r; or relax "
	                       "apparmor-if-available");
}

static int plan_generated(struct planner *planner, struct error *err)
{
	struct plan *plan = planner->plan;
	char name[PLAN_APPARMOR_NAME_SIZE];
	char starter[APPARMOR_LABEL_SIZE];
	AUTO_FREE char *text = NULL;
	struct plan_apparmor_facts facts = {
		.prefix = plan->is_privileged ? PLAN_APPARMOR_PREFIX : PLAN_APPARMOR_USER_PREFIX,
		.nodes = plan->nodes,
		.node_count = plan->node_count,
		.capabilities = planner->spec->capabilities,
		.may_nest_user_namespaces = planner->spec->may_nest_user_namespaces,
		.has_new_classes = apparmor_has_new_classes(),
		.starter = starter,
	};

	if (apparmor_read_own(starter, err) < 0 ||
	    (!facts.has_new_classes && find_all_stdio(planner, &facts, err) < 0) ||
	    plan_apparmor_write(&facts, name, &text, err) < 0)
		return -1;
	if (!plan->is_privileged && !apparmor_is_loaded(name) &&
	    planner->spec->apparmor.is_optional)
		return 0;
	plan->apparmor_profile = planner_copy(planner, name, err);
	plan->apparmor_text = planner_copy(planner, text, err);
	if (plan->apparmor_profile == NULL || plan->apparmor_text == NULL)
		return -1;
	return check_loading(planner, err);
}

static int plan_named(struct planner *planner, struct error *err)
{
	const struct spec_text *name = &planner->spec->apparmor.name;

	if (apparmor_is_missing(name->value)) {
		(void)error_set(err, ERROR_HOST, "AppArmor: the profile %s is not loaded",
		                name->value);
		(void)error_at(err, "%s", name->origin);
		return error_hint(err, "as root: apparmor_parser -r FILE");
	}
	planner->plan->apparmor_profile = planner_copy(planner, name->value, err);
	return planner->plan->apparmor_profile == NULL ? -1 : 0;
}

static int refuse_host(struct error *err)
{
	(void)error_set(err, ERROR_HOST, "AppArmor: this host's kernel does not have it enabled");
	return error_hint(err, "boot with lsm=...,apparmor and install apparmor; or relax "
	                       "apparmor-if-available or apparmor-off");
}

int plan_apparmor(struct planner *planner, struct error *err)
{
	const struct spec_apparmor *asked = &planner->spec->apparmor;

	if (asked->kind == SPEC_APPARMOR_OFF)
		return 0;
	if (!host_has_apparmor(planner->host))
		return asked->is_optional ? 0 : refuse_host(err);
	return asked->kind == SPEC_APPARMOR_NAMED ? plan_named(planner, err)
	                                          : plan_generated(planner, err);
}
