#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads logfmt on standard input, strictly, and writes one JSON object per line: a line is KEY=VALUE pairs
with one blank between them; a value is plain signs, or a JSON string. Whatever else ends it with status 1."""
import json
import re
import sys

PAIR = re.compile(r'([a-z_]+)=("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"|[!#-<>-\[\]-~]+)')

for number, line in enumerate(sys.stdin.buffer.read().decode("utf-8").split("\n")[:-1], 1):
    at, seen = 0, {}
    while True:
        pair = PAIR.match(line, at)
        if pair is None or pair[1] in seen:
            sys.exit(f"line {number}, byte {at}: {line!r}")
        seen[pair[1]] = json.loads(pair[2]) if pair[2].startswith('"') else pair[2]
        at = pair.end()
        if at == len(line):
            break
        if line[at] != " ":
            sys.exit(f"line {number}, byte {at}: {line!r}")
        at += 1
    print(json.dumps(seen))
