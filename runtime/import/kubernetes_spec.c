/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A container of a pod as what the node's engine would be asked. What nobody says is what
 * containerd asks of its runtime, which is what Docker asks but for what stands here.
 * Source: kubernetes pkg/kubelet/kuberuntime; containerd internal/cri/server, spec_linux.go.
 */
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "import/docker.h"
#include "import/kubernetes.h"

#define ID_MAX           UINT64_C(4294967294)
#define CPU_PERIOD_USEC  100000
#define USERS_OF_A_POD   65536 /* of KEP-127: so many ids, from there on */
#define DEFAULT_APPARMOR "cri-containerd.apparmor.d"

/* A container while it becomes a spec. */
struct work {
	struct docker_draft draft;
	const struct kubernetes_pod *pod;
	const struct kubernetes_container *container;
	struct kubernetes_security security;
	bool is_privileged;
};

static struct spec *spec_of(struct work *work)
{
	return &work->draft.document->document.spec;
}

static struct spec_oci *oci_of(struct work *work)
{
	return &work->draft.document->document.oci;
}

static bool is_false(const struct spec_text *text)
{
	return text->value != NULL && strcmp(text->value, "false") == 0;
}

/* @base and @name behind it, in the arena; NULL with @err set. */
static const char *join(struct work *work, const char *base, const char *name, struct error *err)
{
	const size_t size = strlen(base) + strlen(name) + 1;
	char *joined = arena_alloc(work->draft.session->builder.arena, size, err);

	if (joined != NULL)
		(void)snprintf(joined, size, "%s%s", base, name);
	return joined;
}

/* Where in a container each thing is said; what no row names a manifest cannot say. */
static const struct {
	enum spec_engine_place place;
	bool is_of_pod;
	const char *name;
} places[] = {
	{ SPEC_PLACE_SERVICE, false, "" },
	{ SPEC_PLACE_IMAGE, false, "/image" },
	{ SPEC_PLACE_USER, false, "/securityContext/runAsUser" },
	{ SPEC_PLACE_PRIVILEGED, false, "/securityContext/privileged" },
	{ SPEC_PLACE_CAPABILITIES, false, "/securityContext/capabilities/add" },
	{ SPEC_PLACE_CAPABILITIES_DROPPED, false, "/securityContext/capabilities/drop" },
	{ SPEC_PLACE_NO_NEW_PRIVILEGES, false, "/securityContext/allowPrivilegeEscalation" },
	{ SPEC_PLACE_SECCOMP, false, "/securityContext/seccompProfile" },
	{ SPEC_PLACE_APPARMOR, false, "/securityContext/appArmorProfile" },
	{ SPEC_PLACE_READ_ONLY_ROOT, false, "/securityContext/readOnlyRootFilesystem" },
	{ SPEC_PLACE_MASKED_PATHS, false, "/securityContext/procMount" },
	{ SPEC_PLACE_MOUNTS, false, "/volumeMounts" },
	{ SPEC_PLACE_TMPFS, true, "/volumes" },
	{ SPEC_PLACE_DEVICES, false, "/volumeDevices" },
	{ SPEC_PLACE_SYSCTLS, true, "/securityContext/sysctls" },
	{ SPEC_PLACE_MEMORY, false, "/resources/limits/memory" },
	{ SPEC_PLACE_CPU, false, "/resources/limits/cpu" },
	{ SPEC_PLACE_NETWORK, true, "/hostNetwork" },
	{ SPEC_PLACE_PORTS, false, "/ports" },
	{ SPEC_PLACE_PID_NAMESPACE, true, "/hostPID" },
	{ SPEC_PLACE_IPC_NAMESPACE, true, "/hostIPC" },
	{ SPEC_PLACE_UTS_NAMESPACE, true, "/hostNetwork" },
	{ SPEC_PLACE_USER_NAMESPACE, true, "/hostUsers" },
	{ SPEC_PLACE_ENV, false, "/env" },
	{ SPEC_PLACE_HEALTH, false, "/livenessProbe" },
	{ SPEC_PLACE_TOKEN, true, "/automountServiceAccountToken" },
};

static int set_places(struct work *work, struct error *err)
{
	struct spec_engine *engine = docker_engine(&work->draft);

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *base =
			places[i].is_of_pod ? work->pod->origin : work->container->origin;
		const char *place = join(work, base, places[i].name, err);

		if (place == NULL)
			return -1;
		engine->places[places[i].place] = place;
	}
	return 0;
}

/* What is said says where. */
static void say(struct work *work, enum spec_engine_place place, const struct spec_text *text)
{
	if (text->value != NULL)
		docker_engine(&work->draft)->places[place] = text->origin;
}

