# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the bench times a command, and what it makes of the times."""

import os
import statistics
import time

NO_INPUT = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)]


def spawn(command):
    return os.posix_spawn(command[0], command, os.environ, file_actions=NO_INPUT)


def judge(command, status):
    if status != 0:
        raise RuntimeError("%s ended with %d" % (" ".join(command), status))


def launch(command):
    """Seconds from the start of @command to its end."""
    start = time.perf_counter()
    _, status = os.waitpid(spawn(command), 0)
    end = time.perf_counter()
    judge(command, status)
    return end - start


def launch_all(commands, parallel):
    """Seconds until all of @commands have ended, of which @parallel run at a time."""
    start = time.perf_counter()
    running = {}
    for command in commands:
        if len(running) == parallel:
            wait_for_one(running)
        running[spawn(command)] = command
    while running:
        wait_for_one(running)
    return time.perf_counter() - start


def wait_for_one(running):
    pid, status = os.waitpid(-1, 0)
    if pid in running:  # else an orphan that this process adopted
        judge(running.pop(pid), status)


def quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3


def ratio(times, above, below):
    return statistics.median(times[above]) / statistics.median(times[below])


def ratio_quartiles(times, above, below):
    """Of the rounds, each of which is one ratio."""
    low, _, high = quartiles([a / b for a, b in zip(times[above], times[below])])
    return low, high
