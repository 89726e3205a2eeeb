#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold `hardrun convert` to the cases beside this file.

A case is a folder of convert/: a file input.*, and case.json: {"to": {LANGUAGE: [OPTION...]},
"options": [OPTION...], "args": [ARG...]}. For every language of "to" LANGUAGE.out is what is printed
and LANGUAGE.err what is said on standard error. With "back": [OPTION...] every text that was made is
translated back into the language of the input, and LANGUAGE.back says in what it then differs from
the input's own text in that language: nothing, if the file is not there.

A spec of hardrun that was made is refused as long as nobody has written why, and read without a word
when somebody has.

Usage: run_convert.py HARDRUN IMPORT_TOOL [--update]
"""

import difflib
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent / "convert"
SUFFIXES = {"hardrun": ".json", "oci": ".json", "compose": ".yaml", "kubernetes": ".yaml",
            "docker-run": ".sh"}


class Case:
    def __init__(self, folder, hardrun, import_tool, updates):
        self.folder, self.hardrun, self.import_tool = folder, hardrun, import_tool
        self.updates = updates
        self.complaints = []
        self.about = json.loads((folder / "case.json").read_text())
        self.input = next(folder.glob("input.*"))

    def convert(self, language, options, text=None):
        args = ["--", *self.about["args"]] if "args" in self.about else []
        folder, name = self.folder, self.input.name
        with tempfile.TemporaryDirectory() as scratch:
            if text is not None:
                folder, name = pathlib.Path(scratch), self.about.get("name", "api")
                (folder / name).write_text(text)
            return subprocess.run(
                [self.hardrun, "convert", "--to", language, *self.about.get("options", []), *options,
                 name, *args], capture_output=True, text=True, cwd=folder)

    def hold(self, name, text):
        path = self.folder / name
        if self.updates:
            path.unlink(missing_ok=True)
            if text:
                path.write_text(text)
        expected = path.read_text() if path.exists() else ""
        if text != expected:
            diff = difflib.unified_diff(expected.splitlines(), text.splitlines(), "expected", "found",
                                        lineterm="")
            self.complaints.append(f"{name}:\n" + "\n".join(diff))

    def hold_reasons(self, text):
        """A spec that was made runs when somebody has said why, and not before."""
        result = subprocess.run([self.import_tool, "--folder", "/srv/job", "-"], input=text,
                                capture_output=True, text=True)
        if '"TODO"' in text and "does not say why" not in result.stderr:
            self.complaints.append("a reason that says nothing is taken: " + result.stderr)
        said = text.replace('"TODO"', '"somebody has written why"')
        result = subprocess.run([self.import_tool, "--folder", "/srv/job", "-"], input=said,
                                capture_output=True, text=True)
        if result.returncode != 0 and "unreadable" not in self.about:
            self.complaints.append("what was made is no spec: " + result.stderr)

    def hold_back(self, language, text):
        source = self.about["source"]
        own = self.convert(source, [])
        back = self.convert(source, self.about["back"], text)
        if own.returncode != 0 or back.returncode != 0:
            self.hold(f"{language}.back", own.stderr if own.returncode else back.stderr)
            return
        diff = list(difflib.unified_diff(own.stdout.splitlines(), back.stdout.splitlines(),
                                         lineterm="", n=0))
        lines = [line for line in diff[2:] if not line.startswith("@@")]
        self.hold(f"{language}.back", "".join(line + "\n" for line in lines))

    def run(self):
        for language, options in self.about["to"].items():
            result = self.convert(language, options)
            self.hold(language + SUFFIXES[language], result.stdout)
            self.hold(f"{language}.err", result.stderr)
            if result.returncode == 0 and language == "hardrun":
                self.hold_reasons(result.stdout)
            if result.returncode == 0 and "back" in self.about:
                self.hold_back(language, result.stdout.replace('"TODO"', '"somebody has written why"'))
        return self.complaints


def main():
    hardrun, import_tool = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    cases = sorted(path.parent for path in HERE.glob("*/case.json"))
    has_failed = not cases
    for number, folder in enumerate(cases, 1):
        complaints = Case(folder, hardrun, import_tool, "--update" in sys.argv).run()
        print(f"{'not ok' if complaints else 'ok'} {number} - {folder.name}")
        for line in "\n".join(complaints).splitlines():
            print("# " + line)
        has_failed = has_failed or bool(complaints)
    print(f"1..{len(cases)}")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
