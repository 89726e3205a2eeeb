/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/device_bpf.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Source: kernel include/linux/bpf-cgroup.h, BPF_CGROUP_MAX_PROGS. */
#define ATTACHED_MAX 64

/* What the program keeps in which register; R1 comes as the context. */
enum {
	RESULT = BPF_REG_0,
	CONTEXT = BPF_REG_1, /* until all is loaded; then REFUSED */
	KIND = BPF_REG_2,
	ACCESS = BPF_REG_3,
	MAJOR = BPF_REG_4,
	MINOR = BPF_REG_5,
};

/* Bits of what is asked for that the rules do not allow. */
#define REFUSED BPF_REG_1

#define PROLOGUE_LENGTH  6
#define RULE_LENGTH_MAX  9 /* of a rule that is a group of its own */
#define EPILOGUE_LENGTH  2
#define ORDER_LENGTH_MAX 8

/* access_type holds the kind in its lower, the access in its upper half. */
#define KIND_MASK    0xFFFF
#define ACCESS_SHIFT 16

/* Stand for targets of jumps that are filled in when the group of rules is complete. */
#define TO_ALLOW INT16_MAX
#define TO_LEAVE INT16_MIN

#define CONTEXT_OFFSET(member) ((int16_t)offsetof(struct bpf_cgroup_dev_ctx, member))

/* Instructions as they are added; the caller has made room. */
struct assembler {
	struct bpf_insn *program;
	size_t length;
};

static void add(struct assembler *out, struct bpf_insn instruction)
{
	out->program[out->length++] = instruction;
}

static void add_load(struct assembler *out, uint8_t to, int16_t offset)
{
	add(out, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
	                            .dst_reg = to & 0xFU,
	                            .src_reg = CONTEXT,
	                            .off = offset });
}

static void add_constant(struct assembler *out, uint8_t operation, uint8_t to, int32_t value)
{
	add(out, (struct bpf_insn){ .code = (uint8_t)(BPF_ALU | operation | BPF_K),
	                            .dst_reg = to & 0xFU,
	                            .imm = value });
}

