# SPDX-License-Identifier: MIT
"""Several at once: every migration runs in just one of them, and a killed holder blocks nobody."""
import os
import re
import signal
import time

import state
from program import Failure

HOLDER = re.compile(r"waiting for the lock: held by [^\s@]+@[^\s,]+, process (\d+), "
                    r"since \d{4}-\d\d-")


def check_waiters(results, pids):
    """Who waits is told who holds the lock, and that is one of the others."""
    named = [int(pid) for result in results for pid in HOLDER.findall(result.err)]
    if not named:
        raise Failure("no waiter was told who holds the lock")
    if not set(named) <= set(pids):
        raise Failure(f"a waiter was told of the processes {sorted(set(named) - set(pids))}")


def check_once(stand, place):
    stand.expect_whole(place)
    for name, count in state.applied_rows(place.database).items():
        if count != 1:
            raise Failure(f"{name} was applied {count} times")


def read_holder(place):
    try:
        with open(place.database + "-wend", encoding="utf-8") as text:
            words = text.readline().split()
    except FileNotFoundError:
        return None
    return int(words[3]) if len(words) == 5 and words[0] == "holder" else None


def wait_for_holder(place, runs):
    """The run that holds the lock once the work is under way."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        holder = read_holder(place)
        for run in runs:
            if run.process.pid == holder and os.path.exists(place.database + "-journal"):
                return run
        time.sleep(0.001)
    raise Failure("nobody took the lock")


def count_waiters(place):
    try:
        with open(place.database + "-wend", encoding="utf-8") as text:
            return sum(line.startswith("waiter ") for line in text)
    except FileNotFoundError:
        return 0


def hold_for_waiters(place, holder, count):
    """Halts the holder until all others wait. Should it be in a commit, they cannot even look at
    the database: then it goes on a little."""
    for _ in range(50):
        holder.signal(signal.SIGSTOP)
        until = time.monotonic() + 0.2
        while count_waiters(place) < count and time.monotonic() < until:
            time.sleep(0.002)
        holder.signal(signal.SIGCONT)
        if count_waiters(place) >= count or holder.process.poll() is not None:
            return
        time.sleep(0.001)


def all_at_once(stand, count):
    project = stand.project("generated")
    place = stand.place(project, f"together-{count}")
    place.clear()
    runs = [place.start(stand.wend, "up") for _ in range(count // 2)]
    holder = wait_for_holder(place, runs)
    holder.signal(signal.SIGSTOP)
    runs += [place.start(stand.wend, "up") for _ in range(count - len(runs))]
    hold_for_waiters(place, holder, count - 1)
    results = [run.wait() for run in runs]
    for result in results:
        if result.code != 0:
            raise Failure(result.describe())
    check_once(stand, place)
    check_waiters(results, [run.process.pid for run in runs])
    steps = [result.steps() for result in results]
    if sum(steps) != len(project.whole.history):
        raise Failure(f"they say they applied {steps}")
    return f"{sum(step > 0 for step in steps)} did the work, {steps.count(0)} found nothing to do"


def holder_killed(stand, number):
    project = stand.project("generated")
    place = stand.place(project, f"holder-{number}")
    place.clear()
    runs = [place.start(stand.wend, "up") for _ in range(4)]
    holder = wait_for_holder(place, runs)
    time.sleep(stand.chance("holder", number).uniform(0, project.seconds["up"] * 0.7))
    holder.signal(signal.SIGKILL)
    results = [run.wait() for run in runs]
    for run, result in zip(runs, results):
        if run is not holder and result.code != 0:
            raise Failure(result.describe())
    check_once(stand, place)
    place.clear()
    return results[runs.index(holder)].killed()


def holders_killed(stand):
    rounds = stand.pick(5, 30)
    landed = sum(holder_killed(stand, number) for number in range(rounds))
    if landed == 0:
        raise Failure("no holder was killed in time")
    return f"{rounds} rounds, {landed} holders killed; the others went on"


def scenarios(stand):
    yield "2 processes at once", lambda: all_at_once(stand, 2)
    yield "8 processes at once", lambda: all_at_once(stand, 8)
    yield "the holder of the lock killed while three wait", lambda: holders_killed(stand)
