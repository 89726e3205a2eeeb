/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "any_dump.h"

#include <inttypes.h>
#include <string.h>

#include "oci_dump.h"

static void end_line(struct text *out, const char *origin)
{
	if (origin != NULL)
		text_add_format(out, "  (%s)", origin);
	text_add(out, "\n");
}

static void add_word(struct text *out, const char *value)
{
	text_add(out, " ");
	if (value == NULL)
		text_add(out, "-");
	else
		text_add_json(out, value);
}

static void dump_text(struct text *out, const char *name, const struct spec_text *text)
{
	if (text->value == NULL)
		return;
	text_add(out, name);
	add_word(out, text->value);
	end_line(out, text->origin);
}

static void dump_texts(struct text *out, const char *name, const struct spec_text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		dump_text(out, name, &list->items[i]);
}

static void dump_switch(struct text *out, const char *name, const struct spec_switch *item)
{
	if (item->is_said || item->is_on)
		text_add_format(out, "%s %s%s", name, item->is_on ? "on" : "off",
		                item->is_said ? "" : " by default");
	if (item->is_said || item->is_on)
		end_line(out, item->origin);
}

#define ENGINE(member) offsetof(struct spec_engine, member)

static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	{ "image", ENGINE(image) },
	{ "platform", ENGINE(platform) },
	{ "pull", ENGINE(pull) },
	{ "user-as-written", ENGINE(user) },
	{ "privileged", ENGINE(privileged) },
	{ "seccomp-as-written", ENGINE(seccomp) },
	{ "apparmor-as-written", ENGINE(apparmor) },
	{ "selinux-as-written", ENGINE(selinux) },
	{ "network", ENGINE(network) },
	{ "pid", ENGINE(pid) },
	{ "ipc", ENGINE(ipc) },
	{ "uts", ENGINE(uts) },
	{ "cgroup", ENGINE(cgroup) },
	{ "users", ENGINE(users) },
	{ "shm-size", ENGINE(shm_size) },
	{ "memory-as-written", ENGINE(memory) },
	{ "memory-swap-as-written", ENGINE(memory_swap) },
	{ "cpus-as-written", ENGINE(cpus) },
	{ "pids-as-written", ENGINE(pids) },
	{ "restart", ENGINE(restart) },
	{ "health", ENGINE(health) },
	{ "runtime", ENGINE(runtime) },
	{ "cgroup-parent", ENGINE(cgroup_parent) },
}, lists[] = {
	{ "group-as-written", ENGINE(groups) },
	{ "entrypoint", ENGINE(entrypoint) },
	{ "command", ENGINE(command) },
	{ "env-file", ENGINE(env_files) },
	{ "cap-add", ENGINE(cap_add) },
	{ "cap-drop", ENGINE(cap_drop) },
	{ "network-of", ENGINE(networks) },
	{ "unread", ENGINE(unread) },
}, switches[] = {
	{ "unmasked-paths", ENGINE(unmasked_paths) },
	{ "must-not-be-root", ENGINE(must_not_be_root) },
	{ "init", ENGINE(has_init) },
	{ "removes-itself", ENGINE(removes_itself) },
	{ "detached", ENGINE(is_detached) },
	{ "stdin-open", ENGINE(keeps_stdin_open) },
	{ "automounts-token", ENGINE(automounts_token) },
};

static const void *at(const struct spec_engine *engine, size_t offset)
{
	return (const unsigned char *)engine + offset;
}

static void dump_port(struct text *out, const struct spec_engine_port *port)
{
	text_add_format(out, "port%s %s:%u-%u -> %u-%u/%s", port->is_only_exposed ? " exposed" : "",
	                port->address == NULL ? "" : port->address, port->host_port,
	                port->host_port_last, port->port, port->port_last, port->protocol);
	end_line(out, port->origin);
}

static void dump_volume(struct text *out, const struct spec_engine_volume *volume)
{
	text_add_format(out, "volume %s", volume->kind);
	add_word(out, volume->name);
	add_word(out, volume->target);
	text_add(out, volume->is_read_only ? " read-only" : "");
	text_add(out, volume->is_executable ? " executable" : "");
	end_line(out, volume->origin);
}

static void dump_secret(struct text *out, const struct spec_engine_secret *secret)
{
	text_add(out, secret->is_config ? "config" : "secret");
	add_word(out, secret->name);
	add_word(out, secret->source);
	add_word(out, secret->target);
	add_word(out, secret->variable);
	end_line(out, secret->origin);
	dump_text(out, "  mode", &secret->mode);
}

static void dump_things(struct text *out, const struct spec_engine *engine)
{
	for (size_t i = 0; i < engine->port_count; i++)
		dump_port(out, &engine->ports[i]);
	for (size_t i = 0; i < engine->volume_count; i++)
		dump_volume(out, &engine->volumes[i]);
	for (size_t i = 0; i < engine->secret_count; i++)
		dump_secret(out, &engine->secrets[i]);
	for (size_t i = 0; i < engine->device_count; i++) {
		text_add(out, "host-device");
		add_word(out, engine->devices[i].source);
		add_word(out, engine->devices[i].target);
		add_word(out, engine->devices[i].access);
		end_line(out, engine->devices[i].origin);
	}
}

