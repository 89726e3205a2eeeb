#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold hardrun-spec(5) to the JSON Schema: all that the one knows, the other explains.

Each member of the schema, each relaxation with its members, and each name that can be chosen
from must be a bold word of the page, below its own heading where it has one; the defaults must be
the page's, and the examples must be specs.

Usage: man.py IMPORT_TOOL
"""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "cmd/hardrun-spec.5"
SCHEMA = HERE.parent.parent / "profiles/schema/hardrun.schema.json"


def sections(text):
    """The lines below each heading."""
    found = {}
    lines = found.setdefault("", [])
    for line in text.replace("\\-", "-").splitlines():
        if line.startswith(".SH "):
            lines = found.setdefault(line[4:], [])
        lines.append(line)
    return found


def bold_words(lines):
    """What .B and .BR make bold."""
    words = set()
    for line in lines:
        if line.startswith(".B "):
            words |= set(line[3:].replace('"', " ").split())
        elif line.startswith((".BR ", ".BI ")):
            words |= set(re.split(r'[\s",]+', line[4:]))
    return words


def paragraphs(lines):
    """The bold words of each tagged paragraph of RELAXATIONS, by its first word."""
    found = {}
    for tag, *body in re.findall(r"^\.TP\n(\.BR? .*)\n((?:(?!\.TP|\.SS).*\n?)*)", "\n".join(lines),
                                 re.MULTILINE):
        words = re.split(r'[\s",]+', tag.split(" ", 1)[1])
        found[words[0]] = set(words) | bold_words(body[0].splitlines())
    return found


def members(schema):
    """The names of all members below @schema, but of relax, and of all that can be chosen from."""
    for name, child in schema.get("properties", {}).items():
        yield name
        if name != "relax":
            yield from members(child)
    if "items" in schema:
        yield from members(schema["items"])
    for value in schema.get("enum", []):
        yield value


def check_relaxations(schema, lines):
    told = paragraphs(lines)
    for name, entry in schema["properties"]["relax"]["properties"].items():
        if name not in told:
            yield f"relax.{name} has no paragraph"
            continue
        wanted = set(entry["properties"]) - {"reason"} | {
            value for member in entry["properties"].values()
            for value in member.get("items", {}).get("enum", [])}
        for member in sorted(wanted - told[name]):
            yield f"relax.{name} does not say {member}"


def check_defaults(schema, text, place=""):
    for name, member in schema.get("properties", {}).items():
        if name == "relax":
            continue
        default = member.get("default")
        if default is not None:
            shown = str(default).lower() if isinstance(default, bool) else str(default)
            paragraph = re.search(rf"^\.B {name}\n(.*?)(?=^\.TP|^\.S[HS])", text, re.M | re.S)
            if not paragraph or not re.search(rf"(?<![\w.]){re.escape(shown)}(?!\w)", paragraph[1]):
                yield f"{place}/{name} does not say its default, {shown}"
        yield from check_defaults(member, text, f"{place}/{name}")


def check_examples(text, tool):
    examples = re.findall(r"^\.EX\n(.*?)^\.EE", text, re.M | re.S)
    if not examples:
        yield "no examples"
    for example in examples:
        result = subprocess.run([tool, "--folder", "/srv/job", "-"], input=example,
                                capture_output=True, text=True)
        if result.returncode != 0:
            yield f"an example is no spec: {result.stderr}"


def main():
    text = PAGE.read_text().replace("\\-", "-")
    schema = json.loads(SCHEMA.read_text())
    parts = sections(text)
    failures = [f"{name} is not on the page"
                for name in sorted(set(members(schema)) - bold_words(text.splitlines()))]
    failures += check_relaxations(schema, parts.get("RELAXATIONS", []))
    failures += check_defaults(schema, text)
    failures += check_examples(text, sys.argv[1])
    failures += [f"there is no preset {name}" for name in paragraphs(parts.get("PRESETS", []))
                 if name not in schema["properties"]["profile"]["enum"]]
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
