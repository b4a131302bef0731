# SPDX-License-Identifier: MIT
"""Ctrl-C, once and twice: the run ends with 130, says where things stand, and the next goes on."""
import os
import signal
import time

import generate
import state
from program import Failure
from stand import Project

COUNT_TO = 2_000_000  # rows: a statement of a second or so

SLOW = f"""WITH RECURSIVE counter (id) AS (
    SELECT 1 UNION ALL SELECT id + 1 FROM counter WHERE id < {COUNT_TO}
)
INSERT INTO sums SELECT 1, sum(id * 7 % 11) FROM counter;
UPDATE sums SET total = total * 3 + 1;
"""


def make_project(stand):
    folder = os.path.join(stand.disk, "slow")
    migrations = os.path.join(folder, "migrations")
    os.makedirs(migrations, exist_ok=True)
    files = {
        "001_sums.sql": "CREATE TABLE sums (id INTEGER PRIMARY KEY, total INTEGER);\n",
        "002_slow.sql": SLOW,
        "003_after.sql": "UPDATE sums SET total = total * 3 + 1;\n",
    }
    for name, text in files.items():
        generate.write(os.path.join(migrations, name), text)
    generate.write(os.path.join(folder, "wend.yaml"), "migrations: migrations\n")
    project = Project("slow", folder)
    place = stand.place(project, "undisturbed")
    place.clear()
    project.seconds["up"] = place.must(stand.wend, "up").seconds
    project.whole = state.read_state(place.database)
    return project


def interrupted(result):
    if result.code != 130:
        raise Failure(f"not 130: {result.describe()}")
    if "interrupted" not in result.err or "state:" not in result.err:
        raise Failure(f"it does not say where things stand: {result.describe()}")


def slow_statement(stand, times):
    project = make_project(stand)
    place = stand.place(project, f"interrupt-{times}")
    place.clear()
    run = place.start(stand.wend, "up")
    for _ in range(times):
        time.sleep(project.seconds["up"] * 0.3)
        run.signal(signal.SIGINT)
    result = run.wait()
    interrupted(result)
    left = stand.recover(place).steps()
    return f"exit 130 after {result.steps()} of 3, the next up did {left}"


def at_random(stand, number):
    project = stand.project("generated")
    place = stand.place(project, f"interrupt-{number}")
    place.clear()
    chance = stand.chance("interrupt", number)
    run = place.start(stand.wend, "up")
    time.sleep(chance.uniform(0.005, project.seconds["up"]))
    run.signal(signal.SIGINT)
    if number % 2:
        time.sleep(0.002)
        run.signal(signal.SIGINT)
    result = run.wait()
    early = result.code == -signal.SIGINT  # before the program could say anything about it
    if result.code != 0 and not early:
        interrupted(result)
    stand.recover(place)
    place.clear()
    return result.code == 130


def all_at_random(stand):
    rounds = stand.pick(16, 100)
    landed = sum(stand.each(lambda number: at_random(stand, number), range(rounds)))
    return f"{rounds} rounds, {landed} ended with 130"


def scenarios(stand):
    yield "SIGINT once, in a long statement", lambda: slow_statement(stand, 1)
    yield "SIGINT twice, in a long statement", lambda: slow_statement(stand, 2)
    yield "SIGINT at random", lambda: all_at_random(stand)
