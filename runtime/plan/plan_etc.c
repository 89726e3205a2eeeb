/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan_etc.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "plan/plan_sources.h"

#define NOBODY UINT32_C(65534)

/* A resolver's configuration larger than this is cut off. */
#define RESOLVER_SIZE_MAX 4096

static const struct plan_node links[] = {
	{ .kind = PLAN_NODE_SYMLINK, .target = "/etc/mtab", .source = "/proc/self/mounts" },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/etc/os-release", .source = "/usr/lib/os-release" },
};

static int append_file(struct plan_nodes *nodes, const char *target, const char *content,
                       struct error *err)
{
	const struct plan_node node = { .kind = PLAN_NODE_FILE,
		                        .target = target,
		                        .content = content,
		                        .content_size = content == NULL ? 0 : strlen(content),
		                        .mode = 0644,
		                        .inner_uid = nodes->items[0].inner_uid,
		                        .inner_gid = nodes->items[0].inner_gid };

	return content == NULL ? -1 : plan_nodes_append(nodes, &node, err);
}

static const char *user_line(struct planner *planner, struct error *err)
{
	const struct plan *plan = planner->plan;

	if (plan->inner_uid == 0 || plan->inner_uid == NOBODY)
		return "";
	return planner_text(planner, err, "user:x:%u:%u:user:/tmp:/usr/sbin/nologin\n",
	                    plan->inner_uid, plan->inner_gid);
}

static const char *group_line(struct planner *planner, struct error *err)
{
	const struct plan *plan = planner->plan;

	if (plan->inner_gid == 0 || plan->inner_gid == NOBODY)
		return "";
	return planner_text(planner, err, "user:x:%u:\n", plan->inner_gid);
}

static int append_accounts(struct plan_nodes *nodes, struct error *err)
{
	struct planner *planner = nodes->planner;
	const char *user = user_line(planner, err);
	const char *group = group_line(planner, err);

	if (user == NULL || group == NULL)
		return -1;
	user = planner_text(planner, err,
	                    "root:x:0:0:root:/tmp:/usr/sbin/nologin\n%s"
	                    "nobody:x:%u:%u:nobody:/nonexistent:/usr/sbin/nologin\n",
	                    user, NOBODY, NOBODY);
	group = planner_text(planner, err, "root:x:0:\ntty:x:5:\n%snogroup:x:%u:\n", group, NOBODY);
	if (append_file(nodes, "/etc/passwd", user, err) < 0)
		return -1;
	return append_file(nodes, "/etc/group", group, err);
}

static int append_names(struct plan_nodes *nodes, struct error *err)
{
	struct planner *planner = nodes->planner;
	struct utsname names;
	const char *hostname = planner->plan->hostname;

	if (hostname == NULL) {
		if (uname(&names) < 0)
			return error_set_errno(err, "cannot read the host's name");
		hostname = names.nodename;
	}
	if (append_file(nodes, "/etc/hostname", planner_text(planner, err, "%s\n", hostname), err) <
	    0)
		return -1;
	return append_file(nodes, "/etc/hosts",
	                   planner_text(planner, err,
	                                "127.0.0.1\tlocalhost %s\n"
	                                "::1\tlocalhost ip6-localhost ip6-loopback %s\n",
	                                hostname, hostname),
	                   err);
}

/* The host's own resolvers, which only a container on the host's network can reach. */
static const char *read_resolvers(struct planner *planner, struct error *err)
{
	AUTO_CLOSE int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = planner_array(planner, RESOLVER_SIZE_MAX + 1, 1, err);

	if (text != NULL && fd >= 0 && read(fd, text, RESOLVER_SIZE_MAX) < 0) {
		(void)error_set_errno(err, "cannot read /etc/resolv.conf");
		return NULL;
	}
	return text;
}

