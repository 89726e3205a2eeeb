#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must hold of every translation, whatever the text: every input of the golden cases and of
the audit's corpus into every language.

* A text that was made reads back as itself: translated into its own language it is the same.
* Nothing is laundered: what an audit finds at the level of errors is found in the translation, too,
  unless the control is in force there.

HARDRUN and MEMBER_TOOL name the programs.
"""

import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
HARDRUN, MEMBER_TOOL = os.environ["HARDRUN"], os.environ["MEMBER_TOOL"]
NAMES = {"hardrun": "api.json", "oci": "config.json", "docker-run": "run.sh", "compose": "compose.yaml",
         "kubernetes": "pod.yaml"}
# What an audit finds no more, and why that is right: the control is in force in the translation.
# Every container that they make has mounts of its own; what is said of an image is not of containers.
ENGINES_AND_HARDRUN = {"host-mount", "no-user", "secret-in-image"}
IN_FORCE = {
    "hardrun": ENGINES_AND_HARDRUN,
    "docker-run": ENGINES_AND_HARDRUN,
    "compose": ENGINES_AND_HARDRUN,
    "kubernetes": ENGINES_AND_HARDRUN,
    "oci": set(),
}
# A rule that tells of the same thing by another name.
SAME = {"sensitive-mount": "engine-socket"}
# What every container of an engine has: told of where it is written out, not where nobody wrote it.
OF_ENGINES = "the process has CAP_NET_RAW"
# The command line says another root; what a shell has to expand is not mounted, which a warning tells.
NOT_TAKEN_OVER = {"relax-sensitive-rootfs", "expansions-are-taken-as-written"}
# The reader of Kubernetes takes "$$" as it is written, and not for the "$" that the kubelet makes of it.
DOLLARS = "texts-of-every-kind"


def run(*args, text=None, folder=None):
    return subprocess.run([HARDRUN, *args], input=text, capture_output=True, text=True, cwd=folder)


def restrictions():
    rows = subprocess.run([MEMBER_TOOL], capture_output=True, text=True, check=True).stdout
    return ",".join(sorted({line.split()[3] for line in rows.splitlines()
                            if line.split()[2] == "restriction"}))


def corpus():
    for language in ("native", "oci", "docker-run", "compose", "kubernetes", "inspect"):
        for path in sorted((TESTS / "golden" / language).glob("*/input.*")):
            if not (path.parent / "error").exists():
                yield path
    for path in sorted((TESTS / "golden/oci/engines").glob("*.json")):
        yield path
    for language in ("compose", "kubernetes", "native", "oci"):
        yield from sorted(path for path in (TESTS / "data/audit" / language).glob("*")
                          if path.suffix in (".json", ".yaml", ".yml"))
    for path in sorted((TESTS / "golden/convert").glob("*/input.*")):
        yield path


def parts(path):
    """The audit's findings at the level of errors, by the name of each container; None: no audit."""
    result = run("audit", "--format", "json", "--threshold", "high", str(path))
    if result.returncode not in (0, 1):
        return None
    return {part["name"]: {finding["name"] for finding in part["findings"]
                           if finding["severity"] in ("high", "critical") and
                           finding["what"] != OF_ENGINES}
            for part in json.loads(result.stdout)["parts"]}


def readable(text):
    """Without what the reader of Kubernetes passes over: requests reserve, they limit nothing."""
    return re.sub(r"^      requests:\n(        .*\n)+", "", text, flags=re.M).splitlines()


class Checker:
    def __init__(self):
        self.drops = restrictions()
        self.counts = {"texts": 0, "fixpoints": 0, "audits": 0}
        self.complaints = []

    def convert(self, path, language, service):
        options = ["--to", language, "--drop", self.drops, "--image", "example.org/app@sha256:" + "ab" * 32,
                   "--rootfs", "/srv/root"]
        if service:
            options += ["--service", service]
        return run("convert", *options, str(path), "--", "/app/server")

    def complain(self, path, language, text):
        self.complaints.append(f"{path.relative_to(TESTS)} to {language}: {text}")

    def check_fixpoint(self, path, language, text, folder):
        made = pathlib.Path(folder) / NAMES[language]
        made.write_text(text.replace('"TODO"', '"somebody has written why"'))
        again = run("convert", "--to", language, "--drop", self.drops, str(made))
        if again.returncode != 0 and "cannot open the file" not in again.stderr:
            self.complain(path, language, "what was made is refused: " + again.stderr)
        elif language != "hardrun" and (path.parent.name, language) != (DOLLARS, "kubernetes") and \
                readable(again.stdout) != readable(text):
            self.complain(path, language, "what was made is another when it is read:\n" + "\n".join(
                difflib.unified_diff(readable(text), readable(again.stdout), lineterm="", n=0)))
        self.counts["fixpoints"] += 1
        return made

    def check_audit(self, path, language, before, made):
        after = parts(made)
        if before is None or after is None or len(before) != len(after) or \
                path.parent.name in NOT_TAKEN_OVER:
            return
        self.counts["audits"] += 1
        for (name, rules), others in zip(before.items(), after.values()):
            lost = {rule for rule in rules - others - IN_FORCE[language] if SAME.get(rule) not in others}
            if lost:
                self.complain(path, language, f"{name}: no longer found: " + ", ".join(sorted(lost)))

    def check(self, path):
        before = parts(path)
        for language in NAMES:
            result = self.convert(path, language, None)
            if result.returncode == 125 and "--service" in result.stderr:
                continue
            if result.returncode != 0:
                if result.returncode != 125 or not result.stderr.startswith("hardrun: "):
                    self.complain(path, language, f"status {result.returncode}: {result.stderr}")
                else:
                    self.counts.setdefault("refused", 0)
                    self.counts["refused"] += 1
                    print(f"# {path.relative_to(TESTS)} to {language}: {result.stderr.splitlines()[-1]}"
                          if "-v" in sys.argv else "", end="\n" if "-v" in sys.argv else "")
                continue
            self.counts["texts"] += 1
            with tempfile.TemporaryDirectory() as folder:
                made = self.check_fixpoint(path, language, result.stdout, folder)
                self.check_audit(path, language, before, made)


def main():
    checker = Checker()
    for path in corpus():
        checker.check(path)
    number = 0
    for what, count in checker.counts.items():
        number += 1
        print(f"{'not ok' if count < 20 and what != 'refused' else 'ok'} {number} - {count} {what}")
    for complaint in checker.complaints:
        number += 1
        print(f"not ok {number} - " + complaint.replace("\n", "\n# "))
    print(f"1..{number}")
    return 1 if checker.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
