/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of docker run, docker create, and Podman's of the same name.
 * Source: docker run --help (28), podman run --help (5.8).
 */
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "import/docker.h"
#include "import/document.h"
#include "import/shell_words.h"

enum option_kind {
	OPTION_VALUE,  /* --opt value, --opt=value, -o value, -ovalue */
	OPTION_SWITCH, /* --opt, --opt=false, -o */
};

/* What is done with it. */
enum option_use {
	USE_TAKE,   /* given to @take */
	USE_TEXT,   /* kept in the engine's text at @offset */
	USE_SWITCH, /* kept in the engine's switch at @offset */
	USE_UNREAD, /* means nothing to a sandbox */
};

struct option {
	const char *name;
	char letter; /* '\0': none */
	enum option_kind kind;
	enum option_use use;
	docker_take_function *take;
	size_t offset;
	bool is_named_only; /* its value is not shown whole, as it may be a secret */
};

#define TAKE(name, letter, kind, function)                       \
	{                                                        \
		name, letter, kind, USE_TAKE, function, 0, false \
	}
#define TAKE_NAME(name, letter, function)                               \
	{                                                               \
		name, letter, OPTION_VALUE, USE_TAKE, function, 0, true \
	}
#define TEXT(name, member)                                                                      \
	{                                                                                       \
		name, '\0', OPTION_VALUE, USE_TEXT, NULL, offsetof(struct spec_engine, member), \
			false                                                                   \
	}
#define SWITCH(name, letter, member)                                \
	{                                                           \
		name, letter, OPTION_SWITCH, USE_SWITCH, NULL,      \
			offsetof(struct spec_engine, member), false \
	}
#define UNREAD(name, letter, kind)                             \
	{                                                      \
		name, letter, kind, USE_UNREAD, NULL, 0, false \
	}

static int take_no_health(struct docker_draft *draft, const struct spec_text *text,
                          struct error *err)
{
	bool is_on;

	if (docker_read_switch(text, &is_on, err) < 0)
		return -1;
	if (is_on)
		docker_engine(draft)->health = (struct spec_text){ "none", text->origin };
	return 0;
}

/* "all" or "device=0": devices, whatever they are called on the host. */
static int take_gpus(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_text device = { .origin = text->origin };
	char name[80];

	(void)snprintf(name, sizeof(name), "gpu=%.60s", text->value);
	device.value = docker_copy(draft, name, strlen(name), err);
	return device.value == NULL ? -1 : docker_take_device(draft, &device, err);
}

