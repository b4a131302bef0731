#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# PostgreSQL as a person meets it: what a run shows, who is in the way, poolers, a standby, a database that
# is not there. Each test has a database of its own on one server.

load helper
load golden/golden
load postgres

# pg_dump refuses a server that is newer than itself.
dump_is_too_old() {
    [ "$(pg_dump --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')" -lt "$(server_version)" ]
}

@test "up, status and down on PostgreSQL, an index built concurrently among them" {
    own_database
    migration 001_users "CREATE TABLE users (id integer);
CREATE INDEX CONCURRENTLY users_id ON users (id);
INSERT INTO users VALUES (1);" "DROP TABLE users;"
    wend 0 up
    same "$(plain "$output")" "applied   001_users  (N ms)"
    wend 0 status
    holds "$output" "applied  001      users"
    same "$(sql "SELECT string_agg(event || ' ' || statement, ', ' ORDER BY seq) FROM wend_journal")" \
        "begin 0, done 1, intent 2, done 2, done 3, applied 0"
    wend 0 down --yes
    same "$(sql "SELECT count(*) FROM pg_class WHERE relname LIKE 'users%'")" 0
}

@test "an error has its line, column, code and the server's hint" {
    own_database
    migration 001_a "DO \$\$ BEGIN RAISE NOTICE 'by the way'; END \$\$;
CREATE TABLE a (état text, x integer);
UPDATE a SET état = 'ö' WHERE y = 1;"
    wend 1 up
    same "$stderr" "NOTICE: by the way
error: column \"y\" does not exist
  --> migrations/001_a.sql:3:33
    3 | UPDATE a SET état = 'ö' WHERE y = 1;
      |                               ^
  code: PostgreSQL 42703
  state: 001_a was rolled back: nothing of it is left
  next: correct migrations/001_a.sql, then run the same command again"
}

@test "a failing index build leaves no invalid index" {
    own_database
    migration 001_a "CREATE TABLE a (x integer);
INSERT INTO a VALUES (1), (1);
CREATE UNIQUE INDEX CONCURRENTLY a_x ON a (x);"
    wend 1 up
    holds "$stderr" "could not create unique index"
    same "$(sql "SELECT count(*) FROM pg_index WHERE NOT indisvalid")" 0
    sql "DELETE FROM a WHERE ctid = (SELECT max(ctid) FROM a)"
    wend 0 up
    same "$(sql "SELECT count(*) FROM pg_class WHERE relname = 'a_x'")" 1
}

@test "a lock in the way is named, waited for, and then an error" {
    own_database
    sql "CREATE TABLE a (x integer)"
    migration 001_a "ALTER TABLE a ADD COLUMN y integer;"
    psql -Xqd "$url" -c "BEGIN; LOCK TABLE a; SELECT pg_sleep(30)" >/dev/null 2>&1 3>&- &
    blocker=$!
    wait_for eval "[ \"\$(sql \"SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'\")\" != 0 ]"
    wend 4 up --lock-timeout 1500ms
    holds "$stderr" "waiting for the database: it is locked by process "
    holds "$stderr" "LOCK TABLE a"
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()" >/dev/null
    wait "$blocker" || true
    wend 0 up
}

@test "a dump runs whole and harms nobody" {
    own_database
    ! dump_is_too_old || skip "pg_dump is older than the server"
    sql "CREATE TABLE source (id integer PRIMARY KEY, note text); INSERT INTO source VALUES (1, 'a;b'), (2, E'tab\\there')"
    mkdir -p migrations
    pg_dump -d "$url" --no-owner >migrations/001_dump.sql
    sql "DROP TABLE source"
    migration 002_next "CREATE TABLE next (x integer);"
    wend 0 up
    same "$(sql "SELECT count(*) FROM public.source WHERE note IN ('a;b', E'tab\\there')")" 2
    same "$(sql "SELECT to_regclass('public.next')")" next
}

@test "a standby is refused before anything is done" {
    own_database
    "$servers/standby" start "$BATS_TEST_TMPDIR/standby" "$BATS_FILE_TMPDIR/pg" >standby-url
    standby=$(cat standby-url)
    migration 001_a "CREATE TABLE a (x integer);"
    wait_for psql -Xqd "${standby%/*}/${url##*/}" -c "SELECT 1"
    wend 3 -d "${standby%/*}/${url##*/}" up
    "$servers/standby" stop "$BATS_TEST_TMPDIR/standby"
    holds "$stderr" "the server is a standby and can only be read"
}

