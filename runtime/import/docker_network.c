/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Docker is asked about namespaces, networks and ports. */
#include <linux/sched.h>
#include <string.h>

#include "base/number.h"
#include "import/docker.h"

int docker_share_namespace(struct docker_draft *draft, uint64_t kind, const char *path,
                           const char *origin, struct error *err)
{
	struct spec_oci_namespace *namespaces = draft->namespaces.items;
	size_t kept = 0;

	for (size_t i = 0; i < draft->namespaces.count; i++) {
		if (namespaces[i].kind != kind)
			namespaces[kept++] = namespaces[i];
	}
	draft->namespaces.count = kept;
	if (path == NULL)
		return 0;
	return spec_list_add(&draft->session->builder, &draft->namespaces,
	                     &(struct spec_oci_namespace){ kind, path, origin }, err);
}

static bool is_of_other(const char *mode)
{
	return strncmp(mode, "container:", strlen("container:")) == 0 ||
	       strncmp(mode, "service:", strlen("service:")) == 0;
}

/* @mode: "host", "container:db", "ns:/path", or one with a new namespace. */
static int set_mode(struct docker_draft *draft, const struct spec_text *text, uint64_t kind,
                    enum spec_engine_place place, struct spec_text *mode, struct error *err)
{
	docker_engine(draft)->places[place] = text->origin;
	*mode = *text;
	if (strcmp(text->value, "host") == 0)
		return docker_share_namespace(draft, kind, NULL, text->origin, err);
	if (is_of_other(text->value))
		return docker_share_namespace(draft, kind, text->value, text->origin, err);
	if (strncmp(text->value, "ns:", 3) == 0)
		return docker_share_namespace(draft, kind, text->value + 3, text->origin, err);
	return 0;
}

int docker_take_cgroup_mode(struct docker_draft *draft, const struct spec_text *text,
                            struct error *err)
{
	return set_mode(draft, text, CLONE_NEWCGROUP, SPEC_PLACE_CGROUP_NAMESPACE,
	                &docker_engine(draft)->cgroup, err);
}

int docker_take_ipc(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	return set_mode(draft, text, CLONE_NEWIPC, SPEC_PLACE_IPC_NAMESPACE,
	                &docker_engine(draft)->ipc, err);
}

int docker_take_pid(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	return set_mode(draft, text, CLONE_NEWPID, SPEC_PLACE_PID_NAMESPACE,
	                &docker_engine(draft)->pid, err);
}

int docker_take_uts(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	return set_mode(draft, text, CLONE_NEWUTS, SPEC_PLACE_UTS_NAMESPACE,
	                &docker_engine(draft)->uts, err);
}

/* Podman's modes make one; Docker's daemon may by its own configuration, which "host" lifts. */
int docker_take_userns(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	static const struct id_map unknown = { 0, SPEC_ENGINE_ID_UNKNOWN - UINT32_C(65536), 65536 };
	struct spec_oci *oci = &draft->document->document.oci;
	const struct spec_oci_namespace users = { CLONE_NEWUSER, NULL, text->origin };

	docker_engine(draft)->places[SPEC_PLACE_USER_NAMESPACE] = text->origin;
	docker_engine(draft)->users = *text;
	if (!draft->is_podman || *text->value == '\0' || strcmp(text->value, "host") == 0)
		return 0;
	if (is_of_other(text->value) || strncmp(text->value, "ns:", 3) == 0)
		return docker_share_namespace(draft, CLONE_NEWUSER, text->value, text->origin, err);
	if (oci->uids.count > 0)
		return 0;
	oci->uids = (struct spec_oci_mapping_list){ &unknown, 1, text->origin };
	oci->gids = oci->uids;
	return spec_list_add(&draft->session->builder, &draft->namespaces, &users, err);
}

/* The mode of Podman without its options: "slirp4netns:mtu=1500". */
static bool is_mode(const char *text)
{
	static const char *const modes[] = { "bridge", "default", "host",    "nat",
		                             "none",   "pasta",   "private", "slirp4netns" };
	const size_t length = strcspn(text, ":");

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (strlen(modes[i]) == length && strncmp(modes[i], text, length) == 0)
			return true;
	}
	return is_of_other(text) || strncmp(text, "ns:", 3) == 0;
}

/* "name=app-net,ip=10.0.0.2", as docker run has it, too. Source: docker run --network. */
static const char *long_name(const char *text)
{
	static const char key[] = "name=";

	while (text != NULL && strncmp(text, key, sizeof(key) - 1) != 0) {
		text = strchr(text, ',');
		text += text != NULL;
	}
	return text == NULL ? NULL : text + sizeof(key) - 1;
}

