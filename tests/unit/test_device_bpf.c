/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/device_bpf.h"
#include "support/suite.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define READ_WRITE (DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE)

static const struct device_rule rules[] = {
	{ DEVICE_CHARACTER, 1, 3, READ_WRITE },
	{ DEVICE_CHARACTER, 1, 5, READ_WRITE },
	{ DEVICE_CHARACTER, 5, 2, READ_WRITE },
	{ DEVICE_CHARACTER, 136, DEVICE_ANY, READ_WRITE },
	{ DEVICE_CHARACTER, DEVICE_ANY, 77, READ_WRITE },
	{ DEVICE_BLOCK, 8, 0, DEVICE_ACCESS_READ },
	{ DEVICE_BLOCK, 9, 1, DEVICE_ACCESS_READ },
	{ DEVICE_BLOCK, 11, 1, DEVICE_ACCESS_READ },
	{ DEVICE_BLOCK, 11, DEVICE_ANY, DEVICE_ACCESS_READ },
	{ DEVICE_BLOCK, DEVICE_ANY, DEVICE_ANY, DEVICE_ACCESS_MKNOD },
	{ DEVICE_CHARACTER, 10, 200, READ_WRITE | DEVICE_ACCESS_MKNOD },
};

static uint32_t load(const struct bpf_cgroup_dev_ctx *context, int16_t offset)
{
	uint32_t value;

	ck_assert_int_le((size_t)offset + sizeof(value), sizeof(*context));
	memcpy(&value, (const char *)context + offset, sizeof(value));
	return value;
}

/* Just the instructions that a device program is made of; any other fails the test. */
static void calculate(const struct bpf_insn *in, uint32_t *registers,
                      const struct bpf_cgroup_dev_ctx *context)
{
	uint32_t *to = &registers[in->dst_reg];

	switch (in->code) {
	case BPF_LDX | BPF_MEM | BPF_W:
		ck_assert_int_eq(in->src_reg, BPF_REG_1);
		*to = load(context, in->off);
		break;
	case BPF_ALU | BPF_MOV | BPF_X:
		*to = registers[in->src_reg];
		break;
	case BPF_ALU | BPF_MOV | BPF_K:
		*to = (uint32_t)in->imm;
		break;
	case BPF_ALU | BPF_AND | BPF_K:
		*to &= (uint32_t)in->imm;
		break;
	case BPF_ALU | BPF_RSH | BPF_K:
		*to >>= (uint32_t)in->imm;
		break;
	default:
		ck_abort_msg("unexpected instruction 0x%02x", in->code);
	}
}

static bool is_jump(const struct bpf_insn *in)
{
	return BPF_CLASS(in->code) == BPF_JMP || BPF_CLASS(in->code) == BPF_JMP32;
}

static bool is_taken(const struct bpf_insn *in, const uint32_t *registers)
{
	const uint32_t left = registers[in->dst_reg];
	const uint32_t right = (uint32_t)in->imm;

	switch (in->code) {
	case BPF_JMP32 | BPF_JNE | BPF_K:
		return left != right;
	case BPF_JMP32 | BPF_JEQ | BPF_K:
		return left == right;
	case BPF_JMP32 | BPF_JGE | BPF_K:
		return left >= right;
	case BPF_JMP32 | BPF_JSET | BPF_K:
		return (left & right) != 0;
	case BPF_JMP | BPF_JA:
		return true;
	default:
		ck_abort_msg("unexpected jump 0x%02x", in->code);
		return false;
	}
}

static uint32_t interpret(const struct bpf_insn *program, size_t length,
                          const struct bpf_cgroup_dev_ctx *context)
{
	uint32_t registers[MAX_BPF_REG] = { 0 };

	for (size_t i = 0; i < length; i++) {
		const struct bpf_insn *in = &program[i];

		if (in->code == (BPF_JMP | BPF_EXIT))
			return registers[BPF_REG_0];
		if (!is_jump(in))
			calculate(in, registers, context);
		else if (is_taken(in, registers))
			i += (size_t)in->off;
	}
	ck_abort_msg("the program runs off its end");
	return 0;
}