@test "a server that is not there, and no password in what is said" {
    migration 001_a "CREATE TABLE a (x integer);"
    wend 3 -d "postgres://ann:s3cret@127.0.0.1:1/shop" up
    holds "$stderr" "the server cannot be reached"
    [[ $stderr != *s3cret* ]]
    wend 3 -d "postgres://ann@127.0.0.1:1/shop?password=s3cret" --wait 1 status
    [[ $stderr != *s3cret* ]]
    wend 2 -d "postgres://ann:s3cret@127.0.0.1:1/shop?sideways=1" status
    [[ $stderr != *s3cret* ]]
}

@test "validate asks PostgreSQL's own parser" {
    migration 001_a "CREATE TABLE a (x integer);
SELEC 1;" "DROP TABLE a;"
    wend 7 -d "postgres://127.0.0.1:1/shop" validate
    holds "$stderr" "syntax error at or near \"SELEC\""
    holds "$stderr" "migrations/001_a.up.sql:2:1"
}

@test "validate knows a batch's values, and what is wrong behind them" {
    migration 001_a "CREATE TABLE a (id integer, x text);
-- wend: batch size=10 key=id
UPDATE a SET x = ':size'::text WHERE id IN (SELECT id FROM a WHERE id > coalesce(:after, 0) ORDER BY id LIMIT :size) RETURNING id;" "DROP TABLE a;"
    wend 0 -d "postgres://127.0.0.1:1/shop" validate
    sed -i 's/ RETURNING id;/ RETURNIG id;/' migrations/001_a.up.sql
    wend 7 -d "postgres://127.0.0.1:1/shop" validate
    holds "$stderr" "syntax error at or near \"RETURNIG\""
    holds "$stderr" "migrations/001_a.up.sql:3:118"
    sed -i -e '/batch/d' -e 's/RETURNIG/RETURNING/' migrations/001_a.up.sql
    wend 7 -d "postgres://127.0.0.1:1/shop" validate
    holds "$stderr" "syntax error at or near \":\""
}

@test "a backup, and the line that restores it" {
    own_database
    sql "CREATE TABLE kept (x integer); INSERT INTO kept VALUES (7)"
    migration 001_a "DROP TABLE kept;"
    if dump_is_too_old; then
        wend 2 up --backup before.dump
        holds "$stderr" "the backup could not be made: pg_dump: error: aborting because of server version mismatch"
        holds "$stderr" "next: pg_dump must be at least as new as the server, and its user may read everything; nothing was changed"
        same "$(sql "SELECT x FROM kept")" 7
        [ ! -e before.dump ]
        skip "pg_dump is older than the server: the backup was refused"
    fi
    wend 0 up --backup before.dump
    line=$(sed -n 's/^backup made; to restore it: //p' <<<"$stderr")
    PATH=$(dirname "$WEND"):$PATH bash -c "$line" >/dev/null 2>&1
    same "$(sql "SELECT x FROM kept")" 7
    # The password of a URL is asked for.
    sql "CREATE ROLE backer$BATS_TEST_NUMBER SUPERUSER LOGIN PASSWORD 's3cret'"
    wend 0 -d "${url/postgres@/backer$BATS_TEST_NUMBER:s3cret@}" up --backup again.dump
    sql "CREATE TABLE other ()"
    line=$(sed -n 's/^backup made; to restore it: //p' <<<"$stderr")
    holds "$line" "PGPASSWORD"
    [[ $line != *s3cret* ]]
    PATH=$(dirname "$WEND"):$PATH sh -c "$line" <<<s3cret >/dev/null 2>&1
    same "$(sql "SELECT to_regclass('kept') IS NOT NULL, to_regclass('other') IS NULL")" "t|t"
}

@test "a statement outside of a transaction that would change wend's own tables is refused where it stands" {
    own_database
    migration 001_a "CREATE TABLE a (x int);
ALTER TABLE wend_journal
    DETACH PARTITION a CONCURRENTLY;"
    wend 1 up
    holds "$stderr" "--> migrations/001_a.sql:2:1
    2 | ALTER TABLE wend_journal
      | ^"
    same "$(sql "SELECT statement FROM wend_journal WHERE event = 'failed'")" 2
}