static void add_return(struct assembler *out, int32_t value)
{
	add_constant(out, BPF_MOV, RESULT, value);
	add(out, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

static void add_prologue(struct assembler *out)
{
	add_load(out, KIND, CONTEXT_OFFSET(access_type));
	add(out, (struct bpf_insn){
			 .code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = ACCESS, .src_reg = KIND });
	add_constant(out, BPF_AND, KIND, KIND_MASK);
	add_constant(out, BPF_RSH, ACCESS, ACCESS_SHIFT);
	add_load(out, MAJOR, CONTEXT_OFFSET(major));
	add_load(out, MINOR, CONTEXT_OFFSET(minor));
}

static void add_jump(struct assembler *out, uint8_t condition, uint8_t field, uint32_t value,
                     int16_t target)
{
	add(out, (struct bpf_insn){ .code = (uint8_t)(BPF_JMP32 | condition | BPF_K),
	                            .dst_reg = field & 0xFU,
	                            .off = target,
	                            .imm = (int32_t)value });
}

static bool is_run(const struct device_rule *first, const struct device_rule *other)
{
	return other->major == first->major && other->major != DEVICE_ANY &&
	       other->minor != DEVICE_ANY;
}

/* The rules of one major number that stand together. Returns how many they are. */
static size_t add_run(struct assembler *out, const struct device_rule *rules, size_t count)
{
	const size_t start = out->length;
	size_t done = 0;

	add_jump(out, BPF_JNE, MAJOR, rules->major, 0);
	for (; done < count && is_run(rules, &rules[done]); done++)
		add_jump(out, BPF_JEQ, MINOR, rules[done].minor, TO_ALLOW);
	out->program[start].off = (int16_t)done;
	return done;
}

static size_t add_numbers(struct assembler *out, const struct device_rule *rules, size_t count)
{
	if (rules->major != DEVICE_ANY && rules->minor != DEVICE_ANY)
		return add_run(out, rules, count);
	if (rules->major != DEVICE_ANY)
		add_jump(out, BPF_JEQ, MAJOR, rules->major, TO_ALLOW);
	else if (rules->minor != DEVICE_ANY)
		add_jump(out, BPF_JEQ, MINOR, rules->minor, TO_ALLOW);
	else
		add_jump(out, BPF_JGE, MAJOR, 0, TO_ALLOW);
	return 1;
}

static void fill_in_targets(struct assembler *out, size_t start, size_t allow)
{
	for (size_t i = start; i < out->length; i++) {
		if (out->program[i].off == TO_ALLOW)
			out->program[i].off = (int16_t)(allow - i - 1);
		else if (out->program[i].off == TO_LEAVE)
			out->program[i].off = (int16_t)(out->length - i - 1);
	}
}

/*
 * Rules of the same kind and access, as the standard devices all are. Several bits of access
 * may be asked for at once; a rule matches when it allows them all.
 */
static void add_group(struct assembler *out, const struct device_rule *rules, size_t count)
{
	const size_t start = out->length;
	size_t allow;

	add_jump(out, BPF_JNE, KIND, rules->kind, TO_LEAVE);
	add(out, (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X,
	                            .dst_reg = REFUSED,
	                            .src_reg = ACCESS });
	add_constant(out, BPF_AND, REFUSED, (int32_t)~rules->access);
	add_jump(out, BPF_JNE, REFUSED, 0, TO_LEAVE);
	for (size_t i = 0; i < count;)
		i += add_numbers(out, &rules[i], count - i);
	add(out, (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .off = TO_LEAVE });
	allow = out->length;
	add_return(out, 1);
	fill_in_targets(out, start, allow);
}

static size_t group_at(const struct device_rule *rules, size_t count)
{
	size_t length = 1;

	while (length < count && rules[length].kind == rules->kind &&
	       rules[length].access == rules->access)
		length++;
	return length;
}

int device_bpf_make(struct arena *arena, const struct device_rule *rules, size_t rule_count,
                    const struct bpf_insn **out, size_t *out_length, struct error *err)
{
	const size_t room = PROLOGUE_LENGTH + rule_count * RULE_LENGTH_MAX + EPILOGUE_LENGTH;
	struct assembler assembler = { .length = 0 };

	if (room > BPF_MAXINSNS)
		return error_set(err, ERROR_SPEC, "too many devices: %zu", rule_count);
	assembler.program = arena_alloc(arena, room * sizeof(*assembler.program), err);
	if (assembler.program == NULL)
		return -1;
	add_prologue(&assembler);
	for (size_t i = 0; i < rule_count;) {
		const size_t length = group_at(&rules[i], rule_count - i);

		add_group(&assembler, &rules[i], length);
		i += length;
	}
	add_return(&assembler, 0);
	*out = assembler.program;
	*out_length = assembler.length;
	return 0;
}

static void add_match(struct assembler *out, const struct device_rule *rule)
{
	add_jump(out, BPF_JNE, KIND, rule->kind, TO_LEAVE);
	if (rule->major != DEVICE_ANY)
		add_jump(out, BPF_JNE, MAJOR, rule->major, TO_LEAVE);
	if (rule->minor != DEVICE_ANY)
		add_jump(out, BPF_JNE, MINOR, rule->minor, TO_LEAVE);
}

/* ACCESS keeps what has not been decided yet: going backwards, an order that matches is the last.
 */
static void add_order(struct assembler *out, const struct device_order *order)
{
	const size_t start = out->length;

	if (order->is_all) {
		add_return(out, order->allows ? 1 : 0);
		return;
	}
	add_match(out, &order->rule);
	if (order->allows) {
		add_constant(out, BPF_AND, ACCESS, (int32_t)~order->rule.access);
		add_jump(out, BPF_JNE, ACCESS, 0, TO_LEAVE);
	} else {
		add(out, (struct bpf_insn){ .code = BPF_JMP32 | BPF_JSET | BPF_K,
		                            .dst_reg = ACCESS,
		                            .off = 1,
		                            .imm = (int32_t)order->rule.access });
		add(out, (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .off = TO_LEAVE });
	}
	add_return(out, order->allows ? 1 : 0);
	fill_in_targets(out, start, out->length);
}

int device_bpf_make_list(struct arena *arena, const struct device_order *orders, size_t order_count,
                         const struct bpf_insn **out, size_t *out_length, struct error *err)
{
	const size_t room = PROLOGUE_LENGTH + order_count * ORDER_LENGTH_MAX + EPILOGUE_LENGTH;
	struct assembler assembler = { .length = 0 };
	bool is_decided = false;

	if (room > BPF_MAXINSNS)
		return error_set(err, ERROR_SPEC, "too many device rules: %zu", order_count);
	assembler.program = arena_alloc(arena, room * sizeof(*assembler.program), err);
	if (assembler.program == NULL)
		return -1;
	add_prologue(&assembler);
	/* The kernel takes no program with instructions that are never reached. */
	for (size_t i = order_count; i-- > 0 && !is_decided;) {
		add_order(&assembler, &orders[i]);
		is_decided = orders[i].is_all;
	}
	if (!is_decided)
		add_return(&assembler, 0);
	*out = assembler.program;
	*out_length = assembler.length;
	return 0;
}

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static uint64_t address_of(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

/* Returns a descriptor of the program. */
static int load(const struct bpf_insn *program, size_t length, struct error *err)
{
	union bpf_attr attributes;
	int fd;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attributes.insns = address_of(program);
	attributes.insn_cnt = (uint32_t)length;
	attributes.license = address_of("LGPL-2.1-or-later");
	fd = bpf(BPF_PROG_LOAD, &attributes);
	if (fd < 0)
		return error_set_errno(err, "cannot load the device rules");
	return fd;
}

int device_bpf_attach(int cgroup_fd, const struct bpf_insn *program, size_t length,
                      struct error *err)
{
	AUTO_CLOSE int program_fd = load(program, length, err);
	union bpf_attr attributes;

	if (program_fd < 0)
		return -1;
	memset(&attributes, 0, sizeof(attributes));
	attributes.target_fd = (uint32_t)cgroup_fd;
	attributes.attach_bpf_fd = (uint32_t)program_fd;
	attributes.attach_type = BPF_CGROUP_DEVICE;
	attributes.attach_flags = BPF_F_ALLOW_MULTI;
	if (bpf(BPF_PROG_ATTACH, &attributes) < 0)
		return error_set_errno(err, "cannot put the device rules on the cgroup");
	return 0;
}

static int read_tag(int program_fd, uint8_t out[BPF_TAG_SIZE], struct error *err)
{
	struct bpf_prog_info info = { .type = 0 };
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.info.bpf_fd = (uint32_t)program_fd;
	attributes.info.info_len = sizeof(info);
	attributes.info.info = address_of(&info);
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes) < 0)
		return error_set_errno(err, "cannot examine the device rules");
	memcpy(out, info.tag, BPF_TAG_SIZE);
	return 0;
}

static int read_tag_of(uint32_t id, uint8_t out[BPF_TAG_SIZE], struct error *err)
{
	AUTO_CLOSE int fd = -1;
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_id = id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attributes);
	if (fd < 0)
		return error_set_errno(err, "cannot open the device rules");
	return read_tag(fd, out, err);
}