static int begin(struct work *work, struct import_session *session, struct error *err)
{
	static docker_places no_places;
	const char *name = work->pod->name.value == NULL ? "" : work->pod->name.value;
	char service[200];
	struct spec_text label = { .origin = work->container->origin };

	(void)snprintf(service, sizeof(service), "%.30s%s%.80s %s %.60s", work->pod->kind,
	               *name == '\0' ? "" : "/", name, work->container->role,
	               work->container->name.value);
	label.value = spec_copy(&session->builder, service, err);
	if (label.value == NULL ||
	    docker_begin(&work->draft, session, false, &no_places, "", &label, err) < 0)
		return -1;
	work->draft.is_kubernetes = true;
	return set_places(work, err);
}

static int read_id(const struct spec_text *text, uint32_t *out, struct error *err)
{
	uint64_t id;

	if (!number_parse(text->value, ID_MAX, &id))
		return docker_refuse(text, err, "\"%.40s\" is no id of a user or group",
		                     text->value);
	*out = (uint32_t)id;
	return 0;
}

/* "1000:3000"; without a user the image decides, who may be refused for being root. */
static int set_user(struct work *work, struct error *err)
{
	struct kubernetes_security *security = &work->security;
	struct spec_user *user = &spec_of(work)->user;
	struct spec_engine *engine = docker_engine(&work->draft);
	char name[32];

	engine->must_not_be_root = (struct spec_switch){
		kubernetes_is_true(&security->non_root),
		security->non_root.value != NULL,
		security->non_root.origin,
	};
	user->origin = engine->places[SPEC_PLACE_USER];
	if (security->group.value != NULL && read_id(&security->group, &user->gid, err) < 0)
		return -1;
	if (security->user.value == NULL)
		return 0;
	if (read_id(&security->user, &user->uid, err) < 0)
		return -1;
	say(work, SPEC_PLACE_USER, &security->user);
	user->origin = security->user.origin;
	(void)snprintf(name, sizeof(name), "%s%s%s", security->user.value,
	               security->group.value == NULL ? "" : ":",
	               security->group.value == NULL ? "" : security->group.value);
	engine->user.origin = security->user.origin;
	engine->user.value = spec_copy(&work->draft.session->builder, name, err);
	return engine->user.value == NULL ? -1 : 0;
}

static int set_groups(struct work *work, struct error *err)
{
	const struct kubernetes_security *security = &work->security;
	uint32_t unused;

	for (size_t i = 0; i < security->groups.count; i++) {
		if (read_id(&security->groups.items[i], &unused, err) < 0 ||
		    docker_take_group(&work->draft, &security->groups.items[i], err) < 0)
			return -1;
	}
	if (security->fs_group.value == NULL)
		return 0;
	if (read_id(&security->fs_group, &unused, err) < 0)
		return -1;
	return docker_take_group(&work->draft, &security->fs_group, err);
}

/* The annotation of before Kubernetes 1.30. */
static int read_annotation(struct work *work, struct spec_text *out, struct error *err)
{
	static const char prefix[] = "container.apparmor.security.beta.kubernetes.io/";
	const char *name = join(work, prefix, work->container->name.value, err);
	const json_t *value;

	if (name == NULL)
		return -1;
	value = json_object_get(work->pod->annotations, name);
	if (!json_is_string(value))
		return 0;
	out->value = spec_copy(&work->draft.session->builder, json_string_value(value), err);
	out->origin = work->pod->annotations_origin;
	return out->value == NULL ? -1 : 0;
}

static void confine_by(struct work *work, const char *profile, const char *origin)
{
	struct spec_apparmor *apparmor = &spec_of(work)->apparmor;

	*apparmor = (struct spec_apparmor){ .kind = SPEC_APPARMOR_OFF };
	if (strcmp(profile, "unconfined") != 0)
		*apparmor = (struct spec_apparmor){ .kind = SPEC_APPARMOR_NAMED,
			                            .name = { profile, origin } };
}