@test "a backup is nobody else's to read, there whole or not at all, and leaves no password behind" {
    own_database
    migration 001_a "CREATE TABLE a ();"
    mkdir bin tmp
    cat >bin/pg_dump <<'END'
#!/bin/bash
ls -A tmp >seen
for argument; do
    case $argument in
    --file=*)
        stat -c %a "${argument#--file=}" >>seen
        echo whole >"${argument#--file=}"
        ;;
    *passfile=*) cat "${argument#*passfile=}" >>seen ;;
    esac
done
[[ $* != *secret* ]] || echo told >>seen
[ ! -e slow ] || exec sleep 60
END
    chmod +x bin/pg_dump
    touch slow
    TMPDIR=$PWD/tmp PATH=$PWD/bin:$PATH in_background "$WEND" -d "${url/@/:secret@}" up --backup before.dump
    wait_for grep -qs secret seen
    cut_off $!
    same "$(cat seen)" "600
*:*:*:*:secret"
    same "$(ls -A tmp)" ""
    [ ! -e before.dump ]
    rm -f slow before.dump.part-*
    PATH=$PWD/bin:$PATH wend 0 -d "${url/@/:secret@}" up --backup before.dump
    same "$(stat -c %a before.dump) $(cat before.dump) $(echo before.dump*)" "600 whole before.dump"
    migration 002_b "CREATE TABLE b ();"
    wend 2 up --backup no/such/folder/before.dump
    holds "$stderr" "check that its folder exists"
    [[ $stderr != *pg_dump* ]]
    run -2 --separate-stderr env PATH="$PWD/tmp" "$WEND" up --backup second.dump
    holds "$stderr" "next: pg_dump must be in PATH"
}

@test "what fails at a row of wend's own is not the migration's fault" {
    own_database
    migration 001_a "CREATE TABLE a ();"
    wend 0 up
    sql "CREATE ROLE poor$BATS_TEST_NUMBER LOGIN; GRANT ALL ON SCHEMA public TO poor$BATS_TEST_NUMBER;
        GRANT SELECT ON wend_journal, wend_scripts, wend_migrations TO poor$BATS_TEST_NUMBER"
    migration 002_b "CREATE TABLE b ();"
    wend 1 -d "${url/postgres@/poor$BATS_TEST_NUMBER@}" up
    holds "$stderr" "error: wend's own row cannot be written: permission denied for table wend_"
    holds "$stderr" "next: GRANT the right to the role"
    [[ $stderr != *002_b.sql* ]]
    migration 002_b "DROP SCHEMA public CASCADE;
CREATE SCHEMA public;"
    wend 1 up
    holds "$stderr" "error: wend's own row cannot be written: relation \"public.wend_journal\" does not exist"
    holds "$stderr" "next: a migration that drops a schema takes wend's tables in it along"
    same "$(sql "SELECT count(*) FROM wend_migrations")" 1
}

@test "a limit of time holds for what a COMMIT sets off, and says whose limit it is" {
    own_database
    sql "CREATE TABLE t (a integer); CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(3); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()"
    migration 001_a "INSERT INTO t VALUES (1);"
    wend 1 up --statement-timeout 300ms
    holds "$stderr" "ran longer than its limit of 0.3 s"
    holds "$stderr" "next: raise --statement-timeout, or cut"
    wend 1 up --statement-timeout 300ms --one-transaction
    holds "$stderr" "ran longer than its limit of 0.3 s"
    migration 001_a "-- wend: timeout statement=300ms
INSERT INTO t VALUES (1);"
    wend 1 up
    holds "$stderr" "next: raise statement= in the file's \`-- wend: timeout\`, or cut"
    same "$(sql "SELECT count(*) FROM t")" 0
}

@test "a statement that somebody cancels on the server is not the file's fault" {
    own_database
    migration 001_a "SELECT pg_sleep(60);"
    "$WEND" up >/dev/null 2>said 3>&- &
    wait_for runs "pg_sleep(60)"
    sql "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid() AND datname = current_database()" >/dev/null
    ! wait $!
    holds "$(cat said)" "next: somebody cancelled it on the server (pg_cancel_backend); run the same command again"
}

