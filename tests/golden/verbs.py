#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold the manual and bash's completion to the verbs: what --help lists, they know.

Usage: verbs.py HARDRUN
"""

import pathlib
import re
import subprocess
import sys

CMD = pathlib.Path(__file__).resolve().parent.parent.parent / "cmd"
PAGES = {"audit": "hardrun-audit.1", "check": "hardrun-check.1", "convert": "hardrun-convert.1",
         "verify": "hardrun-verify.1", "": "hardrun.1"}
VERBS = ["audit", "check", "checkpoint", "convert", "create", "delete", "events", "exec", "features",
         "kill", "list", "pause", "ps", "restore", "resume", "run", "spec", "start", "state", "update",
         "verify"]


def options(hardrun, verb):
    """The long options that the help of a verb lists."""
    arguments = [hardrun, verb, "--help"] if verb else [hardrun, "--help"]
    text = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  (--[a-z0-9-]+)", text, re.MULTILINE))


def section(page, verb):
    """The part of the page that is about the verb; all of it where it has none of its own."""
    text = (CMD / page).read_text().replace("\\-", "-")
    for heading, part in re.findall(r"^\.SS ([a-z, ]+)\n(.*?)(?=^\.S[SH] )", text,
                                    re.MULTILINE | re.DOTALL):
        if verb in heading.split(", "):
            return part
    return text


def completed(verb):
    """What bash offers behind the verb and a dash."""
    script = (f'source "{CMD}/hardrun.bash"; COMP_WORDS=(hardrun {verb} -); '
              'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _hardrun; printf "%s\\n" "${COMPREPLY[@]}"')
    return set(subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                              check=True).stdout.split())


def complaints(hardrun):
    every = options(hardrun, "features")
    general = (CMD / "hardrun.1").read_text().replace("\\-", "-")
    general += (CMD / "hardrun-oci.1").read_text().replace("\\-", "-")
    shared = options(hardrun, "create")
    for verb in ["", *VERBS]:
        page = PAGES.get(verb, "hardrun-oci.1")
        listed = options(hardrun, verb)
        part = section(page, verb)
        if verb in ("run", "exec"):
            part += section(page, "create")
        for option in sorted(listed):
            if option not in (general if option in every else part):
                yield f"{page} does not explain {option} of {verb or 'a run'}"
        for option in sorted(listed - completed(verb)):
            yield f"hardrun.bash does not complete {option} of {verb or 'a run'}"
        for option in sorted(completed(verb) - listed - (shared if not verb else set())):
            yield f"hardrun.bash completes {option}, which {verb or 'a run'} does not know"
        if verb and not re.search(rf"\b{verb}\b", general):
            yield f"the manual does not name {verb}"


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    found = list(complaints(sys.argv[1]))
    for text in found:
        print(text, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
