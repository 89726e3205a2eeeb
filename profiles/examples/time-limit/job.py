# SPDX-License-Identifier: LGPL-2.1-or-later
"""A job of as many steps as its first argument says (none: one), a second each."""

import sys
import time


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    for step in range(1, steps + 1):
        print(f"step {step} of {steps}", flush=True)
        time.sleep(1)
    print("done")


if __name__ == "__main__":
    main()
