#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads wend.h and writes a C program that prints what a host program has compiled in of it: each function as it
is declared, each enumerator's value, where each field lies and how large it is.

Usage: tests/embed/abi.py include/wend.h >abi.c
"""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as stream:
    text = re.sub(r"/\*.*?\*/", "", stream.read(), flags=re.S)


def field_name(declaration):
    pointer = re.search(r"\(\*(\w+)\)", declaration)
    return (pointer or re.search(r"(\w+)(\[\d+\])?$", declaration))[1]


lines = []
for function in re.findall(r"^WEND_PUBLIC\s([^;]+);", text, re.M):
    words = " ".join(function.split()).replace('"', '\\"')
    lines.append(f'puts("{words}");')
for name, body in re.findall(r"typedef enum (\w+) \{([^}]*)\}", text):
    for one in filter(None, map(str.strip, body.split(","))):
        value = one.split()[0]
        lines.append(f'printf("{name} {value} = %d\\n", {value});')
for name, body in re.findall(r"typedef struct (\w+) \{([^}]*)\}", text):
    lines.append(f'printf("{name}: %zu bytes\\n", sizeof({name}));')
    for declaration in filter(None, map(str.strip, body.split(";"))):
        field = field_name(declaration)
        lines.append(f'printf("{name}.{field}: %zu bytes at %zu\\n", sizeof((({name} *)0)->{field}), '
                     f"offsetof({name}, {field}));")
print("#include <stdio.h>\n#include <wend.h>\nint main(void)\n{\n    " + "\n    ".join(lines) + "\n    return 0;\n}")
