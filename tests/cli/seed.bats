#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend seed: the command and the folder; what holds on every database is in seed.bash.

load helper
load golden/golden
load seed

shown=sqlite:shop.db

begin_shop() {
    project
    printf 'database: sqlite:shop.db?foreign_keys=on\n' >wend.yaml
    shown='sqlite:shop.db?foreign_keys=on'
}

@test "values are kept: NULL and the empty text, quotes, line ends, a byte-order mark" { values_are_kept; }

@test "a seed runs once, or on change" { runs_once_and_on_change; }

@test "a CSV file comes in where a script says" { csv_beside_a_script; }

@test "environments, dependencies, a protected environment" { environments_and_dependencies; }

@test "a row that is refused is named by its line" { bad_rows_are_named; }

@test "a run that is killed has run a seed whole, or not at all" { killed_runs_are_whole_or_nothing; }

@test "of runs at once one runs each seed" { two_runs_at_once; }

@test "new makes the folder and the file; an environment has its own" {
    project
    printf 'environments:\n  - name: dev\n' >>wend.yaml
    wend 0 seed new countries
    same "$output" seeds/countries.sql
    holds "$stderr" "write its SQL, then \`wend seed run\`"
    wend 0 seed new --csv id,name products
    same "$(cat seeds/products.csv)" id,name
    wend 0 seed new --env dev --onchange test people
    same "$output" seeds/dev/test_people.sql
    holds "$(cat seeds/dev/test_people.sql)" "-- wend: seed onchange"
    wend 2 seed new countries
    holds "$stderr" "seeds/countries.sql is there already"
    wend 2 seed new products
    holds "$stderr" "error: seeds/products.csv is there already, and would be the same seed
  next: give it another name; or write seeds/products.sql yourself, with \`-- wend: csv\` in it where the rows come in"
    wend 2 seed new --csv a,b countries
    holds "$stderr" "error: seeds/countries.sql is there already, and would be the same seed
  next: give it another name; or write seeds/countries.csv yourself, with \`-- wend: csv\` in seeds/countries.sql where the rows come in"
    same "$(echo seeds/*.*)" "seeds/countries.sql seeds/products.csv"
    wend 2 seed new a/b
    wend 2 seed new
    wend 2 seed
    wend 2 seed nonsense
    wend 2 seed new --again x
    holds "$stderr" "--again goes with seed run"
    wend 2 seed new --csv a --onchange x
}

@test "the folder: beside wend.yaml, among the migrations, or as wend.yaml says; each track its own" {
    tables 1
    wend 2 seed run
    holds "$stderr" 'there is no folder of seeds "seeds"'
    holds "$stderr" "\`wend seed new NAME\` makes it"
    mkdir -p migrations/seeds other
    echo 'INSERT INTO t1 VALUES (1);' >migrations/seeds/one.sql
    echo 'INSERT INTO t1 VALUES (2);' >other/two.sql
    wend 0 up -q
    wend 0 seed run
    same "$(sql 'SELECT * FROM t1')" 1
    WEND_SEEDS=other wend 0 seed run
    same "$(sql 'SELECT sum(x) FROM t1')" 3
    printf 'tracks:\n  - name: main\n  - name: app\n    migrations: app\n    table: app_migrations\n    seeds: other\n  - name: none\n    migrations: none\n    table: n\n' >>wend.yaml
    mkdir app none
    wend 0 seed run
    same "$(sql 'SELECT sum(x) FROM t1')" 5
    same "$(sql 'SELECT id FROM app_migrations_seeds')" two
    holds "$stderr" "track none is left out: there is no folder none/seeds"
    wend 0 seed status --json
    jq -e '[.tracks[] | .seeds // [] | length] == [2, 1, 0]' <<<"$output"
}

@test "what is wrong with the folder is said with file and line" {
    project
    mkdir -p seeds/dev
    seed a.sql '-- wend: depends b'
    seed b.sql 'SELECT 1;
-- wend: depends c'
    seed c.sql '-- wend: depends a'
    wend 2 seed run
    holds "$stderr" "these seeds wait for each other: a (seeds/a.sql:1), b (seeds/b.sql:2), c (seeds/c.sql:1), a"
    seed c.sql '-- wend: depends aa'
    wend 2 seed run
    holds "$stderr" "it depends on aa, and there is no such seed"
    holds "$stderr" "--> seeds/c.sql:1"
    seed c.sql '-- wend: seed sometimes'
    wend 2 seed run
    holds "$stderr" 'seed takes once or onchange, not "sometimes"'
    seed c.sql 'SELECT 1;'
    seed c.csv 'a'
    wend 2 seed run
    holds "$stderr" "there is a CSV file of this name, too, and nothing says when it is loaded"
    rm seeds/c.csv
    seed c.sql '-- wend: csv'
    wend 2 seed run
    holds "$stderr" "there is no CSV file of this name"
    rm seeds/c.sql seeds/b.sql seeds/a.sql
    : >seeds/a.csv
    wend 2 seed run
    holds "$stderr" "the file is empty"
    seed a.csv 'a;b;c'
    wend 2 seed run
    holds "$stderr" "the header has other marks than commas between the columns: a;b;c"
    seed a.csv 'a,b,a'
    wend 2 seed run
    holds "$stderr" "the header names a column twice: a"
    seed a.csv 'a,,b'
    wend 2 seed run
    holds "$stderr" "there is a column without a name in the header"
    rm seeds/a.csv
    mkfifo seeds/a.csv
    wend 2 seed run
    holds "$stderr" "cannot read the file: it is none"
    rm seeds/a.csv
    printf 'a\n1\n\xff\n' >seeds/a.csv
    sqlite3 shop.db 'CREATE TABLE a (a)'
    wend 1 seed run
    holds "$stderr" "this is not valid UTF-8"
    holds "$stderr" "--> seeds/a.csv:3"
}

@test "directives of seeds are none of migrations; a seed is one transaction, and keeps off wend's tables" {
    tables 1
    sed -i '1i -- wend: seed once' migrations/001_t1.up.sql
    wend 2 up
    holds "$stderr" "this directive is for seeds, and this is a migration"
    sed -i 1d migrations/001_t1.up.sql
    wend 0 up -q
    mkdir seeds
    seed a.sql 'INSERT INTO t1 VALUES (1);
VACUUM;'
    wend 2 seed run
    holds "$stderr" "a seed is one transaction, and this statement cannot run in it"
    holds "$stderr" "--> seeds/a.sql:2"
    seed a.sql 'DELETE FROM wend_migrations;'
    wend 1 seed run
    seed a.sql 'DELETE FROM wend_seeds;'
    wend 1 seed run
    rm seeds/a.sql
    seed wend_journal.csv 'track
x'
    wend 1 seed run
    same "$(sql 'SELECT count(*) FROM t1')" 0
    migration 002_no 'DELETE FROM wend_seeds;'
    wend 1 up
}

@test "seeds wait for the migrations; reset and redo leave them alone, and say so" {
    tables 1 2
    mkdir seeds
    wend 0 history --seeds
    seed t2.csv 'x
5'
    wend 8 seed run
    holds "$stderr" "2 migrations are pending: seeds are for the tables as they are behind them"
    holds "$stderr" "state: nothing was run"
    wend 1 seed run --force
    wend 0 up --to 1 -q
    wend 8 seed run --dry-run
    wend 0 up -q
    wend 0 seed run
    wend 0 reset --yes
    holds "$stderr" "the seeds of seeds were not run: \`wend seed run --again\`"
    same "$(sql 'SELECT count(*) FROM t2')" 0
    wend 0 seed run --again
    wend 0 redo --yes
    same "$(sql 'SELECT count(*) FROM t2')" 0
    wend 0 reset --hard --yes
    holds "$stderr" "the seeds of seeds were not run: \`wend seed run\`"
    wend 0 seed run
    same "$(sql 'SELECT count(*) FROM t2')" 1
    # The migrations know nothing of them; the journal tells of both.
    wend 0 history --seeds
    holds "$(narrow <<<"$output")" "applied  up  t2"
    wend 0 history
    [[ $output != *' t2 '* ]]
    wend 0 status --json
    jq -e '.applied == 2 and (.migrations | length) == 2' <<<"$output"
    wend 2 seed run t
    holds "$stderr" "there is no seed t in seeds"
    holds "$stderr" "did you mean t2?"
    wend 0 seed run --again t2.csv -q
    same "$(sql 'SELECT count(*) FROM t2')" 2
}

@test "as JSON: events of run, the document of status" {
    tables 1
    wend 0 up -q
    mkdir seeds
    seed t1.csv 'x
5'
    wend 0 seed run --json
    jq -se 'map(.event) == ["plan", "applied", "done"] and .[1].version == "t1" and .[2].applied == 1' <<<"$output"
    wend 0 seed status --json
    jq -e '.ran == 1 and .pending == 0 and .history == "wend_seeds" and .env == null and
        (.seeds[0] | .name == "t1" and .state == "applied" and .mode == "once" and .csv == "seeds/t1.csv")' <<<"$output"
    wend 0 seed new --json two
    jq -e '.files == ["seeds/two.sql"]' <<<"$output"
    wend 0 seed run --dry-run --json
    jq -e '.steps[0].version == "two"' <<<"$output"
}

@test "a large file is read piece by piece" {
    shop
    python3 - <<'PY'
with open("people.tmp", "w") as file:
    file.write("id,name,note\n")
    for i in range(1, 400001):
        file.write(f"{i},name of {i},\"a text, with a comma, so that a row is a good hundred bytes long: {i * 7}\"\n")
PY
    mkdir seeds && mv people.tmp seeds/people.csv
    run python3 - "$WEND" <<'PY'
import os, resource, subprocess, sys
subprocess.run([sys.argv[1], "seed", "run", "-q"], check=True)
print(os.path.getsize("seeds/people.csv") // 2**20, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
PY
    read -r size memory <<<"$output"
    [ "$size" -ge 35 ]
    # The sanitizers' own memory is not wend's.
    [ "$memory" -lt 25 ] || [ -n "${ASAN_OPTIONS:-}" ] || ldd "$WEND" | grep -q asan
    same "$(count people)" 400000
}

@test "so many seeds may wait for one another, and no more" {
    project
    local name
    mkdir seeds
    for name in $(seq 10000 11000); do
        printf -- '-- wend: depends %s\nSELECT 1;\n' $((name + 1)) >"seeds/$name.sql"
    done
    echo 'SELECT 1;' >seeds/11001.sql
    wend 2 seed run
    holds "$stderr" "error: over 1000 seeds wait for it, each for the next
  --> seeds/11000.sql"
    rm seeds/10000.sql seeds/10001.sql
    wend 0 seed run --dry-run
    holds "$output" "1000 seeds would run:
  11001
  11000"
}

@test "two tracks whose histories have no names in wend.yaml do not share a table of seeds" {
    mkdir -p one/seeds two/seeds
    echo "CREATE TABLE a (x);" >one/V1__a.sql
    echo "CREATE TABLE b (x);" >two/001_b.sql
    echo "INSERT INTO a VALUES (1);" >one/seeds/01_rows.sql
    printf 'database: sqlite:two.db\ntracks:\n  - name: one\n    migrations: one\n    format: flyway\n' >wend.yaml
    printf '  - name: two\n    migrations: two\n' >>wend.yaml
    wend 0 up -q
    rmdir two/seeds
    wend 0 seed run
    rm two.db
    wend 0 up -q
    mkdir two/seeds
    echo "INSERT INTO b VALUES (1);" >two/seeds/01_rows.sql
    wend 2 seed run
    same "$stderr" "error: the seeds of the tracks one and two have one table, wend_seeds
  next: name the history of one of them with \"table:\" in wend.yaml, as it is called now: its seeds then have a table of their own"
    for track in one two; do
        wend 2 seed run --track $track
        holds "$stderr" "error: the seeds of the tracks one and two have one table, wend_seeds"
    done
    sed -i 's/^    format: flyway/&\n    table: flyway_schema_history/' wend.yaml
    wend 0 seed run
    same "$(sqlite3 two.db "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)")" "1|1"
}
