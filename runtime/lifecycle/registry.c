/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/registry.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FILE_NAME    "registry"
#define VERSION      1
#define BOOT_ID_SIZE 37 /* a UUID and its NUL */
#define HEADER_SIZE  ((size_t)4096)
#define TABLE_SIZE   (HEADER_SIZE + REGISTRY_SLOT_COUNT * sizeof(uint32_t))
#define RECORD_SIZE  ((size_t)1024)
#define FILE_SIZE    (TABLE_SIZE + REGISTRY_SLOT_COUNT * RECORD_SIZE)

static const char magic[8] = "hardrun";

struct header {
	char magic[sizeof(magic)];
	uint32_t version;
	uint32_t slot_count;
	uint32_t record_size;
	char boot_id[BOOT_ID_SIZE]; /* of the kernel that the words' thread ids belong to */
};

_Static_assert(sizeof(struct header) <= HEADER_SIZE, "the header has a page");
_Static_assert(sizeof(struct registry_record) == RECORD_SIZE, "records are not padded");
_Static_assert(sizeof(_Atomic uint32_t) == sizeof(uint32_t), "a word is a futex");
_Static_assert(FUTEX_OWNER_DIED > FUTEX_TID_MASK, "a mark is no thread id");

/*
 * What the kernel walks when this thread dies: one entry that is always in the list, and the
 * distance from it to the word in question. A word that does not hold the thread's id is left
 * alone, so the entry can point at a word before it is taken and after it was given up: there
 * is no instruction at which a death goes unseen.
 */
static struct robust_list entry;
static struct robust_list_head watched = { .list = { .next = &watched.list } };

static void watch(_Atomic uint32_t *word)
{
	watched.futex_offset = (long)((intptr_t)word - (intptr_t)&entry);
	entry.next = &watched.list;
	atomic_signal_fence(memory_order_seq_cst);
	watched.list.next = &entry;
	atomic_signal_fence(memory_order_seq_cst);
}

static void watch_nothing(void)
{
	watched.list.next = &watched.list;
	atomic_signal_fence(memory_order_seq_cst);
}

static int start_watching(struct error *err)
{
	if (syscall(SYS_set_robust_list, &watched, sizeof(watched)) < 0)
		return error_set_errno(err, "cannot register for the event of hardrun's death");
	return 0;
}

static int read_boot_id(char out[BOOT_ID_SIZE], struct error *err)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0)
		return error_set_errno(err, "cannot open %s", path);
	size = read(fd, out, BOOT_ID_SIZE - 1);
	if (size < 0)
		return error_set_errno(err, "cannot read %s", path);
	if (size != BOOT_ID_SIZE - 1)
		return error_set(err, ERROR_HOST, "%s is not a boot id", path);
	out[BOOT_ID_SIZE - 1] = '\0';
	return 0;
}

/*
 * All pages of the table are allocated now: a full file system must not be a SIGBUS later. The size
 * comes last: it tells that the rest is there.
 */
