# SPDX-License-Identifier: MIT
"""What every scenario needs: the programs, the projects with what an undisturbed run makes of them,
places to work in, and the figures of the run."""
import concurrent.futures
import copy
import os
import random
import shutil
import tempfile

import generate
import state
from program import Failure, Place

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MEMORY = "/dev/shm"  # a file system on which a sync costs nothing


class Project:
    """A folder with wend.yaml and migrations, and what is expected of it."""

    def __init__(self, name, folder, redo=1):
        self.name = name
        self.folder = folder
        self.commands = {
            "up": ("up",),
            "down": ("down", "--all", "--yes"),
            "redo": ("redo", "--count", str(redo), "--yes"),
            "recovery": ("up",),  # of a step that is half done
            "wal": ("up",),       # of an empty database in WAL mode
        }
        self.whole = None     # the state after an undisturbed `wend up`
        self.template = None  # a database in that state
        self.seconds = {}     # how long an undisturbed run takes, by command

    def expected(self, command):
        """The journal mode stays as it was; all else is the same in each."""
        if command != "wal":
            return self.whole
        whole = copy.copy(self.whole)
        whole.journal_mode = "wal"
        return whole


class Stand:
    def __init__(self, programs, seed, sample):
        self.wend, self.faults, self.faulty = programs
        self.seed = seed
        self.sample = sample
        self.workers = max(2, os.cpu_count() or 2)
        self.disk = tempfile.mkdtemp(prefix="wend-crash-")
        fast = MEMORY if os.access(MEMORY, os.W_OK) else None
        self.memory = tempfile.mkdtemp(prefix="wend-crash-", dir=fast)
        # Real syncs stretch a run, so that kills spread over it; a sample has no time for them.
        self.usual = self.memory if sample else self.disk
        self.projects = []

    def close(self):
        shutil.rmtree(self.disk, ignore_errors=True)
        shutil.rmtree(self.memory, ignore_errors=True)

    def pick(self, sample, full):
        return sample if self.sample else full

    def chance(self, *names):
        """Random numbers that depend on the seed and on who asks, not on who asked before."""
        return random.Random("/".join(str(name) for name in (self.seed, *names)))

    def place(self, project, name, fast=False):
        return Place(project, self.memory if fast else self.usual, f"{project.name}-{name}")

    def start_place(self, project, command, name, fast=False):
        """Where `command` starts: with everything applied, or with nothing."""
        place = self.place(project, f"{command}-{name}", fast)
        place.clear()
        if command in ("down", "redo"):
            shutil.copyfile(project.template, place.database)
        elif command == "wal":
            state.make_wal(place.database)
        return place

    def each(self, case, items):
        """Runs `case` for every item, several at a time; the results, or the first failure."""
        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            futures = [pool.submit(case, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException:
                for future in futures:
                    future.cancel()
                raise

    # --- what must hold after a crash ---

    def expect_whole(self, place, expected=None):
        difference = state.read_state(place.database).difference(expected or place.project.whole)
        if difference:
            raise Failure(difference)

    def expect_empty(self, place):
        found = state.read_state(place.database)
        if found.problems:
            raise Failure(f"the database is not sound: {found.problems[0]}")
        if not found.is_empty():
            left = sorted(found.schema)[:3] + sorted(found.history)[:3]
            raise Failure(f"`down --all` left {left}")

    def recover(self, place, expected=None):
        """The promise itself: a plain `wend up`, and nothing is lost."""
        result = place.must(self.wend, "up")
        self.expect_whole(place, expected)
        return result

    def take_all_back(self, place):
        place.must(self.wend, "down", "--all", "--yes")
        self.expect_empty(place)

    # --- the projects ---

    def add_project(self, project):
        place = self.place(project, "undisturbed")
        seconds = place.must(self.wend, *project.commands["up"]).seconds
        project.seconds["up"] = project.seconds["wal"] = seconds
        project.whole = state.read_state(place.database)
        if project.whole.problems:
            raise Failure(f"{project.name}: {project.whole.problems[0]}")
        project.template = place.database + ".template"
        shutil.copyfile(place.database, project.template)
        project.seconds["redo"] = place.must(self.wend, *project.commands["redo"]).seconds
        self.expect_whole(place)
        project.seconds["down"] = place.must(self.wend, *project.commands["down"]).seconds
        self.expect_empty(place)
        self.projects.append(project)

    @staticmethod
    def add_callbacks(folder):
        """Callbacks that leave nothing behind: what matters is where in them a run is killed."""
        for moment in ("beforeUp", "beforeEach", "afterEach", "afterUp", "beforeDown", "afterDown"):
            with open(os.path.join(folder, "migrations", f"{moment}.sql"), "w", encoding="utf-8") as file:
                file.write(f"SELECT '{moment}';\n")
        with open(os.path.join(folder, "wend.yaml"), "a", encoding="utf-8") as file:
            file.write("\ncallbacks:\n")
            for moment in ("beforeUp", "afterUp", "beforeDown", "afterDown"):
                file.write(f'  - name: {moment}\n    command: "true"\n')

    def add_projects(self):
        shop = os.path.join(self.disk, "shop")
        shutil.copytree(os.path.join(ROOT, "examples", "shop"), shop)
        self.add_callbacks(shop)
        # Behind those, a view of the repeatable migration is in the way of an ALTER TABLE.
        self.add_project(Project("shop", shop, redo=6))
        generated = os.path.join(self.disk, "generated")
        generate.write_project(generated, self.seed)
        self.add_project(Project("generated", generated, redo=25))

    def project(self, name):
        return next(project for project in self.projects if project.name == name)
