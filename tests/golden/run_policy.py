#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold the host's policy to the cases beside this file: its reader, its schema, its judgements.

A case is a folder of policy/: policy.json; a spec.json (native), config.json (OCI) or exec.json
(a process joins the container of that config.json), or none of them; and expected: what
policy_tool then prints. What the reader accepts the schema accepts, and what the schema refuses
the reader refuses; case.json may say {"schema": "accepts"} of a text that only the reader can
refuse. The configurations that engines made are judged by every rule at once, in engines.expected.

Usage: run_policy.py POLICY_TOOL [--update]
"""

import json
import pathlib
import re
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    jsonschema = None

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
SCHEMA = TOP / "profiles/schema/policy.schema.json"
KINDS = {"spec.json": "native", "config.json": "oci", "exec.json": "exec"}


class Judge:
    def __init__(self, tool, updates):
        self.tool = tool
        self.updates = updates
        self.schema = json.loads(SCHEMA.read_text())
        self.validator = jsonschema and jsonschema.Draft7Validator(self.schema)

    def run(self, *arguments):
        return subprocess.run([self.tool, *arguments], capture_output=True, text=True, cwd=HERE)

    def rules(self):
        """The words of each rule by its name."""
        lines = self.run("--rules").stdout.splitlines()
        return {line.split(" ")[0]: line.split(" ", 4)[1:] for line in lines}

    def accepted_by_schema(self, text):
        """None when the schema has no say: the text is not JSON, or jsonschema is not here."""
        if self.validator is None:
            return None
        try:
            return self.validator.is_valid(json.loads(text))
        except ValueError:
            return None

    def compare(self, path, found):
        if self.updates:
            path.write_text(found)
        expected = path.read_text() if path.exists() else ""
        return [] if expected == found else [f"expected:\n{expected}\nfound:\n{found}"]

    def case(self, folder):
        policy = folder / "policy.json"
        about = folder / "case.json"
        settings = json.loads(about.read_text()) if about.exists() else {}
        arguments = [str(policy)]
        for name, kind in KINDS.items():
            if (folder / name).exists():
                arguments += [kind, str(folder / name)]
        done = self.run(*arguments)
        verdict = self.accepted_by_schema(policy.read_bytes())
        read = self.run(str(policy)).returncode == 0
        wanted = read or settings.get("schema") == "accepts"
        complaints = self.compare(folder / "expected", done.stdout)
        if done.stderr or done.returncode not in (0, 125):
            complaints.append(f"{done.returncode}: {done.stderr}")
        if verdict is not None and verdict != wanted:
            complaints.append(f"accepted by the schema: {verdict}")
        return complaints

    def engines(self):
        """One line for each: the rules that find something."""
        lines = []
        for path in sorted((HERE / "oci/engines").glob("*.json")):
            done = self.run(str(HERE / "policy/everything-warns/policy.json"), "oci", str(path))
            found = re.findall(r"^warning: ([a-z-]+):", done.stdout, re.MULTILINE)
            lines.append(f"{path.stem}: {' '.join(found)}\n")
        return self.compare(HERE / "policy/engines.expected", "".join(lines))

    def members(self):
        """The schema knows the rules, and what can be made of each."""
        known = self.schema["properties"]["rules"]["properties"]
        hardens = [name for name, words in self.rules().items() if words[1] == "hardens"]
        complaints = []
        if list(known) != sorted(self.rules()):
            complaints.append(f"the schema's rules: {sorted(set(known) ^ set(self.rules()))}")
        for name, member in known.items():
            reference = "hardening" if name in hardens else "action"
            if member["$ref"] != f"#/definitions/{reference}":
                complaints.append(f"{name} refers to {member['$ref']}")
            if self.rules()[name][3].lower() not in member["description"].lower():
                complaints.append(f"{name} is not described by its title")
        return complaints

    def page(self):
        """hardrun-policy(5) explains each rule, and says which can be hardened."""
        text = (TOP / "cmd/hardrun-policy.5").read_text().replace("\\-", "-")
        paragraphs = dict(re.findall(r"^\.TP\n\.B ([a-z-]+)\n((?:(?!\.TP|\.S[HS]).*\n)*)", text,
                                     re.MULTILINE))
        complaints = []
        for name, words in self.rules().items():
            told = paragraphs.get(name, "")
            if not told:
                complaints.append(f"{name} is not on the page")
            elif ("Can be hardened" in told) != (words[1] == "hardens"):
                complaints.append(f"{name}: whether it can be hardened")
            elif ("Of a process" in told) != (words[2] == "process"):
                complaints.append(f"{name}: whether it holds for exec")
        for example in re.findall(r"^\.EX\n(.*?)^\.EE", text, re.MULTILINE | re.DOTALL):
            done = subprocess.run([self.tool, "/dev/stdin"], input=example, capture_output=True,
                                  text=True)
            complaints += [] if done.returncode == 0 else [f"an example: {done.stdout}"]
        return complaints

    def examples(self):
        """Those of profiles/policy are read."""
        complaints = []
        for path in sorted((TOP / "profiles/policy").glob("*.json")):
            done = self.run(str(path))
            if done.returncode != 0 or self.accepted_by_schema(path.read_text()) is False:
                complaints.append(f"{path.name}: {done.stdout}")
        return complaints


def main():
    judge = Judge(str(pathlib.Path(sys.argv[1]).resolve()), "--update" in sys.argv)
    cases = sorted(path.parent for path in HERE.glob("policy/*/policy.json"))
    checks = [(case.name, lambda case=case: judge.case(case)) for case in cases]
    checks += [(name, getattr(judge, name)) for name in ("engines", "members", "page", "examples")]
    has_failed = not cases
    for number, (name, check) in enumerate(checks, 1):
        complaints = check()
        print(f"{'not ok' if complaints else 'ok'} {number} - {name}")
        for line in "\n".join(complaints).splitlines():
            print("# " + line)
        has_failed = has_failed or bool(complaints)
    print(f"1..{len(checks)}")
    if judge.validator is None:
        print("skipped: the schema's verdicts; python3-jsonschema is not installed")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
