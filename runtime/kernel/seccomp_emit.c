/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/seccomp_emit.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#define JUMP_MAX 255        /* instructions that a conditional jump can pass over */
#define WORD_ALL UINT32_MAX /* the mask that keeps a whole word */
#define NO_WORD  UINT32_MAX /* offset of no word of struct seccomp_data */

/* Marks of a jump until it is known where it leads. A rule is shorter than that. */
#define TO_NEXT_RULE 254
#define TO_MATCH     253

/* Marks of a long jump to the rules of a range: its table and its index there. */
#define TO_RANGE    UINT32_C(0x80000000)
#define TABLE_SHIFT 16
#define RANGE_MASK  UINT32_C(0xffff)

struct writer {
	struct seccomp_code *code;
	const struct seccomp_policy *policy;
	const struct seccomp_table *tables;
	const struct seccomp_table *table; /* that is being written */
	uint32_t loaded; /* offset of the word that the accumulator holds unchanged; or NO_WORD */
};

static void append(struct writer *writer, struct sock_filter instruction)
{
	struct seccomp_code *code = writer->code;

	if (code->count == BPF_MAXINSNS)
		code->is_overfull = true;
	else
		code->instructions[code->count++] = instruction;
}

static void write_return(struct writer *writer, uint32_t action)
{
	append(writer, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void write_load(struct writer *writer, uint32_t offset)
{
	if (writer->loaded == offset)
		return;
	append(writer, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
	writer->loaded = offset;
}

static void write_jump(struct writer *writer, uint16_t test, uint32_t operand, uint8_t if_true,
                       uint8_t if_false)
{
	append(writer,
	       (struct sock_filter)BPF_JUMP(BPF_JMP | test | BPF_K, operand, if_true, if_false));
}

/* Both processors that hardrun knows are little-endian. */
static uint32_t low_word(const struct seccomp_condition *condition)
{
	return (uint32_t)(offsetof(struct seccomp_data, args) +
	                  condition->index * sizeof(uint64_t));
}

static uint32_t high_word(const struct seccomp_condition *condition)
{
	return low_word(condition) + (uint32_t)sizeof(uint32_t);
}

/* Go on if (word & mask) == value, else leave for @if_false. */
static void write_masked(struct writer *writer, uint32_t offset, uint32_t mask, uint32_t value,
                         uint8_t if_false)
{
	if (mask == 0)
		return;
	write_load(writer, offset);
	if (mask != WORD_ALL) {
		append(writer, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
		writer->loaded = NO_WORD;
	}
	write_jump(writer, BPF_JEQ, value, 0, if_false);
}

/* Leave for @if_above or @if_below if the high words differ, else go on. */
static void write_order(struct writer *writer, const struct seccomp_condition *condition,
                        uint8_t if_above, uint8_t if_below)
{
	const uint32_t value = (uint32_t)(condition->value >> 32);

	write_load(writer, high_word(condition));
	write_jump(writer, BPF_JGT, value, if_above, 0);
	write_jump(writer, BPF_JEQ, value, 0, if_below);
	write_load(writer, low_word(condition));
}

/* The last instruction of a condition may go to TO_MATCH by going on: it stands behind it. */
static void write_condition(struct writer *writer, const struct seccomp_condition *condition)
{
	const uint32_t low = (uint32_t)condition->value;
	const uint32_t high = (uint32_t)(condition->value >> 32);

	switch ((enum seccomp_comparison)condition->comparison) {
	case SECCOMP_NOT_EQUAL:
		write_load(writer, high_word(condition));
		write_jump(writer, BPF_JEQ, high, 0, TO_MATCH);
		write_load(writer, low_word(condition));
		write_jump(writer, BPF_JEQ, low, TO_NEXT_RULE, 0);
		break;
	case SECCOMP_EQUAL:
		write_masked(writer, high_word(condition), WORD_ALL, high, TO_NEXT_RULE);
		write_masked(writer, low_word(condition), WORD_ALL, low, TO_NEXT_RULE);
		break;
	case SECCOMP_MASKED_EQUAL:
		write_masked(writer, high_word(condition), (uint32_t)(condition->mask >> 32), high,
		             TO_NEXT_RULE);
		write_masked(writer, low_word(condition), (uint32_t)condition->mask, low,
		             TO_NEXT_RULE);
		break;
	case SECCOMP_GREATER:
		write_order(writer, condition, TO_MATCH, TO_NEXT_RULE);
		write_jump(writer, BPF_JGT, low, 0, TO_NEXT_RULE);
		break;
	case SECCOMP_GREATER_OR_EQUAL:
		write_order(writer, condition, TO_MATCH, TO_NEXT_RULE);
		write_jump(writer, BPF_JGE, low, 0, TO_NEXT_RULE);
		break;
	case SECCOMP_LESS:
		write_order(writer, condition, TO_NEXT_RULE, TO_MATCH);
		write_jump(writer, BPF_JGE, low, TO_NEXT_RULE, 0);
		break;
	case SECCOMP_LESS_OR_EQUAL:
		write_order(writer, condition, TO_NEXT_RULE, TO_MATCH);
		write_jump(writer, BPF_JGT, low, TO_NEXT_RULE, 0);
		break;
	case SECCOMP_COMPARISON_COUNT:
		break;
	}
}

/* Let the jumps from @first on that bear @mark lead to the end of the code. */
static void settle(struct seccomp_code *code, size_t first, uint8_t mark)
{
	for (size_t i = first; i < code->count; i++) {
		struct sock_filter *instruction = &code->instructions[i];
		const uint8_t distance = (uint8_t)(code->count - i - 1);

		if (BPF_CLASS(instruction->code) != BPF_JMP)
			continue;
		if (instruction->jt == mark)
			instruction->jt = distance;
		if (instruction->jf == mark)
			instruction->jf = distance;
	}
}

/* Does a call that fails the rule leave the accumulator with this word in it, whole? */
static uint32_t word_after(const struct seccomp_policy *policy, const struct seccomp_rule *rule)
{
	const struct seccomp_condition *condition = &policy->conditions[rule->first_condition];

	if (rule->condition_count != 1 || condition->comparison != SECCOMP_MASKED_EQUAL ||
	    condition->mask != WORD_ALL)
		return NO_WORD;
	return low_word(condition);
}

static void write_rule(struct writer *writer, const struct seccomp_rule *rule)
{
	const size_t first = writer->code->count;

	for (uint32_t i = 0; i < rule->condition_count; i++) {
		const size_t condition = writer->code->count;

		write_condition(writer, &writer->policy->conditions[rule->first_condition + i]);
		settle(writer->code, condition, TO_MATCH);
		if (i + 1 < rule->condition_count)
			writer->loaded = NO_WORD;
	}
	write_return(writer, rule->action);
	settle(writer->code, first, TO_NEXT_RULE);
	writer->loaded = word_after(writer->policy, rule);
}

static uint32_t range_mark(const struct writer *writer, const struct seccomp_range *range)
{
	return TO_RANGE | (uint32_t)(writer->table - writer->tables) << TABLE_SHIFT |
	       (uint32_t)(range - writer->table->ranges);
}

static const struct seccomp_range *marked_range(const struct writer *writer, uint32_t mark)
{
	return &writer->tables[(mark & ~TO_RANGE) >> TABLE_SHIFT].ranges[mark & RANGE_MASK];
}

/* Conditional rules stand at the end of the code, once for all architectures. */
static void write_range(struct writer *writer, const struct seccomp_range *range)
{
	if (range->rule_count == 0)
		write_return(writer, range->action);
	else
		append(writer,
		       (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, range_mark(writer, range)));
}

static void write_block(struct writer *writer, const struct seccomp_range *range)
{
	writer->loaded = NO_WORD;
	for (size_t i = 0; i < range->rule_count; i++)
		write_rule(writer, &writer->policy->rules[range->rules[i]]);
	write_return(writer, range->action);
}

/* Put a long jump behind the conditional one at @node, which cannot pass over so much. */
static void lengthen_jump(struct writer *writer, size_t node)
{
	struct seccomp_code *code = writer->code;
	const size_t distance = code->count - node - 1;

	append(writer, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	memmove(&code->instructions[node + 2], &code->instructions[node + 1],
	        (code->count - node - 2) * sizeof(*code->instructions));
	code->instructions[node].jt = 0;
	code->instructions[node].jf = 1;
	code->instructions[node + 1] =
		(struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)distance);
}

/* A binary search; the accumulator holds the call's number. Its depth is log2(@count). */
static void write_tree(struct writer *writer, const struct seccomp_range *ranges, size_t count)
{
	struct seccomp_code *code = writer->code;
	const size_t node = code->count;
	const size_t half = count / 2;

	if (count == 1) {
		write_range(writer, ranges);
		return;
	}
	write_jump(writer, BPF_JGE, ranges[half].first, 0, 0);
	write_tree(writer, ranges, half);
	if (code->is_overfull)
		return;
	if (code->count - node - 1 > JUMP_MAX)
		lengthen_jump(writer, node);
	else
		code->instructions[node].jt = (uint8_t)(code->count - node - 1);
	write_tree(writer, ranges + half, count - half);
}

static void write_table(struct writer *writer)
{
	const struct seccomp_table *table = writer->table;
	struct seccomp_code *code = writer->code;
	const size_t pass = code->count + 1;

	write_jump(writer, BPF_JEQ, table->arch, 1, 0);
	append(writer, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	writer->loaded = NO_WORD; /* for the second table: it is reached with the architecture */
	write_load(writer, offsetof(struct seccomp_data, nr));
	write_tree(writer, table->ranges, table->range_count);
	if (!code->is_overfull)
		code->instructions[pass].k = (uint32_t)(code->count - pass - 1);
}

static bool is_marked(const struct sock_filter *instruction)
{
	return instruction->code == (BPF_JMP | BPF_JA) && (instruction->k & TO_RANGE) != 0;
}

static bool ranges_are_alike(const struct seccomp_range *left, const struct seccomp_range *right)
{
	return left->action == right->action && left->rule_count == right->rule_count &&
	       memcmp(left->rules, right->rules, left->rule_count * sizeof(*left->rules)) == 0;
}

/* Write the rules of @range, and let all jumps from @first on to such rules lead here. */
static void place_block(struct writer *writer, size_t first, const struct seccomp_range *range)
{
	struct seccomp_code *code = writer->code;
	const size_t block = code->count;

	for (size_t i = first; i < block; i++) {
		struct sock_filter *instruction = &code->instructions[i];

		if (is_marked(instruction) &&
		    ranges_are_alike(marked_range(writer, instruction->k), range))
			instruction->k = (uint32_t)(block - i - 1);
	}
	write_block(writer, range);
}

static void place_blocks(struct writer *writer)
{
	const struct seccomp_code *code = writer->code;

	for (size_t i = 0; i < code->count && !code->is_overfull; i++) {
		if (is_marked(&code->instructions[i]))
			place_block(writer, i, marked_range(writer, code->instructions[i].k));
	}
}

static bool is_conditional_jump(const struct sock_filter *instruction)
{
	return BPF_CLASS(instruction->code) == BPF_JMP && BPF_OP(instruction->code) != BPF_JA;
}

static bool is_long_jump(const struct sock_filter *instruction)
{
	return BPF_CLASS(instruction->code) == BPF_JMP && BPF_OP(instruction->code) == BPF_JA;
}

static bool is_return(const struct sock_filter *instruction)
{
	return BPF_CLASS(instruction->code) == BPF_RET;
}

/* A better distance for a jump at @from: through a long jump, or to the last equal return. */
static uint8_t shorten(const struct seccomp_code *code, size_t from, uint8_t distance)
{
	const size_t target = from + 1 + distance;
	const struct sock_filter *there = &code->instructions[target];
	size_t last = from + 1 + JUMP_MAX;

	if (is_long_jump(there)) {
		const size_t beyond = target + 1 + there->k;

		return beyond <= last ? (uint8_t)(beyond - from - 1) : distance;
	}
	if (!is_return(there))
		return distance;
	if (last >= code->count)
		last = code->count - 1;
	while (!is_return(&code->instructions[last]) || code->instructions[last].k != there->k)
		last--;
	return (uint8_t)(last - from - 1);
}

/* Which instructions can be reached? Jumps go forward only, so one pass tells. */
static void mark_reachable(const struct seccomp_code *code, bool *is_reached)
{
	memset(is_reached, 0, code->count * sizeof(*is_reached));
	is_reached[0] = true;
	for (size_t i = 0; i < code->count; i++) {
		const struct sock_filter *instruction = &code->instructions[i];

		if (!is_reached[i] || is_return(instruction))
			continue;
		if (is_conditional_jump(instruction)) {
			is_reached[i + 1 + instruction->jt] = true;
			is_reached[i + 1 + instruction->jf] = true;
		} else if (is_long_jump(instruction)) {
			is_reached[i + 1 + instruction->k] = true;
		} else {
			is_reached[i + 1] = true;
		}
	}
}

/* Take out what is not reached; the jumps over it become shorter. */
static void remove_unreached(struct seccomp_code *code, const bool *is_reached)
{
	uint16_t places[BPF_MAXINSNS];
	size_t count = 0;

	for (size_t i = 0; i < code->count; i++) {
		places[i] = (uint16_t)count;
		count += is_reached[i];
	}
	for (size_t i = 0; i < code->count; i++) {
		struct sock_filter instruction = code->instructions[i];
		const size_t place = places[i];

		if (!is_reached[i])
			continue;
		if (is_conditional_jump(&instruction)) {
			instruction.jt = (uint8_t)(places[i + 1 + instruction.jt] - place - 1);
			instruction.jf = (uint8_t)(places[i + 1 + instruction.jf] - place - 1);
		} else if (is_long_jump(&instruction)) {
			instruction.k = (uint32_t)(places[i + 1 + instruction.k] - place - 1);
		}
		code->instructions[place] = instruction;
	}
	code->count = count;
}

/* Let many jumps share one return, until that leaves nothing more to take out. */
static void share_returns(struct seccomp_code *code)
{
	bool is_reached[BPF_MAXINSNS];
	size_t before;

	do {
		before = code->count;
		for (size_t i = 0; i < code->count; i++) {
			struct sock_filter *instruction = &code->instructions[i];

			if (is_conditional_jump(instruction)) {
				instruction->jt = shorten(code, i, instruction->jt);
				instruction->jf = shorten(code, i, instruction->jf);
			}
		}
		mark_reachable(code, is_reached);
		remove_unreached(code, is_reached);
	} while (code->count < before);
}

void seccomp_emit(struct seccomp_code *code, const struct seccomp_policy *policy,
                  const struct seccomp_table *tables, size_t count, uint32_t foreign_action)
{
	struct writer writer = { .code = code, .policy = policy, .tables = tables };

	writer.loaded = NO_WORD;
	write_load(&writer, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < count; i++) {
		writer.table = &tables[i];
		write_table(&writer);
	}
	write_return(&writer, foreign_action);
	place_blocks(&writer);
	if (!code->is_overfull)
		share_returns(code);
}