static int write_empty(int fd, const char *boot_id, struct error *err)
{
	struct header header = {
		.version = VERSION,
		.slot_count = REGISTRY_SLOT_COUNT,
		.record_size = RECORD_SIZE,
	};

	memcpy(header.magic, magic, sizeof(magic));
	memcpy(header.boot_id, boot_id, BOOT_ID_SIZE);
	errno = posix_fallocate(fd, 0, (off_t)TABLE_SIZE);
	if (errno != 0 || pwrite(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
	    ftruncate(fd, (off_t)FILE_SIZE) < 0)
		return error_set_errno(err, "cannot write a new registry of containers");
	return 0;
}

static int refuse(struct error *err, const char *why)
{
	(void)error_set(err, ERROR_STATE, "the registry of containers %s", why);
	return error_hint(err, "when none of this state root's containers runs any more, remove "
	                       "the file \"" FILE_NAME "\" from it");
}

static int check_size(int fd, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set_errno(err, "cannot examine the registry of containers");
	return status.st_size == (off_t)FILE_SIZE ? 0 : refuse(err, "has a wrong size");
}

/* Whoever began it was killed before the header was there, or between that and the size. */
static bool is_unfinished(int fd)
{
	const struct header none = { .version = 0 };
	struct header header = none;
	struct stat status;

	if (fstat(fd, &status) < 0 || pread(fd, &header, sizeof(header), 0) < 0)
		return false;
	return status.st_size == (off_t)TABLE_SIZE || memcmp(&header, &none, sizeof(header)) == 0;
}

/*
 * Two may begin at once, and one that begins may be killed: whoever finds the file without its
 * size finishes it in its place, so that no half of one is left under another name.
 */
static int finish_file(int fd, const char *boot_id, struct error *err)
{
	int result = 0;

	if (flock(fd, LOCK_EX) < 0)
		return error_set_errno(err, "cannot lock the registry of containers");
	if (is_unfinished(fd))
		result = write_empty(fd, boot_id, err);
	(void)flock(fd, LOCK_UN);
	return result < 0 ? -1 : check_size(fd, err);
}

static int check_file(int fd, const char *boot_id, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set_errno(err, "cannot examine the registry of containers");
	if (!S_ISREG(status.st_mode))
		return refuse(err, "is not a regular file");
	if (status.st_uid != geteuid())
		return refuse(err, "belongs to another user");
	if ((status.st_mode & 077) != 0)
		return refuse(err, "is open to other users");
	return status.st_size == (off_t)FILE_SIZE ? 0 : finish_file(fd, boot_id, err);
}

static int check_header(const struct header *header, struct error *err)
{
	if (memcmp(header->magic, magic, sizeof(magic)) != 0)
		return refuse(err, "is damaged");
	if (header->version != VERSION)
		return refuse(err, "was made by another version of hardrun");
	if (header->slot_count != REGISTRY_SLOT_COUNT || header->record_size != RECORD_SIZE)
		return refuse(err, "is damaged");
	return 0;
}

/*
 * Whoever owned a slot before the host was started again is dead, and no kernel has said so.
 * No one owns a slot of this boot before this is done: everyone opens the registry first.
 */
static int bury_former_boot(struct registry *registry, const char *boot_id, struct error *err)
{
	struct header *header = registry->table;

	if (memcmp(header->boot_id, boot_id, BOOT_ID_SIZE) == 0)
		return 0;
	if (flock(registry->file_fd, LOCK_EX) < 0)
		return error_set_errno(err, "cannot lock the registry of containers");
	if (memcmp(header->boot_id, boot_id, BOOT_ID_SIZE) != 0) {
		for (unsigned int slot = 0; slot < REGISTRY_SLOT_COUNT; slot++) {
			if (atomic_load(&registry->words[slot]) != 0)
				atomic_store(&registry->words[slot], FUTEX_OWNER_DIED);
		}
		atomic_thread_fence(memory_order_seq_cst);
		memcpy(header->boot_id, boot_id, BOOT_ID_SIZE);
	}
	(void)flock(registry->file_fd, LOCK_UN);
	return 0;
}

/* The init must not inherit the table: it lives on beside a program that is not trusted. */
static int map_table(struct registry *registry, struct error *err)
{
	void *table = mmap(NULL, TABLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
	                   registry->file_fd, 0);

	if (table == MAP_FAILED)
		return error_set_errno(err, "cannot map the registry of containers");
	registry->table = table;
	registry->words = (_Atomic uint32_t *)((char *)table + HEADER_SIZE);
	if (madvise(table, TABLE_SIZE, MADV_DONTFORK) < 0)
		return error_set_errno(err, "cannot keep the registry from the container");
	return 0;
}

int registry_open(struct registry *out, int root_fd, struct error *err)
{
	AUTO_REGISTRY struct registry registry = REGISTRY_NONE;
	char boot_id[BOOT_ID_SIZE];

	registry.root_fd = root_fd;
	if (read_boot_id(boot_id, err) < 0)
		return -1;
	registry.file_fd = openat(root_fd, FILE_NAME,
	                          O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (registry.file_fd < 0)
		return error_set_errno(err, "cannot open the registry of containers");
	if (check_file(registry.file_fd, boot_id, err) < 0 || map_table(&registry, err) < 0 ||
	    check_header(registry.table, err) < 0 ||
	    bury_former_boot(&registry, boot_id, err) < 0 || start_watching(err) < 0)
		return -1;

	*out = registry;
	registry = REGISTRY_NONE;
	return 0;
}

static uint32_t self(void)
{
	return (uint32_t)gettid() & FUTEX_TID_MASK;
}

void registry_close(struct registry *registry)
{
	if (registry->owned >= 0)
		registry_abandon(registry, (unsigned int)registry->owned);
	if (registry->table != NULL) {
		watch_nothing();
		(void)munmap(registry->table, TABLE_SIZE);
	}
	if (registry->file_fd >= 0)
		(void)close(registry->file_fd);
	*registry = REGISTRY_NONE;
}

static bool take_word(struct registry *registry, unsigned int slot, uint32_t expected)
{
	_Atomic uint32_t *word = &registry->words[slot];

	assert(registry->owned < 0);
	watch(word);
	if (!atomic_compare_exchange_strong(word, &expected, expected | self()))
		return false;
	registry->owned = (int)slot;
	return true;
}

/*
 * Two state roots know nothing of each other, but share the host's ids: each begins at a place
 * of its own, so that their containers seldom meet in one range.
 */
static unsigned int first_slot(const struct registry *registry)
{
	struct stat status;
	uint64_t mixed;

	if (fstat(registry->file_fd, &status) < 0)
		return 0;
	mixed = ((uint64_t)status.st_dev << 32 ^ (uint64_t)status.st_ino) *
	        UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned int)(mixed >> 32) % REGISTRY_SLOT_COUNT;
}

int registry_take(struct registry *registry, registry_admits *admits, const void *context,
                  struct error *err)
{
	const unsigned int first = first_slot(registry);

	for (unsigned int i = 0; i < REGISTRY_SLOT_COUNT; i++) {
		const unsigned int slot = (first + i) % REGISTRY_SLOT_COUNT;

		if (atomic_load(&registry->words[slot]) != 0)
			continue;
		if (admits != NULL && !admits(context, slot))
			continue;
		if (take_word(registry, slot, 0))
			return (int)slot;
	}
	(void)error_set(err, ERROR_HOST, "no place is left for another container");
	return error_hint(err,
	                  "at most %d run at a time in one state root, fewer where /etc/subuid "
	                  "or /etc/subgid give their ids to users",
	                  REGISTRY_SLOT_COUNT);
}

int registry_take_dead(struct registry *registry, unsigned int from)
{
	for (unsigned int slot = from; slot < REGISTRY_SLOT_COUNT; slot++) {
		if (atomic_load(&registry->words[slot]) == FUTEX_OWNER_DIED &&
		    take_word(registry, slot, FUTEX_OWNER_DIED))
			return (int)slot;
	}
	return -1;
}

static void put_word(struct registry *registry, unsigned int slot, uint32_t value)
{
	assert(registry->owned == (int)slot);
	atomic_store(&registry->words[slot], value);
	registry->owned = -1;
}

void registry_release(struct registry *registry, unsigned int slot)
{
	put_word(registry, slot, 0);
}

void registry_abandon(struct registry *registry, unsigned int slot)
{
	put_word(registry, slot, FUTEX_OWNER_DIED);
}

pid_t registry_owner(const struct registry *registry, unsigned int slot)
{
	return (pid_t)(atomic_load(&registry->words[slot]) & FUTEX_TID_MASK);
}

static off_t record_offset(unsigned int slot)
{
	return (off_t)(TABLE_SIZE + slot * RECORD_SIZE);
}

/* A record lies in one page, so that a death cannot tear it. */
int registry_write(struct registry *registry, unsigned int slot,
                   const struct registry_record *record, struct error *err)
{
	const ssize_t size =
		pwrite(registry->file_fd, record, sizeof(*record), record_offset(slot));

	assert(registry->owned == (int)slot);
	if (size != (ssize_t)sizeof(*record))
		return error_set_errno(err, "cannot write to the registry of containers");
	return 0;
}

int registry_read(struct registry *registry, unsigned int slot, struct registry_record *out,
                  struct error *err)
{
	const ssize_t size = pread(registry->file_fd, out, sizeof(*out), record_offset(slot));

	if (size != (ssize_t)sizeof(*out))
		return error_set_errno(err, "cannot read the registry of containers");
	if (out->cgroup_stage >= REGISTRY_CGROUP_COUNT ||
	    memchr(out->name, '\0', sizeof(out->name)) == NULL ||
	    memchr(out->cgroup, '\0', sizeof(out->cgroup)) == NULL ||
	    memchr(out->apparmor, '\0', sizeof(out->apparmor)) == NULL)
		return refuse(err, "is damaged");
	return 0;
}
