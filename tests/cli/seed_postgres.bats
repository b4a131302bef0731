#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend seed on PostgreSQL: by COPY.

load helper
load golden/golden
load postgres
load seed

begin_shop() {
    own_database
    unset DATABASE_URL
    echo "database: $url" >wend.yaml
    shown=$url
}

@test "values are kept: NULL and the empty text, quotes, line ends, a byte-order mark" { values_are_kept; }

@test "a seed runs once, or on change" { runs_once_and_on_change; }

@test "a CSV file comes in where a script says" { csv_beside_a_script; }

@test "environments, dependencies, a protected environment" { environments_and_dependencies; }

@test "a row that is refused is named by its line" { bad_rows_are_named; }

@test "a run that is killed has run a seed whole, or not at all" { killed_runs_are_whole_or_nothing; }

@test "of runs at once one runs each seed" { two_runs_at_once; }

@test "a value that is none of its column's type; what a trigger says when all rows are there; a schema's table" {
    shop
    many 20000
    sed -i '10000s/^5000,/5000x,/' seeds/people.csv
    wend 1 seed run
    holds "$stderr" 'invalid input syntax for type integer: "5000x" (column id: "5000x")'
    holds "$stderr" "--> seeds/people.csv:10000"
    sed -i '10000s/^5000x,/5000,/' seeds/people.csv
    sql "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 7000 THEN RAISE EXCEPTION ''not 7000''; END IF; RETURN NEW; END';
        CREATE TRIGGER no AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION no()"
    wend 1 seed run
    holds "$stderr" "error: not 7000"
    holds "$stderr" "--> seeds/people.csv:14000"
    sql "DROP TRIGGER no ON people"
    sql 'CREATE SCHEMA "Sale"; CREATE TABLE "Sale"."Item" ("No." int, "a b" text)'
    seed Sale.Item.csv 'No.,a b
1,"\."
2,\.'
    wend 0 seed run
    same "$(sql 'SELECT sum("No.") FROM "Sale"."Item" WHERE "a b" = chr(92) || chr(46)')" 3
}

@test "a CSV file is UTF-8, whatever encoding its script gives the session" {
    shop
    seed people.sql "DO 'BEGIN PERFORM set_config(''client_encoding'', ''LATIN1'', false); END';
-- wend: csv"
    seed people.csv 'id,name
1,é'
    wend 0 seed run
    same "$(sql "SELECT length(name) FROM people WHERE ascii(name) = 233")" 1
}

@test "behind a pooler, too" {
    shop
    many 40000
    wend 0 seed run -d "$pooled"
    same "$(count people)" 40000
}

@test "a lock that others hold is waited for" {
    shop
    many 100
    holding 'LOCK TABLE people IN SHARE MODE'
    wend 4 seed run --lock-timeout 300ms
    let_go
    wend 0 seed run
    same "$(count people)" 100
}
