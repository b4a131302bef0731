#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a command with DATABASE_URL leading through a proxy, and prints how many round trips it made once it was
connected. Its exit status is the command's.

Usage: trips.py postgres|mariadb COMMAND...
"""
import os
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "crash"))
# pylint: disable=wrong-import-position
from proxy import Proxy


def is_postgres_query(message):
    return message[:1] == b"Q"


def is_mariadb_command(message):
    """A packet that begins an exchange, but for the farewell."""
    return message[3] == 0 and message[4:5] != b"\x01"


ASKS = {"postgres": is_postgres_query, "mariadb": is_mariadb_command}


class Counter(Proxy):
    """Cuts nothing, and counts what the client asks."""

    def __init__(self, kind, port):
        self.asks = ASKS[kind]
        self.trips = 0
        super().__init__(kind, port)

    def count(self, side, message):
        self.trips += side == "client" and self.asks(message)
        return None


def main():
    kind, command = sys.argv[1], sys.argv[2:]
    url = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
    counter = Counter(kind, url.port)
    through = url._replace(netloc=url.netloc.rpartition(":")[0] + f":{counter.port}")
    done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False,
                          env=dict(os.environ, DATABASE_URL=through.geturl()))
    counter.close()
    print(counter.trips)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
