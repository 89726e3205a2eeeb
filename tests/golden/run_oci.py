#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold the reader of OCI texts to the cases beside this file.

A case is a folder of oci/: input.json, and what oci_tool then prints: expected, or error when the
text is refused; warnings, if there are any, in warnings. case.json may give "options" for
oci_tool; "process.json" among them is the one of the folder. The files of oci/engines/ were
made by engines: they are read without a word.

Usage: run_oci.py OCI_TOOL [--update]
"""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent / "oci"


def outcome(tool, options, path, folder):
    args = options[options.index("--"):] if "--" in options else []
    before = options[:len(options) - len(args)]
    result = subprocess.run([tool, *before, path, *args], capture_output=True, text=True, cwd=folder)
    is_accepted = result.returncode == 0
    return {
        "expected": result.stdout if is_accepted else "",
        "error": "" if is_accepted else result.stderr,
        "warnings": result.stderr if is_accepted else "",
    }


def check_case(tool, case, updates, name="input.json"):
    about = case / "case.json"
    options = json.loads(about.read_text())["options"] if about.exists() else []
    found = outcome(tool, options, name, case)
    complaints = []
    for kind, text in found.items():
        path = case / kind
        if updates:
            path.unlink(missing_ok=True)
            if text:
                path.write_text(text)
        expected = path.read_text() if path.exists() else ""
        if expected != text:
            complaints.append(f"{kind}\n  expected:\n{expected}\n  found:\n{text}")
    return complaints


def check_engine(tool, path):
    found = outcome(tool, [], path.name, path.parent)
    return [text for text in (found["error"], found["warnings"]) if text]


def main():
    tool = str(pathlib.Path(sys.argv[1]).resolve())
    updates = "--update" in sys.argv
    cases = sorted(path.parent for path in HERE.glob("*/input.json"))
    checks = [(case.name, lambda case=case: check_case(tool, case, updates)) for case in cases]
    for path in sorted(HERE.glob("engines/*.json")):
        checks.append((path.stem, lambda path=path: check_engine(tool, path)))
    has_failed = not cases
    for number, (name, check) in enumerate(checks, 1):
        complaints = check()
        print(f"{'not ok' if complaints else 'ok'} {number} - {name}")
        for line in "\n".join(complaints).splitlines():
            print("# " + line)
        has_failed = has_failed or bool(complaints)
    print(f"1..{len(checks)}")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
