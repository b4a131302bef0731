#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend seed on MariaDB: by INSERTs of many rows.

load helper
load golden/golden
load mariadb
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

@test "what ends a transaction is refused before anything runs; a value that is none of its column's type" {
    shop
    seed a.sql "INSERT INTO people VALUES (1, 'a', NULL);
TRUNCATE TABLE orders;"
    wend 2 seed run
    holds "$stderr" "a seed is one transaction, and this statement cannot run in it"
    holds "$stderr" "--> seeds/a.sql:2:1"
    same "$(count people)" 0
    rm seeds/a.sql
    many 20000
    sed -i '10000s/^5000,/5000x,/' seeds/people.csv
    wend 1 seed run
    holds "$stderr" "--> seeds/people.csv:10000"
    sed -i '10000s/^5000x,/5000,/' seeds/people.csv
    wend 0 seed run
}

@test "a row that is larger than the server takes is named" {
    shop
    client -e 'SET GLOBAL max_allowed_packet = 1048576'
    mkdir seeds
    {
        printf 'id,name,note\n1,a,b\n2,b,'
        head -c 1500000 /dev/zero | tr '\0' x
        echo
    } >seeds/people.csv
    wend 1 seed run
    client -e 'SET GLOBAL max_allowed_packet = 16777216'
    holds "$stderr" "is larger than the server takes"
    holds "$stderr" "--> seeds/people.csv:3"
    same "$(count people)" 0
}

@test "what was cut off in a table without transactions is settled by a person" {
    shop
    sql 'CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(40)) ENGINE=MyISAM'
    mkdir seeds
    {
        echo id,text
        seq 1 60000 | sed 's/$/,a text of some length/'
    } >seeds/notes.csv
    killed_at load.rows
    wend 6 seed run
    holds "$stderr" "a seed is settled by \`wend repair --seeds\`"
    wend 0 repair
    wend 6 repair --seeds
    holds "$output" "\`wend seed run\` goes on by itself where it can"
    holds "$output" "wend repair --seeds --forget"
    sql 'DELETE FROM notes'
    wend 0 repair --seeds --forget --yes
    wend 0 seed run
    same "$(count notes)" 60000
}

@test "a lost connection says what goes on" {
    shop
    seed a.sql "INSERT INTO people VALUES (1, 'a', NULL);
DO SLEEP(9);"
    lose seed run
    holds "$(cat err)" "state: the connection was lost during a: the next \`wend seed run\` finds out how far it came"
    sed -i 's/SLEEP(9)/SLEEP(0)/' seeds/a.sql
    wend 0 seed run
    same "$(count people)" 1
}