static int query(int cgroup_fd, uint32_t flags, uint32_t ids[ATTACHED_MAX], uint32_t *out_count,
                 struct error *err)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.query.target_fd = (uint32_t)cgroup_fd;
	attributes.query.attach_type = BPF_CGROUP_DEVICE;
	attributes.query.query_flags = flags;
	attributes.query.prog_ids = address_of(ids);
	attributes.query.prog_cnt = ATTACHED_MAX;
	if (bpf(BPF_PROG_QUERY, &attributes) < 0)
		return error_set_errno(err, "cannot ask for the device rules of the cgroup");
	*out_count = attributes.query.prog_cnt;
	return 0;
}

int device_bpf_find(int cgroup_fd, const struct bpf_insn *program, size_t length,
                    bool *out_is_there, uint32_t *out_count, struct error *err)
{
	AUTO_CLOSE int program_fd = -1;
	uint8_t wanted[BPF_TAG_SIZE];
	uint8_t found[BPF_TAG_SIZE];
	uint32_t ids[ATTACHED_MAX];

	*out_is_there = false;
	if (query(cgroup_fd, program == NULL ? BPF_F_QUERY_EFFECTIVE : 0, ids, out_count, err) < 0)
		return -1;
	if (program == NULL || *out_count == 0)
		return 0;
	program_fd = load(program, length, err);
	if (program_fd < 0 || read_tag(program_fd, wanted, err) < 0)
		return -1;
	for (uint32_t i = 0; i < *out_count && !*out_is_there; i++) {
		if (read_tag_of(ids[i], found, err) < 0)
			return -1;
		*out_is_there = memcmp(wanted, found, sizeof(found)) == 0;
	}
	return 0;
}
