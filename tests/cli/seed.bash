# SPDX-License-Identifier: MIT
#
# What the tests of seeds share: a small shop, and tests that hold on every database. A file that loads it
# defines begin_shop, which makes an empty database that `sql` speaks to, and names it in wend.yaml.

# shellcheck disable=SC2154 # output and stderr are set by bats

# seed NAME TEXT: a file in the folder of seeds.
seed() {
    mkdir -p "$(dirname "seeds/$1")"
    printf '%s\n' "$2" >"seeds/$1"
}

# shop: a database with the tables of a shop.
shop() {
    begin_shop
    cat >>wend.yaml <<'YAML'
environments:
  - name: dev
  - name: live
    confirm: true
YAML
    migration 001_shop 'CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, note TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people(id), amount INTEGER,
    FOREIGN KEY (person) REFERENCES people(id));' 'DROP TABLE orders; DROP TABLE people;'
    wend 0 up -q
}

# csv_rows FIRST LAST: lines of a CSV file for people.
csv_rows() { seq "$1" "$2" | sed 's/.*/&,name &,/'; }

# many ROWS: a CSV seed with so many people, two lines each.
many() {
    mkdir -p seeds
    {
        echo id,name,note
        seq 1 "$1" | sed 's/.*/&,"name\n&",/'
    } >seeds/people.csv
}

count() { sql "SELECT count(*) FROM $1"; }

values_are_kept() {
    shop
    printf '\xef\xbb\xbfid,name,note\r\n1,"a ""b"" \\ '"'"'c",\r\n\r\n2,"x,\r\ny",""\r\n3,\t é ,\\N' >seeds.tmp
    mkdir seeds && mv seeds.tmp seeds/people.csv
    wend 0 seed run
    same "$(sql "SELECT count(*) FROM people WHERE note IS NULL")" 1
    same "$(sql "SELECT count(*) FROM people WHERE note = ''")" 1
    same "$(sql "SELECT length(name) FROM people WHERE id = 2")" 5
    same "$(sql "SELECT count(*) FROM people WHERE name = '	 é '")" 1
    same "$(sql "SELECT id FROM people WHERE name LIKE 'a \"b\" %''c'")" 1
    same "$(sql "SELECT length(note) FROM people WHERE id = 3")" 2
}

runs_once_and_on_change() {
    shop
    seed 01_people.csv 'id,name
1,Ann'
    seed 02_more.sql "-- wend: seed onchange
DELETE FROM people WHERE id > 1;
INSERT INTO people VALUES (2, 'Bob', NULL);"
    wend 5 seed status --exit-code
    wend 0 seed run --dry-run
    same "$(count people)" 0
    holds "$output" "2 seeds would run:
  01_people
  02_more"
    wend 0 seed run
    same "$(plain "$output")" "applied   01_people  (N ms)
applied   02_more  (N ms)"
    wend 0 seed run
    same "$output" ""
    holds "$stderr" "nothing to do"
    # Layout does not count, another text does; what ran once is left alone.
    sed -i 's/Bob/Bert/; s/^INSERT INTO/INSERT  INTO/' seeds/02_more.sql
    seed 01_people.csv 'id,name
1,Anna'
    wend 5 seed status --exit-code
    same "$(plain "$output" | narrow)" "STATE  SEED  MODE  RAN AT (UTC)
changed  01_people  once  YYYY-MM-DD hh:mm:ss
outdated  02_more  onchange  YYYY-MM-DD hh:mm:ss

$shown: 2 ran, 1 pending"
    wend 0 seed run
    same "$(plain "$output")" "applied   02_more  (N ms)"
    holds "$stderr" "01_people has changed since it ran: \`wend seed run --again 01_people\` runs it again, on top of the rows that are there; else let a script beside it, seeds/01_people.sql, empty the table, with \`-- wend: csv\` behind that"
    sed -i 's/  INTO/ INTO/' seeds/02_more.sql
    wend 0 seed run
    same "$output" ""
    same "$(sql "SELECT name FROM people WHERE id = 2")" Bert
    # Again, by name; what it says is what the database says.
    wend 1 seed run --again 01_people
    holds "$stderr" "--> seeds/01_people.csv:2"
    holds "$stderr" "next: correct seeds/01_people.csv, or, where the rows of its first run are in the way, let a script beside it, seeds/01_people.sql, empty the table, with \`-- wend: csv\` behind that; then run the same command again"
    seed 01_people.sql 'DELETE FROM people;
-- wend: csv'
    wend 0 seed run
    same "$output" ""
    [[ $stderr == *"01_people has changed since it ran: \`wend seed run --again 01_people\` runs it again" ]]
    wend 0 seed run --again 01_people
    same "$(sql "SELECT name FROM people")" Anna
    wend 0 seed status --exit-code
}

