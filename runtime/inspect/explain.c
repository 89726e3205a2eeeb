/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/explain.h"

#include <string.h>

#include "inspect/explain_json.h"
#include "inspect/explain_stages.h"

#define STAGE_WIDTH 18 /* columns */
#define WHAT_WIDTH  25

#define COLOUR_HEADING "\033[1m"
#define COLOUR_WEAK    "\033[33m"
#define COLOUR_MISSING "\033[31m"
#define COLOUR_END     "\033[0m"

/* The state of a text that is being written. */
struct text_writer {
	FILE *out;
	const char *stage; /* to be printed with its first line; NULL: printed */
	bool has_colour;
};

/* What a spec says may not steer the reader's terminal. */
static void put_safe(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		const unsigned char byte = (unsigned char)*text;

		if (byte < ' ' || byte == 0x7f)
			fprintf(out, "\\x%02x", byte);
		else
			fputc(byte, out);
	}
}

static void put_column(FILE *out, const char *text, size_t width)
{
	const size_t length = strlen(text);

	put_safe(out, text);
	fprintf(out, "%*s", length < width ? (int)(width - length) : 1, "");
}

static void put_coloured(const struct text_writer *writer, const char *colour, const char *text)
{
	if (writer->has_colour)
		fputs(colour, writer->out);
	put_safe(writer->out, text);
	if (writer->has_colour)
		fputs(COLOUR_END, writer->out);
}

/* A line of a stage; the stage's name stands before the first only. */
static void hear_text(void *context, const char *what, const char *how)
{
	struct text_writer *writer = context;

	put_column(writer->out, writer->stage != NULL ? writer->stage : "", STAGE_WIDTH);
	writer->stage = NULL;
	put_column(writer->out, what, WHAT_WIDTH);
	put_safe(writer->out, how);
	fputc('\n', writer->out);
}

/* A stage that has nothing to tell is shown all the same: it will run. */
static void tell_text(struct text_writer *writer, const struct plan *plan, const char *stage,
                      const struct stage_teller *teller)
{
	const struct audience audience = { .hear = hear_text, .context = writer };

	writer->stage = stage;
	teller->tell(plan, &audience);
	if (writer->stage == NULL)
		return;
	put_safe(writer->out, stage);
	fputc('\n', writer->out);
}

static void put_stages(struct text_writer *writer, const struct explanation *explanation)
{
	put_coloured(writer, COLOUR_HEADING, "The launcher");
	fputc('\n', writer->out);
	for (size_t i = 0; i < launcher_teller_count; i++)
		tell_text(writer, explanation->plan, launcher_tellers[i].stage,
		          &launcher_tellers[i]);
	fputc('\n', writer->out);
	put_coloured(writer, COLOUR_HEADING, "The stages inside, in order");
	fputc('\n', writer->out);
	for (size_t i = 0; i < explanation->stage_count; i++)
		tell_text(writer, explanation->plan, explanation->stages[i],
		          stage_teller_find(explanation->stages[i]));
	fputc('\n', writer->out);
}

static void put_relaxations(struct text_writer *writer, const struct plan *plan)
{
	put_coloured(writer, COLOUR_HEADING, "Relaxed");
	fputc('\n', writer->out);
	if (plan->relaxation_count == 0)
		fputs("nothing: every control is in force\n", writer->out);
	for (size_t i = 0; i < plan->relaxation_count; i++) {
		const struct plan_relaxation *relaxation = &plan->relaxations[i];

		put_coloured(writer, COLOUR_WEAK, relaxation->name);
		fputs(" lifts ", writer->out);
		put_safe(writer->out, relaxation->control);
		fputs("\n  because: ", writer->out);
		put_safe(writer->out, relaxation->reason);
		fputs("\n  at: ", writer->out);
		put_safe(writer->out, relaxation->origin);
		fputc('\n', writer->out);
	}
	fputc('\n', writer->out);
}