/* A profile of the node's own is "localhost/NAME" in both ways of saying it. */
static int set_apparmor(struct work *work, struct error *err)
{
	static const char localhost[] = "localhost/";
	const struct kubernetes_profile *said = &work->security.apparmor;
	struct spec_engine *engine = docker_engine(&work->draft);
	struct spec_text old = { .value = NULL };
	const char *profile = DEFAULT_APPARMOR;

	if (said->type.value == NULL && read_annotation(work, &old, err) < 0)
		return -1;
	engine->apparmor = old.value != NULL ? old : said->type;
	say(work, SPEC_PLACE_APPARMOR, &engine->apparmor);
	if (said->localhost.value != NULL)
		profile = said->localhost.value;
	else if (old.value != NULL && strncmp(old.value, localhost, strlen(localhost)) == 0)
		profile = old.value + strlen(localhost);
	else if (engine->apparmor.value != NULL &&
	         strcasecmp(engine->apparmor.value, "unconfined") == 0)
		profile = "unconfined";
	confine_by(work, work->is_privileged ? "unconfined" : profile,
	           engine->places[SPEC_PLACE_APPARMOR]);
	return 0;
}

/* Nothing said is Unconfined, unless the kubelet is told otherwise. Source: KEP-2413. */
static void set_seccomp(struct work *work)
{
	const struct kubernetes_profile *said = &work->security.seccomp;
	struct spec_seccomp *seccomp = &spec_of(work)->seccomp;

	*seccomp = (struct spec_seccomp){ .kind = SPEC_SECCOMP_OFF };
	docker_engine(&work->draft)->seccomp = said->type;
	say(work, SPEC_PLACE_SECCOMP, &said->type);
	if (said->type.value == NULL || work->is_privileged)
		return;
	if (said->localhost.value != NULL)
		*seccomp =
			(struct spec_seccomp){ .kind = SPEC_SECCOMP_FILE, .path = said->localhost };
	else if (strcmp(said->type.value, "RuntimeDefault") == 0)
		seccomp->kind = SPEC_SECCOMP_DEFAULT;
}

/* "SYS_ADMIN" among the added ones. */
static bool adds(const struct kubernetes_security *security, const char *name)
{
	for (size_t i = 0; i < security->cap_add.count; i++) {
		const char *word = security->cap_add.items[i].value;

		if (strncasecmp(word, "CAP_", strlen("CAP_")) == 0)
			word += strlen("CAP_");
		if (strcasecmp(word, name) == 0)
			return true;
	}
	return false;
}

/* Whoever is privileged or may administer can always gain more. Source: allowPrivilegeEscalation.
 */
static void set_escalation(struct work *work)
{
	const struct kubernetes_security *security = &work->security;

	say(work, SPEC_PLACE_NO_NEW_PRIVILEGES, &security->escalation);
	if (!is_false(&security->escalation))
		return;
	if (work->is_privileged || adds(security, "SYS_ADMIN"))
		docker_warn(&work->draft, &security->escalation,
		            "a container that is privileged or has SYS_ADMIN can always escalate");
	else
		spec_of(work)->no_new_privs = true;
}

static int take_all(struct work *work, const struct spec_text_list *list,
                    docker_take_function *take, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (take(&work->draft, &list->items[i], err) < 0)
			return -1;
	}
	return 0;
}

static int take(struct work *work, const struct spec_text *text, docker_take_function *function,
                struct error *err)
{
	return text->value == NULL ? 0 : function(&work->draft, text, err);
}

static int set_paths(struct work *work, struct error *err)
{
	const struct spec_text *proc = &work->security.proc_mount;
	const struct spec_text all = { "systempaths=unconfined", proc->origin };

	say(work, SPEC_PLACE_MASKED_PATHS, proc);
	if (proc->value == NULL || strcmp(proc->value, "Unmasked") != 0)
		return 0;
	return docker_take_security_opt(&work->draft, &all, err);
}

static int set_security(struct work *work, struct error *err)
{
	const struct kubernetes_security *security = &work->security;

	if (take(work, &security->privileged, docker_take_privileged, err) < 0 ||
	    take(work, &security->read_only_root, docker_take_read_only, err) < 0 ||
	    take_all(work, &security->cap_add, docker_take_cap_add, err) < 0 ||
	    take_all(work, &security->cap_drop, docker_take_cap_drop, err) < 0 ||
	    take_all(work, &security->sysctls, docker_take_sysctl, err) < 0 ||
	    set_paths(work, err) < 0 || set_user(work, err) < 0 || set_groups(work, err) < 0 ||
	    set_apparmor(work, err) < 0)
		return -1;
	set_seccomp(work);
	set_escalation(work);
	docker_engine(&work->draft)->selinux = security->selinux;
	return 0;
}

