# SPDX-License-Identifier: MIT
"""Killed at random: SIGKILL at any moment of up, down and redo, and of the run that recovers."""

TITLES = {"wal": "up in WAL mode"}
class Tally:
    """Kills that landed, and where: told by what the recovering run still had to do."""

    def __init__(self):
        self.landed = self.again = self.early = self.middle = self.late = 0

    def add(self, other):
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def text(self):
        return (f"{self.landed} kills landed, {self.again} of them in a recovery; "
                f"{self.early} before the first commit, {self.middle} between, {self.late} behind "
                "the last")


class Loop:
    """Rounds of: a run killed at random, perhaps its recovery too, then a plain `wend up`."""

    def __init__(self, stand, project, command):
        self.stand = stand
        self.project = project
        self.command = command
        self.expected = project.expected(command)

    def killed(self, place, command, chance, tally):
        """The span follows how long runs take just now, so that kills spread over all of them."""
        seconds = self.project.seconds
        arguments = self.project.commands[command]
        result = place.start(self.stand.wend, *arguments).kill_after(
            chance.uniform(0, 0.95 * seconds[command]))
        if result.killed():
            tally.landed += 1
        elif result.code == 0:
            seconds[command] = 0.8 * seconds[command] + 0.2 * result.seconds
        return result.killed()

    def finish(self, place, chance, tally):
        """The recovery: mostly up; of a down also down, which must leave nothing."""
        if self.command == "down" and chance.random() < 0.5:
            self.stand.take_all_back(place)
            return
        steps = self.stand.recover(place, self.expected).steps()
        total = len(self.expected.history)
        if self.command in ("up", "wal"):
            tally.early += steps == total
            tally.middle += 0 < steps < total
            tally.late += steps == 0
        if chance.random() < 0.25:
            self.stand.take_all_back(place)

    def round(self, number):
        chance = self.stand.chance("kill", self.project.name, self.command, number)
        place = self.stand.start_place(self.project, self.command, number)
        tally = Tally()
        running = self.killed(place, self.command, chance, tally)
        while running and chance.random() < 0.4:
            before = tally.landed
            running = self.killed(place, "up", chance, tally)
            tally.again += tally.landed - before
        self.finish(place, chance, tally)
        place.clear()
        return tally

    def run(self, kills):
        tally, number = Tally(), 0
        while tally.landed < kills:
            count = max(self.stand.workers, int((kills - tally.landed) / 1.7))
            for one in self.stand.each(self.round, range(number, number + count)):
                tally.add(one)
            number += count
        return tally


def scenarios(stand):
    counts = {"up": stand.pick(60, 220), "down": stand.pick(24, 120), "redo": stand.pick(12, 60),
              "wal": stand.pick(16, 120)}
    for project in stand.projects:
        for command, kills in counts.items():
            yield (f"{project.name}: {TITLES.get(command, command)} killed at random",
                   lambda p=project, c=command, n=kills: Loop(stand, p, c).run(n).text())
