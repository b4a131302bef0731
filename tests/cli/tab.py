#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Types lines into an interactive shell, each followed by a tab, and waits for what must be shown
then. Exit status 1, with what was shown instead, when it is not.

Usage: tab.py SHELL PROMPT (LINE EXPECTED)...
"""
import os
import pty
import select
import signal
import sys
import time

PATIENCE = 20  # seconds


def wait_for(terminal, expected):
    """Reads until `expected` has been shown: whether it has, and what was shown."""
    shown = ""
    end = time.monotonic() + PATIENCE
    while expected not in shown and time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # the shell has ended
            break
        shown += chunk.decode("utf-8", "replace")
    return expected in shown, shown


def main():
    shell, prompt, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "dumb"
        os.execvp(shell, [shell, "-i"])
    code = 0
    for line, expected in [("", prompt)] + list(zip(rest[::2], rest[1::2])):
        os.write(terminal, line.encode() + (b"\t" if line else b""))
        found, shown = wait_for(terminal, expected)
        if not found:
            print("%r shows %r, not %r" % (line, shown, expected))
            code = 1
            break
        os.write(terminal, b"\x15")  # takes the line away
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return code


if __name__ == "__main__":
    sys.exit(main())
