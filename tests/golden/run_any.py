#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold the readers of engines' languages, Dockerfiles and scanners' reports to their cases.

A case is a folder of one of the languages' folders: a file input.*, and what any_tool then
prints: expected, or error when the text is refused; warnings, if there are any, in warnings.
case.json may give "options" for any_tool.

Usage: run_any.py ANY_TOOL LANGUAGE [--update]
"""

import pathlib
import sys

from run_oci import check_case

HERE = pathlib.Path(__file__).resolve().parent


def main():
    tool = str(pathlib.Path(sys.argv[1]).resolve())
    updates = "--update" in sys.argv
    inputs = sorted((HERE / sys.argv[2]).glob("*/input.*"))
    has_failed = not inputs
    for number, path in enumerate(inputs, 1):
        complaints = check_case(tool, path.parent, updates, path.name)
        print(f"{'not ok' if complaints else 'ok'} {number} - {path.parent.name}")
        for line in "\n".join(complaints).splitlines():
            print("# " + line)
        has_failed = has_failed or bool(complaints)
    print(f"1..{len(inputs)}")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
