#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checksums and lock numbers of other tools, computed a second time for the tests.

    sums.py golang TEXT          golang-migrate's lock; \\0 in TEXT is a NUL
    sums.py goose                the lock of goose's library
    sums.py sqlx-lock DATABASE   sqlx's lock, as a number and in hexadecimal
    sums.py sha384 FILE          sqlx's checksum
    sums.py sha256 FILE          that of Flash ORM and confiture
    sums.py refinery FILE [8]    Refinery's checksum; 8: for versions of 64 bits
    sums.py confiture DATABASE   the second number of confiture's lock
"""

import hashlib
import os
import re
import sys
import zlib

M = (1 << 64) - 1


def siphash13(data):
    """SipHash-1-3 with a key of zeros (Aumasson and Bernstein, with fewer rounds)."""
    v = [0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573]

    def left(x, n):
        return ((x << n) | (x >> (64 - n))) & M

    def sip_round():
        v[0] = (v[0] + v[1]) & M
        v[1] = left(v[1], 13) ^ v[0]
        v[0] = left(v[0], 32)
        v[2] = (v[2] + v[3]) & M
        v[3] = left(v[3], 16) ^ v[2]
        v[0] = (v[0] + v[3]) & M
        v[3] = left(v[3], 21) ^ v[0]
        v[2] = (v[2] + v[1]) & M
        v[1] = left(v[1], 17) ^ v[2]
        v[2] = left(v[2], 32)

    whole = len(data) // 8 * 8
    words = [int.from_bytes(data[i : i + 8], "little") for i in range(0, whole, 8)]
    words.append(int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56)
    for word in words:
        v[3] ^= word
        sip_round()
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(3):
        sip_round()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def refinery(path, width):
    version, name = re.match(r"[UV](\d+)__(\w+)\.sql$", os.path.basename(path)).groups()
    with open(path, "rb") as file:
        text = file.read()
    return siphash13(name.encode() + b"\xff" + int(version).to_bytes(width, "little") + text + b"\xff")


def digest(kind, path):
    with open(path, "rb") as file:
        return hashlib.new(kind, file.read()).hexdigest()


def sqlx_lock(database):
    product = 0x3D32AD9E * zlib.crc32(database.encode())
    signed = product - (1 << 64) if product >> 63 else product
    return f"{signed} {product:x}"


def confiture(database):
    return int.from_bytes(hashlib.sha256(database.encode()).digest()[:4], "big") & 0x7FFFFFFF


def main(what, *rest):
    if what == "golang":
        text = rest[0].replace("\\0", "\0").encode()
        return zlib.crc32(text) * 1486364155 % (1 << 32)
    if what == "goose":
        return zlib.crc32(b"goose")
    if what == "sqlx-lock":
        return sqlx_lock(rest[0])
    if what in ("sha384", "sha256"):
        return digest(what, rest[0])
    if what == "refinery":
        return refinery(rest[0], int(rest[1]) if len(rest) > 1 else 4)
    if what == "confiture":
        return confiture(rest[0])
    raise SystemExit(__doc__)


print(main(*sys.argv[1:]))
