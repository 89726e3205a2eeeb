#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold the reports of an audit to the cases beside this file.

A case is a folder of audit/: case.json with the "arguments" of hardrun audit, run in that folder,
and the "formats" of the reports that are kept in it, as report.text and so on; "status" is the exit
status. The version is VERSION there, and SARIF is without the rules, which other tests look at.

Usage: run_audit.py HARDRUN [--update]
"""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent / "audit"


def without_version(text, version):
    return text.replace(version, "VERSION")


def without_rules(text):
    report = json.loads(text)
    for run in report["runs"]:
        del run["tool"]["driver"]["rules"]
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def check_case(hardrun, version, case, updates):
    settings = json.loads((case / "case.json").read_text())
    complaints = []
    for form in settings["formats"]:
        done = subprocess.run([hardrun, "audit", "--format", form, *settings["arguments"]],
                              capture_output=True, text=True, cwd=case)
        found = without_version(done.stdout, version)
        if form == "sarif" and done.stdout:
            found = without_rules(found)
        path = case / f"report.{form}"
        if updates:
            path.write_text(found)
        if done.returncode != settings["status"] or done.stderr:
            complaints.append(f"{form}: status {done.returncode}: {done.stderr}")
        expected = path.read_text() if path.exists() else ""
        if expected != found:
            complaints.append(f"{form}\n  expected:\n{expected}\n  found:\n{found}")
    return complaints


def main():
    hardrun = str(pathlib.Path(sys.argv[1]).resolve())
    banner = subprocess.run([hardrun, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"\d+\.\d+\.\d+", banner).group()
    cases = sorted(path.parent for path in HERE.glob("*/case.json"))
    has_failed = not cases
    for number, case in enumerate(cases, 1):
        complaints = check_case(hardrun, version, case, "--update" in sys.argv)
        print(f"{'not ok' if complaints else 'ok'} {number} - {case.name}")
        for line in "\n".join(complaints).splitlines():
            print("# " + line)
        has_failed = has_failed or bool(complaints)
    print(f"1..{len(cases)}")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