@test "neither a role's limit of time nor row-level security keeps wend from its own rows" {
    own_database
    migration 001_a "CREATE TABLE a ();"
    wend 0 up
    role=brief$BATS_TEST_NUMBER
    sql "CREATE ROLE $role LOGIN; ALTER ROLE $role SET statement_timeout = '1ms';
        GRANT ALL ON SCHEMA public TO $role; GRANT ALL ON ALL TABLES IN SCHEMA public TO $role"
    holding "LOCK TABLE wend_migrations"
    in_background eval "sleep 0.3; let_go"
    wend 0 -d "${url/postgres@/$role@}" status
    wait
    holds "$output" "1 applied, 0 pending"
    sql "ALTER TABLE wend_migrations ENABLE ROW LEVEL SECURITY"
    wend 1 -d "${url/postgres@/$role@}" status
    holds "$stderr" "row-level security"
    holds "$stderr" "next: wend must see all rows of its own tables"
    wend 0 status
}

@test "a name that cannot be that of a table, and a port that is none" {
    own_database
    mkdir migrations
    for name in a.b.c .x x. pg_temp.h pg_catalog.x; do
        printf 'tracks:\n  - name: main\n    table: "%s"\n' "$name" >wend.yaml
        wend 2 status
        holds "$stderr" "$name"
        holds "$stderr" "NAME or SCHEMA.NAME"
    done
    rm wend.yaml
    wend 2 -d "postgres://postgres@127.0.0.1:99999/x" status
    holds "$stderr" "error: there is no port 99999"
}

@test "a duplicate key is no sign of a schema that was there before" {
    own_database
    migration 001_a "CREATE TABLE a (x integer PRIMARY KEY); INSERT INTO a VALUES (1), (1);"
    wend 1 up
    holds "$stderr" "already exists"
    [[ $stderr != *baseline* ]]
}

@test "another role, another schema, mixed case: wend's own rows stay its own" {
    own_database
    sql "CREATE ROLE owner$BATS_TEST_NUMBER; CREATE ROLE deploy$BATS_TEST_NUMBER LOGIN;
        GRANT owner$BATS_TEST_NUMBER TO deploy$BATS_TEST_NUMBER;
        GRANT CREATE ON DATABASE t$BATS_TEST_NUMBER TO deploy$BATS_TEST_NUMBER;
        CREATE SCHEMA app AUTHORIZATION owner$BATS_TEST_NUMBER"
    cat >wend.yaml <<END
journal: ops.wend_journal
scripts: ops.wend_scripts
tracks:
  - name: main
    migrations: migrations
    table: ops.Applied
END
    migration 001_a "SET ROLE owner$BATS_TEST_NUMBER;
CREATE TABLE app.\"Mixed Case\" (id integer);
CREATE INDEX CONCURRENTLY \"An Index\" ON app.\"Mixed Case\" (id);
SET search_path = app;
INSERT INTO \"Mixed Case\" VALUES (1);" "SET ROLE owner$BATS_TEST_NUMBER; DROP TABLE app.\"Mixed Case\";"
    migration 002_b "CREATE TABLE ops.b AS SELECT current_user::text AS who;" "DROP TABLE ops.b;"
    wend 0 -d "${url/postgres@/deploy$BATS_TEST_NUMBER@}" up
    same "$(sql "SELECT schemaname, tablename, tableowner = 'owner$BATS_TEST_NUMBER' FROM pg_tables WHERE schemaname IN ('app', 'ops') ORDER BY 1, 2")" \
        "app|Mixed Case|t
ops|Applied|f
ops|b|f
ops|wend_journal|f
ops|wend_scripts|f"
    same "$(sql "SELECT who FROM ops.b")" "deploy$BATS_TEST_NUMBER"
    wend 0 -d "${url/postgres@/deploy$BATS_TEST_NUMBER@}" down --all --yes
    same "$(sql "SELECT count(*) FROM ops.\"Applied\"")" 0
}

@test "a script of several MiB is one transaction, and an error deep in it has its line" {
    own_database
    {
        echo "CREATE TABLE a (id integer PRIMARY KEY, note text);"
        for i in {1..30000}; do
            echo "INSERT INTO a VALUES ($i, 'ein längerer Text; damit es viele werden, und noch einer dazu');"
        done
        echo "INSERT INTO a VALUES (7, 'twice');"
    } >big
    mkdir -p migrations
    cp big migrations/001_big.up.sql
    wend 1 up
    holds "$stderr" "duplicate key value violates unique constraint"
    holds "$stderr" "--> migrations/001_big.up.sql:30002:1"
    same "$(sql "SELECT to_regclass('a')")" ""
    sed -i '$d' migrations/001_big.up.sql
    wend 0 up
    same "$(sql "SELECT count(*) FROM a")" 30000
}

