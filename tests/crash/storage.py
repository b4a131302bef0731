# SPDX-License-Identifier: MIT
"""Storage that fails: a full disk, I/O errors and power cuts, by way of wend-faulty; see
vfs_faulty.c for what each mode does."""
import kills
from program import Failure

# mode -> the figure of a counting run that N may go up to
MODES = {"full": "bytes", "ioerr": "accesses", "ioerr-on": "accesses", "power": "changes"}
TITLES = {"full": "the disk is full", "ioerr": "one I/O error",
          "ioerr-on": "I/O errors from then on", "power": "the power goes"}


def measure(stand, project, command):
    """How many accesses, changes and bytes an undisturbed run has."""
    place = stand.start_place(project, command, "count", fast=True)
    report = place.database + ".report"
    place.must(stand.faulty, *project.commands[command], WEND_VFS="count", WEND_VFS_REPORT=report)
    with open(report, encoding="utf-8") as text:
        figures = dict(line.split() for line in text)
    place.clear()
    return {name: int(value) for name, value in figures.items()}


def choose(stand, mode, project, command, highest):
    """Evenly spread over the whole run, each a little off by chance; all where that is few."""
    count = stand.pick(30, 600 if mode == "power" else 300)
    if command != "up":
        count //= 2
    if highest <= count:
        return list(range(1, highest + 1))
    chance = stand.chance("storage", mode, project.name, command)
    width = highest / count
    return sorted({1 + int(width * (at + chance.random())) for at in range(count)})


def fail_once(stand, project, command, mode, limit):
    """One run on failing storage, and what the next makes of it. Whether it failed."""
    place = stand.start_place(project, command, f"{mode}-{limit}", fast=True)
    result = place.run(stand.faulty, *project.commands[command], WEND_VFS=f"{mode}={limit}",
                       WEND_VFS_SEED=str(stand.chance(mode, limit).randrange(2 ** 32)))
    if result.code == 0 and command == "down":
        stand.expect_empty(place)
    elif result.code == 0:
        stand.expect_whole(place, project.expected(command))
    elif mode == "power" and not result.killed():
        raise Failure(result.describe())
    elif mode != "power" and (result.code < 0 or "error:" not in result.err):
        raise Failure(f"it did not say what happened: {result.describe()}")
    if command == "down" and limit % 2 == 0:
        stand.take_all_back(place)
    else:
        stand.recover(place, project.expected(command))
    place.clear()
    return result.code != 0


def fail_all(stand, project, command, mode):
    limits = choose(stand, mode, project, command,
                    measure(stand, project, command)[MODES[mode]])

    def case(limit):
        try:
            return fail_once(stand, project, command, mode, limit)
        except Failure as failure:
            raise Failure(f"WEND_VFS={mode}={limit}: {failure}") from failure

    failed = stand.each(case, limits)
    if not any(failed):
        raise Failure("no run failed")
    return f"{len(limits)} runs, {sum(failed)} failed, up to {mode}={limits[-1]}"


def scenarios(stand):
    for mode, title in TITLES.items():
        for project in stand.projects:
            for command in ("up", "down", "wal"):
                yield (f"{project.name}: {kills.TITLES.get(command, command)}, {title}",
                       lambda p=project, c=command, m=mode: fail_all(stand, p, c, m))
