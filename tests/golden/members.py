#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold the table of what is lost in a conversion to the headers of the spec.

Every member of struct spec, of what it holds and of the items of its lists must be a row of
export/members.c, and every row a member; a restriction must have a name for --drop. A member that
is new and not in the table would be lost by every writer without a word.

Usage: members.py MEMBER_TOOL
"""

import pathlib
import re
import subprocess
import sys

SPEC = pathlib.Path(__file__).resolve().parent.parent.parent / "runtime/spec"
HEADERS = ["relax.h", "spec.h", "spec_oci.h", "spec_engine.h"]
# Taken as one value, whatever they are made of.
VALUES = {"spec_text", "spec_text_list", "spec_limit", "spec_number", "spec_switch",
          "spec_oci_mapping_list", "spec_oci_block_device_list", "spec_oci_hook_list",
          "relaxation", "arena", "seccomp_policy", "id_map", "device_rule", "spec_dockerfile"}
ROOTS = ["spec", "spec_oci", "spec_engine"]


def structures():
    """The members of each struct, as (name, type of struct or None, is it a pointer)."""
    found = {}
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", "", (SPEC / header).read_text(), flags=re.S)
        for name, body in re.findall(r"^struct (\w+) \{\n(.*?)^\};", text, re.S | re.M):
            found[name] = []
            for line in " ".join(body.split()).split(";"):
                match = re.match(r"(?:const )?(?:struct (\w+)|[\w ]+?) ?(?:const )?((?:\**\w+(?:\[\w+\])?(?:, )?)+)$",
                                 line.strip())
                if not line.strip():
                    continue
                if match is None:
                    raise SystemExit(f"{header}: cannot read \"{line.strip()}\" of {name}")
                for member in match[2].split(", "):
                    plain = re.sub(r"\[\w+\]", "", member.lstrip("*"))
                    found[name].append((plain, match[1], "*" in member))
    return found


def is_counter(name, names):
    """The number of a list's items goes with the list."""
    stem = name.removesuffix("_count")
    return name != stem and any(stem in (other.rstrip("s"), other.rstrip("s").rstrip("e"),
                                         other, other.removesuffix("ies") + "y") for other in names)


def flatten(structs, name, prefix=""):
    members = structs[name]
    names = [member for member, _, _ in members]
    for member, kind, is_pointer in members:
        if is_counter(member, names):
            continue
        if kind in structs and kind not in VALUES and not is_pointer:
            yield from flatten(structs, kind, f"{prefix}{member}.")
        else:
            yield prefix + member


def items_below(structs):
    """The structs that stand in lists anywhere below the roots."""
    waiting, seen = list(ROOTS), set()
    while waiting:
        for _, kind, is_pointer in structs[waiting.pop()]:
            if kind in structs and kind not in seen and kind not in ROOTS:
                seen.add(kind)
                waiting.append(kind)
    embedded = {kind for members in structs.values() for _, kind, is_pointer in members
                if kind and not is_pointer}
    return sorted(kind for kind in seen if kind not in VALUES and kind not in embedded)


def main():
    structs = structures()
    wanted = {(root, name) for root in ROOTS for name in flatten(structs, root)}
    listed = [kind for name in ("spec_oci_block_device_list", "spec_oci_hook_list")
              for _, kind, _ in structs[name] if kind]
    for kind in sorted(set(items_below(structs)) | set(listed)):
        wanted |= {("item", f"{kind}.{name}") for name in flatten(structs, kind)}
    rows = [line.split() for line in
            subprocess.run([sys.argv[1]], capture_output=True, text=True, check=True)
            .stdout.splitlines()]
    found = {(owner, name) for owner, name, _, _ in rows}
    complaints = [f"{owner}.{name} is in no row: what it says would be lost without a word"
                  for owner, name in sorted(wanted - found)]
    complaints += [f"the row {owner}.{name} is of no member" for owner, name in sorted(found - wanted)]
    complaints += [f"{owner}.{name} has no name for --drop" for owner, name, effect, control in rows
                   if effect == "restriction" and control == "-"]
    complaints += [f"{owner}.{name} is there twice" for owner, name in
                   sorted({row for row in found if sum(row == (o, n) for o, n, _, _ in rows) > 1})]
    print(f"{'not ok' if complaints else 'ok'} 1 - {len(found)} members")
    for complaint in complaints:
        print("# " + complaint)
    print("1..1")
    return 1 if complaints or len(found) < 200 else 0


if __name__ == "__main__":
    sys.exit(main())
