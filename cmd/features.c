/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "commands.h"
#include "import/import.h"
#include "kernel/capability.h"
#include "lifecycle/criu.h"
#include "options.h"

#define OCI_VERSION_MIN "1.0.0"

static const struct usage usage = {
	.synopsis = "hardrun features",
	.text = "Print what this build knows of the OCI runtime specification, as JSON.",
	.is_oci = true,
};

static void print_names(const char *indent, const char *member, enum import_oci_feature feature,
                        const char *end)
{
	const char *item;

	printf("%s\"%s\": [", indent, member);
	for (size_t i = 0; (item = import_oci_feature_name(feature, i)) != NULL; i++)
		printf("%s\n%s  \"%s\"", i == 0 ? "" : ",", indent, item);
	printf("\n%s]%s\n", indent, end);
}

static void print_feature(const char *indent, const char *member, enum import_oci_feature feature)
{
	print_names(indent, member, feature, ",");
}

static void print_capabilities(void)
{
	const char *name;

	printf("    \"capabilities\": [");
	for (unsigned int i = 0; (name = capability_name(i)) != NULL; i++)
		printf("%s\n      \"%s\"", i == 0 ? "" : ",", name);
	printf("\n    ],\n");
}

static void print_seccomp(void)
{
	static const char indent[] = "      ";

	puts("    \"seccomp\": {\n      \"enabled\": true,");
	print_feature(indent, "actions", IMPORT_OCI_SECCOMP_ACTIONS);
	print_feature(indent, "operators", IMPORT_OCI_SECCOMP_OPERATORS);
	print_feature(indent, "archs", IMPORT_OCI_SECCOMP_ARCHITECTURES);
	print_feature(indent, "knownFlags", IMPORT_OCI_SECCOMP_FLAGS);
	print_names(indent, "supportedFlags", IMPORT_OCI_SECCOMP_FLAGS, "");
	puts("    },");
}

static void print_memory_policy(void)
{
	static const char indent[] = "      ";

	puts("    \"memoryPolicy\": {");
	print_feature(indent, "modes", IMPORT_OCI_MEMORY_POLICY_MODES);
	print_names(indent, "flags", IMPORT_OCI_MEMORY_POLICY_FLAGS, "");
	puts("    },");
}

static void print_linux(void)
{
	puts("  \"linux\": {");
	print_feature("    ", "namespaces", IMPORT_OCI_NAMESPACES);
	print_capabilities();
	puts("    \"cgroup\": {\n"
	     "      \"v1\": false,\n"
	     "      \"v2\": true,\n"
	     "      \"systemd\": true,\n"
	     "      \"systemdUser\": true,\n"
	     "      \"rdma\": true\n"
	     "    },");
	print_seccomp();
	puts("    \"apparmor\": { \"enabled\": true },\n"
	     "    \"selinux\": { \"enabled\": false },\n"
	     "    \"intelRdt\": { \"enabled\": false, \"schemata\": false, "
	     "\"monitoring\": false },");
	print_memory_policy();
	puts("    \"mountExtensions\": { \"idmap\": { \"enabled\": true } },\n"
	     "    \"netDevices\": { \"enabled\": true }\n"
	     "  },");
}

/* Source: runtime-spec features.md, features-linux.md; runc(8), features, for annotations. */
static void print_features(void)
{
	puts("{\n"
	     "  \"ociVersionMin\": \"" OCI_VERSION_MIN "\",\n"
	     "  \"ociVersionMax\": \"" OPTIONS_OCI_VERSION "\",");
	print_feature("  ", "hooks", IMPORT_OCI_HOOKS);
	print_feature("  ", "mountOptions", IMPORT_OCI_MOUNT_OPTIONS);
	print_linux();
	printf("  \"annotations\": {\n"
	       "    \"org.opencontainers.runc.checkpoint.enabled\": \"%s\",\n",
	       criu_is_supported() ? "true" : "false");
	puts("    \"hardrun.version\": \"" HARDRUN_VERSION "\"\n"
	     "  },\n"
	     "  \"potentiallyUnsafeConfigAnnotations\": []\n"
	     "}");
}

int cmd_features(int argc, char **argv, struct error *err)
{
	const struct option_table none = { .rows = NULL };
	struct global_options global = { .root = NULL };
	struct operands operands;
	const int begun = options_begin(&usage, &none, argc, argv, &global, &operands, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	print_features();
	return 0;
}
