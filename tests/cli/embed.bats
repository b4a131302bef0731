#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend embed: the same folder gives the same C, and what it says compiles and is what the files say.

load helper

local_setup() { mkdir migrations; }

# texts: what the array of m.c holds, as a C program sees it.
texts() {
    command -v gcc >/dev/null || skip "no compiler"
    cat >show.c <<'C'
#include "m.h"
#include <stdio.h>
int main(void)
{
    for (size_t i = 0; i < migrations_count; i++) {
        printf("%s %zu:", migrations[i].name, migrations[i].length);
        fwrite(migrations[i].text, 1, migrations[i].length, stdout);
        printf("|\n");
    }
}
C
    gcc -Wall -Wextra -Werror -pedantic -I"$BATS_TEST_DIRNAME/../../include" -o show show.c m.c
    ./show
}

@test "what is built in is what the files say, byte by byte" {
    printf 'SELECT "a\\b", '"'"'??/?'"'"';\r\n\tSELECT 1;' >migrations/001_a.up.sql
    printf '\xef\xbb\xbf-- gr\xc3\xbc\xc3\x9f 1\n\n' >migrations/002_b.sql
    printf '' >migrations/R__empty.sql
    echo "no migration" >migrations/README.md
    mkdir migrations/seeds && echo "SELECT 1" >migrations/seeds/x.sql
    wend 0 embed -o m.c
    same "$stderr" "m.c: 3 files as migrations[]"
    { printf '001_a.up.sql %d:' "$(wc -c <migrations/001_a.up.sql)" && cat migrations/001_a.up.sql && printf '|\n002_b.sql %d:' "$(wc -c <migrations/002_b.sql)" &&
        cat migrations/002_b.sql && printf '|\nR__empty.sql 0:|\n'; } >expected
    texts >is
    cmp expected is
}

@test "the same folder gives the same text, and an unchanged file is not written" {
    echo "SELECT 1;" >migrations/001_a.sql
    wend 0 embed migrations -o m.c --depfile m.d
    touch -d 2001-01-01 m.c m.h
    cp -p m.c before.c
    wend 0 embed "$PWD/migrations" -o m.c
    cmp m.c before.c
    same "$(stat -c %Y m.c m.h | uniq)" "$(stat -c %Y before.c)"
    same "$(tr -d '\\\n' <m.d)" "m.c m.h:   migrations   migrations/001_a.sql"
    echo "SELECT 2;" >>migrations/001_a.sql
    wend 0 embed -o m.c
    ! cmp -s m.c before.c
}

@test "another tool's folders are built in whole" {
    mkdir -p migrations/2024-01-01-000000_a
    echo "CREATE TABLE a (x);" >migrations/2024-01-01-000000_a/up.sql
    echo "DROP TABLE a;" >migrations/2024-01-01-000000_a/down.sql
    wend 0 embed -o m.c --json
    same "$(jq -c . <<<"$output")" '{"file":"m.c","name":"migrations","files":2}'
    holds "$(texts)" "2024-01-01-000000_a/up.sql 20:CREATE TABLE a (x);"
}

@test "an empty folder is an array of nothing" {
    wend 0 embed -o m.c
    same "$(texts)" ""
}

@test "what is wrong is said before anything is written" {
    wend 2 embed
    holds "$stderr" "--output FILE.c"
    wend 2 embed -o m.c --name 1a
    holds "$stderr" "a name of C"
    wend 2 embed nowhere -o m.c
    holds "$stderr" 'there is no migrations folder "nowhere"'
    wend 2 embed -o /nowhere/m.c
    holds "$stderr" "cannot write /nowhere/m.c"
    echo "SELECT 1;" >migrations/001_a.sql
    echo "SELECT 1;" >migrations/1_b.sql
    wend 2 embed -o m.c -d sqlite::memory:
    holds "$stderr" "version 1"
    [ ! -e m.c ]
    # Without a database nobody knows how the files are to be read: wend_open() will say it.
    wend 0 embed -o m.c
}

@test "a migration without statements is refused as wend up refuses it" {
    echo "-- nothing yet" >migrations/001_a.sql
    wend 8 embed -o m.c -d sqlite::memory:
    holds "$stderr" "001_a has no statements"
    not grep -q -- --force <<<"$stderr"
    [ ! -e m.c ]
    echo "SELECT 1;" >>migrations/001_a.sql
    printf '' >migrations/R__empty.sql
    wend 0 embed -o m.c -d sqlite::memory:
}
