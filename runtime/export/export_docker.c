/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/export_docker.h"

#include <assert.h>
#include <string.h>

#define TEXT(flag, compose)                \
	{                                  \
		flag, compose, DOCKER_TEXT \
	}
#define NUMBER(flag, compose)                \
	{                                    \
		flag, compose, DOCKER_NUMBER \
	}
#define LIST(flag, compose)                \
	{                                  \
		flag, compose, DOCKER_LIST \
	}
#define SWITCH(flag, compose)                \
	{                                    \
		flag, compose, DOCKER_SWITCH \
	}

const struct docker_name docker_names[] = {
	TEXT("--name", "container_name"),
	SWITCH("--detach", NULL),
	SWITCH("--rm", NULL),
	SWITCH("--init", "init"),
	SWITCH("--interactive", "stdin_open"),
	SWITCH("--tty", "tty"),
	TEXT("--restart", "restart"),
	TEXT("--platform", "platform"),
	TEXT("--pull", "pull_policy"),
	TEXT("--runtime", "runtime"),
	TEXT("--hostname", "hostname"),
	TEXT("--domainname", "domainname"),
	TEXT("--user", "user"),
	LIST("--group-add", "group_add"),
	TEXT("--workdir", "working_dir"),
	LIST("--env-file", "env_file"),
	LIST("--env", "environment"),
	SWITCH("--privileged", "privileged"),
	SWITCH("--read-only", "read_only"),
	LIST("--tmpfs", "tmpfs"),
	LIST("--volume", "volumes"),
	TEXT("--shm-size", "shm_size"),
	LIST("--security-opt", "security_opt"),
	LIST("--cap-drop", "cap_drop"),
	LIST("--cap-add", "cap_add"),
	LIST("--device", "devices"),
	LIST("--device-cgroup-rule", "device_cgroup_rules"),
	LIST("--sysctl", "sysctls"),
	LIST("--ulimit", "ulimits"),
	TEXT("--memory", "mem_limit"),
	TEXT("--memory-swap", "memswap_limit"),
	TEXT("--memory-reservation", "mem_reservation"),
	NUMBER("--memory-swappiness", "mem_swappiness"),
	SWITCH("--oom-kill-disable", "oom_kill_disable"),
	NUMBER("--oom-score-adj", "oom_score_adj"),
	NUMBER("--cpus", "cpus"),
	NUMBER("--cpu-shares", "cpu_shares"),
	TEXT("--cpuset-cpus", "cpuset"),
	TEXT("--cpuset-mems", NULL),
	NUMBER("--pids-limit", "pids_limit"),
	NUMBER("--blkio-weight", "blkio_config.weight"),
	LIST("--device-read-bps", "blkio_config.device_read_bps"),
	LIST("--device-write-bps", "blkio_config.device_write_bps"),
	LIST("--device-read-iops", "blkio_config.device_read_iops"),
	LIST("--device-write-iops", "blkio_config.device_write_iops"),
	TEXT("--network", "network_mode"),
	LIST("--network", "networks"),
	LIST("--publish", "ports"),
	LIST("--expose", "expose"),
	TEXT("--pid", "pid"),
	TEXT("--ipc", "ipc"),
	TEXT("--uts", "uts"),
	TEXT("--cgroupns", "cgroup"),
	TEXT("--userns", "userns_mode"),
	TEXT("--cgroup-parent", "cgroup_parent"),
	LIST("--annotation", "annotations"),
	SWITCH("--no-healthcheck", "healthcheck.disable"),
	TEXT("--health-cmd", "healthcheck.test"),
};
static_assert(ARRAY_LEN(docker_names) == DOCKER_SETTING_COUNT, "a setting has no name");

bool docker_can(const struct docker_writer *writer, enum docker_setting setting)
{
	const struct docker_name *name = &docker_names[setting];

	return (writer->is_compose ? name->compose : name->flag) != NULL;
}

void docker_say(struct docker_writer *writer, enum docker_setting setting, const char *value)
{
	tree_text(&writer->tree, writer->settings[setting], NULL, value);
}

/* The root is the image's, whatever folder it was unpacked to. */
static void gather_root(struct docker_writer *writer)
{
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &writer->spec->rootfs.path);
	losses_said(losses, &writer->oci->is_rootfs_read_only);
	if (writer->oci->is_rootfs_read_only)
		docker_say(writer, DOCKER_READ_ONLY, "true");
}

