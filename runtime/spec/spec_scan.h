/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a scanner found in an image. */
#ifndef HARDRUN_SPEC_SPEC_SCAN_H
#define HARDRUN_SPEC_SPEC_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "spec/spec.h"

enum spec_scan_severity {
	SPEC_SCAN_UNKNOWN,
	SPEC_SCAN_NEGLIGIBLE,
	SPEC_SCAN_LOW,
	SPEC_SCAN_MEDIUM,
	SPEC_SCAN_HIGH,
	SPEC_SCAN_CRITICAL,
};

struct spec_vulnerability {
	const char *id; /* "CVE-2024-3094" */
	const char *package;
	const char *installed; /* version */
	const char *fixed;     /* versions with the fix; NULL: there is none */
	enum spec_scan_severity severity;
	bool is_mitigated; /* the report says that it does not matter here, and why */
	const char *origin;
};

struct spec_scan {
	const char *tool;              /* "Trivy", "Grype" */
	struct spec_text image;        /* reference that was scanned */
	struct spec_text_list digests; /* "sha256:...": of the image's manifest, by any name */
	const struct spec_vulnerability *vulnerabilities;
	size_t vulnerability_count;
};

#endif
