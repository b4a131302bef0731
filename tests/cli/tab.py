#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Types lines into an interactive shell, each followed by a tab, and prints what it shows.

Usage: tab.py SHELL LINE...
"""
import os
import pty
import select
import sys
import time


def read_all(terminal, seconds):
    """What comes until nothing has come for so long."""
    shown = b""
    while select.select([terminal], [], [], seconds)[0]:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    return shown


def main():
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "dumb"
        os.execvp(sys.argv[1], [sys.argv[1], "-i"])
    shown = read_all(terminal, 1.5)
    for line in sys.argv[2:]:
        os.write(terminal, line.encode() + b"\t")
        shown += read_all(terminal, 0.7)
        os.write(terminal, b"\x15")  # takes the line away
        shown += read_all(terminal, 0.2)
    os.write(terminal, b"exit\n")
    shown += read_all(terminal, 0.3)
    os.close(terminal)
    time.sleep(0.05)
    sys.stdout.write(shown.decode("utf-8", "replace").replace("\r", "\n"))


if __name__ == "__main__":
    main()
