#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Texts that are made to cost time or memory end in an error that says what is too much of them.

Usage: hostile.py ANY_TOOL
"""

import pathlib
import re
import resource
import subprocess
import sys
import tempfile

MEMORY = 512 * 1024 * 1024  # bytes of the address space
SECONDS = 60  # of a machine that is busy, and of a reader with sanitizers


def laughs():
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for i in range(1, 30):
        lines.append(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]")
    return "\n".join(lines) + "\nservices: *a29\n"


def service(members):
    return "services:\n  web:\n    image: x\n" + members


def extended():
    variables = "".join(f"      - V{i}=1\n" for i in range(8000))
    others = "".join(f"  s{i}: {{extends: web}}\n" for i in range(8000))
    return service("    environment:\n" + variables) + others


MANY = "more than a million values"
CASES = [
    ("a billion laughs", laughs(), MANY),
    ("ten thousand levels in brackets", "services: " + "[" * 10000, "more than 100 levels deep"),
    ("ten thousand levels in lines", "".join(" " * i + "a:\n" for i in range(3000)),
     "more than 100 levels deep"),
    ("a long text again and again",
     'x-a: &a "' + "x" * 1000000 + '"\n' + service(f"    command: [{', '.join(['*a'] * 8000)}]\n"),
     MANY),
    ("a large service extended again and again", extended(), MANY),
    ("many mounts", service("    volumes:\n" + "".join(f"      - /a{i}:/a{i}\n"
                                                         for i in range(8000))),
     "more than 1024"),
    ("a variable in a variable in a variable", service('    user: "' + "${A:-" * 5000 + "}" * 5000
                                                        + '"\n'), "nested too deeply"),
    ("a command line of a million words", "docker run " + "-e A " * 1000000, "more than 8192"),
    ("a quote without end", "docker run '" + "x" * 4000000, "a quote does not end"),
]


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def check(tool, text, expected):
    is_sanitized = b"__asan_init" in pathlib.Path(tool).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "input")
        path.write_text(text)
        result = subprocess.run([tool, path], capture_output=True, text=True, timeout=SECONDS,
                                preexec_fn=None if is_sanitized else limit)
    first = result.stderr.splitlines()[0] if result.stderr else "nothing"
    return result.returncode == 1 and re.search(re.escape(expected), first), first


def main():
    tool = str(pathlib.Path(sys.argv[1]).resolve())
    has_failed = False
    for number, (name, text, expected) in enumerate(CASES, 1):
        is_right, first = check(tool, text, expected)
        print(f"{'ok' if is_right else 'not ok'} {number} - {name}")
        if not is_right:
            print(f"# {first[:300]}")
        has_failed |= not is_right
    print(f"1..{len(CASES)}")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
