# SPDX-License-Identifier: LGPL-2.1-or-later
"""Start nginx, fetch a page from it over the loopback of the namespace, print it, stop nginx.

A server that stays would be the spec's own program:
["/usr/sbin/nginx", "-e", "stderr", "-c", "/etc/nginx/nginx.conf"].
"""

import subprocess
import sys
import time
import urllib.error
import urllib.request

NGINX = ["/usr/sbin/nginx", "-e", "stderr", "-c", "/etc/nginx/nginx.conf"]
PAGE = "http://127.0.0.1:8080/index.html"
PATIENCE = 30  # seconds


def fetch(server):
    """The page, as soon as the server answers."""
    give_up_at = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(PAGE, timeout=PATIENCE) as answer:
                return answer.read().decode()
        except urllib.error.URLError:
            if server.poll() is not None or time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)


def main():
    with subprocess.Popen(NGINX) as server:
        try:
            print(fetch(server), end="")
        finally:
            server.terminate()
    return server.returncode


if __name__ == "__main__":
    sys.exit(main())
