#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns text files (manual pages, templates) into a C table of name and text, so that the program needs
no file at run time.

Usage: embed.py OUTPUT.c HEADER "TYPE NAME" FILE...
"""
import os
import re
import sys


def literal(text):
    """`text` as C string literals, one per line."""
    lines = []
    for line in text.splitlines(keepends=True):
        escaped = "".join(
            chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else "\\%03o" % byte
            for byte in line.encode()
        )
        lines.append('     "%s"' % escaped)
    return "\n".join(lines)


def main(output, header, table, files):
    with open(output, "w", encoding="utf-8") as out:
        out.write('/* Generated. */\n#include "%s"\n\n' % header)
        out.write("#include <stddef.h>\n\nconst %s[] = {\n" % table)
        for file in files:
            with open(file, encoding="utf-8") as source:
                text = source.read()
            # "wend-up.1.scd" is the page wend-up, "not-null.sql" the template not-null.
            name = re.sub(r"(\.[0-9])?\.[a-z]+$", "", os.path.basename(file))
            out.write('    {"%s",\n%s},\n' % (name, literal(text)))
        out.write("    {NULL, NULL},\n};\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