static void gather_annotations(struct docker_writer *writer)
{
	const struct spec_oci *oci = writer->oci;

	losses_said(&writer->work->losses, &oci->annotations);
	for (size_t i = 0; i < oci->annotation_count; i++) {
		if (strcmp(oci->annotations[i].name, work_image_annotation) != 0)
			tree_format(&writer->tree, writer->settings[DOCKER_ANNOTATION], NULL,
			            "%s=%s", oci->annotations[i].name, oci->annotations[i].value);
	}
}

/* What of an engine's own members is one word for both. */
static void gather_text(struct docker_writer *writer, const struct spec_text *text,
                        enum docker_setting setting)
{
	if (text->value == NULL || !docker_can(writer, setting))
		return;
	losses_said(&writer->work->losses, text);
	docker_say(writer, setting, text->value);
}

static void gather_switch(struct docker_writer *writer, const struct spec_switch *choice,
                          enum docker_setting setting)
{
	if (!choice->is_on || !choice->is_said || !docker_can(writer, setting))
		return;
	losses_said(&writer->work->losses, choice);
	docker_say(writer, setting, "true");
}

/* What Kubernetes calls otherwise. */
static const char *word_of_docker(const char *word)
{
	static const char *const words[][2] = {
		{ "Always", "always" },
		{ "OnFailure", "on-failure" },
		{ "IfNotPresent", "missing" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i][0], word) == 0)
			return words[i][1];
	}
	return word;
}

static const char *restart_word(const char *word)
{
	return strcmp(word, "Never") == 0 ? "no" : word_of_docker(word);
}

static const char *pull_word(const char *word)
{
	return strcmp(word, "Never") == 0 ? "never" : word_of_docker(word);
}

static void gather_health(struct docker_writer *writer)
{
	const struct spec_text *health = &writer->engine->health;

	if (health->value == NULL || writer->engine->language == SPEC_LANGUAGE_KUBERNETES)
		return; /* a probe is no command */
	losses_said(&writer->work->losses, health);
	if (strcmp(health->value, "none") == 0)
		docker_say(writer, DOCKER_NO_HEALTH, "true");
	else
		docker_say(writer, DOCKER_HEALTH, health->value);
	if (strcmp(health->value, "none") != 0)
		losses_note(&writer->work->losses, health->origin,
		            "of the health check only the command is taken over");
}

static void gather_engine(struct docker_writer *writer)
{
	const struct spec_engine *engine = writer->engine;

	losses_said(&writer->work->losses, &engine->restart);
	losses_said(&writer->work->losses, &engine->pull);
	if (engine->restart.value != NULL)
		docker_say(writer, DOCKER_RESTART, restart_word(engine->restart.value));
	if (engine->pull.value != NULL)
		docker_say(writer, DOCKER_PULL, pull_word(engine->pull.value));
	gather_text(writer, &engine->platform, DOCKER_PLATFORM);
	gather_text(writer, &engine->runtime, DOCKER_RUNTIME);
	gather_text(writer, &engine->cgroup_parent, DOCKER_CGROUP_PARENT);
	gather_switch(writer, &engine->has_init, DOCKER_INIT);
	gather_switch(writer, &engine->removes_itself, DOCKER_RM);
	gather_switch(writer, &engine->is_detached, DOCKER_DETACH);
	gather_switch(writer, &engine->keeps_stdin_open, DOCKER_INTERACTIVE);
	losses_said(&writer->work->losses, &engine->env_files);
	for (size_t i = 0; i < engine->env_files.count; i++)
		docker_say(writer, DOCKER_ENV_FILE, engine->env_files.items[i].value);
	gather_health(writer);
}

int docker_gather(struct docker_writer *writer, struct error *err)
{
	struct tree *tree = &writer->tree;

	writer->spec = writer->work->spec;
	writer->oci = writer->work->oci;
	writer->engine = writer->work->engine;
	tree_begin(tree, writer->work->arena, TREE_LIST);
	for (unsigned int i = 0; i < DOCKER_SETTING_COUNT; i++)
		writer->settings[i] = tree_list(tree, &tree->root, NULL);
	writer->program = tree_list(tree, &tree->root, NULL);
	writer->command = tree_list(tree, &tree->root, NULL);
	if (work_find_image(writer->work, &writer->image, err) < 0)
		return -1;
	docker_gather_process(writer);
	gather_root(writer);
	docker_gather_files(writer);
	docker_gather_limits(writer);
	docker_gather_network(writer);
	gather_annotations(writer);
	if (writer->engine != NULL)
		gather_engine(writer);
	return 0;
}
