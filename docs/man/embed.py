#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns manual pages into a C table, so that `wend help` needs no file at run time.

Usage: embed.py OUTPUT.c PAGE.scd...
"""
import os
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


def main(output, pages):
    with open(output, "w", encoding="utf-8") as out:
        out.write('/* Generated from docs/man. */\n#include "cli/man_text.h"\n\n')
        out.write("#include <stddef.h>\n\nconst WendManPage wend_man_pages[] = {\n")
        for page in pages:
            with open(page, encoding="utf-8") as source:
                text = source.read()
            # "wend-up.1.scd" is the page wend-up
            name = os.path.basename(page).rsplit(".", 2)[0]
            out.write('    {"%s",\n%s},\n' % (name, literal(text)))
        out.write("    {NULL, NULL},\n};\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
