/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "inspect/show.h"
#include "lifecycle/launched.h"
#include "oci.h"

struct list_options {
	const char *format;
	bool is_quiet;
};

static const struct option_row rows[] = {
	{ "--format", "FORMAT", "table (default), json, or relaxations", OPTION_TEXT,
	  offsetof(struct list_options, format), 'f' },
	{ "--quiet", NULL, "print the ids alone", OPTION_SWITCH,
	  offsetof(struct list_options, is_quiet), 'q' },
};

static const struct usage usage = {
	.synopsis = "hardrun list [OPTION...]",
	.text = "Print the containers of the state root that \"create\" and \"run\" made;\n"
		"with the format \"relaxations\" also those that \"hardrun SPEC.json\" launched,\n"
		"and what each relaxes and why.",
	.examples = "  hardrun list --format json | jq -r .[].id",
	.is_oci = true,
};

/* The widest of each column; the last one needs none. */
struct widths {
	int id;
	int bundle;
	int created;
};

struct listing {
	struct widths widths;
	bool is_second; /* something has been printed */
};

static int at_least(int width, const char *text)
{
	return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static int measure(const struct container *container, void *context, struct error *err)
{
	struct widths *widths = &((struct listing *)context)->widths;

	(void)err;
	widths->id = at_least(widths->id, container->id);
	widths->bundle = at_least(widths->bundle, container->state.bundle);
	widths->created = at_least(widths->created, container->state.created);
	return 0;
}

static pid_t live_pid(const struct container *container, enum container_status status)
{
	return status == CONTAINER_STOPPED ? 0 : container->state.init.pid;
}

static int print_row(const struct container *container, void *context, struct error *err)
{
	const struct widths *widths = &((struct listing *)context)->widths;
	const struct container_state *state = &container->state;
	const enum container_status status = container_look(container);
	char owner[CONTAINER_OWNER_SIZE];

	(void)err;
	container_name_owner(container, owner);
	printf("%-*s %-10d %-10s %-*s %-*s %s\n", widths->id, container->id,
	       (int)live_pid(container, status), container_status_name(status), widths->bundle,
	       state->bundle, widths->created, state->created, owner);
	return 0;
}

static int print_id(const struct container *container, void *context, struct error *err)
{
	(void)context;
	(void)err;
	puts(container->id);
	return 0;
}

static int print_object(const struct container *container, void *context, struct error *err)
{
	struct listing *listing = context;
	AUTO_TEXT struct text text = { 0 };
	AUTO_FREE char *object = NULL;
	const enum container_status status = container_look(container);

	container_describe(container, container_status_name(status), live_pid(container, status),
	                   CONTAINER_VIEW_STATE, &text);
	object = text_take(&text, err);
	if (object == NULL)
		return -1;
	printf("%s%s", listing->is_second ? "," : "", object);
	listing->is_second = true;
	return 0;
}

static int print_table(const struct container_root *root, struct listing *listing,
                       struct error *err)
{
	const struct widths *widths = &listing->widths;

	if (container_each(root, measure, listing, err) < 0)
		return -1;
	printf("%-*s %-10s %-10s %-*s %-*s %s\n", widths->id, "ID", "PID", "STATUS", widths->bundle,
	       "BUNDLE", widths->created, "CREATED", "OWNER");
	return container_each(root, print_row, listing, err);
}

static int print_launched(const struct launched *launched, void *context, struct error *err)
{
	(void)context;
	(void)err;
	if (launched->relaxation_count == 0)
		printf("%-24s %-10d %-29s\n", launched->name, (int)launched->init, "nothing");
	for (size_t i = 0; i < launched->relaxation_count; i++) {
		printf("%-24s %-10d %-29s ", launched->name, (int)launched->init,
		       launched->relaxations[i].name);
		show_plain(stdout, launched->relaxations[i].reason);
		putchar('\n');
	}
	return 0;
}

/* A config.json has no reasons: what it weakens is for verify and audit to tell. */
static int print_unreasoned(const struct container *container, void *context, struct error *err)
{
	(void)context;
	(void)err;
	printf("%-24s %-10d %-29s %s\n", container->id,
	       (int)live_pid(container, container_look(container)), "-",
	       "made from a config.json; see hardrun verify --hardened");
	return 0;
}

static int print_relaxations(const struct container_root *root, struct error *err)
{
	printf("%-24s %-10s %-29s %s\n", "ID", "PID", "RELAXES", "BECAUSE");
	if (launched_each(root->path, print_launched, NULL, err) < 0)
		return -1;
	return container_each(root, print_unreasoned, NULL, err);
}

static int print_json(const struct container_root *root, struct listing *listing, struct error *err)
{
	putchar('[');
	if (container_each(root, print_object, listing, err) < 0)
		return -1;
	puts("]");
	return 0;
}

int cmd_list(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_max = 0 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	struct list_options options = { .format = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	struct listing listing = { .widths = { .id = 11, .bundle = 11, .created = 14 } };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);
	int format;

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (options.format != NULL && strcmp(options.format, "relaxations") == 0)
		return print_relaxations(&command.root, err);
	format = oci_find_format(options.format, err);
	if (format < 0)
		return -1;
	if (options.is_quiet)
		return container_each(&command.root, print_id, NULL, err);
	if (format == OCI_FORMAT_JSON)
		return print_json(&command.root, &listing, err);
	return print_table(&command.root, &listing, err);
}
