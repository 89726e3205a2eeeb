#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold the reader, and the JSON Schema, to the cases beside this file.

A case is a folder of native/: input.json, and either expected.json (the canonical spec) or
error (what the user reads). case.json may add "options" for import_tool, and "schema": what the
schema says of an input that the reader refuses, "rejects" if not given. What the reader accepts
the schema must accept, and the canonical spec read back must give itself.

Usage: run.py IMPORT_TOOL [--update]
"""

import json
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    jsonschema = None

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parent.parent / "profiles/schema/hardrun.schema.json"
PRESETS = HERE.parent.parent / "profiles/presets"


class Runner:
    def __init__(self, tool, updates):
        self.tool = tool
        self.updates = updates
        self.failures = []
        self.told = 0
        self.has_failed = False
        self.schema = json.loads(SCHEMA.read_text())
        self.validator = jsonschema and jsonschema.Draft7Validator(self.schema)

    def check(self, case, what, expected, found):
        if expected != found:
            self.failures.append(f"{case}: {what}\n  expected: {expected}\n  found:    {found}")

    def tell(self, name):
        """The verdict on all that was checked since the last one, in TAP."""
        self.told += 1
        print(f"{'not ok' if self.failures else 'ok'} {self.told} - {name}")
        for line in "\n".join(self.failures).splitlines():
            print("# " + line)
        self.has_failed = self.has_failed or bool(self.failures)
        self.failures = []

    def read(self, path, options):
        args = options[options.index("--"):] if "--" in options else []
        before = options[:len(options) - len(args)]
        return subprocess.run([self.tool, *before, path, *args], capture_output=True, text=True)

    def accepted_by_schema(self, text):
        """None when the schema has no say: the text is not JSON, or jsonschema is not here."""
        if self.validator is None:
            return None
        try:
            return self.validator.is_valid(json.loads(text))
        except (ValueError, RecursionError):
            return None

    def write_expectation(self, case, result):
        for name in ("expected.json", "error"):
            (case / name).unlink(missing_ok=True)
        if result.returncode == 0:
            text = json.dumps(json.loads(result.stdout), indent=2, ensure_ascii=False) + "\n"
            (case / "expected.json").write_text(text)
        else:
            (case / "error").write_text(result.stderr)

    def run_case(self, case):
        about = case / "case.json"
        settings = json.loads(about.read_text()) if about.exists() else {}
        result = self.read(case / "input.json", settings.get("options", []))
        if self.updates:
            self.write_expectation(case, result)
        verdict = self.accepted_by_schema((case / "input.json").read_bytes())
        if (case / "error").exists():
            self.check(case.name, "error", (case / "error").read_text(), result.stderr)
            self.check(case.name, "exit status", 125, result.returncode)
            should_accept = settings.get("schema", "rejects") == "accepts"
        else:
            self.check_canonical(case, result)
            should_accept = True
        if verdict is not None:
            self.check(case.name, "accepted by the schema", should_accept, verdict)

    def check_canonical(self, case, result):
        expected = json.loads((case / "expected.json").read_text())
        self.check(case.name, "error", "", result.stderr)
        if result.returncode != 0:
            return
        self.check(case.name, "canonical spec", expected, json.loads(result.stdout))
        again = subprocess.run([self.tool, "-"], input=result.stdout, capture_output=True, text=True)
        self.check(case.name, "read back", (result.stdout, ""), (again.stdout, again.stderr))
        self.check(case.name, "canonical spec accepted by the schema", True,
                   self.accepted_by_schema(result.stdout) is not False)

    def schema_at(self, pointer):
        """The schema of the object at @pointer, and its members."""
        schema = self.schema
        for token in pointer.split("/")[1:]:
            schema = schema["items"] if token == "0" else schema["properties"][token]
        return schema

    def check_members(self):
        """Each member that the reader knows is in the schema, and the other way round."""
        listing = subprocess.run([self.tool, "--members"], capture_output=True, text=True, check=True)
        known = {}
        for line in listing.stdout.splitlines():
            place, need = line.split(" ")
            pointer, name = place.rsplit("/", 1)
            known.setdefault(pointer, {})[name] = need == "required"
        entries = {pointer.rsplit("/", 1)[1] for pointer in known if pointer.startswith("/relax/")}
        self.check("members", "/relax", sorted(self.schema_at("/relax")["properties"]), sorted(entries))
        for pointer, members in known.items():
            schema = self.schema_at(pointer)
            self.check("members", pointer, sorted(schema["properties"]), sorted(members))
            required = sorted(name for name, is_required in members.items() if is_required)
            self.check("members", f"{pointer} required", sorted(schema.get("required", [])), required)
            self.check("members", f"{pointer} refuses others", False, schema["additionalProperties"])

    def check_presets(self):
        names = sorted(path.stem for path in PRESETS.glob("*.json"))
        self.check("presets", "in the schema", names, sorted(self.schema["properties"]["profile"]["enum"]))
        for name in names:
            text = (PRESETS / f"{name}.json").read_text()
            self.check("presets", f"{name} accepted by the schema", True,
                       self.accepted_by_schema(text) is not False)
            spec = json.dumps({"args": ["/bin/true"], "profile": name})
            result = subprocess.run([self.tool, "-"], input=spec, capture_output=True, text=True)
            self.check("presets", name, (0, ""), (result.returncode, result.stderr))


def main():
    runner = Runner(sys.argv[1], "--update" in sys.argv)
    cases = sorted(path.parent for path in HERE.glob("native/*/input.json"))
    for case in cases:
        runner.run_case(case)
        runner.tell(case.name)
    runner.check_members()
    runner.tell("members")
    runner.check_presets()
    runner.tell("presets")
    print(f"1..{runner.told}")
    if runner.validator is None:
        print("skipped: the schema's verdicts; python3-jsonschema is not installed")
    return 1 if runner.has_failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
