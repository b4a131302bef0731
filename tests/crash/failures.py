# SPDX-License-Identifier: MIT
"""Migrations that fail among others that share their commit: those before stay, nothing of the
failed one does, and once it is corrected the next `wend up` goes on."""
import glob
import os

import generate
import state
from program import Failure
from stand import Project

COUNT = 40
TAKEN = "INTO numbers (id, n, word) VALUES (1, 0, 'there already');\n"
BROKEN = {
    "a constraint": f"INSERT {TAKEN}",
    "OR ROLLBACK": f"INSERT OR ROLLBACK {TAKEN}",
    "a deferred foreign key": (
        "CREATE TABLE child (id INTEGER REFERENCES numbers (id) DEFERRABLE INITIALLY DEFERRED);\n"
        "PRAGMA defer_foreign_keys = 1;\nINSERT INTO child VALUES (-1);\n"),
    "no such table": "DELETE FROM nothing;\n",
}


def make_project(stand, name):
    folder = os.path.join(stand.memory, name)
    generate.write_project(folder, stand.seed, COUNT)
    return Project(name, folder)


def tiny_files(project):
    """The migrations whose neighbours most likely share their commit."""
    return sorted(glob.glob(os.path.join(project.folder, "migrations", "*_tiny.up.sql")))


def fails_there(stand, project, file, statement):
    """The run with a broken file, the same without the rest, and the run behind the correction."""
    number = int(os.path.basename(file)[:3])
    place, short = (stand.place(project, name, fast=True) for name in ("broken", "short"))
    place.options = "?foreign_keys=on"
    place.clear()
    short.clear()
    with open(file, encoding="utf-8") as text:
        good = text.read()
    generate.write(file, good + statement)
    result = place.run(stand.wend, "up")
    generate.write(file, good)
    if result.code != 1 or f"{number:03}_tiny" not in result.err:
        raise Failure(f"migration {number}: {result.describe()}")
    short.must(stand.wend, "up", "--count", str(number - 1))
    stand.expect_whole(place, state.read_state(short.database))
    stand.recover(place)


def all_fail(stand, project, statement):
    files = tiny_files(project)
    for file in stand.chance("failures").sample(files, min(len(files), stand.pick(4, 20))):
        fails_there(stand, project, file, statement)
    return f"{min(len(files), stand.pick(4, 20))} migrations broken and corrected"


def fail_by(stand, name, statement):
    project = make_project(stand, f"failing-{name.replace(' ', '-')}")
    place = stand.place(project, "undisturbed", fast=True)
    place.clear()
    place.must(stand.wend, "up")
    project.whole = state.read_state(place.database)
    return all_fail(stand, project, statement)


def scenarios(stand):
    for name, statement in BROKEN.items():
        yield f"a migration fails by {name}", lambda n=name, s=statement: fail_by(stand, n, s)