int docker_take_network(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_engine *engine = docker_engine(draft);
	const char *name = strchr(text->value, '=') == NULL ? NULL : long_name(text->value);
	struct spec_text network = *text;

	if (name != NULL)
		network.value = docker_copy(draft, name, strcspn(name, ","), err);
	if (network.value == NULL)
		return -1;
	if (!is_mode(network.value) && docker_add_text(draft, &draft->networks, &network, err) < 0)
		return -1;
	if (engine->network.value != NULL) /* a second one is joined beside the first */
		return 0;
	return set_mode(draft, &network, CLONE_NEWNET, SPEC_PLACE_NETWORK, &engine->network, err);
}

/* "80" or "8000-8010". An empty one is 0. */
static bool read_ports(const char *text, size_t length, uint16_t *first, uint16_t *last)
{
	char digits[12];
	char *dash;
	uint64_t number, end;

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	*first = *last = 0;
	if (length == 0)
		return true;
	dash = strchr(digits, '-');
	if (dash != NULL)
		*dash = '\0';
	if (!number_parse(digits, UINT16_MAX, &number) ||
	    !number_parse(dash == NULL ? digits : dash + 1, UINT16_MAX, &end) || end < number)
		return false;
	*first = (uint16_t)number;
	*last = (uint16_t)end;
	return true;
}

static int refuse_port(const struct spec_text *text, struct error *err)
{
	(void)error_hint(err, "write \"127.0.0.1:8080:80\", \"8080:80\" or \"80/udp\"");
	return docker_refuse(text, err, "\"%.60s\" is no port", text->value);
}

/* The last colon of @text, of @length bytes, that is not within the brackets of IPv6. */
static size_t last_colon(const char *text, size_t length)
{
	while (length > 0 && text[length - 1] != ':' && text[length - 1] != ']')
		length--;
	return length > 0 && text[length - 1] == ':' ? length - 1 : SIZE_MAX;
}

static int read_address(struct docker_draft *draft, const char *text, size_t length,
                        struct spec_engine_port *port, struct error *err)
{
	const bool has_brackets = length > 1 && text[0] == '[' && text[length - 1] == ']';

	if (length == 0)
		return 0;
	port->address =
		docker_copy(draft, text + has_brackets, length - 2 * (size_t)has_brackets, err);
	return port->address == NULL ? -1 : 0;
}

/* [[address:][host-port]:]port[/protocol] */
static int read_port(struct docker_draft *draft, const struct spec_text *text,
                     struct spec_engine_port *port, struct error *err)
{
	const size_t length = strcspn(text->value, "/");
	const size_t inner = last_colon(text->value, length);
	const size_t start = inner == SIZE_MAX ? 0 : inner + 1;
	size_t outer, host;

	port->origin = text->origin;
	port->protocol = text->value[length] == '\0' ? "tcp" : text->value + length + 1;
	if (!read_ports(text->value + start, length - start, &port->port, &port->port_last) ||
	    port->port == 0)
		return refuse_port(text, err);
	if (inner == SIZE_MAX)
		return 0;
	outer = last_colon(text->value, inner);
	host = outer == SIZE_MAX ? 0 : outer + 1;
	if (!read_ports(text->value + host, inner - host, &port->host_port, &port->host_port_last))
		return refuse_port(text, err);
	return outer == SIZE_MAX ? 0 : read_address(draft, text->value, outer, port, err);
}

int docker_take_publish(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_engine_port port = { 0 };

	docker_engine(draft)->places[SPEC_PLACE_PORTS] = text->origin;
	if (read_port(draft, text, &port, err) < 0)
		return -1;
	return spec_list_add(&draft->session->builder, &draft->ports, &port, err);
}

int docker_take_expose(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_engine_port port = { .is_only_exposed = true };

	if (read_port(draft, text, &port, err) < 0)
		return -1;
	return spec_list_add(&draft->session->builder, &draft->ports, &port, err);
}

/* Whatever the image exposes is published, on all addresses: the port 0 stands for those. */
int docker_take_publish_all(struct docker_draft *draft, const struct spec_text *text,
                            struct error *err)
{
	const struct spec_engine_port port = { .protocol = "tcp", .origin = text->origin };
	bool is_on;

	if (docker_read_switch(text, &is_on, err) < 0)
		return -1;
	if (!is_on)
		return 0;
	docker_engine(draft)->places[SPEC_PLACE_PORTS] = text->origin;
	return spec_list_add(&draft->session->builder, &draft->ports, &port, err);
}
