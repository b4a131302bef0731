#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a command on a terminal of its own, types a text into it, and prints what it shows.

Usage: terminal.py INPUT COMMAND...     \\x03 in INPUT is Ctrl-C
"""
import os
import pty
import select
import sys


def main():
    typed = sys.argv[1].encode().decode("unicode_escape").encode("latin-1")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    shown = b""
    while True:
        ready = select.select([terminal], [], [], 20)[0]
        if not ready:
            os.kill(pid, 9)
            break
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # the command has ended
            break
        if not chunk:
            break
        shown += chunk
        # An answer is given when a question has been put.
        if typed and shown.rstrip().endswith((b"?", b"[y/N]", b":")):
            os.write(terminal, typed)
            typed = b""
    status = os.waitpid(pid, 0)[1]
    sys.stdout.write(shown.decode("utf-8", "replace").replace("\r", ""))
    sys.stdout.flush()
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    code = main()
    sys.exit(code if code >= 0 else 128 - code)