/* In the order of the alphabet. */
static const struct option options[] = {
	UNREAD("add-host", '\0', OPTION_VALUE),
	TAKE("annotation", '\0', OPTION_VALUE, docker_take_annotation),
	UNREAD("arch", '\0', OPTION_VALUE),
	UNREAD("attach", 'a', OPTION_VALUE),
	UNREAD("authfile", '\0', OPTION_VALUE),
	TAKE("blkio-weight", '\0', OPTION_VALUE, docker_take_blkio_weight),
	UNREAD("blkio-weight-device", '\0', OPTION_VALUE),
	TAKE("cap-add", '\0', OPTION_VALUE, docker_take_cap_add),
	TAKE("cap-drop", '\0', OPTION_VALUE, docker_take_cap_drop),
	UNREAD("cert-dir", '\0', OPTION_VALUE),
	UNREAD("cgroup-conf", '\0', OPTION_VALUE),
	TEXT("cgroup-parent", cgroup_parent),
	TAKE("cgroupns", '\0', OPTION_VALUE, docker_take_cgroup_mode),
	UNREAD("cgroups", '\0', OPTION_VALUE),
	UNREAD("chrootdirs", '\0', OPTION_VALUE),
	UNREAD("cidfile", '\0', OPTION_VALUE),
	UNREAD("conmon-pidfile", '\0', OPTION_VALUE),
	UNREAD("cpu-count", '\0', OPTION_VALUE),
	UNREAD("cpu-percent", '\0', OPTION_VALUE),
	TAKE("cpu-period", '\0', OPTION_VALUE, docker_take_cpu_period),
	TAKE("cpu-quota", '\0', OPTION_VALUE, docker_take_cpu_quota),
	UNREAD("cpu-rt-period", '\0', OPTION_VALUE),
	UNREAD("cpu-rt-runtime", '\0', OPTION_VALUE),
	TAKE("cpu-shares", 'c', OPTION_VALUE, docker_take_cpu_shares),
	TAKE("cpus", '\0', OPTION_VALUE, docker_take_cpus),
	TAKE("cpuset-cpus", '\0', OPTION_VALUE, docker_take_cpuset_cpus),
	TAKE("cpuset-mems", '\0', OPTION_VALUE, docker_take_cpuset_mems),
	UNREAD("creds", '\0', OPTION_VALUE),
	UNREAD("decryption-key", '\0', OPTION_VALUE),
	SWITCH("detach", 'd', is_detached),
	UNREAD("detach-keys", '\0', OPTION_VALUE),
	TAKE("device", '\0', OPTION_VALUE, docker_take_device),
	TAKE("device-cgroup-rule", '\0', OPTION_VALUE, docker_take_device_rule),
	UNREAD("device-read-bps", '\0', OPTION_VALUE),
	UNREAD("device-read-iops", '\0', OPTION_VALUE),
	UNREAD("device-write-bps", '\0', OPTION_VALUE),
	UNREAD("device-write-iops", '\0', OPTION_VALUE),
	UNREAD("disable-content-trust", '\0', OPTION_SWITCH),
	UNREAD("dns", '\0', OPTION_VALUE),
	UNREAD("dns-opt", '\0', OPTION_VALUE),
	UNREAD("dns-option", '\0', OPTION_VALUE),
	UNREAD("dns-search", '\0', OPTION_VALUE),
	TAKE("domainname", '\0', OPTION_VALUE, docker_take_domainname),
	TAKE("entrypoint", '\0', OPTION_VALUE, docker_take_entrypoint),
	TAKE_NAME("env", 'e', docker_take_env),
	TAKE("env-file", '\0', OPTION_VALUE, docker_take_env_file),
	UNREAD("env-host", '\0', OPTION_SWITCH),
	UNREAD("env-merge", '\0', OPTION_VALUE),
	TAKE("expose", '\0', OPTION_VALUE, docker_take_expose),
	TAKE("gidmap", '\0', OPTION_VALUE, docker_take_userns),
	TAKE("gpus", '\0', OPTION_VALUE, take_gpus),
	TAKE("group-add", '\0', OPTION_VALUE, docker_take_group),
	UNREAD("group-entry", '\0', OPTION_VALUE),
	TEXT("health-cmd", health),
	UNREAD("health-interval", '\0', OPTION_VALUE),
	UNREAD("health-log-destination", '\0', OPTION_VALUE),
	UNREAD("health-max-log-count", '\0', OPTION_VALUE),
	UNREAD("health-max-log-size", '\0', OPTION_VALUE),
	UNREAD("health-on-failure", '\0', OPTION_VALUE),
	UNREAD("health-retries", '\0', OPTION_VALUE),
	UNREAD("health-start-interval", '\0', OPTION_VALUE),
	UNREAD("health-start-period", '\0', OPTION_VALUE),
	UNREAD("health-startup-cmd", '\0', OPTION_VALUE),
	UNREAD("health-startup-interval", '\0', OPTION_VALUE),
	UNREAD("health-startup-retries", '\0', OPTION_VALUE),
	UNREAD("health-startup-success", '\0', OPTION_VALUE),
	UNREAD("health-startup-timeout", '\0', OPTION_VALUE),
	UNREAD("health-timeout", '\0', OPTION_VALUE),
	UNREAD("help", '\0', OPTION_SWITCH),
	TAKE("hostname", 'h', OPTION_VALUE, docker_take_hostname),
	UNREAD("hosts-file", '\0', OPTION_VALUE),
	UNREAD("hostuser", '\0', OPTION_VALUE),
	UNREAD("http-proxy", '\0', OPTION_SWITCH),
	UNREAD("image-volume", '\0', OPTION_VALUE),
	SWITCH("init", '\0', has_init),
	UNREAD("init-ctr", '\0', OPTION_VALUE),
	UNREAD("init-path", '\0', OPTION_VALUE),
	SWITCH("interactive", 'i', keeps_stdin_open),
	UNREAD("io-maxbandwidth", '\0', OPTION_VALUE),
	UNREAD("io-maxiops", '\0', OPTION_VALUE),
	UNREAD("ip", '\0', OPTION_VALUE),
	UNREAD("ip6", '\0', OPTION_VALUE),
	TAKE("ipc", '\0', OPTION_VALUE, docker_take_ipc),
	UNREAD("isolation", '\0', OPTION_VALUE),
	UNREAD("kernel-memory", '\0', OPTION_VALUE),
	UNREAD("label", 'l', OPTION_VALUE),
	UNREAD("label-file", '\0', OPTION_VALUE),
	UNREAD("link", '\0', OPTION_VALUE),
	UNREAD("link-local-ip", '\0', OPTION_VALUE),
	UNREAD("log-driver", '\0', OPTION_VALUE),
	UNREAD("log-opt", '\0', OPTION_VALUE),
	UNREAD("mac-address", '\0', OPTION_VALUE),
	TAKE("memory", 'm', OPTION_VALUE, docker_take_memory),
	TAKE("memory-reservation", '\0', OPTION_VALUE, docker_take_memory_reservation),
	TAKE("memory-swap", '\0', OPTION_VALUE, docker_take_memory_swap),
	TAKE("memory-swappiness", '\0', OPTION_VALUE, docker_take_memory_swappiness),
	TAKE("mount", '\0', OPTION_VALUE, docker_take_mount),
	TEXT("name", service),
	TAKE("net", '\0', OPTION_VALUE, docker_take_network),
	UNREAD("net-alias", '\0', OPTION_VALUE),
	TAKE("network", '\0', OPTION_VALUE, docker_take_network),
	UNREAD("network-alias", '\0', OPTION_VALUE),
	TAKE("no-healthcheck", '\0', OPTION_SWITCH, take_no_health),
	UNREAD("no-hostname", '\0', OPTION_SWITCH),
	UNREAD("no-hosts", '\0', OPTION_SWITCH),
	TAKE("oom-kill-disable", '\0', OPTION_SWITCH, docker_take_oom_kill_disable),
	TAKE("oom-score-adj", '\0', OPTION_VALUE, docker_take_oom_score_adj),
	UNREAD("os", '\0', OPTION_VALUE),
	UNREAD("passwd", '\0', OPTION_SWITCH),
	UNREAD("passwd-entry", '\0', OPTION_VALUE),
	UNREAD("personality", '\0', OPTION_VALUE),
	TAKE("pid", '\0', OPTION_VALUE, docker_take_pid),
	UNREAD("pidfile", '\0', OPTION_VALUE),
	TAKE("pids-limit", '\0', OPTION_VALUE, docker_take_pids_limit),
	TEXT("platform", platform),
	UNREAD("pod", '\0', OPTION_VALUE),
	UNREAD("pod-id-file", '\0', OPTION_VALUE),
	UNREAD("preserve-fd", '\0', OPTION_VALUE),
	UNREAD("preserve-fds", '\0', OPTION_VALUE),
	TAKE("privileged", '\0', OPTION_SWITCH, docker_take_privileged),
	TAKE("publish", 'p', OPTION_VALUE, docker_take_publish),
	TAKE("publish-all", 'P', OPTION_SWITCH, docker_take_publish_all),
	TEXT("pull", pull),
	UNREAD("quiet", 'q', OPTION_SWITCH),
	UNREAD("rdt-class", '\0', OPTION_VALUE),
	TAKE("read-only", '\0', OPTION_SWITCH, docker_take_read_only),
	UNREAD("read-only-tmpfs", '\0', OPTION_SWITCH),
	UNREAD("replace", '\0', OPTION_SWITCH),
	UNREAD("requires", '\0', OPTION_VALUE),
	TEXT("restart", restart),
	UNREAD("retry", '\0', OPTION_VALUE),
	UNREAD("retry-delay", '\0', OPTION_VALUE),
	SWITCH("rm", '\0', removes_itself),
	UNREAD("rmi", '\0', OPTION_SWITCH),
	UNREAD("rootfs", '\0', OPTION_SWITCH),
	TEXT("runtime", runtime),
	UNREAD("sdnotify", '\0', OPTION_VALUE),
	UNREAD("seccomp-policy", '\0', OPTION_VALUE),
	TAKE("secret", '\0', OPTION_VALUE, docker_take_secret),
	TAKE("security-opt", '\0', OPTION_VALUE, docker_take_security_opt),
	TAKE("shm-size", '\0', OPTION_VALUE, docker_take_shm_size),
	UNREAD("shm-size-systemd", '\0', OPTION_VALUE),
	UNREAD("sig-proxy", '\0', OPTION_SWITCH),
	UNREAD("stop-signal", '\0', OPTION_VALUE),
	UNREAD("stop-timeout", '\0', OPTION_VALUE),
	UNREAD("storage-opt", '\0', OPTION_VALUE),
	UNREAD("subgidname", '\0', OPTION_VALUE),
	UNREAD("subuidname", '\0', OPTION_VALUE),
	TAKE("sysctl", '\0', OPTION_VALUE, docker_take_sysctl),
	UNREAD("systemd", '\0', OPTION_VALUE),
	UNREAD("timeout", '\0', OPTION_VALUE),
	UNREAD("tls-verify", '\0', OPTION_SWITCH),
	TAKE("tmpfs", '\0', OPTION_VALUE, docker_take_tmpfs),
	TAKE("tty", 't', OPTION_SWITCH, docker_take_terminal),
	UNREAD("tz", '\0', OPTION_VALUE),
	TAKE("uidmap", '\0', OPTION_VALUE, docker_take_userns),
	TAKE("ulimit", '\0', OPTION_VALUE, docker_take_ulimit),
	TAKE("umask", '\0', OPTION_VALUE, docker_take_umask),
	UNREAD("unsetenv", '\0', OPTION_VALUE),
	UNREAD("unsetenv-all", '\0', OPTION_SWITCH),
	UNREAD("use-api-socket", '\0', OPTION_SWITCH),
	TAKE("user", 'u', OPTION_VALUE, docker_take_user),
	TAKE("userns", '\0', OPTION_VALUE, docker_take_userns),
	TAKE("uts", '\0', OPTION_VALUE, docker_take_uts),
	UNREAD("variant", '\0', OPTION_VALUE),
	TAKE("volume", 'v', OPTION_VALUE, docker_take_volume),
	UNREAD("volume-driver", '\0', OPTION_VALUE),
	TAKE("volumes-from", '\0', OPTION_VALUE, docker_take_volumes_from),
	TAKE("workdir", 'w', OPTION_VALUE, docker_take_workdir),
};

