#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# libwend as compilers and linkers see it: what a program that was built yesterday relies on.

load helper

setup_file() { install_wend; }

strict=(-Wall -Wextra -Werror -pedantic)

# library: the file of it.
library() { find "$PKG_CONFIG_SYSROOT_DIR" -name 'libwend.so.0'; }

# A program that C and C++ both take; it prints the version that it applied.
local_setup() {
    mkdir migrations
    echo 'CREATE TABLE a (x integer);' >migrations/001_a.up.sql
    cat >host.c <<'C'
#include "migrations.h"
#include <stdio.h>
#include <string.h>
int main(void)
{
    WendError error = WEND_ERROR_INIT;
    WendOptions options = WEND_OPTIONS_INIT;
    WendSummary summary;
    WendHandle *handle;
    bool ok;
    options.database = "sqlite::memory:";
    options.files = migrations;
    options.file_count = migrations_count;
    memset(&summary, 0, sizeof summary);
    handle = wend_open(&options, &error);
    ok = handle != NULL && wend_up(handle, NULL, NULL, &error) && wend_summary(handle, &summary, &error);
    printf("%s at %s\n", ok ? "up" : error.message, summary.version);
    wend_close(handle);
    wend_error_clear(&error);
    return !ok;
}
C
    "$WEND" embed -q -o migrations.c
}

@test "C99 and C++11 take the header, and what wend embed writes, without a warning, and need nothing of GLib" {
    local flags
    read -ra flags <<<"$(pkg-config --cflags --libs wend)"
    run ! grep -i glib <<<"${flags[*]} $(pkg-config --print-requires wend)"
    gcc -std=c99 "${strict[@]}" -Wstrict-prototypes -o host host.c migrations.c "${flags[@]}"
    same "$(./host)" "up at 001"
    for standard in c++11 c++20; do
        gcc -c -std=c99 "${strict[@]}" -o migrations.o migrations.c "${flags[@]}"
        g++ -std=$standard "${strict[@]}" -o host -x c++ host.c -x none migrations.o "${flags[@]}"
        same "$(./host)" "up at 001"
    done
    # On its own, too.
    echo '#include <wend.h>' >alone.c
    gcc -std=c99 "${strict[@]}" -fsyntax-only alone.c "${flags[@]}"
    g++ -std=c++11 "${strict[@]}" -fsyntax-only -x c++ alone.c "${flags[@]}"
}

@test "the library has the names of its symbols file, and no other" {
    same "$(nm -D --defined-only "$(library)" | cut -d' ' -f3 | LC_ALL=C sort)" \
        "$(sed -nE 's/^ (.*)@Base .*/\1/p' "$top/packaging/debian/libwend0.symbols")"
    for module in "${LD_LIBRARY_PATH#*:}"/*.so; do
        same "$(nm -D --defined-only "$module" | wc -l)" 1
    done
}

@test "a program asks for libwend.so.0, and gets it" {
    readelf -d "$(library)" | grep -q 'SONAME.*\[libwend\.so\.0\]'
    # shellcheck disable=SC2046 # several words
    gcc -o host host.c migrations.c $(pkg-config --cflags --libs wend)
    readelf -d host | grep -q 'NEEDED.*\[libwend\.so\.0\]'
    same "$(readelf -d host | grep NEEDED | grep -cv 'libwend\|libc\.so')" 0
    same "$(pkg-config --modversion wend)" "$("$WEND" --version | cut -d' ' -f2)"
}

# blocks FENCE FILE: what stands between each such line and the next ```, as a file block.N.
blocks() {
    awk -v fence="$1" '/^```/ { on = !on; use = on && $0 == fence; number += use; next }
        use { print > ("block." number) }' "$2"
}

@test "the C of docs/embedding.md and of libwend(3) compiles without a warning" {
    local number=0 one flags
    read -ra flags <<<"$(pkg-config --cflags wend)"
    mkdir guide page
    (cd guide && blocks '```c' "$top/docs/embedding.md")
    (cd page && blocks '```' "$top/docs/man/libwend.3.scd" && sed -i 's/\\\\/\\/g' block.*)
    same "$(ls guide page | grep -c block)" 5
    {
        printf '#include <%s.h>\n' stdbool stdio stdlib wend
        # What the text around them speaks of.
        printf '#include "migrations.h"\nbool up(const WendOptions *options);\nWendOptions options;\n'
        printf 'const char *url;\nvoid *pg;\n'
        for one in guide/block.* page/block.*; do
            printf 'void example_%s(void);\nvoid example_%s(void)\n{\n' $((++number)) $number
            sed '/^#include/d' "$one"
            echo '}'
        done
    } >examples.c
    gcc -c -O1 "${strict[@]}" -o examples.o examples.c -I. "${flags[@]}"
}

# Fields and values are only ever added, at the end: a difference before that is another libwend.so.
@test "functions, values and structs lie as they are recorded" {
    (("$(getconf LONG_BIT)" == 64)) || skip "recorded where a pointer has 64 bits"
    "$top/tests/embed/abi.py" "$top/include/wend.h" >abi.c
    # shellcheck disable=SC2046 # several words
    gcc -std=c99 "${strict[@]}" -o abi abi.c $(pkg-config --cflags wend)
    ./abi >abi.txt
    if [[ ${GOLDEN:-} == write ]]; then
        cp abi.txt "$top/tests/embed/abi.txt"
    fi
    diff -u "$top/tests/embed/abi.txt" abi.txt
    # Nothing was overlooked.
    same "$(grep -c '(' abi.txt)" "$(sed -nE 's/^ (.*)@Base .*/\1/p' "$top/packaging/debian/libwend0.symbols" | wc -l)"
}