csv_beside_a_script() {
    shop
    seed people.sql "-- wend: seed onchange
DELETE FROM people;
-- wend: csv
UPDATE people SET note = 'all' WHERE id = 1;"
    seed people.csv 'id,name
1,Ann
2,Bob'
    seed guests.sql '-- wend: csv people'
    seed guests.csv 'name,id
Zoe,9'
    wend 0 seed run people
    same "$(count people)" 2
    seed people.csv 'id,name
1,Ann
3,Cid
4,Dan'
    wend 0 seed run
    same "$(plain "$output")" "applied   guests  (N ms)
applied   people  (N ms)"
    same "$(sql "SELECT sum(id) FROM people")" 8
    same "$(sql "SELECT note FROM people WHERE id = 1")" all
}

environments_and_dependencies() {
    shop
    seed a_orders.sql '-- wend: depends people
INSERT INTO orders VALUES (1, 1, 5);'
    seed people.csv 'id,name
1,Ann'
    seed dev/a_people.sql "-- wend: depends z_people
INSERT INTO people VALUES (12, 'later', NULL);"
    seed dev/z_people.sql "-- wend: depends people
INSERT INTO people VALUES (11, 'dev', NULL);"
    wend 0 seed run
    same "$(plain "$output")" "applied   people  (N ms)
applied   a_orders  (N ms)"
    holds "$stderr" "left out, for other environments (--env): dev/"
    wend 0 seed run --env dev a_people
    same "$(plain "$output")" "applied   dev/z_people  (N ms)
applied   dev/a_people  (N ms)"
    wend 0 seed run --env dev
    same "$output" ""
    wend 0 seed status
    holds "$(narrow <<<"$output")" "missing  dev/a_people"
    # What is protected is asked for.
    wend 8 seed run --env live --again
    holds "$stderr" "not confirmed: Run 2 seeds on"
    same "$(count orders)" 1
    sql 'DELETE FROM orders'
    sql 'DELETE FROM people'
    wend 0 seed run --env live --again --yes
    same "$(count orders)" 1
}

# A row that the database does not take is named by its line, and nothing of its seed stays.
bad_rows_are_named() {
    local line=$((4999 * 2 + 2))
    shop
    many 20000
    sed -i "${line}s/5000/4000/" seeds/people.csv
    wend 1 seed run
    holds "$stderr" "--> seeds/people.csv:$line"
    holds "$stderr" "state: people was rolled back: nothing of it is left"
    same "$(count people)" 0
    wend 0 seed status
    holds "$(narrow <<<"$output")" "failed  people  once"
    sed -i "${line}s/4000/5000/" seeds/people.csv
    wend 0 seed run
    same "$(count people)" 20000
    # A foreign key, which may be looked at later than its row.
    {
        echo id,person,amount
        seq 1 8000 | sed '5000s/.*/&,99999,1/; 5000!s/.*/&,&,/'
    } >seeds/orders.csv
    wend 1 seed run
    holds "$stderr" "--> seeds/orders.csv:5001"
    same "$(count orders)" 0
    sed -i '5001s/99999/5000/; 1s/amount/amonut/' seeds/orders.csv
    wend 1 seed run
    holds "$stderr" "amonut"
    holds "$stderr" "--> seeds/orders.csv:1"
    sed -i '1s/amonut/amount/; 7000s/,$/,1,2/' seeds/orders.csv
    wend 1 seed run
    holds "$stderr" "error: there are 4 fields here, and the header names 3"
    holds "$stderr" "--> seeds/orders.csv:7000"
    sed -i '7000s/,1,2$/,"1/' seeds/orders.csv
    wend 1 seed run
    holds "$stderr" "--> seeds/orders.csv:7000"
    sed -i '7000s/,"1$/,/' seeds/orders.csv
    wend 0 seed run
    same "$(count orders)" 8000
}

# killed_at POINT: a run that dies there, and what the next one makes of it.
killed_at() {
    local status=0
    WEND_FAULT=$1 "${WEND%/*}/wend-faults" seed run >/dev/null 2>&1 </dev/null || status=$?
    same "$status" 137
}

killed_runs_are_whole_or_nothing() {
    shop
    many 120000
    killed_at load.rows:2
    wend 5 seed status --exit-code
    same "$(count people)" 0
    wend 0 seed run
    same "$(count people)" 120000
    wend 0 seed run
    same "$output" ""
    sql 'DELETE FROM people'
    seed z.sql "INSERT INTO people VALUES (0, 'one', NULL);"
    killed_at commit.after
    wend 0 seed run
    same "$output" ""
    same "$(count people)" 1
}

two_runs_at_once() {
    local i pids=() status=0
    shop
    many 20000
    for i in 1 2 3 4; do
        "$WEND" seed run >"out$i" 2>"err$i" </dev/null 3>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        wait "$i" || status=$?
    done
    same "$status" 0
    same "$(cat out? | grep -c applied)" 1
    same "$(count people)" 20000
}