static const struct {
	enum device_kind kind;
	uint32_t major;
	uint32_t minor;
	uint32_t access;
	uint32_t is_allowed;
} cases[] = {
	{ DEVICE_CHARACTER, 1, 3, DEVICE_ACCESS_READ, 1 },
	{ DEVICE_CHARACTER, 1, 3, READ_WRITE, 1 },
	{ DEVICE_CHARACTER, 1, 3, 0, 1 },
	{ DEVICE_CHARACTER, 1, 3, DEVICE_ACCESS_MKNOD, 0 },
	{ DEVICE_CHARACTER, 1, 3, DEVICE_ACCESS_READ | DEVICE_ACCESS_MKNOD, 0 },
	{ DEVICE_CHARACTER, 1, 3, UINT32_C(8), 0 }, /* a right that we do not know */
	{ DEVICE_BLOCK, 1, 3, DEVICE_ACCESS_READ, 0 },
	{ DEVICE_CHARACTER, 1, 4, DEVICE_ACCESS_READ, 0 },
	{ DEVICE_CHARACTER, 1, 1, DEVICE_ACCESS_READ, 0 },  /* /dev/mem */
	{ DEVICE_CHARACTER, 5, 1, DEVICE_ACCESS_WRITE, 0 }, /* /dev/console */
	{ DEVICE_CHARACTER, 1, 5, READ_WRITE, 1 },
	{ DEVICE_CHARACTER, 1, 2, READ_WRITE, 0 },
	{ DEVICE_CHARACTER, 5, 2, READ_WRITE, 1 },
	{ DEVICE_CHARACTER, 5, 3, READ_WRITE, 0 },
	{ DEVICE_CHARACTER, 5, 5, READ_WRITE, 0 },
	{ DEVICE_CHARACTER, 3, 77, READ_WRITE, 1 },
	{ DEVICE_BLOCK, 9, 1, DEVICE_ACCESS_READ, 1 },
	{ DEVICE_BLOCK, 9, 0, DEVICE_ACCESS_READ, 0 },
	{ DEVICE_BLOCK, 11, 7, DEVICE_ACCESS_READ, 1 },
	{ DEVICE_BLOCK, 200, 200, DEVICE_ACCESS_MKNOD, 1 },
	{ DEVICE_BLOCK, 200, 200, DEVICE_ACCESS_MKNOD | DEVICE_ACCESS_READ, 0 },
	{ DEVICE_CHARACTER, 136, 0, READ_WRITE, 1 },
	{ DEVICE_CHARACTER, 136, 1048575, READ_WRITE, 1 },
	{ DEVICE_CHARACTER, 137, 0, READ_WRITE, 0 },
	{ DEVICE_BLOCK, 8, 0, DEVICE_ACCESS_READ, 1 },
	{ DEVICE_BLOCK, 8, 0, DEVICE_ACCESS_WRITE, 0 },
	{ DEVICE_BLOCK, 8, 1, DEVICE_ACCESS_READ, 0 },
	{ DEVICE_CHARACTER, 8, 0, DEVICE_ACCESS_READ, 0 },
	{ DEVICE_CHARACTER, 10, 200, READ_WRITE | DEVICE_ACCESS_MKNOD, 1 },
};

static const struct bpf_insn *make(struct arena **arena, size_t rule_count, size_t *out_length)
{
	struct error err = { .kind = ERROR_NONE };
	const struct bpf_insn *program = NULL;

	ck_assert_int_eq(arena_new(arena, &err), 0);
	ck_assert_int_eq(device_bpf_make(*arena, rules, rule_count, &program, out_length, &err), 0);
	return program;
}

START_TEST(allows_what_a_rule_allows_and_nothing_else)
{
	const struct bpf_cgroup_dev_ctx context = {
		.access_type = cases[_i].access << 16 | cases[_i].kind,
		.major = cases[_i].major,
		.minor = cases[_i].minor,
	};
	struct arena *arena = NULL;
	size_t length = 0;
	const struct bpf_insn *program = make(&arena, ARRAY_LEN(rules), &length);

	ck_assert_uint_eq(interpret(program, length, &context), cases[_i].is_allowed);
	arena_free(arena);
}
END_TEST

START_TEST(without_rules_everything_is_denied)
{
	const struct bpf_cgroup_dev_ctx context = {
		.access_type = cases[_i].access << 16 | cases[_i].kind,
		.major = cases[_i].major,
		.minor = cases[_i].minor,
	};
	struct arena *arena = NULL;
	size_t length = 0;
	const struct bpf_insn *program = make(&arena, 0, &length);

	ck_assert_uint_eq(interpret(program, length, &context), 0);
	arena_free(arena);
}
END_TEST

