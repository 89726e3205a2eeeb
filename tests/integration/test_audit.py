#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hardrun audit, from outside: what its exit status says, what its reports are to their readers.

The binary is named by the environment variable HARDRUN.
"""

import html.parser
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import harness  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

HARDRUN = os.environ["HARDRUN"]
DATA = pathlib.Path(__file__).resolve().parent.parent / "data/audit"
BAD = DATA / "dockerfile/bad.Dockerfile"
GOOD = DATA / "dockerfile/good.Dockerfile"
NEVER = DATA / "oci/never.json"
DIGEST = "sha256:" + "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2
MODEST = ["docker", "run", "--user", "1000:1000", "--read-only", "--security-opt",
          "no-new-privileges", "--cap-drop", "ALL", "--memory", "512m", "--memory-swap", "512m",
          "--cpus", "1", "--pids-limit", "100", "--network", "app-net"]
# What a hostile author would put into a name: a Dockerfile's stage is shown, and so is its image.
HOSTILE = "<script>alert(1)</script>&quot;\"'" + "‮"

CLEAN, FOUND, NOT_MADE = 0, 1, 2


def audit(*arguments, text=None, environment=None):
    return subprocess.run([HARDRUN, "audit", *map(str, arguments)], input=text, timeout=60,
                          capture_output=True, text=True, env=environment)


def audit_json(*arguments, text=None):
    result = audit("--format", "json", *arguments, text=text)
    return json.loads(result.stdout), result


def findings(report):
    return [finding for part in report["parts"] for finding in part["findings"]]


def names(report):
    return {finding["name"] for finding in findings(report)}


class ExitStatus(unittest.TestCase):
    def test_what_is_well_is_clean(self):
        self.assertEqual(audit(GOOD).returncode, CLEAN)

    def test_a_finding_at_the_threshold_is_told(self):
        self.assertEqual(audit(BAD).returncode, FOUND)

    def test_a_finding_below_the_threshold_does_not_fail(self):
        line = [*MODEST, "-v", "/srv/data:/data", f"app@{DIGEST}"]
        for threshold, status in (("low", FOUND), ("medium", CLEAN), ("critical", CLEAN)):
            result = audit("--docker-run", "--threshold", threshold, "--", *line)
            self.assertEqual(result.returncode, status, result.stdout)
            self.assertIn("HR022", result.stdout)

    def test_each_severity_counts_from_its_own_threshold_on(self):
        thresholds = ["low", "medium", "high", "critical"]
        lines = {"medium": ["--security-opt", "apparmor=unconfined"],
                 "high": ["--security-opt", "seccomp=unconfined"],
                 "critical": ["-v", "/var/run/docker.sock:/var/run/docker.sock"]}
        for severity, options in lines.items():
            for threshold in thresholds:
                result = audit("--docker-run", "--threshold", threshold, "--", *MODEST, *options,
                               f"app@{DIGEST}")
                fails = thresholds.index(threshold) <= thresholds.index(severity)
                self.assertEqual(result.returncode, FOUND if fails else CLEAN,
                                 (severity, threshold, result.stdout))

    def test_what_cannot_be_audited_is_not_clean(self):
        cases = [[], ["/does/not/exist"], [DATA], [GOOD, "/does/not/exist"],
                 ["--format", "yaml", GOOD], ["--threshold", "extreme", GOOD],
                 ["--suppress", "/does/not/exist", GOOD], ["--ignore", "HR001", GOOD],
                 ["--date", "tomorrow", GOOD], ["--env", "NAME", GOOD], ["--docker-run"],
                 [GOOD, "--", "argument"],
                 ["--explain", "HR999"], ["--scan", GOOD, GOOD],
                 [DATA.parents[1] / "golden/audit/scanned/scan.json"]]
        for case in cases:
            result = audit(*case)
            self.assertEqual((result.returncode, result.stdout), (NOT_MADE, ""), case)
            self.assertIn("hardrun: ", result.stderr)

    def test_a_text_of_no_language_is_not_clean(self):
        for text in ("", "hello", "{}", "[]", "\0", "services: 1\n", "FROM", "hello: 1\n"):
            result = audit("-", text=text)
            self.assertEqual((result.returncode, result.stdout), (NOT_MADE, ""), text)
        self.assertIn("in any language", result.stderr)

    def test_the_language_can_be_said(self):
        text = "docker run alpine"
        self.assertEqual(audit("-", "--from", "docker-run", text=text).returncode, FOUND)
        for language in ("oci", "compose", "cobol"):
            self.assertEqual(audit("-", "--from", language, text=text).returncode, NOT_MADE)

    def test_a_report_that_cannot_be_written_is_not_clean(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([HARDRUN, "audit", GOOD], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, NOT_MADE, result.stderr)


class Finding(unittest.TestCase):
    def test_it_points_to_its_line_and_column(self):
        report, _ = audit_json(BAD)
        lines = BAD.read_text().splitlines()
        for finding in findings(report):
            if finding["name"] in ("pipe-to-shell", "add-from-url", "setuid-file"):
                line = lines[finding["line"] - 1]
                self.assertTrue(line[finding["column"] - 1:].startswith(("RUN", "ADD")), finding)
        self.assertEqual({f["line"] for f in findings(report) if f["name"] == "pipe-to-shell"}, {8})

    def test_it_points_into_json(self):
        report, _ = audit_json(NEVER)
        lines = NEVER.read_text().splitlines()
        for finding in findings(report):
            if finding["name"] == "engine-socket":
                place = lines[finding["line"] - 1][finding["column"] - 1:]
                self.assertEqual(place[0], "{")
                self.assertIn("/mounts/", finding["origin"])

    def test_a_home_directory_that_only_the_shell_knows_is_sensitive(self):
        for source, is_sensitive in (("~", True), ("$HOME/.ssh", True), ("${HOME}/.aws", True),
                                     ("~/src/app", False), ("$HOMEPAGE", False),
                                     ("$PWD", False)):
            with self.subTest(source):
                report, _ = audit_json("-", text=f"docker run -v {source}:/x:ro alpine")
                self.assertEqual("sensitive-mount" in names(report), is_sensitive)

    def test_a_file_on_standard_input_is_audited_as_any_other(self):
        report, _ = audit_json("-", text=BAD.read_text())
        self.assertEqual(names(report), names(audit_json(BAD)[0]))

    def test_what_comes_of_privileged_says_so(self):
        report, _ = audit_json("--docker-run", "--", *MODEST, "--privileged", f"app@{DIGEST}")
        by_name = {finding["name"]: finding for finding in findings(report)}
        self.assertIn("--privileged", by_name["seccomp-off"]["instead"])

    def test_what_is_found_too_often_is_told_in_part(self):
        ports = [word for port in range(8000, 8100) for word in ("-p", f"{port}:{port}")]
        report, _ = audit_json("--docker-run", "--", *MODEST, *ports, f"app@{DIGEST}")
        self.assertEqual(len(findings(report)), 50)
        self.assertTrue(findings(report)[-1]["what"].endswith(", and more, which are not told"))

    def test_findings_at_one_place_are_one(self):
        report, _ = audit_json("--docker-run", "--", *MODEST, "--security-opt",
                               "systempaths=unconfined", f"app@{DIGEST}")
        self.assertEqual([finding["what"] for finding in findings(report)],
                         ["/proc/kcore can be read, and 9 more"])

    def test_nothing_of_the_host_is_looked_at(self):
        with tempfile.TemporaryDirectory() as folder:
            link = pathlib.Path(folder) / "harmless"
            link.symlink_to("/etc")
            report, _ = audit_json("--docker-run", "--", *MODEST, "-v", f"{link}:/a:ro",
                                   f"app@{DIGEST}")
        self.assertEqual(names(report), set())


class Seeds(unittest.TestCase):
    """What the documents that the rules come from show as good, and what they say never to do."""

    A8 = ["docker", "run", "-d", "--name", "api", "--restart", "unless-stopped", "--user",
          "1000:1000", "--read-only", "--tmpfs", "/tmp:rw,noexec,nosuid,size=64m",
          "--security-opt", "no-new-privileges:true", "--security-opt", "apparmor=docker-default",
          "--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE", "--memory", "512m",
          "--memory-swap", "512m", "--cpus", "1.0", "--pids-limit", "200", "-p",
          "127.0.0.1:8080:8080", "--network", "app-net", f"myorg/api@{DIGEST}"]

    def test_the_hardened_command_has_but_its_trap(self):
        report, result = audit_json("--docker-run", "--", *self.A8)
        self.assertEqual(result.returncode, CLEAN)
        self.assertEqual([(f["name"], f["severity"]) for f in findings(report)],
                         [("capability-without-effect", "low")])
        self.assertIn("port 8080 needs none", findings(report)[0]["what"])

    def test_the_hardened_service_has_no_error(self):
        report, result = audit_json(DATA / "compose/seed-a6.yaml")
        self.assertEqual(result.returncode, CLEAN)
        self.assertEqual({f["severity"] for f in findings(report)}, {"low"})

    def test_what_is_never_to_be_done_is_an_error(self):
        never = {"privileged": ["--privileged"], "engine-socket":
                 ["-v", "/var/run/docker.sock:/var/run/docker.sock"],
                 "sensitive-mount": ["-v", "/:/host:rw"],
                 "seccomp-off": ["--security-opt", "seccomp=unconfined"],
                 "host-network": ["--network", "host"]}
        for name, options in never.items():
            report, result = audit_json("--docker-run", "--threshold", "high", "--", "docker",
                                        "run", *options, "chatbot-app:latest")
            self.assertEqual(result.returncode, FOUND)
            found = {f["name"]: f["severity"] for f in findings(report)}
            self.assertIn(found.get(name), ("high", "critical"), name)

    def test_each_item_of_the_checklist_has_its_rule(self):
        report, _ = audit_json("--docker-run", "--", "docker", "run", "--privileged", "--network",
                               "host", "-v", "/:/host", "-e", "API_KEY=4f8b1c2d9e7a6053", "app")
        report["parts"] += audit_json(BAD)[0]["parts"]
        self.assertLessEqual({
            "image-not-pinned", "base-not-minimal", "no-user", "privileged", "seccomp-off",
            "apparmor-off", "capabilities", "writable-root", "new-privileges", "no-memory-limit",
            "no-cpu-limit", "no-pids-limit", "sensitive-mount", "host-network", "secrets-in-env",
            "secret-in-image"}, names(report))


class Acceptance(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name) / "accepted.json"

    def accept(self, *entries):
        self.file.write_text(json.dumps(entries))
        return self.file

    def test_what_is_ignored_with_a_reason_does_not_fail(self):
        reason = "the build runs in a throw-away machine"
        rules = [finding["id"] for finding in findings(audit_json(BAD)[0])]
        ignored = [word for rule in rules for word in ("--ignore", f"{rule}={reason}")]
        report, result = audit_json(BAD, *ignored)
        self.assertEqual(result.returncode, CLEAN, result.stdout)
        self.assertEqual(report["accepted"], len(rules))
        self.assertEqual(report["rating"], "LOCKED")
        self.assertEqual(report["exposure"], audit_json(BAD)[0]["exposure"])
        self.assertEqual({finding["accepted"]["reason"] for finding in findings(report)}, {reason})

    def test_a_reason_that_says_nothing_is_refused(self):
        for reason in ("", "todo", "because", "needed"):
            self.assertEqual(audit(BAD, "--ignore", f"HR001={reason}").returncode, NOT_MADE)

    def test_a_file_is_accepted_until_its_day(self):
        file = self.accept({"rule": "secret-in-image", "file": "bad.*", "expires": "2027-01-01",
                            "reason": "the image is used in one test only"})
        before, _ = audit_json(BAD, "--suppress", file, "--date", "2026-12-31")
        after, _ = audit_json(BAD, "--suppress", file, "--date", "2027-01-01")
        self.assertEqual(before["accepted"], 3)
        self.assertEqual(after["accepted"], 0)
        self.assertNotIn("suppression-expired", names(before))
        expired = [f for f in findings(after) if f["name"] == "suppression-expired"]
        self.assertEqual([(f["file"], f["origin"]) for f in expired], [(str(file), "/0")])

    def test_what_has_expired_fails_by_itself(self):
        file = self.accept({"rule": "HR001", "expires": "2020-01-01",
                            "reason": "the image is used in one test only"})
        self.assertEqual(audit(GOOD, "--suppress", file).returncode, FOUND)

    @unittest.skipUnless(jsonschema, "python3-jsonschema is not installed")
    def test_the_schema_accepts_what_is_read(self):
        top = pathlib.Path(__file__).resolve().parents[2]
        schema = json.loads((top / "profiles/schema/suppressions.schema.json").read_text())
        validator = jsonschema.Draft7Validator(schema)
        fine = {"rule": "HR021", "reason": "the database writes beside its program"}
        cases = [fine, {**fine, "rule": "root-user", "file": "*.yaml", "service": "db",
                        "expires": "2027-01-31"},
                 {**fine, "rule": 7}, {**fine, "expires": "2027-13-01"}, {**fine, "files": "*"},
                 {"rule": "HR021"}, {"reason": "the database writes beside its program"},
                 {**fine, "file": ""}]
        for entry in cases:
            is_read = audit(GOOD, "--suppress", self.accept(entry)).returncode == CLEAN
            self.assertEqual(validator.is_valid([entry]), is_read, entry)

    def test_a_file_that_is_wrong_is_refused_with_its_place(self):
        fine = {"rule": "HR001", "reason": "the image is used in one test only"}
        cases = [({"rule": "HR001"}, "/0"), ({**fine, "rule": "HR999"}, "/0/rule"),
                 ({**fine, "expires": "2027-02-30"}, "/0/expires"), ({**fine, "files": "a"}, "/0"),
                 ({**fine, "reason": "todo"}, "/0/reason"), ("HR001", "/0")]
        for entry, place in cases:
            result = audit(GOOD, "--suppress", self.accept(entry))
            self.assertEqual(result.returncode, NOT_MADE, entry)
            self.assertIn(f"at: {place}", result.stderr)


class Values(unittest.TestCase):
    def test_a_file_of_settings_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "env"
            path.write_text("# comment\n\nexport A='one two'\nB=3 # three\n")
            self.assertEqual(audit(GOOD, "--env-file", path).returncode, CLEAN)
            path.write_text("A=1\nno setting\n")
            result = audit(GOOD, "--env-file", path)
            self.assertEqual(result.returncode, NOT_MADE)
            self.assertIn("line 2", result.stderr)


class Text(unittest.TestCase):
    def test_each_control_has_a_mark_and_each_finding_its_weight(self):
        text = audit(BAD).stdout
        self.assertRegex(text, r"(?m)^✓ HR\d{3} ")
        self.assertRegex(text, r"(?m)^✗ HR049 pipe-to-shell .* \d\.\d$")
        self.assertRegex(text, r"(?m)^Total of 1: exposure \d+\.\d of 10: EXPOSED, \d high")

    def test_what_is_well_can_be_left_out(self):
        text = audit(BAD, "--brief").stdout
        self.assertNotIn("✓", text)
        self.assertIn("✗", text)

    def test_there_is_no_colour_but_on_a_terminal(self):
        self.assertNotIn("\033", audit(BAD).stdout)


class Sarif(unittest.TestCase):
    def report(self, *arguments):
        return json.loads(audit("--format", "sarif", *arguments).stdout)

    @unittest.skipUnless(jsonschema, "python3-jsonschema is not installed")
    def test_it_passes_the_schema(self):
        schema = json.loads((DATA / "sarif/sarif-schema-2.1.0.json").read_text())
        validator = jsonschema.Draft4Validator(schema)
        ignored = ["--ignore", "HR014=the program must call sudo once"]
        for arguments in ([BAD], [GOOD], [NEVER, *ignored], sorted((DATA / "native").glob("*.json"))):
            problems = [error.message for error in validator.iter_errors(self.report(*arguments))]
            self.assertEqual(problems, [], arguments)
        broken = self.report(BAD)
        broken["runs"][0]["results"][0]["level"] = "severe"
        self.assertFalse(validator.is_valid(broken))

    def test_results_refer_to_their_rules(self):
        run = self.report(BAD)["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        self.assertTrue(run["results"])
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertEqual(rules[result["ruleIndex"]]["defaultConfiguration"]["level"],
                             result["level"])
            region = result["locations"][0]["physicalLocation"]["region"]
            self.assertGreater(min(region.values()), 0)

    def test_fingerprints_are_one_each_and_stay(self):
        def prints():
            return [result["partialFingerprints"]["hardrunAudit/v1"]
                    for result in self.report(BAD)["runs"][0]["results"]]
        self.assertEqual(len(set(prints())), len(prints()))
        self.assertEqual(prints(), prints())

    def test_what_is_accepted_is_suppressed(self):
        run = self.report(NEVER, "--ignore", "HR014=the program must call sudo once")["runs"][0]
        accepted = [result["ruleId"] for result in run["results"] if result["suppressions"]]
        self.assertEqual(accepted, ["HR014"])


class Page(html.parser.HTMLParser):
    """The names of all elements, and of all attributes that load or run something."""

    def __init__(self, text):
        super().__init__()
        self.elements = set()
        self.loads = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.loads += [(tag, name) for name, _ in attrs
                       if name in ("src", "href", "action", "style") or name.startswith("on")]

    def handle_data(self, data):
        self.text += data


class Hostile(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = pathlib.Path(self.folder.name) / "\033[31m<b>&x"
        self.file.write_text(f"FROM example.com/{HOSTILE.replace(' ', '')}\nUSER 1000\n")

    def test_a_terminal_is_not_told_what_to_do(self):
        text = audit(self.file).stdout
        self.assertIn("\\u001b[31m<b>&x", text)
        self.assertIn("\\u202e", text)
        self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f-\x9f‮]")

    def test_a_page_holds_it_as_text(self):
        page = Page(audit("--format", "html", self.file).stdout)
        self.assertNotIn("script", page.elements)
        self.assertNotIn("b", page.elements)
        self.assertEqual(page.loads, [])
        self.assertIn("<script>alert(1)</script>", page.text)

    def test_the_xml_is_well_formed(self):
        root = xml.etree.ElementTree.fromstring(audit("--format", "junit", self.file).stdout)
        failure = root.find(".//failure")
        self.assertIn("<script>", failure.get("message"))

    def test_the_json_holds_it_unchanged(self):
        report, _ = audit_json(self.file)
        self.assertEqual(report["parts"][0]["file"], str(self.file))
        self.assertTrue(any("‮" in finding["what"] for finding in findings(report)))
        json.loads(audit("--format", "sarif", self.file).stdout)

    def test_a_name_that_is_no_utf_8_does_not_break_the_reports(self):
        path = os.path.join(os.fsencode(self.folder.name), b"\xff\xfe")
        with open(path, "wb") as file:
            file.write(b"FROM alpine\n")
        for name in ("json", "sarif", "junit", "html", "text"):
            done = subprocess.run([HARDRUN, "audit", "--format", name, path], capture_output=True)
            self.assertEqual(done.returncode, FOUND, done.stderr)
            done.stdout.decode("utf-8")


class Junit(unittest.TestCase):
    def root(self, *arguments):
        return xml.etree.ElementTree.fromstring(audit("--format", "junit", *arguments).stdout)

    def test_its_counts_are_those_of_its_cases(self):
        root = self.root(NEVER, "--ignore", "HR014=the program must call sudo once")
        for element in [root, *root.findall("testsuite")]:
            self.assertEqual(int(element.get("tests")), len(element.findall(".//testcase")))
            self.assertEqual(int(element.get("failures")), len(element.findall(".//failure")))
            self.assertEqual(int(element.get("skipped")), len(element.findall(".//skipped")))
        self.assertEqual(root.get("skipped"), "1")

    def test_only_what_fails_the_audit_is_a_failure(self):
        every = len(self.root("--threshold", "low", BAD).findall(".//failure"))
        high = len(self.root("--threshold", "high", BAD).findall(".//failure"))
        self.assertLess(high, every)
        self.assertEqual(high, 3)


class Rules(unittest.TestCase):
    def test_each_that_is_listed_is_explained(self):
        lines = audit("--list").stdout.splitlines()
        self.assertGreater(len(lines), 50)
        for line in lines:
            rule, severity, name = line.split()[:3]
            by_id = audit("--explain", rule.lower())
            self.assertEqual(by_id.stdout, audit("--explain", name).stdout)
            self.assertRegex(by_id.stdout, rf"^{rule} {name}: ")
            self.assertIn(f"Severity: {severity}", by_id.stdout)


class Manual(unittest.TestCase):
    def members(self, value):
        if isinstance(value, dict):
            return set(value) | self.members(list(value.values()))
        if isinstance(value, list):
            return set().union(*map(self.members, value))
        return set()

    def test_it_explains_each_member_of_the_json(self):
        page = (pathlib.Path(__file__).resolve().parents[2] / "cmd/hardrun-audit.1").read_text()
        explained = page.partition(".SH JSON")[2].partition(".SH EXIT STATUS")[0]
        report, _ = audit_json(NEVER, "--ignore", "HR014=the program must call sudo once")
        severities = {"low", "medium", "high", "critical"}
        for member in self.members(report) - severities:
            self.assertRegex(explained, rf"(?m)^\.R?B.* ?{member}\b")


if __name__ == "__main__":
    harness.main()
