/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/seccomp.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The registers of the kernel's old packet filter. Source: kernel
 * Documentation/networking/filter.rst. */
struct machine {
	uint32_t a;
	uint32_t x;
	uint32_t memory[BPF_MEMWORDS];
	const struct seccomp_data *call;
};

int seccomp_filter_load_flagged(const struct sock_fprog *program, unsigned int flags,
                                struct error *err)
{
	const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);

	if (result < 0)
		return error_set_errno(err, "cannot load the seccomp filter");
	return (int)result;
}

int seccomp_filter_load(const struct sock_fprog *program, struct error *err)
{
	return seccomp_filter_load_flagged(program, SECCOMP_FILTER_FLAG_LOG, err);
}

/* False when the kernel would refuse the instruction. */
static bool load_word(struct machine *machine, uint32_t offset)
{
	if (offset % sizeof(uint32_t) != 0 ||
	    offset > sizeof(struct seccomp_data) - sizeof(uint32_t))
		return false;
	memcpy(&machine->a, (const char *)machine->call + offset, sizeof(machine->a));
	return true;
}

static bool load(struct machine *machine, const struct sock_filter *instruction)
{
	const bool is_to_x = BPF_CLASS(instruction->code) == BPF_LDX;
	uint32_t *target = is_to_x ? &machine->x : &machine->a;

	switch (BPF_MODE(instruction->code)) {
	case BPF_ABS:
		return !is_to_x && load_word(machine, instruction->k);
	case BPF_LEN:
		*target = sizeof(struct seccomp_data);
		return true;
	case BPF_IMM:
		*target = instruction->k;
		return true;
	case BPF_MEM:
		if (instruction->k >= BPF_MEMWORDS)
			return false;
		*target = machine->memory[instruction->k];
		return true;
	default:
		return false;
	}
}

static bool store(struct machine *machine, const struct sock_filter *instruction)
{
	if (instruction->k >= BPF_MEMWORDS)
		return false;
	machine->memory[instruction->k] =
		BPF_CLASS(instruction->code) == BPF_STX ? machine->x : machine->a;
	return true;
}

static bool calculate(struct machine *machine, const struct sock_filter *instruction)
{
	const uint32_t operand = BPF_SRC(instruction->code) == BPF_X ? machine->x : instruction->k;

	switch (BPF_OP(instruction->code)) {
	case BPF_ADD:
		machine->a += operand;
		return true;
	case BPF_SUB:
		machine->a -= operand;
		return true;
	case BPF_MUL:
		machine->a *= operand;
		return true;
	case BPF_DIV:
		machine->a = operand == 0 ? 0 : machine->a / operand;
		return true;
	case BPF_AND:
		machine->a &= operand;
		return true;
	case BPF_OR:
		machine->a |= operand;
		return true;
	case BPF_XOR:
		machine->a ^= operand;
		return true;
	case BPF_LSH:
		machine->a = operand < 32 ? machine->a << operand : 0;
		return true;
	case BPF_RSH:
		machine->a = operand < 32 ? machine->a >> operand : 0;
		return true;
	case BPF_NEG:
		machine->a = 0 - machine->a;
		return true;
	default:
		return false;
	}
}

/* How many instructions to pass over; @is_known is false for a jump the kernel would refuse. */
static uint32_t jump(const struct machine *machine, const struct sock_filter *instruction,
                     bool *is_known)
{
	const uint32_t operand = BPF_SRC(instruction->code) == BPF_X ? machine->x : instruction->k;

	*is_known = true;
	switch (BPF_OP(instruction->code)) {
	case BPF_JA:
		return instruction->k;
	case BPF_JEQ:
		return machine->a == operand ? instruction->jt : instruction->jf;
	case BPF_JGT:
		return machine->a > operand ? instruction->jt : instruction->jf;
	case BPF_JGE:
		return machine->a >= operand ? instruction->jt : instruction->jf;
	case BPF_JSET:
		return (machine->a & operand) != 0 ? instruction->jt : instruction->jf;
	default:
		*is_known = false;
		return 0;
	}
}

static void move(struct machine *machine, const struct sock_filter *instruction)
{
	if (BPF_MISCOP(instruction->code) == BPF_TXA)
		machine->a = machine->x;
	else
		machine->x = machine->a;
}

uint32_t seccomp_filter_action(const struct sock_fprog *program, const struct seccomp_data *call)
{
	struct machine machine = { .call = call };
	bool is_known = true;

	/* Jumps go forward only, so this ends. */
	for (uint32_t i = 0; is_known && i < program->len; i++) {
		const struct sock_filter *instruction = &program->filter[i];
		uint32_t distance;

		switch (BPF_CLASS(instruction->code)) {
		case BPF_LD:
		case BPF_LDX:
			is_known = load(&machine, instruction);
			break;
		case BPF_ST:
		case BPF_STX:
			is_known = store(&machine, instruction);
			break;
		case BPF_ALU:
			is_known = calculate(&machine, instruction);
			break;
		case BPF_JMP:
			distance = jump(&machine, instruction, &is_known);
			if (distance >= program->len - i)
				return SECCOMP_RET_KILL_PROCESS;
			i += distance;
			break;
		case BPF_RET:
			return BPF_RVAL(instruction->code) == BPF_A ? machine.a : instruction->k;
		default:
			move(&machine, instruction);
			break;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

bool seccomp_filter_admits(const struct sock_fprog *program, const struct seccomp_data *call)
{
	const uint32_t action = seccomp_filter_action(program, call) & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static bool returns(const struct sock_filter *instruction, uint32_t action)
{
	return instruction->code == (BPF_RET | BPF_K) && instruction->k == action;
}

static bool has_return(const struct sock_fprog *program, uint32_t action)
{
	for (unsigned short i = 0; i < program->len; i++) {
		if (returns(&program->filter[i], action))
			return true;
	}
	return false;
}

/* Jump in @out, a copy of @program, to @distance behind its end where that returns @action. */
static void go_on(const struct sock_fprog *program, uint32_t action, uint32_t distance,
                  struct sock_filter *out)
{
	for (unsigned short i = 0; i < program->len; i++) {
		const uint32_t rest = (uint32_t)program->len - i - 1;

		if (returns(&program->filter[i], action))
			out[i] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, rest + distance);
	}
}

/* Copy @program to @out, logging what it would let through in silence. */
static void copy_and_log(const struct sock_fprog *program, struct sock_filter *out)
{
	memcpy(out, program->filter, program->len * sizeof(*out));
	for (unsigned short i = 0; i < program->len; i++) {
		if (returns(&out[i], SECCOMP_RET_ALLOW))
			out[i].k = SECCOMP_RET_LOG;
	}
}

unsigned short seccomp_filter_join(const struct sock_fprog *narrow, const struct sock_fprog *base,
                                   struct sock_filter *out)
{
	const bool logs = has_return(narrow, SECCOMP_RET_LOG);
	const unsigned int length = narrow->len + base->len * (logs ? 2U : 1U);

	if (length > BPF_MAXINSNS)
		return 0;
	memcpy(out, narrow->filter, narrow->len * sizeof(*out));
	go_on(narrow, SECCOMP_RET_ALLOW, 0, out);
	go_on(narrow, SECCOMP_RET_LOG, base->len, out);
	memcpy(out + narrow->len, base->filter, base->len * sizeof(*out));
	if (logs)
		copy_and_log(base, out + narrow->len + base->len);
	return (unsigned short)length;
}