@test "COPY takes megabytes of data from the file" {
    own_database
    mkdir -p migrations
    {
        echo "CREATE TABLE a (id integer, note text);"
        echo "COPY a FROM stdin;"
        seq -f "%.0f	a note that is not short; not at all, with a tab and a dot" 1 200000
        echo "\\."
        echo "CREATE INDEX ON a (id);"
    } >migrations/001_copy.up.sql
    wend 0 up
    same "$(sql "SELECT count(*), count(note) FROM a")" "200000|200000"
    echo "COPY a FROM stdin;
1	x	too much
\\." >migrations/002_bad.up.sql
    wend 1 up
    holds "$stderr" "extra data after last expected column"
    holds "$stderr" "--> migrations/002_bad.up.sql:1:1"
}

@test "a server that goes away in the middle is said, and the next run goes on" {
    own_database
    migration 001_a "CREATE TABLE a (x integer);
CREATE INDEX CONCURRENTLY a_x ON a (x);
SELECT pg_sleep(5);
INSERT INTO a VALUES (1);"
    "$WEND" up >out 2>err 3>&- &
    first=$!
    wait_for eval "[ \"\$(sql \"SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(5)%' AND state = 'active' AND pid <> pg_backend_pid()\")\" != 0 ]"
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(5)%' AND pid <> pg_backend_pid()" >/dev/null
    status=0
    wait "$first" || status=$?
    same "$status" 3
    holds "$(cat err)" "the connection was lost during 001_a: the next \`wend up\` finds out how far it came"
    sed -i 's/pg_sleep(5)/pg_sleep(0)/' migrations/001_a.sql
    wend 0 up
    same "$(sql "SELECT count(*) FROM a")" 1
}

@test "a script that gives the lock away by a function is stopped" {
    own_database
    sql "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELECT pg_advisory_unlock_all()'; CREATE TABLE n (x integer)"
    migration 001_a "INSERT INTO n SELECT 1 FROM f();"
    wend 4 up
    holds "$stderr" "wend's lock is not held any more: the script gave it away"
    migration 001_a "VACUUM n;
BEGIN;
INSERT INTO n SELECT 1 FROM f();
COMMIT;
VACUUM n;"
    wend 4 up
    same "$(sql "SELECT count(*) FROM n")" 0
}

@test "a script may look at wend's tables, not change them, in whatever words" {
    local statement
    own_database
    migration 001_a "CREATE TABLE a (x integer);
WITH seen AS (SELECT count(*) AS n FROM wend_journal) INSERT INTO a SELECT n FROM seen;
CREATE VIEW v AS SELECT * FROM wend_migrations;"
    wend 0 up
    for statement in "DELETE FROM wend_journal" \
        "WITH d AS (DELETE FROM public.wend_journal RETURNING 1) SELECT count(*) FROM d" \
        "WITH one AS (SELECT 1) UPDATE ONLY \"wend_migrations\" SET name = 'x'" \
        "CREATE OR REPLACE RULE r AS ON INSERT TO wend_journal DO INSTEAD NOTHING" \
        "CREATE TRIGGER t BEFORE INSERT ON wend_journal FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"; do
        migration 002_b "CREATE TABLE b ();
$statement;"
        wend 1 up
        holds "$stderr" "error: a script may not change "
        holds "$stderr" "  --> migrations/002_b.sql:2:1"
    done
    wend 5 status --exit-code
}

@test "what a table's rules select is not taken for an assertion's answer" {
    own_database
    sql "CREATE TABLE r (a integer); CREATE RULE one AS ON INSERT TO r DO ALSO SELECT 5;
        CREATE RULE two AS ON INSERT TO r DO ALSO SELECT 6"
    migration 001_a "INSERT INTO r VALUES (1);
INSERT INTO r VALUES (2);
-- wend: assert SELECT count(*) FROM r = 2
CREATE TABLE z ();
-- wend: assert SELECT a FROM r ORDER BY a LIMIT 1 = 1
-- wend: assert SELECT a FROM r WHERE a > 1 = 3"
    wend 1 up
    holds "$stderr" "error: the assertion does not hold: it gives 2, not 3"
    sed -i 's/= 3/= 2/' migrations/001_a*
    wend 0 up
}

