#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A config.json that is converted to config.json is the same to who reads it.

Every text of oci/ that the reader takes, those of engines among them, is written anew by `hardrun
convert --to oci` and read again: both readings must say the same, value by value, wherever it
stands. LOSSES says of which that cannot be, and why.

Usage: round_trip.py HARDRUN OCI_TOOL
"""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent / "oci"
LOSSES = {
    "linux-rest": "--drop intel-rdt lets go of what is known to be asked only",
    "resources-everything": "priorities of version 1 of cgroups are counted only",
}


def read(tool, path, text=None):
    result = subprocess.run([tool, "--bundle", str(path.parent), "/dev/stdin" if text else str(path)],
                            input=text, capture_output=True, text=True)
    if result.returncode != 0:
        return None
    lines = [re.sub(r"  \([^()]*\)$", "", line) for line in result.stdout.splitlines()]
    return [line for line in lines if not line.startswith("version ")]


def difference(hardrun, tool, path):
    """What is wrong; None: the reader refuses the text itself."""
    before = read(tool, path)
    if before is None or "ociVersion" not in path.read_text():
        return None
    result = subprocess.run([hardrun, "convert", "--from", "oci", "--to", "oci", str(path)],
                            capture_output=True, text=True)
    if result.returncode != 0:
        return result.stderr
    json.loads(result.stdout)
    after = read(tool, path, result.stdout)
    if after == before:
        return ""
    return "\n".join(sorted(set(before) ^ set(after or ["unreadable"])))


def main():
    hardrun, tool = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    paths = sorted(HERE.glob("*/input.json")) + sorted(HERE.glob("engines/*.json"))
    number, has_failed = 0, False
    for path in paths:
        name = path.parent.name if path.name == "input.json" else path.stem
        found = difference(hardrun, tool, path)
        if found is None:
            continue
        number += 1
        is_right = bool(found) == (name in LOSSES)
        has_failed = has_failed or not is_right
        print(f"{'ok' if is_right else 'not ok'} {number} - {name}")
        if not is_right:
            print("\n".join("# " + line for line in (found or "nothing is lost").splitlines()))
    print(f"1..{number}")
    return 1 if has_failed or number < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
