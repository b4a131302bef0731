# SPDX-License-Identifier: MIT
"""The program under test: run to its end, killed in the middle, or made to fail."""
import os
import signal
import subprocess
import time

GIVE_UP_AFTER = 120  # seconds: nothing here takes so long unless it hangs


class Failure(Exception):
    """A scenario does not hold; the text says how."""


class Result:
    def __init__(self, arguments, code, out, err, seconds):
        self.arguments = arguments
        self.code = code
        self.out = out
        self.err = err
        self.seconds = seconds

    def killed(self):
        return self.code == -signal.SIGKILL

    def steps(self):
        """How many steps the program says it has done."""
        return sum(line.startswith(("applied ", "reverted ")) for line in self.out.splitlines())

    def describe(self):
        said = (self.err or self.out).strip()
        return f"wend {' '.join(self.arguments)} ended with {self.code}: {said[-700:]}"


def check_error(result):
    """What happened, where the database stands, what to do: a line of each."""
    lines = result.err.splitlines()
    for part in ("error: ", "  state: ", "  next: "):
        if sum(line.startswith(part) for line in lines) != 1:
            raise Failure(f"not one line of \"{part.strip()}\": {result.describe()}")


def clean_environment(settings):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("WEND_") and name not in ("WEND", "DATABASE_URL")}
    environment["LC_ALL"] = "C.UTF-8"
    environment.update(settings)
    return environment


class Run:
    """A run under way."""

    def __init__(self, program, folder, arguments, settings):
        self.arguments = arguments
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [program, *arguments], cwd=folder, env=clean_environment(settings),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self):
        try:
            out, err = self.process.communicate(timeout=GIVE_UP_AFTER)
        except subprocess.TimeoutExpired as expired:
            self.process.kill()
            self.process.communicate()
            raise Failure(f"wend {' '.join(self.arguments)} hangs") from expired
        return Result(self.arguments, self.process.returncode, out.decode("utf-8", "replace"),
                      err.decode("utf-8", "replace"), time.monotonic() - self.started)

    def kill_after(self, seconds):
        time.sleep(max(0.0, seconds - (time.monotonic() - self.started)))
        self.signal(signal.SIGKILL)
        return self.wait()


class Place:
    """A database of a project: where one scenario's runs work, one after another."""

    def __init__(self, project, folder, name):
        self.project = project
        self.database = os.path.join(folder, f"{name}.db")
        self.options = ""  # of the URL

    def start(self, program, *arguments, **settings):
        return Run(program, self.project.folder,
                   ["-d", f"sqlite:{self.database}{self.options}", *arguments], settings)

    def run(self, program, *arguments, **settings):
        return self.start(program, *arguments, **settings).wait()

    def must(self, program, *arguments, **settings):
        result = self.run(program, *arguments, **settings)
        if result.code != 0:
            raise Failure(result.describe())
        return result

    def clear(self):
        for ending in ("", "-journal", "-wal", "-shm", "-wend"):
            try:
                os.unlink(self.database + ending)
            except FileNotFoundError:
                pass
