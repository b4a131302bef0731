# SPDX-License-Identifier: MIT
"""Killed at named places: every fault point of the source, at its first, second, … passage, up,
down and in a recovery; and recoveries killed in their turn."""
import os
import re

from program import Failure
from stand import ROOT

POINT = re.compile(r'wend_fault\("([^"]+)"\)')


def read_names():
    """The fault points of the source: none can be forgotten here. Those of seeds are where seeds are tested."""
    names = set()
    with open(os.path.join(ROOT, "tests", "cli", "seed.bash"), encoding="utf-8") as text:
        elsewhere = set(re.findall(r"^ +killed_at (load\.[a-z]+)", text.read(), re.MULTILINE))
    for folder, _, files in os.walk(os.path.join(ROOT, "src")):
        for file in files:
            if file.endswith(".c"):
                with open(os.path.join(folder, file), encoding="utf-8") as text:
                    names.update(POINT.findall(text.read()))
    return sorted(names - elsewhere)


def dies_at(stand, place, arguments, point, passage):
    """Whether the run came so far. It must end there, or as if nothing were."""
    result = place.run(stand.faults, *arguments, WEND_FAULT=f"{point}:{passage}")
    if not result.killed() and result.code != 0:
        raise Failure(f"{point}:{passage}: {result.describe()}")
    return result.killed()


def start_place(stand, project, command, name):
    """Where `command` starts; a recovery with one of the steps half done."""
    place = stand.start_place(project, command, name, fast=True)
    if command == "recovery":
        half_done = stand.chance("half done", name).randint(1, 40)
        if not dies_at(stand, place, ("up",), "segment.between", half_done):
            raise Failure("no step was left half done")
    return place


def climb(stand, project, command, point, growth):
    """The 1st, 2nd, … passage of one point until the run no longer comes so far."""
    hits, passage = 0, 1
    while True:
        place = start_place(stand, project, command, point)
        if not dies_at(stand, place, project.commands[command], point, passage):
            place.clear()
            return hits
        hits += 1
        try:
            if command == "down" and passage % 2 == 0:
                stand.take_all_back(place)
            else:
                stand.recover(place, project.expected(command))
        except Failure as failure:
            raise Failure(f"{project.name}, {command}, {point}:{passage}: {failure}") from failure
        passage = max(passage + 1, int(passage * growth))


def every_point(stand, point):
    growth = stand.pick(2.2, 1.25)
    jobs = [(project, command) for project in stand.projects for command in ("up", "down")]
    jobs += [(stand.project("generated"), command) for command in ("recovery", "wal")]
    hits = stand.each(lambda job: climb(stand, job[0], job[1], point, growth), jobs)
    if sum(hits) == 0:
        raise Failure(f"no run ever comes to {point}")
    told = ", ".join(f"{project.name} {command} {count}"
                     for (project, command), count in zip(jobs, hits))
    return f"killed there: {told}"


def twice(stand, number, names):
    """Up or down killed at one point, the recovery at another, and that one's at a third."""
    chance = stand.chance("twice", number)
    project = chance.choice(stand.projects)
    command = chance.choice(["up", "up", "down"])
    place = start_place(stand, project, command, f"twice-{number}")
    story, landed = [], 0
    arguments = project.commands[command]
    for reach in (60, 12, 3):
        point, passage = chance.choice(names), int(reach ** chance.random())
        story.append(f"{point}:{passage}")
        landed += dies_at(stand, place, arguments, point, passage)
        arguments = ("up",)
    try:
        stand.recover(place)
    except Failure as failure:
        raise Failure(f"{project.name}, {command}, {' '.join(story)}: {failure}") from failure
    place.clear()
    return landed


def several_in_a_row(stand, names):
    rounds = stand.pick(80, 500)
    landed = stand.each(lambda number: twice(stand, number, names), range(rounds))
    return (f"{rounds} rounds: {sum(count >= 2 for count in landed)} killed twice or more, "
            f"{sum(count == 3 for count in landed)} three times")


def scenarios(stand):
    names = read_names()
    for point in names:
        yield f"fault point {point}", lambda p=point: every_point(stand, p)
    yield "the recovering run killed as well", lambda: several_in_a_row(stand, names)