@test "a batch may pause longer than sessions may be idle" {
    own_database
    sql "CREATE TABLE t AS SELECT generate_series(1, 10) AS id"
    sql "ALTER DATABASE t$BATS_TEST_NUMBER SET idle_session_timeout = '200ms'" ||
        skip "before PostgreSQL 14 there is no such limit"
    migration 001_a "RESET ALL;
-- wend: batch size=5 pause=500ms
DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY id LIMIT :size);"
    wend 0 up
}

@test "what a SELECT gives is not held in memory" {
    [ -z "${ASAN_OPTIONS:-}" ] || skip "AddressSanitizer needs the whole address space"
    own_database
    migration 001_a "SELECT repeat('x', 1000) FROM generate_series(1, 300000);"
    (
        ulimit -v 250000
        "$WEND" up
    )
}

@test "clean drops the contents of a schema a few at a time" {
    own_database
    sql "CREATE SCHEMA big; DO 'BEGIN FOR i IN 1..120 LOOP EXECUTE format(''CREATE TABLE big.t%s ()'', i); END LOOP; END'"
    holding "LOCK TABLE big.t120"
    wend 4 clean --yes --lock-timeout 200ms
    let_go
    [ "$(sql "SELECT count(*) FROM pg_class WHERE relnamespace = 'big'::regnamespace")" -lt 120 ]
    wend 0 clean --yes
    same "$(sql "SELECT to_regnamespace('big')")" ""
}

@test "what wend finds to be there already is not told, what the script finds is" {
    own_database
    made="CREATE TABLE IF NOT EXISTS a (x integer);"
    migration 001_a "$made"
    wend 0 up
    sql "DROP TABLE wend_scripts"
    migration 002_b "$made"
    wend 0 up
    same "$(grep NOTICE <<<"$stderr")" 'NOTICE: relation "a" already exists, skipping'
    sql "DROP TABLE wend_journal"
    migration 003_c "-- wend: transaction none
$made"
    wend 0 up
    same "$(grep NOTICE <<<"$stderr")" 'NOTICE: relation "a" already exists, skipping'
    sql "DROP TABLE wend_scripts"
    wend 0 mark --pending 003
    same "$stderr" ""
}

@test "where in a COPY's data or in a DO block it failed is said" {
    own_database
    migration 001_a "DO \$\$
BEGIN
  PERFORM 1;
  INSERT INTO nowhere VALUES (1);
END \$\$;"
    wend 1 up
    holds "$stderr" "error: relation \"nowhere\" does not exist (PL/pgSQL function inline_code_block line 4 at SQL statement)"
    migration 001_a "CREATE TABLE t (a integer);
COPY t FROM stdin;
1
x
\\."
    wend 1 up
    holds "$stderr" "error: invalid input syntax for type integer: \"x\" (COPY t, line 2, column a: \"x\")
  --> migrations/001_a.sql:2:1"
}

@test "a view where wend needs a table is named" {
    own_database
    mkdir -p migrations
    printf -- '-- migrate:up\nCREATE TABLE a (x integer);\n-- migrate:down\nDROP TABLE a;\n' >migrations/001_a.sql
    sql "CREATE VIEW schema_migrations AS SELECT 'x' AS version"
    wend 6 up --format dbmate
    holds "$stderr" "schema_migrations is a view, and wend needs a table there"
    sql "DROP VIEW schema_migrations"
    sql "CREATE VIEW wend_scripts AS SELECT 'x' AS sha256, 'x' AS script"
    wend 6 up --format dbmate
    holds "$stderr" "wend_scripts is a view, and wend needs a table there"
    sql "DROP VIEW wend_scripts"
    wend 0 up --format dbmate
}

@test "a long file is stored in parts, and its way back runs when it is gone" {
    own_database
    long_migration "$(printf 'é%.0s' {1..30000})"
    wend 0 up
    same "$(sql "SELECT count(*) FROM a")" 60
    rm migrations/001_a.*
    wend 0 down --yes
    same "$(sql "SELECT to_regclass('a') IS NULL, max(octet_length(script)) <= 262144 FROM wend_scripts")" "t|t"
}
