# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verbs of an OCI runtime on the same bundle, by hardrun, crun and runc in turn.

A row is a verb, a column a contestant. Who creates a container waits for its end as an engine
does: as the one that adopts it.
"""

import ctypes
import os
import time

import timing

PR_SET_CHILD_SUBREAPER = 36
WARM_UP_ROUNDS = 3
BATCH = 100  # runs in a row, or at once
ROUNDS_PER_BATCH = 20  # a batch takes as long as so many rounds of what is done once, or longer
PROGRAM = ["/bin/true"]
SLEEPER = ["/bin/sleep", "1000000"]

LIFE = ("create", "start", "delete")
WHOLE_LIFE = "+".join(LIFE)
IN_A_ROW = "%d runs in a row" % BATCH
AT_ONCE = "%d runs at once" % BATCH
NATIVE = "native"  # the column of hardrun's own language, where a verb has its like there

# PRODUCT figures: what hardrun's median may be of another's, at most.
FIGURES = {
    "exec": {"crun": 0.5},
    WHOLE_LIFE: {"crun": 0.5, "runc": 0.15},
    "run": {"crun": 0.5, "runc": 0.15},
    IN_A_ROW: {"crun": 0.5, "runc": 0.15},
    AT_ONCE: {"crun": 0.5, "runc": 0.15},
}


def measure(runtimes, native, rounds, parallel):
    """Milliseconds of each round by row and contestant. @native: hardrun with a spec, or None."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    rows = {"exec": measure_exec(runtimes, rounds)}
    rows.update(measure_lives(runtimes, rounds))
    columns = {one.name: one for one in runtimes}
    if native is not None:
        columns[NATIVE] = native
    rows["run"] = in_turn(rounds, {
        name: timed(one.command(PROGRAM, 0)) for name, one in columns.items()
    })
    batches = {
        name: [one.command(PROGRAM, number) for number in range(1, BATCH + 1)]
        for name, one in columns.items()
    }
    for row, width in ((IN_A_ROW, 1), (AT_ONCE, parallel)):
        rows[row] = in_turn(max(rounds // ROUNDS_PER_BATCH, 2), {
            name: timed_batch(commands, width) for name, commands in batches.items()
        }, warm_up=0)
    return rows


def in_turn(rounds, measured, warm_up=WARM_UP_ROUNDS):
    """The milliseconds that the functions in @measured return seconds of, by name."""
    times = {name: [] for name in measured}
    for number in range(warm_up + rounds):
        for name, function in measured.items():
            seconds = function()
            if number >= warm_up:
                times[name].append(seconds * 1000)
    return times


def timed(command):
    return lambda: timing.launch(command)


def timed_batch(commands, width):
    return lambda: timing.launch_all(commands, width)


def measure_exec(runtimes, rounds):
    """A program in a container that runs."""
    number = BATCH + 1
    for one in runtimes:
        timing.launch(one.verb("run", SLEEPER, number, "--detach"))
    try:
        return in_turn(rounds, {
            one.name: timed(one.base() + ["exec", one.container(number)] + PROGRAM)
            for one in runtimes
        })
    finally:
        for one in runtimes:
            timing.launch(one.base() + ["delete", "--force", one.container(number)])


def measure_lives(runtimes, rounds):
    """A container from its creation to its removal, and each part of that."""
    rows = {row: {one.name: [] for one in runtimes} for row in LIFE + (WHOLE_LIFE,)}
    lives = [(one, life_of(one)) for one in runtimes]
    for number in range(WARM_UP_ROUNDS + rounds):
        for one, (commands, pid_file) in lives:
            times = live(commands, pid_file)
            if number >= WARM_UP_ROUNDS:
                for row, seconds in times.items():
                    rows[row][one.name].append(seconds * 1000)
    return rows


def life_of(runtime):
    number = BATCH + 2
    pid_file = os.path.join(runtime.directory("pids"), "pid")
    commands = {
        "create": runtime.verb("create", PROGRAM, number, "--pid-file", pid_file),
        "start": runtime.base() + ["start", runtime.container(number)],
        "delete": runtime.base() + ["delete", runtime.container(number)],
    }
    return commands, pid_file


def live(commands, pid_file):
    """Seconds of each verb, and of all with the wait for the program between them."""
    times = {"create": timing.launch(commands["create"])}
    with open(pid_file, encoding="ascii") as file:
        pid = int(file.read())
    times["start"] = timing.launch(commands["start"])
    start = time.perf_counter()
    timing.judge(["the container's program"], os.waitpid(pid, 0)[1])
    waited = time.perf_counter() - start
    times["delete"] = timing.launch(commands["delete"])
    times[WHOLE_LIFE] = sum(times.values()) + waited
    return times


def show(rows):
    for row, times in rows.items():
        print("\n%-22s %10s %21s %8s" % (row, "median ms", "quartiles", "least"))
        for name, values in times.items():
            low, median, high = timing.quartiles(values)
            print("  %-20s %10.3f %10.3f %10.3f %8.3f" % (name, median, low, high, min(values)))
        for above, below in pairs(times):
            low, high = timing.ratio_quartiles(times, above, below)
            print("  %-20s %10.3f %10.3f %10.3f"
                  % (above + " / " + below, timing.ratio(times, above, below), low, high))


def pairs(times):
    return [
        (above, below) for above in ("hardrun", NATIVE) for below in ("crun", "runc")
        if above in times and below in times
    ]


def figures(rows):
    """What is required: name, measured, at most."""
    return [
        ("%s, hardrun / %s" % (row, below), timing.ratio(rows[row], "hardrun", below), bound)
        for row, bounds in FIGURES.items() for below, bound in bounds.items()
        if row in rows and {"hardrun", below} <= set(rows[row])
    ]