static void put_lack(const struct text_writer *writer, const struct error *lack)
{
	put_coloured(writer, COLOUR_MISSING, lack->what);
	if (lack->code != 0)
		fprintf(writer->out, ": %s", strerror(lack->code));
	fputc('\n', writer->out);
	if (lack->where[0] != '\0') {
		fputs("  at: ", writer->out);
		put_safe(writer->out, lack->where);
		fputc('\n', writer->out);
	}
	if (lack->hint[0] == '\0')
		return;
	fputs("  hint: ", writer->out);
	put_safe(writer->out, lack->hint);
	fputc('\n', writer->out);
}

void explain_text(const struct explanation *explanation, FILE *out)
{
	struct text_writer writer = { .out = out, .has_colour = explanation->has_colour };
	const struct plan_lacks *lacks = explanation->lacks;

	put_coloured(&writer, COLOUR_HEADING, explanation->plan->name);
	fputs("\n\n", out);
	put_stages(&writer, explanation);
	put_relaxations(&writer, explanation->plan);
	put_coloured(&writer, COLOUR_HEADING, "This host lacks");
	fputc('\n', out);
	if (lacks == NULL || lacks->count == 0)
		fputs("nothing: it can run this\n", out);
	for (size_t i = 0; lacks != NULL && i < lacks->count; i++)
		put_lack(&writer, &lacks->items[i]);
}

static void hear_json(void *context, const char *what, const char *how)
{
	struct json_writer *writer = context;

	json_open(writer, NULL, '{');
	json_text(writer, "what", what);
	json_text(writer, "how", how);
	json_close(writer, '}');
}

static void tell_json(struct json_writer *writer, const struct plan *plan, const char *stage,
                      const struct stage_teller *teller)
{
	const struct audience audience = { .hear = hear_json, .context = writer };

	json_open(writer, NULL, '{');
	json_text(writer, "name", stage);
	json_open(writer, "does", '[');
	teller->tell(plan, &audience);
	json_close(writer, ']');
	json_close(writer, '}');
}

static void write_stages(struct json_writer *writer, const struct explanation *explanation)
{
	json_open(writer, "launcher", '[');
	for (size_t i = 0; i < launcher_teller_count; i++)
		tell_json(writer, explanation->plan, launcher_tellers[i].stage,
		          &launcher_tellers[i]);
	json_close(writer, ']');
	json_open(writer, "stages", '[');
	for (size_t i = 0; i < explanation->stage_count; i++)
		tell_json(writer, explanation->plan, explanation->stages[i],
		          stage_teller_find(explanation->stages[i]));
	json_close(writer, ']');
}

static void write_relaxations(struct json_writer *writer, const struct plan *plan)
{
	json_open(writer, "relaxations", '[');
	for (size_t i = 0; i < plan->relaxation_count; i++) {
		json_open(writer, NULL, '{');
		json_text(writer, "name", plan->relaxations[i].name);
		json_text(writer, "control", plan->relaxations[i].control);
		json_text(writer, "reason", plan->relaxations[i].reason);
		json_text(writer, "origin", plan->relaxations[i].origin);
		json_close(writer, '}');
	}
	json_close(writer, ']');
}

static const char *text_or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

static void write_lacks(struct json_writer *writer, const struct plan_lacks *lacks)
{
	json_open(writer, "lacks", '[');
	for (size_t i = 0; lacks != NULL && i < lacks->count; i++) {
		const struct error *lack = &lacks->items[i];

		json_open(writer, NULL, '{');
		json_text(writer, "what", lack->what);
		json_text(writer, "cause", lack->code != 0 ? strerror(lack->code) : NULL);
		json_text(writer, "where", text_or_null(lack->where));
		json_text(writer, "hint", text_or_null(lack->hint));
		json_close(writer, '}');
	}
	json_close(writer, ']');
}

void explain_json(const struct explanation *explanation, FILE *out)
{
	struct json_writer writer = { .out = out };
	const struct plan *plan = explanation->plan;
	const bool is_possible = explanation->lacks == NULL || explanation->lacks->count == 0;

	json_open(&writer, NULL, '{');
	json_text(&writer, "name", plan->name);
	json_text(&writer, "spec_digest", text_or_null(plan->spec_digest));
	json_bool(&writer, "is_possible", is_possible);
	write_stages(&writer, explanation);
	write_relaxations(&writer, plan);
	write_lacks(&writer, explanation->lacks);
	json_close(&writer, '}');
	fputc('\n', out);
}