START_TEST(too_many_rules_are_refused)
{
	struct error err = { .kind = ERROR_NONE };
	struct arena *arena = NULL;
	const struct bpf_insn *program = NULL;
	size_t length = 0;

	ck_assert_int_eq(arena_new(&arena, &err), 0);
	ck_assert_int_eq(device_bpf_make(arena, NULL, 4096, &program, &length, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_ptr_null(program);
	arena_free(arena);
}
END_TEST

#define ALL_ACCESS (READ_WRITE | DEVICE_ACCESS_MKNOD)

static const struct device_order orders[] = {
	{ { DEVICE_CHARACTER, 1, 3, ALL_ACCESS }, true, false }, /* overruled by the next */
	{ { 0, 0, 0, 0 }, false, true },
	{ { DEVICE_CHARACTER, 1, DEVICE_ANY, ALL_ACCESS }, true, false },
	{ { DEVICE_CHARACTER, 1, 5, DEVICE_ACCESS_WRITE }, false, false },
	{ { DEVICE_CHARACTER, 1, 8, ALL_ACCESS }, false, false },
	{ { DEVICE_CHARACTER, 1, 8, DEVICE_ACCESS_READ }, true, false },
	{ { DEVICE_BLOCK, DEVICE_ANY, 9, READ_WRITE }, true, false },
};

static const struct {
	enum device_kind kind;
	uint32_t major;
	uint32_t minor;
	uint32_t access;
	uint32_t is_allowed;
} order_cases[] = {
	{ DEVICE_CHARACTER, 1, 3, ALL_ACCESS, 1 },
	{ DEVICE_CHARACTER, 2, 3, DEVICE_ACCESS_READ, 0 },
	{ DEVICE_BLOCK, 1, 3, DEVICE_ACCESS_READ, 0 },
	{ DEVICE_CHARACTER, 1, 5, DEVICE_ACCESS_READ, 1 },
	{ DEVICE_CHARACTER, 1, 5, DEVICE_ACCESS_WRITE, 0 },
	{ DEVICE_CHARACTER, 1, 5, READ_WRITE, 0 }, /* one bit that is denied is enough */
	{ DEVICE_CHARACTER, 1, 8, DEVICE_ACCESS_READ, 1 },
	{ DEVICE_CHARACTER, 1, 8, READ_WRITE, 0 },
	{ DEVICE_CHARACTER, 1, 8, DEVICE_ACCESS_MKNOD, 0 },
	{ DEVICE_BLOCK, 77, 9, READ_WRITE, 1 },
	{ DEVICE_BLOCK, 77, 9, ALL_ACCESS, 0 },
	{ DEVICE_BLOCK, 77, 8, DEVICE_ACCESS_READ, 0 },
};

static uint32_t ask_orders(const struct device_order *list, size_t count, size_t asked)
{
	const struct bpf_cgroup_dev_ctx context = {
		.access_type = order_cases[asked].access << 16 | order_cases[asked].kind,
		.major = order_cases[asked].major,
		.minor = order_cases[asked].minor,
	};
	struct error err = { .kind = ERROR_NONE };
	const struct bpf_insn *program = NULL;
	struct arena *arena = NULL;
	size_t length = 0;
	uint32_t answer;

	ck_assert_int_eq(arena_new(&arena, &err), 0);
	ck_assert_int_eq(device_bpf_make_list(arena, list, count, &program, &length, &err), 0);
	answer = interpret(program, length, &context);
	arena_free(arena);
	return answer;
}

START_TEST(the_last_order_for_each_access_decides)
{
	ck_assert_uint_eq(ask_orders(orders, ARRAY_LEN(orders), (size_t)_i),
	                  order_cases[_i].is_allowed);
}
END_TEST

START_TEST(an_order_for_all_leaves_nothing_open)
{
	const struct device_order all = { .allows = true, .is_all = true };
	const struct device_order but_one[] = {
		all,
		{ { DEVICE_CHARACTER, 1, 3, DEVICE_ACCESS_MKNOD }, false, false },
	};

	ck_assert_uint_eq(ask_orders(&all, 1, (size_t)_i), 1);
	ck_assert_uint_eq(ask_orders(but_one, 2, (size_t)_i), _i == 0 ? 0 : 1);
	ck_assert_uint_eq(ask_orders(NULL, 0, (size_t)_i), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("device_bpf");
	TCase *tests = tcase_create("program");

	tcase_add_loop_test(tests, allows_what_a_rule_allows_and_nothing_else, 0,
	                    (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tests, without_rules_everything_is_denied, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tests, too_many_rules_are_refused);
	tcase_add_loop_test(tests, the_last_order_for_each_access_decides, 0,
	                    (int)ARRAY_LEN(order_cases));
	tcase_add_loop_test(tests, an_order_for_all_leaves_nothing_open, 0,
	                    (int)ARRAY_LEN(order_cases));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
