/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "export/export_docker.h"

static const struct {
	uint64_t kind;
	enum docker_setting setting;
} namespaces[] = {
	{ CLONE_NEWPID, DOCKER_PID },       { CLONE_NEWIPC, DOCKER_IPC },
	{ CLONE_NEWUTS, DOCKER_UTS },       { CLONE_NEWNET, DOCKER_NETWORK_MODE },
	{ CLONE_NEWCGROUP, DOCKER_CGROUP },
};

/* Of another container or service, as Docker has it: "container:db". */
static bool is_of_other(const char *path)
{
	return strncmp(path, "container:", strlen("container:")) == 0 ||
	       strncmp(path, "service:", strlen("service:")) == 0;
}

static void gather_namespace(struct docker_writer *writer, uint64_t kind,
                             enum docker_setting setting)
{
	const struct spec_oci_namespace *namespace = work_namespace(writer->work, kind);

	if (work_shares(writer->work, kind))
		docker_say(writer, setting, "host");
	else if (namespace->path != NULL && is_of_other(namespace->path))
		docker_say(writer, setting, namespace->path);
	else if (namespace->path != NULL)
		losses_add_of_item(&writer->work->losses, "spec_oci_namespace.path",
		                   namespace->origin,
		                   "Docker does not join the namespace %.120s: the container gets "
		                   "one of its own",
		                   namespace->path);
}

/* Which of dockerd's ids a container gets is not for the container to say. */
static void gather_users(struct docker_writer *writer)
{
	const struct spec_oci *oci = writer->oci;
	const struct spec_oci_namespace *users = work_namespace(writer->work, CLONE_NEWUSER);
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &oci->uids);
	losses_said(losses, &oci->gids);
	if (writer->engine != NULL && writer->engine->users.value != NULL && users == NULL)
		docker_say(writer, DOCKER_USERNS, writer->engine->users.value);
	if (users != NULL)
		losses_add(losses, &oci->uids, users->origin,
		           "Docker has user namespaces for all containers (userns-remap) or for "
		           "none");
}

static void gather_namespaces(struct docker_writer *writer)
{
	const struct spec_oci_namespace *times = work_namespace(writer->work, CLONE_NEWTIME);
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &writer->oci->namespaces);
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
		gather_namespace(writer, namespaces[i].kind, namespaces[i].setting);
	gather_users(writer);
	if (times != NULL)
		losses_note(losses, times->origin, "Docker gives no container a time namespace");
	if (work_shares(writer->work, CLONE_NEWNS))
		losses_add_of_item(losses, "spec_oci_namespace.path", "/linux/namespaces",
		                   "the host's mounts are not shared: the container gets its own");
}

static void print_range(char *out, size_t size, uint16_t first, uint16_t last)
{
	if (first == last)
		(void)snprintf(out, size, "%u", first);
	else
		(void)snprintf(out, size, "%u-%u", first, last);
}

/* [address:][host-port:]port[/protocol] */
static void gather_port(struct docker_writer *writer, const struct spec_engine_port *port)
{
	const enum docker_setting setting = port->is_only_exposed ? DOCKER_EXPOSE : DOCKER_PUBLISH;
	const bool is_tcp = port->protocol == NULL || strcmp(port->protocol, "tcp") == 0;
	const bool is_ipv6 = port->address != NULL && strchr(port->address, ':') != NULL;
	char inner[16];
	char outer[16] = "";
	char address[80] = "";

	if (port->port == 0) {
		losses_add(&writer->work->losses, &writer->engine->ports, port->origin,
		           "which ports the image exposes is not known: none of them is published");
		return;
	}
	print_range(inner, sizeof(inner), port->port, port->port_last);
	if (port->host_port != 0)
		print_range(outer, sizeof(outer), port->host_port, port->host_port_last);
	if (port->address != NULL)
		(void)snprintf(address, sizeof(address),
		               is_ipv6 ? "[%.60s]:" : "%.60s:", port->address);
	tree_format(&writer->tree, writer->settings[setting], NULL, "%s%s%s%s%s%s", address, outer,
	            *outer != '\0' || *address != '\0' ? ":" : "", inner, is_tcp ? "" : "/",
	            is_tcp ? "" : port->protocol);
}

/* A mode that is none of the host's and none of another container. */
static void gather_mode(struct docker_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	const char *mode = engine->network.value;

	losses_said(&writer->work->losses, &engine->network);
	losses_said(&writer->work->losses, &engine->networks);
	if (mode != NULL && engine->networks.count == 0 && strcmp(mode, "host") != 0 &&
	    !is_of_other(mode))
		docker_say(writer, DOCKER_NETWORK_MODE, mode);
	for (size_t i = 0; i < engine->networks.count; i++) {
		if (strcmp(engine->networks.items[i].value, "default") != 0)
			docker_say(writer, DOCKER_NETWORK, engine->networks.items[i].value);
		else if (!writer->is_compose)
			losses_note(&writer->work->losses, engine->networks.items[i].origin,
			            "the network of the project becomes Docker's default bridge");
	}
}

/* A network namespace of which config.json says no more holds a loopback and nothing else. */
void docker_gather_network(struct docker_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	const struct spec_oci_namespace *network = work_namespace(writer->work, CLONE_NEWNET);

	gather_namespaces(writer);
	if (engine == NULL) {
		if (network != NULL && network->path == NULL)
			docker_say(writer, DOCKER_NETWORK_MODE, "none");
		return;
	}
	gather_mode(writer);
	losses_said(&writer->work->losses, &engine->ports);
	for (size_t i = 0; i < engine->port_count; i++)
		gather_port(writer, &engine->ports[i]);
}
