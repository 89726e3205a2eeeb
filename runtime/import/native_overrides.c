/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command line says over the text: more arguments, and lower limits. */
#include <stdio.h>

#include "base/number.h"
#include "base/text.h"
#include "import/import.h"
#include "import/native.h"

static bool parse_count(const char *text, uint64_t *out)
{
	return number_parse(text, UINT32_MAX, out);
}

static const char size_form[] = "size, such as 512MiB";
static const char count_form[] = "number";

static int refuse_raise(const char *option, const char *origin, struct error *err)
{
	(void)error_set(err, ERROR_USAGE,
	                "%s can only lower the limit, and the spec has a lower one (%.80s)", option,
	                origin);
	(void)error_hint(err, "raise the limit in the spec, where it is reviewed");
	return error_at(err, "%s", option);
}

static int refuse_form(const char *option, const char *text, const char *form, struct error *err)
{
	(void)error_set(err, ERROR_USAGE, "\"%.60s\" is not a possible %s", text, form);
	return error_at(err, "%s", option);
}

static int lower_bound(struct spec_builder *builder, const struct import_overrides *overrides,
                       enum spec_bound bound, struct error *err)
{
	const struct {
		const char *option;
		const char *text;
		const char *form;
		bool (*parse)(const char *text, uint64_t *out);
	} options[] = {
		[SPEC_BOUND_MEMORY] = { "--memory", overrides->memory, size_form,
		                        number_parse_size },
		[SPEC_BOUND_SWAP] = { "--swap", overrides->swap, size_form, number_parse_size },
		[SPEC_BOUND_CPUS] = { "--cpus", overrides->cpus, "number of processors",
		                      number_parse_decimal },
		[SPEC_BOUND_PIDS] = { "--pids", overrides->pids, count_form, parse_count },
	};
	const struct spec_limit *limit = spec_bound_in_force(builder, bound);
	const struct spec_range range = *spec_bound_range(bound);
	const char *option = options[bound].option;
	const char *text = options[bound].text;
	uint64_t value = 0;

	if (text == NULL)
		return 0;
	if (!options[bound].parse(text, &value) || value < range.min || value > range.max)
		return refuse_form(option, text, options[bound].form, err);
	if (limit != NULL && value > limit->value)
		return refuse_raise(option, limit->origin, err);
	spec_set_bound(builder, bound, value, option);
	return 0;
}

static int lower_timeout(struct spec_builder *builder, const char *text, struct error *err)
{
	static const char option[] = "--timeout";
	struct spec_limit *limit = &builder->spec->limits.timeout_ms;
	uint64_t value = 0;

	if (text == NULL)
		return 0;
	if (!number_parse_duration(text, &value) || value == 0 || value > NATIVE_TIMEOUT_MAX_MS)
		return refuse_form(option, text, "time limit, such as 30s", err);
	if (limit->is_set && value > limit->value)
		return refuse_raise(option, limit->origin, err);
	*limit = (struct spec_limit){ value, option, true };
	return 0;
}

static int append_argument(struct spec_builder *builder, const char *text, size_t index,
                           struct error *err)
{
	struct spec_text arg;
	char origin[64];

	(void)snprintf(origin, sizeof(origin), "argument %zu after --", index + 1);
	if (!text_is_utf8(text) || text_has_control(text, true)) {
		(void)error_set(err, ERROR_USAGE,
		                "the argument is not UTF-8 or has a control character in it");
		return error_at(err, "%s", origin);
	}
	arg.value = spec_copy(builder, text, err);
	arg.origin = spec_copy(builder, origin, err);
	if (arg.value == NULL || arg.origin == NULL)
		return -1;
	return spec_list_add(builder, &builder->args, &arg, err);
}

static int override_name(struct spec_builder *builder, const char *name, struct error *err)
{
	if (name == NULL)
		return 0;
	builder->spec->name.value = spec_copy(builder, name, err);
	builder->spec->name.origin = "--name";
	return builder->spec->name.value == NULL ? -1 : 0;
}

int native_apply_overrides(struct spec_builder *builder, const struct import_overrides *overrides,
                           struct error *err)
{
	for (unsigned int bound = SPEC_BOUND_MEMORY; bound <= SPEC_BOUND_PIDS; bound++) {
		if (lower_bound(builder, overrides, (enum spec_bound)bound, err) < 0)
			return -1;
	}
	if (lower_timeout(builder, overrides->timeout, err) < 0 ||
	    override_name(builder, overrides->name, err) < 0)
		return -1;
	for (size_t i = 0; i < overrides->arg_count; i++) {
		if (append_argument(builder, overrides->args[i], i, err) < 0)
			return -1;
	}
	return 0;
}