/* A range of the pod's own, which the kubelet chooses. Source: KEP-127. */
static int set_users(struct work *work, struct error *err)
{
	static const struct id_map map = { 0, USERS_OF_A_POD, USERS_OF_A_POD };
	const struct spec_text *said = &work->pod->host_users;
	const struct spec_oci_namespace users = { CLONE_NEWUSER, NULL, said->origin };

	say(work, SPEC_PLACE_USER_NAMESPACE, said);
	docker_engine(&work->draft)->users = *said;
	if (!is_false(said))
		return 0;
	oci_of(work)->uids = (struct spec_oci_mapping_list){ &map, 1, said->origin };
	oci_of(work)->gids = oci_of(work)->uids;
	return spec_list_add(&work->draft.session->builder, &work->draft.namespaces, &users, err);
}

static int share(struct work *work, const struct spec_text *said, docker_take_function *function,
                 struct error *err)
{
	const struct spec_text host = { "host", said->origin };

	return kubernetes_is_true(said) ? function(&work->draft, &host, err) : 0;
}

/* The network and the name are one choice. */
static int set_namespaces(struct work *work, struct error *err)
{
	const struct kubernetes_pod *pod = work->pod;
	struct spec_engine *engine = docker_engine(&work->draft);

	if (kubernetes_is_true(&pod->shared_processes))
		engine->pid = (struct spec_text){ "pod", pod->shared_processes.origin };
	if (share(work, &pod->host_pid, docker_take_pid, err) < 0 ||
	    share(work, &pod->host_ipc, docker_take_ipc, err) < 0 ||
	    share(work, &pod->host_network, docker_take_network, err) < 0 ||
	    share(work, &pod->host_network, docker_take_uts, err) < 0)
		return -1;
	if (!kubernetes_is_true(&pod->host_network) && pod->hostname.value != NULL &&
	    docker_take_hostname(&work->draft, &pod->hostname, err) < 0)
		return -1;
	return set_users(work, err);
}

/* In microseconds per period; the kubelet gives no swap beside memory. Source: KEP-2400. */
static int set_limits(struct work *work, struct error *err)
{
	const struct kubernetes_container *container = work->container;
	struct spec_oci_resources *resources = &oci_of(work)->resources;
	int64_t milli;

	if (container->memory.value != NULL) {
		if (!kubernetes_quantity(container->memory.value, &milli))
			return kubernetes_refuse_quantity(&container->memory, err);
		resources->memory_limit =
			(struct spec_number){ milli / 1000 + (milli % 1000 != 0),
			                      container->memory.origin, milli > 0 };
		resources->memory_swap = resources->memory_limit;
	}
	if (container->cpu.value != NULL) {
		if (!kubernetes_quantity(container->cpu.value, &milli) ||
		    milli > INT64_MAX / (CPU_PERIOD_USEC / 1000))
			return kubernetes_refuse_quantity(&container->cpu, err);
		resources->cpu_quota = (struct spec_number){ milli * (CPU_PERIOD_USEC / 1000),
			                                     container->cpu.origin, milli > 0 };
		resources->cpu_period =
			(struct spec_number){ CPU_PERIOD_USEC, container->cpu.origin, milli > 0 };
	}
	docker_engine(&work->draft)->memory = container->memory;
	docker_engine(&work->draft)->cpus = container->cpu;
	return 0;
}

static int add_secret(struct work *work, const struct spec_engine_secret *secret, struct error *err)
{
	return spec_list_add(&work->draft.session->builder, &work->draft.secrets, secret, err);
}

/* A variable whose value stands there, or that a secret or a config map gives. */
static int add_variable(struct work *work, const struct kubernetes_variable *variable,
                        struct error *err)
{
	const char *value = variable->value.value == NULL ? "" : variable->value.value;
	const bool is_secret = variable->secret.value != NULL;
	const char *setting;

	if (is_secret || variable->config_map.value != NULL)
		return add_secret(work,
		                  &(struct spec_engine_secret){
					  .name = is_secret ? variable->secret.value
		                                            : variable->config_map.value,
					  .variable = variable->name.value,
					  .is_config = !is_secret,
					  .origin = variable->origin,
				  },
		                  err);
	setting = join(work, variable->name.value, "=", err);
	setting = setting == NULL ? NULL : join(work, setting, value, err);
	if (setting == NULL)
		return -1;
	return docker_take_env(&work->draft,
	                       &(struct spec_text){ setting, variable->value.value == NULL
	                                                             ? variable->origin
	                                                             : variable->value.origin },
	                       err);
}

/* All that a secret or a config map has, behind a prefix. */
static int add_source(struct work *work, const struct kubernetes_variable *source,
                      struct error *err)
{
	const char *prefix = source->name.value == NULL ? "" : source->name.value;
	struct kubernetes_variable all = *source;

	all.name.value = join(work, prefix, "*", err);
	if (all.name.value == NULL)
		return -1;
	return source->secret.value == NULL && source->config_map.value == NULL
	               ? 0
	               : add_variable(work, &all, err);
}

