#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Whole projects on PostgreSQL, up, down and up again: the schema that pg_dump shows is the same after
# either up, and nothing is left in between. Each test has a database of its own on one server.

load helper
load golden/golden

tests=$BATS_TEST_DIRNAME/..
late='20230215090000_vouchers, 20230322090000_find_by_points, 20230412090000_voucher_policy'

setup_file() {
    local status=0
    "$BATS_TEST_DIRNAME/../server/postgres" start "$BATS_FILE_TMPDIR/pg" >"$BATS_FILE_TMPDIR/url" ||
        status=$?
    if ((status == 77)); then
        skip "PostgreSQL is not installed"
    fi
    ((status == 0))
}

teardown_file() {
    "$BATS_TEST_DIRNAME/../server/postgres" stop "$BATS_FILE_TMPDIR/pg" || true
}

# enter FOLDER: a copy of the project, and a database of the test's own.
enter() {
    local server name=t$BATS_TEST_NUMBER
    cp -R "$1/." .
    server=$(cat "$BATS_FILE_TMPDIR/url")
    psql -Xqd "$server" -c "CREATE DATABASE $name"
    url=${server%/*}/$name
    export DATABASE_URL=$url
}

sql() { psql -XAtqd "$url" -c "$1"; }

# dump FILE [OPTION...]: what pg_dump shows of all that is not wend's; its own key of every run is left out.
dump() {
    local file=$1
    shift
    pg_dump -d "$url" -N wend -T 'wend_*' "$@" | sed -E '/^\\(un)?restrict /d' >"$file"
}

# rows FILE: the data, whatever the order in which the server keeps it, and the moment it was made.
rows() {
    dump unsorted --data-only --inserts -N audit
    sed -E "s/'[0-9: -]{19}\.[0-9]+\+00'/now/g" unsorted | sort >"$1"
}

# alike FILE OTHER: fails, showing how it begins, if there is a difference.
alike() {
    diff -u "$1" "$2" >difference || { head -n 60 difference; return 1; }
}

# there_and_back: all downs leave nothing, and a second up makes what the first had made.
there_and_back() {
    dump first --schema-only
    rows first.rows
    wend 0 down --all --yes
    dump none --schema-only
    alike empty none
    wend 0 up
    dump second --schema-only
    rows second.rows
    alike first second
    alike first.rows second.rows
}

@test "up, down and up again: branches merged late, policies, enums, partitions and the rest" {
    enter "$tests/projects/market"
    dump empty --schema-only
    wend 0 validate
    wend 0 up
    cp late/* migrations
    wend 6 up
    holds "$stderr" "pending, but a later one is applied already: $late"
    wend 0 up --out-of-order
    same "$(plain "$output")" "applied   20230215090000_vouchers  (N ms)
applied   20230322090000_find_by_points  (N ms)
applied   20230412090000_voucher_policy  (N ms)"
    there_and_back
    same "$(sql "SELECT count(*) FROM wend.applied")" 28
    # Two dumps without anything in them would be equal, too.
    same "$(grep -cE '^CREATE ' first)" 77
    same "$(grep -c '^INSERT ' first.rows)" 10212
    wend 0 status --exit-code
    wend 0 up
    same "$output" ""
}

@test "what those migrations did can be seen in the database and in the journal" {
    enter "$tests/projects/market"
    cp late/* migrations
    wend 0 up
    same "$(sql "SELECT count(*) FROM pg_index WHERE NOT indisvalid OR NOT indisready")" 0
    same "$(sql "SELECT enum_range(NULL::app.member_status)")" "{invited,active,suspended,gone}"
    same "$(sql "SELECT count(*) FROM pg_inherits WHERE inhparent = 'app.orders'::regclass")" 7
    same "$(sql "SELECT count(*) FROM archive.orders_2023_q1")" "$(sql "SELECT count(*) FROM generate_series(1, 3000) AS n
        WHERE '2022-01-01'::date + n % 730 BETWEEN '2023-01-01' AND '2023-03-31'")"
    same "$(sql "SELECT name, note FROM app.countries WHERE code IN ('AT', 'FR', 'IE') ORDER BY code")" \
        "Österreich|
France|DROP TABLE app.countries; -- is only text
Ireland|two
lines, one; row"
    # A member of the role sees what the policies let through.
    tenant=$(sql "SELECT md5('tenant2')::uuid")
    same "$(sql "SET ROLE market_reader; SELECT count(*) FROM app.members")" 0
    same "$(sql "SET ROLE market_reader; SET app.tenant = '$tenant'; SELECT count(*) FROM app.members")" 240
    # Three full rounds of the batch, each with its cursor; the DO block ran by itself.
    same "$(sql "SELECT string_agg(detail, ' ' ORDER BY seq) FROM wend.journal
        WHERE id = '20230314090000' AND statement = 2 AND detail LIKE '%cursor%'")" \
        '{"rows": 250, "cursor": 250} {"rows": 250, "cursor": 500} {"rows": 200, "cursor": 700} {"rows": 0, "cursor": 700}'
    same "$(sql "SELECT string_agg(event, ' ' ORDER BY seq) FROM wend.journal
        WHERE id = '20230321090000' AND statement = 2")" "intent done"
    same "$(sql "SELECT count(*) FROM app.members WHERE points <> id % 50")" 0
}

@test "half the way back and up again gives the same schema" {
    # Without the rights: repeatable migrations, which give them, run again only when they have changed.
    enter "$tests/projects/market"
    cp late/* migrations
    wend 0 up
    dump first --schema-only --no-privileges
    wend 0 down --to 20230221090000 --yes
    same "$(sql "SELECT to_regtype('app.member_status'), to_regclass('audit.trail'), to_regclass('app.vouchers')")" \
        "app.member_status||app.vouchers"
    wend 0 up
    dump second --schema-only --no-privileges
    alike first second
}

@test "a backup of all schemas comes back whole, whatever has changed since" {
    enter "$tests/projects/market"
    wend 0 up --to 20230404090000
    sql "ALTER TABLE app.order_lines ADD COLUMN gift text; GRANT USAGE ON SCHEMA public TO market_reader"
    dump first --schema-only
    rows first.rows
    wend 0 up --backup before.dump
    line=$(sed -n 's/^backup made; to restore it: //p' <<<"$stderr")
    PATH=$(dirname "$WEND"):$PATH bash -c "$line"
    dump second --schema-only
    rows second.rows
    alike first second
    alike first.rows second.rows
    wend 0 up
}

@test "a repeatable view that changed is outdated, and runs again" {
    enter "$tests/projects/market"
    wend 0 up
    sed -i 's/HAVING sum(gross) > 50/HAVING sum(gross) > 60/' migrations/R__10_views.sql
    wend 5 status --exit-code
    holds "$output" "outdated  R               10_views"
    wend 0 up
    same "$(plain "$output")" "applied   R__10_views  (N ms)"
    holds "$(sql "SELECT pg_get_viewdef('\"Reporting\".best_members')")" "(60)"
}

@test "the example shop, up, down and up again" {
    enter "$tests/../examples/shop-postgres"
    dump empty --schema-only
    wend 0 validate --strict
    wend 0 up
    there_and_back
    same "$(sql "SELECT count(*), sum(total_cents) = (SELECT sum(quantity * unit_price_cents) FROM order_items)
        FROM orders")" "3000|t"
}