static int append_resolvers(struct plan_nodes *nodes, struct error *err)
{
	const bool is_alone = planner_is_new(nodes->planner, CLONE_NEWNET);
	const char *resolvers = is_alone ? "# no network\n" : read_resolvers(nodes->planner, err);
	const char *services = is_alone ? "passwd: files\ngroup: files\nhosts: files\n"
	                                : "passwd: files\ngroup: files\nhosts: files dns\n";

	if (append_file(nodes, "/etc/resolv.conf", resolvers, err) < 0)
		return -1;
	return append_file(nodes, "/etc/nsswitch.conf", services, err);
}

int plan_etc(struct plan_nodes *nodes, struct error *err)
{
	const struct plan_node etc = { .kind = PLAN_NODE_DIRECTORY,
		                       .target = "/etc",
		                       .mode = 0755,
		                       .inner_uid = nodes->items[0].inner_uid,
		                       .inner_gid = nodes->items[0].inner_gid };

	if (plan_nodes_append(nodes, &etc, err) < 0 || append_accounts(nodes, err) < 0 ||
	    append_names(nodes, err) < 0 || append_resolvers(nodes, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		if (plan_nodes_append(nodes, &links[i], err) < 0)
			return -1;
	}
	return 0;
}

static int place_secrets_folder(struct plan_nodes *nodes, struct error *err)
{
	const struct plan *plan = nodes->planner->plan;
	const size_t count = nodes->planner->spec->secret_count;
	const struct plan_node folder = {
		.kind = PLAN_NODE_TMPFS,
		.target = PLAN_SECRETS_FOLDER,
		.mode = 0500,
		.inner_uid = plan->inner_uid,
		.inner_gid = plan->inner_gid,
		.tmpfs_size = count * PLAN_SECRET_SIZE_MAX,
		.tmpfs_inodes = count + 1,
		.attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		.is_read_only = true,
	};

	return plan_nodes_place(nodes, &folder, err);
}

static int check_secret(const struct spec_secret *secret, const struct plan_source_facts *facts,
                        struct error *err)
{
	if (!facts->is_regular)
		return error_set(err, ERROR_SPEC, "the secret %s is not a regular file",
		                 secret->source);
	if (facts->size > PLAN_SECRET_SIZE_MAX)
		return error_set(err, ERROR_SPEC, "the secret %s is larger than 1 MiB",
		                 secret->source);
	return 0;
}

/* A secret is sensitive by its nature: no place is refused. */
static int add_secret(struct planner *planner, const struct spec_secret *secret,
                      struct plan_secret *out, struct error *err)
{
	const struct plan_source source = { .path = secret->source,
		                            .origin = secret->origin,
		                            .may_be_sensitive = true };
	struct plan_source_facts facts;

	if (plan_source_check(planner, &source, &facts, err) < 0)
		return -1;
	if (check_secret(secret, &facts, err) < 0)
		return error_at(err, "%s", secret->origin);
	out->source = planner_copy(planner, secret->source, err);
	out->target = planner_text(planner, err, PLAN_SECRETS_FOLDER "/%s", secret->name);
	out->origin = planner_copy(planner, secret->origin, err);
	return out->source == NULL || out->target == NULL || out->origin == NULL ? -1 : 0;
}

int plan_secrets(struct plan_nodes *nodes, struct error *err)
{
	struct planner *planner = nodes->planner;
	const size_t wanted = planner->spec->secret_count;
	struct plan_secret *secrets;
	size_t count = 0;

	if (wanted == 0)
		return 0;
	secrets = planner_array(planner, wanted, sizeof(*secrets), err);
	if (secrets == NULL || place_secrets_folder(nodes, err) < 0)
		return -1;
	for (size_t i = 0; i < wanted; i++) {
		if (add_secret(planner, &planner->spec->secrets[i], &secrets[count], err) == 0)
			count++;
		else if (planner_lacks(planner, err) < 0)
			return -1;
	}
	planner->plan->secrets = count > 0 ? secrets : NULL;
	planner->plan->secret_count = count;
	return 0;
}