static int set_env(struct work *work, struct error *err)
{
	const struct kubernetes_variable *sources = work->container->env_from.items;
	const struct kubernetes_variable *variables = work->container->env.items;
	const char *const place = docker_engine(&work->draft)->places[SPEC_PLACE_ENV];

	for (size_t i = 0; i < work->container->env_from.count; i++) {
		if (add_source(work, &sources[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < work->container->env.count; i++) {
		if (add_variable(work, &variables[i], err) < 0)
			return -1;
	}
	docker_engine(&work->draft)->places[SPEC_PLACE_ENV] = place;
	return 0;
}

static int read_port(const struct spec_text *text, uint16_t *out, struct error *err)
{
	uint64_t port;

	if (text->value == NULL)
		return 0;
	if (!number_parse(text->value, UINT16_MAX, &port) || port == 0)
		return docker_refuse(text, err, "\"%.40s\" is no port", text->value);
	*out = (uint16_t)port;
	return 0;
}

static const char *protocol_of(const struct kubernetes_port *port)
{
	static const char *const protocols[][2] = { { "UDP", "udp" }, { "SCTP", "sctp" } };

	for (size_t i = 0; i < ARRAY_LEN(protocols) && port->protocol.value != NULL; i++) {
		if (strcmp(port->protocol.value, protocols[i][0]) == 0)
			return protocols[i][1];
	}
	return "tcp";
}

/* In the host's network a port is the host's whether that is said or not. */
static int add_port(struct work *work, const struct kubernetes_port *port, struct error *err)
{
	struct spec_engine_port item = {
		.address = port->address.value,
		.protocol = protocol_of(port),
		.origin = port->origin,
	};

	if (read_port(&port->port, &item.port, err) < 0 ||
	    read_port(&port->host_port, &item.host_port, err) < 0)
		return -1;
	if (item.host_port == 0 && kubernetes_is_true(&work->pod->host_network))
		item.host_port = item.port;
	item.port_last = item.port;
	item.host_port_last = item.host_port;
	item.is_only_exposed = item.host_port == 0;
	return spec_list_add(&work->draft.session->builder, &work->draft.ports, &item, err);
}

static int set_ports(struct work *work, struct error *err)
{
	const struct kubernetes_port *ports = work->container->ports.items;

	for (size_t i = 0; i < work->container->ports.count; i++) {
		if (add_port(work, &ports[i], err) < 0)
			return -1;
	}
	return 0;
}

static void set_texts(struct work *work)
{
	const struct kubernetes_container *container = work->container;
	const struct kubernetes_pod *pod = work->pod;
	struct spec_engine *engine = docker_engine(&work->draft);

	engine->language = SPEC_LANGUAGE_KUBERNETES;
	engine->image = container->image;
	engine->pull = container->pull;
	engine->health = container->health;
	engine->restart = container->restart.value != NULL ? container->restart : pod->restart;
	engine->runtime = pod->runtime;
	engine->automounts_token = (struct spec_switch){
		!is_false(&pod->token),
		pod->token.value != NULL,
		engine->places[SPEC_PLACE_TOKEN],
	};
	engine->keeps_stdin_open = (struct spec_switch){
		kubernetes_is_true(&container->stdin_open),
		container->stdin_open.value != NULL,
		container->stdin_open.origin,
	};
	say(work, SPEC_PLACE_HEALTH, &container->health);
	say(work, SPEC_PLACE_TOKEN, &pod->token);
}

int kubernetes_add(struct import_session *session, const struct kubernetes_pod *pod,
                   const struct kubernetes_container *container, struct error *err)
{
	struct work work = {
		.pod = pod,
		.container = container,
		.security = kubernetes_merge_security(&pod->security, &container->security),
	};

	work.is_privileged = kubernetes_is_true(&work.security.privileged);
	if (begin(&work, session, err) < 0)
		return -1;
	set_texts(&work);
	if (set_security(&work, err) < 0 || set_namespaces(&work, err) < 0 ||
	    set_limits(&work, err) < 0 || set_env(&work, err) < 0 || set_ports(&work, err) < 0 ||
	    kubernetes_set_mounts(&work.draft, pod, container, err) < 0 ||
	    take(&work, &container->workdir, docker_take_workdir, err) < 0 ||
	    take(&work, &container->tty, docker_take_terminal, err) < 0 ||
	    take_all(&work, &container->command, docker_take_entrypoint, err) < 0 ||
	    take_all(&work, &container->args, docker_take_arg, err) < 0)
		return -1;
	return docker_finish(&work.draft, err);
}
