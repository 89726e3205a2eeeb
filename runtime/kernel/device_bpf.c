/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/device_bpf.h"

#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* What the program keeps in which register; R1 comes as the context. */
enum {
	RESULT = BPF_REG_0,
	CONTEXT = BPF_REG_1, /* later: bits of the access that a rule allows */
	KIND = BPF_REG_2,
	ACCESS = BPF_REG_3,
	MAJOR = BPF_REG_4,
	MINOR = BPF_REG_5,
};

#define ALLOWED BPF_REG_1

#define PROLOGUE_LENGTH 6
#define RULE_LENGTH_MAX 8
#define EPILOGUE_LENGTH 2

/* access_type holds the kind in its lower, the access in its upper half. */
#define KIND_MASK    0xFFFF
#define ACCESS_SHIFT 16

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

/* Its target is the next rule, which is filled in when the rule's length is known. */
static void add_leave_unless(struct assembler *out, uint8_t field, uint32_t value)
{
	add(out, (struct bpf_insn){ .code = BPF_JMP32 | BPF_JNE | BPF_K,
	                            .dst_reg = field & 0xFU,
	                            .imm = (int32_t)value });
}

static bool is_leave(const struct bpf_insn *instruction)
{
	const uint8_t class = BPF_CLASS(instruction->code);

	return class == BPF_JMP32 && instruction->off == 0;
}

/*
 * Several bits of access may be asked for at once; a rule matches when it allows them all.
 * Bits that no rule can name deny.
 */
static void add_rule(struct assembler *out, const struct device_rule *rule)
{
	const size_t start = out->length;

	add_leave_unless(out, KIND, rule->kind);
	add(out, (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X,
	                            .dst_reg = ALLOWED,
	                            .src_reg = ACCESS });
	add_constant(out, BPF_AND, ALLOWED, (int32_t)~rule->access);
	add_leave_unless(out, ALLOWED, 0);
	if (rule->major != DEVICE_ANY)
		add_leave_unless(out, MAJOR, rule->major);
	if (rule->minor != DEVICE_ANY)
		add_leave_unless(out, MINOR, rule->minor);
	add_return(out, 1);
	for (size_t i = start; i < out->length; i++) {
		if (is_leave(&out->program[i]))
			out->program[i].off = (int16_t)(out->length - i - 1);
	}
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
	for (size_t i = 0; i < rule_count; i++)
		add_rule(&assembler, &rules[i]);
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

int device_bpf_attach(int cgroup_fd, const struct bpf_insn *program, size_t length,
                      struct error *err)
{
	AUTO_CLOSE int program_fd = -1;
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attributes.insns = address_of(program);
	attributes.insn_cnt = (uint32_t)length;
	attributes.license = address_of("LGPL-2.1-or-later");
	program_fd = bpf(BPF_PROG_LOAD, &attributes);
	if (program_fd < 0)
		return error_set_errno(err, "cannot load the device rules");

	memset(&attributes, 0, sizeof(attributes));
	attributes.target_fd = (uint32_t)cgroup_fd;
	attributes.attach_bpf_fd = (uint32_t)program_fd;
	attributes.attach_type = BPF_CGROUP_DEVICE;
	attributes.attach_flags = BPF_F_ALLOW_MULTI;
	if (bpf(BPF_PROG_ATTACH, &attributes) < 0)
		return error_set_errno(err, "cannot put the device rules on the cgroup");
	return 0;
}
