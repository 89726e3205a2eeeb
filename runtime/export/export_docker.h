/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Docker is told, by a command line or by Compose: both say the same things in the same
 * words, each under its own name. For the export floor only.
 * Source: docs.docker.com/reference/cli/docker/container/run; compose-spec, 05-services.md.
 */
#ifndef HARDRUN_EXPORT_EXPORT_DOCKER_H
#define HARDRUN_EXPORT_EXPORT_DOCKER_H

#include "export/tree.h"
#include "export/work.h"

enum docker_shape {
	DOCKER_TEXT,   /* one value */
	DOCKER_NUMBER, /* the same, which is a number */
	DOCKER_LIST,   /* again and again */
	DOCKER_SWITCH, /* there or not */
};

/* In the order in which they are written. */
enum docker_setting {
	DOCKER_NAME,
	DOCKER_DETACH,
	DOCKER_RM,
	DOCKER_INIT,
	DOCKER_INTERACTIVE,
	DOCKER_TERMINAL,
	DOCKER_RESTART,
	DOCKER_PLATFORM,
	DOCKER_PULL,
	DOCKER_RUNTIME,
	DOCKER_HOSTNAME,
	DOCKER_DOMAINNAME,
	DOCKER_USER,
	DOCKER_GROUP,
	DOCKER_CWD,
	DOCKER_ENV_FILE,
	DOCKER_ENV,
	DOCKER_PRIVILEGED,
	DOCKER_READ_ONLY,
	DOCKER_TMPFS,
	DOCKER_VOLUME,
	DOCKER_SHM_SIZE,
	DOCKER_SECURITY,
	DOCKER_CAP_DROP,
	DOCKER_CAP_ADD,
	DOCKER_DEVICE,
	DOCKER_DEVICE_RULE,
	DOCKER_SYSCTL,
	DOCKER_ULIMIT,
	DOCKER_MEMORY,
	DOCKER_MEMORY_SWAP,
	DOCKER_MEMORY_RESERVATION,
	DOCKER_SWAPPINESS,
	DOCKER_OOM_KILL_DISABLE,
	DOCKER_OOM_SCORE,
	DOCKER_CPUS,
	DOCKER_CPU_SHARES,
	DOCKER_CPUSET_CPUS,
	DOCKER_CPUSET_MEMS,
	DOCKER_PIDS,
	DOCKER_IO_WEIGHT,
	DOCKER_READ_BPS,
	DOCKER_WRITE_BPS,
	DOCKER_READ_IOPS,
	DOCKER_WRITE_IOPS,
	DOCKER_NETWORK_MODE,
	DOCKER_NETWORK, /* a network of its own name */
	DOCKER_PUBLISH,
	DOCKER_EXPOSE,
	DOCKER_PID,
	DOCKER_IPC,
	DOCKER_UTS,
	DOCKER_CGROUP,
	DOCKER_USERNS,
	DOCKER_CGROUP_PARENT,
	DOCKER_ANNOTATION,
	DOCKER_NO_HEALTH,
	DOCKER_HEALTH,
	DOCKER_SETTING_COUNT,
};

struct docker_name {
	const char *flag;    /* of docker run; NULL: it cannot say it */
	const char *compose; /* path below the service, "blkio_config.weight"; NULL: as above */
	enum docker_shape shape;
};

extern const struct docker_name docker_names[DOCKER_SETTING_COUNT];

struct docker_writer {
	struct export_work *work;
	const struct spec *spec;
	const struct spec_oci *oci;
	const struct spec_engine *engine; /* NULL: of no engine */
	bool is_compose;
	struct tree tree; /* a list for each setting, of its values */
	struct tree_node *settings[DOCKER_SETTING_COUNT];
	struct tree_node *program; /* the list of the words that take the entry point's place */
	struct tree_node *command; /* the list of its arguments */
	const char *image;
};

/* Can the language that is written say @setting? */
bool docker_can(const struct docker_writer *writer, enum docker_setting setting);

void docker_say(struct docker_writer *writer, enum docker_setting setting, const char *value);

/*
 * Fill @writer, which has its work, with all that the spec asks.
 * Errors: ERROR_SPEC when there is no image. What is lost is on the work's account.
 */
MUST_CHECK int docker_gather(struct docker_writer *writer, struct error *err);

/* Is @volume one that Docker can mount? */
bool docker_keeps(const struct spec_engine_volume *volume);

/* export_docker_*.c: parts of that */
void docker_gather_process(struct docker_writer *writer);
void docker_gather_files(struct docker_writer *writer);
void docker_gather_limits(struct docker_writer *writer);
void docker_gather_network(struct docker_writer *writer);

int export_docker_run(const struct export_request *request, char **out, struct error *err);
int export_compose(const struct export_request *request, char **out, struct error *err);

#endif
