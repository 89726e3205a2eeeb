#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real programs do real work under the default filter. Those not installed are skipped by name."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import harness  # noqa: E402

RUN = os.environ["SECCOMP_RUN"]
TIMEOUT = 120


def run(*command, **options):
    return subprocess.run([RUN, *command], capture_output=True, text=True, timeout=TIMEOUT, **options)


def needs(*programs):
    missing = [program for program in programs if shutil.which(program) is None]
    return unittest.skipIf(missing, "not installed: " + ", ".join(missing))


class Programs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def start(self, *command):
        process = subprocess.Popen([RUN, *command], cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)  # a master that is killed leaves its workers
        return process

    def check(self, result, output):
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.strip(), output)

    @needs("bash", "seq", "wc")
    def test_bash_pipes_and_substitutes(self):
        self.check(run("bash", "-c", "seq 1000 | wc -l; cat <(echo $((6 * 7)))"), "1000\n42")

    @needs("perl")
    def test_perl_forks(self):
        self.check(run("perl", "-e", "my $p = fork // die; exit 0 unless $p; wait; print $?"), "0")

    @needs("/usr/bin/python3")
    def test_python_threads_processes_sockets(self):
        script = self.write("all.py", """
import asyncio, multiprocessing, socket, subprocess, tempfile, threading
threads = [threading.Thread(target=sum, args=(range(1000),)) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
async def talk():
    server = await asyncio.start_server(lambda r, w: w.close(), '127.0.0.1', 0)
    reader, _ = await asyncio.open_connection(*server.sockets[0].getsockname())
    assert await reader.read() == b''
asyncio.run(talk())
assert socket.getaddrinfo('localhost', 80)
subprocess.run(['true'], check=True)
print('done')
""")
        self.check(run("/usr/bin/python3", script), "done")

    @needs("node")
    def test_node_without_io_uring(self):
        script = "require('fs').promises.readFile('/etc/passwd').then(t => console.log(t.length > 0))"
        self.check(run("node", "-e", script), "true")

    @needs("make", "gcc")
    def test_make_builds(self):
        self.write("one.c", "#include <stdio.h>\nint main(void) { puts(\"built\"); return 0; }\n")
        self.write("Makefile", "one: one.c\n\tgcc -O2 -pthread -o one one.c\n")
        result = run("make", "-j2", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check(run(os.path.join(self.folder, "one")), "built")

    @needs("git")
    def test_git_commits_and_clones(self):
        commands = ("git init -q a && cd a && echo 1 > f && git add f && "
                    "git -c user.name=n -c user.email=e commit -qm m && cd .. && "
                    "git clone -q a b && cat b/f")
        environment = dict(os.environ, HOME=self.folder)
        self.check(run("sh", "-c", commands, cwd=self.folder, env=environment), "1")

    @needs("java")
    def test_java_starts(self):
        result = run("java", "-Xmx64m", "-version")
        self.assertEqual(result.returncode, 0, result.stderr)

    @needs("redis-server", "redis-cli")
    def test_redis_serves(self):
        path = os.path.join(self.folder, "s")
        self.start("redis-server", "--port", "0", "--unixsocket", path, "--save", "")
        self.wait_for(path)
        for command, answer in (("set k v", "OK"), ("get k", "v")):
            self.check(run("redis-cli", "-s", path, *command.split()), answer)

    @needs("nginx")
    def test_nginx_serves(self):
        path = os.path.join(self.folder, "s")
        config = self.write("nginx.conf", f"""
daemon off; pid {self.folder}/pid; error_log stderr error; worker_processes 2;
events {{ }}
http {{
    access_log off; client_body_temp_path {self.folder}/t; proxy_temp_path {self.folder}/t;
    fastcgi_temp_path {self.folder}/t; uwsgi_temp_path {self.folder}/t; scgi_temp_path {self.folder}/t;
    aio threads; sendfile on;
    server {{ listen unix:{path}; location / {{ return 200 "served"; }} }}
}}
""")
        os.chmod(self.folder, 0o755)
        self.start("nginx", "-p", self.folder, "-c", config)
        self.wait_for(path)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            self.assertIn(b"served", b"".join(iter(lambda: client.recv(4096), b"")))

    def wait_for(self, path):
        for _ in range(100):
            with socket.socket(socket.AF_UNIX) as client:
                if os.path.exists(path) and client.connect_ex(path) == 0:
                    return
            time.sleep(0.1)
        self.fail("nobody listens")


if __name__ == "__main__":
    harness.main()