static docker_places places = {
	[SPEC_PLACE_SERVICE] = "run",
	[SPEC_PLACE_IMAGE] = "image",
	[SPEC_PLACE_USER] = "--user",
	[SPEC_PLACE_PRIVILEGED] = "--privileged",
	[SPEC_PLACE_CAPABILITIES] = "--cap-add",
	[SPEC_PLACE_CAPABILITIES_DROPPED] = "--cap-drop",
	[SPEC_PLACE_NO_NEW_PRIVILEGES] = "--security-opt",
	[SPEC_PLACE_SECCOMP] = "--security-opt",
	[SPEC_PLACE_APPARMOR] = "--security-opt",
	[SPEC_PLACE_READ_ONLY_ROOT] = "--read-only",
	[SPEC_PLACE_MASKED_PATHS] = "--security-opt",
	[SPEC_PLACE_MOUNTS] = "--volume",
	[SPEC_PLACE_TMPFS] = "--tmpfs",
	[SPEC_PLACE_DEVICES] = "--device",
	[SPEC_PLACE_SYSCTLS] = "--sysctl",
	[SPEC_PLACE_MEMORY] = "--memory",
	[SPEC_PLACE_SWAP] = "--memory-swap",
	[SPEC_PLACE_CPU] = "--cpus",
	[SPEC_PLACE_PIDS] = "--pids-limit",
	[SPEC_PLACE_NETWORK] = "--network",
	[SPEC_PLACE_PORTS] = "--publish",
	[SPEC_PLACE_PID_NAMESPACE] = "--pid",
	[SPEC_PLACE_IPC_NAMESPACE] = "--ipc",
	[SPEC_PLACE_UTS_NAMESPACE] = "--uts",
	[SPEC_PLACE_CGROUP_NAMESPACE] = "--cgroupns",
	[SPEC_PLACE_USER_NAMESPACE] = "--userns",
	[SPEC_PLACE_ENV] = "--env",
	[SPEC_PLACE_HEALTH] = "--health-cmd",
};