static void dump_engine(struct text *out, const struct spec_engine *engine)
{
	dump_text(out, "service", &engine->service);
	text_add(out, engine->has_build ? "builds its image\n" : "");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		dump_text(out, texts[i].name, at(engine, texts[i].offset));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		dump_texts(out, lists[i].name, at(engine, lists[i].offset));
	for (size_t i = 0; i < ARRAY_LEN(switches); i++)
		dump_switch(out, switches[i].name, at(engine, switches[i].offset));
	dump_things(out, engine);
	for (size_t i = 0; i < SPEC_PLACE_COUNT; i++) {
		if (engine->places[i] != NULL &&
		    engine->places[i] != engine->places[SPEC_PLACE_SERVICE])
			text_add_format(out, "place %zu %s\n", i, engine->places[i]);
	}
}

static void dump_instruction(struct text *out, const struct spec_instruction *instruction)
{
	text_add_format(out, "instruction %s%s stage %zu user %s in %s\n", instruction->origin,
	                instruction->is_exec_form ? " exec" : "", instruction->stage,
	                instruction->user == NULL ? "-" : instruction->user,
	                instruction->workdir == NULL ? "-" : instruction->workdir);
	dump_text(out, "  text", &(struct spec_text){ instruction->text.value, NULL });
	for (size_t i = 0; i < instruction->flags.count; i++)
		dump_text(out, "  flag",
		          &(struct spec_text){ instruction->flags.items[i].value, NULL });
	for (size_t i = 0; i < instruction->words.count; i++)
		dump_text(out, "  word",
		          &(struct spec_text){ instruction->words.items[i].value, NULL });
	dump_texts(out, "  heredoc", &instruction->heredocs);
}

static void dump_dockerfile(struct text *out, const struct spec_dockerfile *dockerfile)
{
	static const char *const facts[SPEC_FACT_COUNT] = {
		[SPEC_FACT_UNPINNED_IMAGE] = "unpinned-image",
		[SPEC_FACT_REMOTE_ADD] = "remote-add",
		[SPEC_FACT_PIPED_TO_SHELL] = "piped-to-shell",
		[SPEC_FACT_SECRET] = "secret",
		[SPEC_FACT_SUDO] = "sudo",
		[SPEC_FACT_WRITABLE_BY_ALL] = "writable-by-all",
		[SPEC_FACT_SETS_ID] = "sets-id",
		[SPEC_FACT_ROOT_OWNED_PATH] = "root-owned-path",
	};

	for (size_t i = 0; i < dockerfile->stage_count; i++) {
		const struct spec_dockerfile_stage *stage = &dockerfile->stages[i];

		text_add_format(out, "stage %zu on %zd", i, (ssize_t)stage->base);
		add_word(out, stage->image.value);
		add_word(out, stage->name.value);
		end_line(out, stage->image.origin);
	}
	for (size_t i = 0; i < dockerfile->instruction_count; i++)
		dump_instruction(out, &dockerfile->instructions[i]);
	for (size_t i = 0; i < dockerfile->fact_count; i++) {
		const struct spec_dockerfile_fact *fact = &dockerfile->facts[i];

		text_add_format(out, "fact %s", facts[fact->kind]);
		add_word(out, fact->subject);
		if (fact->why != NULL)
			text_add_format(out, " because %s", fact->why);
		end_line(out, fact->origin);
	}
}

static void dump_scan(struct text *out, const struct spec_scan *scan)
{
	text_add_format(out, "tool %s\n", scan->tool);
	dump_text(out, "image", &scan->image);
	dump_texts(out, "digest", &scan->digests);
	for (size_t i = 0; i < scan->vulnerability_count; i++) {
		const struct spec_vulnerability *item = &scan->vulnerabilities[i];

		text_add_format(out, "%s severity %d%s", item->id, (int)item->severity,
		                item->is_mitigated ? " mitigated" : "");
		add_word(out, item->package);
		add_word(out, item->installed);
		add_word(out, item->fixed);
		end_line(out, item->origin);
	}
}

void any_dump(const struct import_result *result, struct text *out)
{
	text_add_format(out, "language %s\n", spec_language_name(result->language));
	if (result->scan != NULL)
		dump_scan(out, result->scan);
	for (size_t i = 0; i < result->spec_count; i++) {
		const struct spec *spec = result->specs[i];

		text_add_format(out, "\ncontainer %zu\n", i);
		if (spec->engine != NULL)
			dump_engine(out, spec->engine);
		if (spec->dockerfile != NULL)
			dump_dockerfile(out, spec->dockerfile);
		if (spec->oci != NULL)
			oci_dump(spec, out);
	}
}