/* A command line that is being read. */
struct line {
	struct docker_draft draft;
	const struct shell_word *words;
	size_t count;
	size_t next; /* the word that comes next */
};

static const struct option *find_option(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	}
	return NULL;
}

static const struct option *find_letter(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (options[i].letter == letter)
			return &options[i];
	}
	return NULL;
}

static int refuse_word(const struct shell_word *word, struct error *err, const char *what)
{
	(void)error_set(err, ERROR_SPEC, "%s", what);
	return error_at(err, "line %u, column %u", word->place.line, word->place.column);
}

static int refuse_option(const struct shell_word *word, const char *name, struct error *err)
{
	struct text_nearest nearest = { .word = name };

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		text_nearest_try(&nearest, options[i].name);
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"--%s\"?", nearest.best);
	(void)error_set(err, ERROR_SPEC, "unknown option \"--%.60s\"", name);
	return error_at(err, "line %u, column %u", word->place.line, word->place.column);
}

/* "--cap-add NET_ADMIN", where @word stands; of what may be a secret its name only. */
static int make_origin(struct line *line, const struct option *option,
                       const struct shell_word *word, struct spec_text *text, struct error *err)
{
	AUTO_TEXT struct text origin = { 0 };
	const size_t length =
		option->is_named_only ? strcspn(text->value, "=") : strlen(text->value);
	char *bytes;

	text_add_format(&origin, "--%s", option->name);
	if (option->kind == OPTION_VALUE)
		text_add_format(&origin, " %.*s", (int)length, text->value);
	if (origin.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	bytes = origin.bytes;
	text->origin = docker_copy(&line->draft, bytes, strlen(bytes), err);
	if (text->origin == NULL)
		return -1;
	return positions_add(line->draft.session->positions, 0, text->origin, &word->place, 0, err);
}

static int use_option(struct line *line, const struct option *option, const struct shell_word *word,
                      const char *value, struct error *err)
{
	struct spec_engine *engine = docker_engine(&line->draft);
	struct spec_text text = { .value = value };
	struct spec_switch *toggle;

	if (make_origin(line, option, word, &text, err) < 0)
		return -1;
	if (text_has_control(value, true))
		return docker_refuse(&text, err, "the text has a control character in it");
	switch (option->use) {
	case USE_TAKE:
		return option->take(&line->draft, &text, err);
	case USE_TEXT:
		memcpy((unsigned char *)engine + option->offset, &text, sizeof(text));
		return 0;
	case USE_SWITCH:
		toggle = (void *)((unsigned char *)engine + option->offset);
		*toggle = (struct spec_switch){ .is_said = true, .origin = text.origin };
		return docker_read_switch(&text, &toggle->is_on, err);
	case USE_UNREAD:
		return docker_add_text(&line->draft, &line->draft.unread, &text, err);
	}
	return 0;
}

/* Says what a shell would have changed; it is judged as it is written. */
static void warn_of_expansion(struct line *line, const struct shell_word *word)
{
	struct spec_text text = { word->text, NULL };
	char place[48];

	if (!word->has_expansion)
		return;
	(void)snprintf(place, sizeof(place), "line %u, column %u", word->place.line,
	               word->place.column);
	text.origin = place;
	docker_warn(&line->draft, &text, "a shell expands \"%.100s\"; it is taken as it is written",
	            word->text);
}

/* The word that is the value of the option at @word. NULL: there is none, with @err set. */
static const char *take_value(struct line *line, const struct shell_word *word, struct error *err)
{
	if (line->next == line->count) {
		(void)refuse_word(word, err, "the option needs a value");
		return NULL;
	}
	warn_of_expansion(line, &line->words[line->next]);
	return line->words[line->next++].text;
}

static int read_long(struct line *line, const struct shell_word *word, struct error *err)
{
	const char *text = word->text + 2;
	const size_t length = strcspn(text, "=");
	const char *name = docker_copy(&line->draft, text, length, err);
	const struct option *option;
	const char *value = text[length] == '\0' ? NULL : text + length + 1;

	if (name == NULL)
		return -1;
	option = find_option(name);
	if (option == NULL)
		return refuse_option(word, name, err);
	if (value == NULL && option->kind == OPTION_SWITCH)
		value = "";
	if (value == NULL)
		value = take_value(line, word, err);
	if (value == NULL)
		return -1;
	return use_option(line, option, word, value, err);
}

/* "-it", "-p8080:80", "-p=8080:80", "-p 8080:80", "-itp 8080:80" */
static int read_short(struct line *line, const struct shell_word *word, struct error *err)
{
	for (const char *letter = word->text + 1; *letter != '\0'; letter++) {
		const struct option *option = find_letter(*letter);
		const char *value;

		if (option == NULL) {
			(void)error_set(err, ERROR_SPEC, "unknown option \"-%c\"",
			                *letter > ' ' && *letter < 0x7f ? *letter : '?');
			return error_at(err, "line %u, column %u", word->place.line,
			                word->place.column);
		}
		if (option->kind == OPTION_SWITCH && letter[1] != '=') {
			if (use_option(line, option, word, "", err) < 0)
				return -1;
			continue;
		}
		value = letter[1] == '=' ? letter + 2 : letter + 1;
		if (letter[1] == '\0')
			value = take_value(line, word, err);
		return value == NULL ? -1 : use_option(line, option, word, value, err);
	}
	return 0;
}

static int read_options(struct line *line, struct error *err)
{
	while (line->next < line->count) {
		const struct shell_word *word = &line->words[line->next];

		if (word->text[0] != '-' || word->text[1] == '\0')
			return 0;
		line->next++;
		if (strcmp(word->text, "--") == 0)
			return 0;
		warn_of_expansion(line, word);
		if ((word->text[1] == '-' ? read_long(line, word, err)
		                          : read_short(line, word, err)) < 0)
			return -1;
	}
	return 0;
}

static int take_place(struct line *line, const char *name, const struct shell_word *word,
                      struct error *err)
{
	return positions_add(line->draft.session->positions, 0, name, &word->place, 0, err);
}

static int read_image(struct line *line, struct error *err)
{
	struct spec_engine *engine = docker_engine(&line->draft);
	const struct shell_word *word = &line->words[line->next];

	if (line->next == line->count)
		return refuse_word(&line->words[line->count - 1], err,
		                   "no image is named after the options");
	line->next++;
	warn_of_expansion(line, word);
	if (text_has_control(word->text, false))
		return refuse_word(word, err, "the text has a control character in it");
	engine->image = (struct spec_text){ word->text, places[SPEC_PLACE_IMAGE] };
	return take_place(line, engine->image.origin, word, err);
}

static int read_command(struct line *line, struct error *err)
{
	static const char origin[] = "command";

	if (line->next < line->count && take_place(line, origin, &line->words[line->next], err) < 0)
		return -1;
	for (; line->next < line->count; line->next++) {
		const struct spec_text arg = { line->words[line->next].text, origin };

		if (docker_take_arg(&line->draft, &arg, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_one_of(const char *word, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], word) == 0)
			return true;
	}
	return false;
}

static bool is_engine(const char *word)
{
	static const char *const engines[] = { "docker", "nerdctl", "podman" };

	return is_one_of(path_last(word), engines, ARRAY_LEN(engines));
}

/* "sudo", "sudo -E", "DOCKER_HOST=..." and a prompt before the engine's name. */
static void skip_to_engine(struct line *line)
{
	while (line->next < line->count) {
		const char *word = line->words[line->next].text;

		if (is_engine(word))
			return;
		if (strcmp(word, "sudo") != 0 && strcmp(word, "$") != 0 && strcmp(word, "#") != 0 &&
		    strcmp(word, "exec") != 0 && word[0] != '-' && strchr(word, '=') == NULL)
			return;
		line->next++;
	}
}

/* "docker --context x container run": options of the engine as a whole say nothing here. */
static int skip_engine(struct line *line, struct error *err)
{
	static const char *const verbs[] = { "create", "run" };
	static const char *const with_value[] = {
		"--config", "--connection", "--context", "--host",    "--log-level",
		"--root",   "--runroot",    "--url",     "--runtime", "--storage-driver",
		"-H",       "-c",           "-l",        "-n",        "--namespace",
	};
	const struct shell_word *engine = &line->words[line->next++];

	line->draft.is_podman = strcmp(path_last(engine->text), "podman") == 0;
	while (line->next < line->count) {
		const char *word = line->words[line->next++].text;

		if (is_one_of(word, verbs, ARRAY_LEN(verbs)))
			return 0;
		if (is_one_of(word, with_value, ARRAY_LEN(with_value)))
			line->next += line->next < line->count;
		else if (word[0] != '-' && strcmp(word, "container") != 0)
			break;
	}
	return refuse_word(engine, err, "this is not a command that runs a container");
}

static int begin(struct line *line, struct import_session *session, bool is_podman,
                 struct error *err)
{
	const struct spec_text service = { "container", places[SPEC_PLACE_SERVICE] };

	return docker_begin(&line->draft, session, is_podman, &places, "", &service, err);
}

/* Whatever is not found in the line is found at its beginning. */
static int take_first_place(struct import_session *session, const struct shell_word *word,
                            struct error *err)
{
	return positions_add(session->positions, 0, "", &word->place, 0, err);
}

static int read_words(struct import_session *session, const struct spec_list *words,
                      struct error *err)
{
	struct line line = { .words = words->items, .count = words->count };

	if (line.count == 0)
		return error_set(err, ERROR_SPEC, "the command line is empty");
	if (take_first_place(session, &line.words[0], err) < 0)
		return -1;
	skip_to_engine(&line);
	if (line.next == line.count || !is_engine(line.words[line.next].text))
		line.next = 0;
	else if (skip_engine(&line, err) < 0)
		return -1;
	if (begin(&line, session, line.draft.is_podman, err) < 0 || read_options(&line, err) < 0 ||
	    read_image(&line, err) < 0 || read_command(&line, err) < 0)
		return -1;
	return docker_finish(&line.draft, err);
}

/* The place of an option that is wrong, before its name. */
static int add_place(const struct import_session *session, struct error *err)
{
	char origin[sizeof(err->where) / 2];
	struct position place;

	if (!position_find(session->positions, err->where, &place) ||
	    strncmp(err->where, "--", 2) != 0)
		return -1;
	text_shorten(origin, sizeof(origin), err->where);
	(void)snprintf(err->where, sizeof(err->where), "line %u, column %u: %s", place.line,
	               place.column, origin);
	return -1;
}

int docker_run_read(struct import_session *session, struct error *err)
{
	struct spec_list words = { .item_size = sizeof(struct shell_word) };
	struct error warning = { .kind = ERROR_NONE };
	char rest;

	if (shell_words_split(&session->builder, session->input->text, session->input->size, &words,
	                      &rest, err) < 0)
		return -1;
	if (rest != '\0' && session->input->warn != NULL) {
		(void)error_set(&warning, ERROR_SPEC, "what follows \"%c\" is not read", rest);
		(void)document_name_file(session->input->name, &warning);
		session->input->warn(&warning);
	}
	return read_words(session, &words, err) < 0 ? add_place(session, err) : 0;
}

/* The columns are those of the words with one space between them. */
int docker_run_read_words(struct import_session *session, const char *const *texts, size_t count,
                          struct error *err)
{
	struct spec_list words = { .item_size = sizeof(struct shell_word) };
	uint32_t column = 1;

	for (size_t i = 0; i < count; i++) {
		struct shell_word word = { .place = { .line = 1, .column = column } };

		word.text = spec_copy(&session->builder, texts[i], err);
		if (word.text == NULL || spec_list_add(&session->builder, &words, &word, err) < 0)
			return -1;
		column += (uint32_t)strlen(texts[i]) + 1;
	}
	return read_words(session, &words, err);
}

bool docker_run_is(const char *text, size_t size)
{
	static const char *const starts[] = { "docker", "nerdctl", "podman", "sudo", "$" };
	const char *end = text + size;
	size_t length = 0;

	while (text < end && strchr(" \t\r\n#", *text) != NULL) {
		const bool is_comment = *text == '#';

		while (is_comment && text < end && *text != '\n')
			text++;
		text += text < end;
	}
	while (text + length < end && strchr(" \t\r\n\\", text[length]) == NULL)
		length++;
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		if (strlen(starts[i]) == length && strncmp(starts[i], text, length) == 0)
			return true;
	}
	return false;
}
