#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Callbacks: files of SQL and commands at the moments of a run; what of it stays when one of them fails, hangs or is
# killed.

load helper
load golden/golden
load servers

# says MOMENT...: a file for each, which writes its name and that of its migration into the table said.
says() {
    local moment
    for moment; do
        printf -- "-- wend: substitute\nINSERT INTO said (x) VALUES ('%s\${wend:version}');\n" "$moment" \
            >"migrations/$moment.sql"
    done
}

# command MOMENT COMMAND [LINE...]: a command for the moment, in wend.yaml.
command_at() {
    grep -q ^callbacks: wend.yaml || echo callbacks: >>wend.yaml
    printf '  - name: %s\n    command: %s\n' "$1" "$2" >>wend.yaml
    shift 2
    (($# == 0)) || printf '    %s\n' "$@" >>wend.yaml
}

every=(beforeUp beforeEach afterEach afterUp beforeDown beforeEachDown afterEachDown afterDown onError)

# said: what stands in the table said, in its order.
said() { sql "SELECT coalesce(group_concat(x, ' '), '') FROM (SELECT x FROM said ORDER BY rowid)"; }

two() {
    tables 1 2
    sql 'CREATE TABLE said (x)'
}

@test "files run at their moments, around each migration with its values" {
    two
    says "${every[@]}"
    wend 0 up
    same "$(said)" "beforeUp beforeEach001 afterEach001 beforeEach002 afterEach002 afterUp"
    holds "$stderr" "beforeUp: migrations/beforeUp.sql"
    sql 'DELETE FROM said'
    wend 0 down --all --yes
    same "$(said)" "beforeDown beforeEachDown002 afterEachDown002 beforeEachDown001 afterEachDown001 afterDown"
    sql 'DELETE FROM said'
    wend 0 up -q
    wend 0 up
    wend 0 redo -q --yes
    same "$(said)" "beforeUp beforeEach001 afterEach001 beforeEach002 afterEach002 afterUp \
beforeDown beforeEachDown002 afterEachDown002 afterDown beforeUp beforeEach002 afterEach002 afterUp"
}

@test "several files of a moment run in the order of their names, and are no migrations" {
    two
    for name in beforeUp afterUp__b afterUp__a; do
        echo "INSERT INTO said VALUES ('$name');" >migrations/$name.sql
    done
    wend 0 up -q
    same "$(said)" "beforeUp afterUp__a afterUp__b"
    wend 0 status --json
    same "$(jq '.migrations | length' <<<"$output")" 2
    wend 0 detect
    holds "$output" "wend"
}

@test "a migration of several transactions has them around the whole" {
    two
    says beforeEach afterEach
    migration 003_v "VACUUM;"
    migration 004_w "CREATE TABLE w (x); VACUUM; INSERT INTO said VALUES ('w');"
    wend 0 up -q --to 2
    sql 'DELETE FROM said'
    wend 0 up -q
    same "$(said)" "beforeEach003 afterEach003 beforeEach004 w afterEach004"
    # What began with a statement of its own, too.
    migration 005_v "VACUUM; INSERT INTO nowhere VALUES (1);"
    sql 'DELETE FROM said'
    wend 1 up -q
    migration 005_v "VACUUM; INSERT INTO said VALUES ('v');"
    wend 0 up -q
    same "$(said)" "beforeEach005 v afterEach005"
    # One that goes on in the middle still gets what is behind it.
    sql 'DELETE FROM said'
    migration 006_x "INSERT INTO said VALUES ('x'); VACUUM; INSERT INTO nowhere VALUES (1);"
    wend 1 up -q
    same "$(said)" "beforeEach006 x"
    migration 006_x "INSERT INTO said VALUES ('x'); VACUUM;"
    wend 0 up -q
    same "$(said)" "beforeEach006 x afterEach006"
}

@test "beforeUp that fails stops the run before anything is changed" {
    two
    says "${every[@]}"
    echo 'INSERT INTO said VALUES (1); INSERT INTO nowhere VALUES (1);' >migrations/beforeUp.sql
    wend 1 up
    holds "$stderr" "  --> migrations/beforeUp.sql:1:30"
    holds "$stderr" "  state: no migration was begun; "
    same "$(said)" onError
    same "$(user_tables)" said
    same "$(sql "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'wend%'")" 0
}

@test "one around a migration that fails takes the migration with it" {
    two
    says "${every[@]}"
    for moment in beforeEach afterEach; do
        says "${every[@]}"
        sql 'DELETE FROM said'
        echo 'INSERT INTO nowhere VALUES (1);' >migrations/$moment.sql
        wend 1 up
        holds "$stderr" "no such table: nowhere"
        holds "$stderr" "  --> migrations/$moment.sql:1:1"
        holds "$stderr" "  state: 001_t1 was rolled back: nothing of it is left"
        same "$(said)" "beforeUp onError"
        same "$(user_tables)" said
    done
    says "${every[@]}"
    wend 0 up -q
    same "$(user_tables)" "said t1 t2"
}

@test "afterUp that fails leaves the migrations applied, and says so" {
    two
    says "${every[@]}"
    echo 'INSERT INTO nowhere VALUES (1);' >migrations/afterUp.sql
    wend 1 up
    holds "$stderr" "  --> migrations/afterUp.sql:1:1"
    holds "$stderr" "  state: all 2 migrations are applied, and stay so: it was afterUp that failed"
    holds "$(said)" "afterEach002 onError"
    wend 0 status --exit-code
    tables 3
    wend 1 up
    holds "$stderr" "  state: the migration is applied, and stays so: it was afterUp that failed"
}

@test "onError has the failure, and its own is a warning" {
    two
    says onError
    command_at onError "sh -c 'echo \"<\$WEND_ERROR> \$WEND_EVENT \$WEND_DIRECTION \$WEND_APPLIED/\$WEND_TOTAL\"'"
    migration 003_c "SELECT * FROM nowhere;"
    wend 1 up
    holds "$stderr" "<no such table: nowhere> onError up 2/3"
    holds "$stderr" "error: no such table: nowhere"
    same "$(said)" onError
    echo 'SELECT * FROM nobody;' >migrations/onError.sql
    wend 1 up
    holds "$stderr" "warning: onError failed, too: no such table: nobody"
    holds "$stderr" "error: no such table: nowhere"
}

@test "what cannot be cut is found before anything is changed" {
    two
    says beforeUp
    echo 'VACUUM;' >migrations/afterEach.sql
    wend 2 up
    holds "$stderr" "error: afterEach runs in the transaction of each migration, and this cannot"
    rm migrations/afterEach.sql
    printf -- '-- wend: batch size=5\nDELETE FROM said;\n' >migrations/afterUp.sql
    wend 2 up
    holds "$stderr" "error: a callback cannot have a batch"
    printf -- '-- wend: substitute\nSELECT ${a};\n' >migrations/afterUp.sql
    wend 2 up
    holds "$stderr" "a: migrations/afterUp.sql:2"
    printf -- '-- wend: frobnicate\n' >migrations/afterUp.sql
    wend 2 up
    same "$(said)$(user_tables)" said
    # Statements that run outside of a transaction may stand around the whole run.
    echo 'VACUUM; INSERT INTO said VALUES (1); VACUUM;' >migrations/afterUp.sql
    wend 0 up -q
    same "$(said)" "beforeUp 1"
}

@test "plan, --dry-run and plan --sql show what is called, and nothing is" {
    two
    says "${every[@]}"
    command_at afterUp 'touch called'
    wend 0 up --dry-run
    same "$output" "2 migrations would run:
  beforeUp        migrations/beforeUp.sql
  beforeEach      migrations/beforeEach.sql
  afterEach       migrations/afterEach.sql
  up    001_t1
  up    002_t2
  afterUp         migrations/afterUp.sql
  afterUp         command: touch called
  onError         migrations/onError.sql"
    wend 0 plan
    holds "$output" "afterUp  (1 statement, migrations/afterUp.sql)
    INSERT INTO said (x) VALUES ('afterUp');
afterUp  (command: touch called)"
    wend 0 plan --json
    same "$(jq -r '.callbacks[] | .moment + " " + (.file // .command)' <<<"$output" | tail -n 3)" \
        "afterUp migrations/afterUp.sql
afterUp touch called
onError migrations/onError.sql"
    wend 0 plan --sql
    holds "$output" "-- afterUp is a command, which is not run from here: touch called"
    same "$(said)" ""
    [ ! -e called ]
    sqlite3 shop.db <<<"$output"
    same "$(said)" "beforeUp beforeEach001 afterEach001 beforeEach002 afterEach002 afterUp"
    wend 0 status --exit-code
    wend 0 down --all --dry-run
    holds "$output" "beforeEachDown  migrations/beforeEachDown.sql"
}

@test "with nothing to do, and without a run, nothing is called" {
    two
    wend 0 up -q
    says "${every[@]}"
    command_at beforeUp 'touch called'
    wend 0 up
    wend 0 mark --pending 2
    wend 0 mark 2
    wend 0 status
    same "$(said)" ""
    [ ! -e called ]
}

@test "seeds are no migrations: nothing is called for them" {
    two
    wend 0 up -q
    mkdir seeds
    echo "INSERT INTO said VALUES ('seed');" >seeds/1_a.sql
    says "${every[@]}"
    for moment in "${every[@]}"; do
        command_at "$moment" 'touch called'
    done
    wend 0 seed run
    same "$(said)" seed
    [ ! -e called ]
    wend 0 reset --yes -q
    [ -e called ]
}

@test "a command gets the run in its environment, and its output is notes" {
    two
    mkdir sub
    printf '#!/bin/sh\nenv | grep ^WEND_ | grep -v PG_BIN | sort >>env\necho "to out $1"; echo "to err" >&2\n' >say
    chmod +x say
    printf 'environments:\n  - name: test\n' >>wend.yaml
    command_at beforeEachDown './say "a  b"'
    wend 0 up -q
    cd sub
    wend 0 -c ../wend.yaml -e test down --yes
    same "$output" "$(grep reverted <<<"$output")"
    holds "$stderr" "to out a  b
to err"
    same "$(cat ../env)" "WEND_APPLIED=0
WEND_DATABASE=sqlite:../shop.db
WEND_DIRECTION=down
WEND_ENVIRONMENT=test
WEND_EVENT=beforeEachDown
WEND_NAME=t2
WEND_TOTAL=1
WEND_TRACK=main
WEND_VERSION=002"
    cd ..
    wend 0 --log-format json up
    command_at beforeUp './say x'
    wend 0 down --yes -q
    wend 0 --log-format json up
    same "$(jq -r 'select(.event == "callback") | .text' <<<"$stderr")" "beforeUp: ./say x"
    holds "$(jq -r 'select(.event == "note") | .text' <<<"$stderr")" "to out x"
}

@test "commands around each migration see it committed; files and commands keep their order" {
    tables 1 2
    says "${every[@]:0:4}"
    sql 'CREATE TABLE said (x)'
    for moment in "${every[@]:0:4}"; do
        command_at "$moment" "sqlite3 shop.db \"INSERT INTO said VALUES ('\$ $moment', (SELECT count(*) FROM sqlite_schema WHERE name IN ('t1', 't2')))\""
    done
    sql 'DROP TABLE said; CREATE TABLE said (x, n)'
    wend 0 up -q
    same "$(sql "SELECT group_concat(x || coalesce(':' || n, ''), ' ') FROM (SELECT * FROM said ORDER BY rowid)")" \
        '$ beforeUp:0 beforeUp $ beforeEach:0 beforeEach001 afterEach001 $ afterEach:1 $ beforeEach:1 beforeEach002 afterEach002 $ afterEach:2 afterUp $ afterUp:2'
    wend 0 status --exit-code
}

@test "a command that fails: before, it stops the run; behind, what is committed stays" {
    tables 1 2
    for moment in beforeUp:0 beforeEach:0 afterEach:1 afterUp:2; do
        project
        rm -f shop.db
        command_at "${moment%:*}" "sh -c 'echo reason; exit 3'"
        wend 1 up
        holds "$stderr" "error: the command of ${moment%:*} ended with status 3: reason
  --> wend.yaml:4"
        same "$(sql "SELECT count(*) FROM sqlite_schema WHERE name IN ('t1', 't2')")" "${moment#*:}"
    done
    same "$(grep state <<<"$stderr")" "  state: all 2 migrations are applied, and stay so: it was afterUp that failed"
}

@test "a command that is not there is found before anything is changed" {
    tables 1
    command_at afterUp "no-such-program --at-all"
    wend 2 up
    same "$stderr" "error: the command of afterUp cannot be run: no-such-program: there is no such program
  --> wend.yaml:4
  state: nothing was changed
  next: a name is looked for in PATH, a path begins at the folder of wend.yaml; it must be executable"
    echo 'exit 0' >plain
    sed -i 's/no-such-program.*/.\/plain/' wend.yaml
    wend 2 up
    holds "$stderr" "error: the command of afterUp cannot be run: ./plain: it is not executable"
    same "$(user_tables)" ""
    chmod +x plain
    sed -i 's/name: afterUp/name: afterEach/' wend.yaml
    wend 2 up --one-transaction
    holds "$stderr" "error: with --one-transaction no command can be run for each migration (afterEach)"
}

@test "wrong callbacks of wend.yaml" {
    tables 1
    command_at afterUpp true
    wend 2 up
    holds "$stderr" 'there is no moment "afterUpp" for a callback'
    holds "$stderr" 'did you mean "afterUp"?'
    project
    command_at afterUp "\"sh -c 'open\""
    wend 2 up
    holds "$stderr" "is no command: a quote in it is open"
    project
    printf 'callbacks:\n  - name: afterUp\n' >>wend.yaml
    wend 2 up
    holds "$stderr" 'a callback needs a "command"'
    project
    command_at afterUp true "timeout: soon"
    wend 2 up
    holds "$stderr" '"timeout" is a duration'
}

@test "a command that takes too long is ended with all that it began" {
    tables 1
    command_at afterUp "sh -c 'trap \"\" TERM; (sleep 60; touch late) & echo \$! >child; wait; sleep 60'" 'timeout: 300ms'
    start=$SECONDS
    wend 1 up
    ((SECONDS - start < 15))
    holds "$stderr" "the command of afterUp was ended: it took longer than 300 ms"
    for _ in $(seq 50); do
        kill -0 "$(cat child)" 2>/dev/null || break
        sleep 0.1
    done
    not kill -0 "$(cat child)" 2>/dev/null
}

@test "a command that prints without end is ended, too; a line without end is not kept" {
    local forever limit
    for forever in yes "tr '\\0' x"; do
        tables 1
        command_at beforeUp "sh -c \"exec $forever </dev/zero\"" 'timeout: 300ms'
        limit=0
        timeout -k 1 20 "$WEND" up >/dev/null 2>said || limit=$?
        same "$limit" 1
        tail -n 4 said | grep -q "the command of beforeUp was ended: it took longer than 300 ms"
    done
    # One line of 64 KiB is shown.
    (($(wc -c <said) < 70000))
}

@test "what a command leaves running is not waited for" {
    tables 1
    command_at afterUp "sh -c 'sleep 30 & echo \$! >child'"
    start=$SECONDS
    wend 0 up
    ((SECONDS - start < 15))
    kill "$(cat child)"
}

@test "SIGINT ends a command and the run" {
    tables 1 2
    command_at afterEach "sh -c 'kill -INT \$PPID; sleep 60'"
    start=$SECONDS
    wend 130 up
    ((SECONDS - start < 15))
    holds "$stderr" "error: interrupted in the command of afterEach"
    holds "$stderr" "  state: 001_t1 is applied; 1 of 2 migrations is done, and stays so"
    same "$(user_tables)" t1
}

@test "after a kill in the middle of one, it runs again with the next run" {
    tables 1 2
    command_at beforeUp "sh -c 'echo x >>tries; [ -e alive ] || kill -9 \$PPID'"
    run "$WEND" up
    [ "$status" -eq 137 ]
    [ "$(user_tables)" = "" ]
    run "$WEND" up
    touch alive
    wend 0 up -q
    same "$(wc -l <tries)" 3
    same "$(user_tables)" "t1 t2"
    # Behind the last one nothing is left to do: afterUp runs again behind the next.
    project
    command_at afterUp "sh -c 'echo x >>last; [ -e really ] || kill -9 \$PPID'"
    migration 003_c 'CREATE TABLE c (x);'
    run "$WEND" up
    [ "$status" -eq 137 ]
    wend 0 up
    same "$(wc -l <last)" 1
    touch really
    migration 004_d 'CREATE TABLE d (x);'
    wend 0 up -q
    same "$(wc -l <last)" 2
}

@test "the password stays with wend, unless wend.yaml gives it away" {
    on_server postgres
    unset DATABASE_URL
    ask "CREATE ROLE pia LOGIN SUPERUSER PASSWORD 'geh%eim'"
    with_password=$(sed -E 's#//([^@/]*@)?#//pia:geh%25eim@#' <<<"$url")
    migration 001_a 'CREATE TABLE a (x int);' 'DROP TABLE a;'
    echo 'database: ${SHOP_URL}' >wend.yaml
    command_at beforeUp "sh -c 'env >env'"
    SHOP_URL=$with_password OTHER="geh%eim" KEPT=kept DATABASE_URL=$with_password PGPASSWORD="geh%eim" \
        WEND_DATABASE_URL=$with_password wend 0 up
    not grep -q 'geh%' env
    grep -qx 'KEPT=kept' env
    grep -q '^WEND_DATABASE=postgres.*pia' env
    printf '    credentials: true\n' >>wend.yaml
    wend 0 -d "$with_password" down --yes -q
    SHOP_URL=$with_password wend 0 up -q
    grep -qxF "WEND_DATABASE_URL=$with_password" env
    SHOP_URL=$with_password wend 0 down --yes -q
    not grep -q 'geh%' <<<"$output$stderr"
}

@test "a password among the parameters of the URL, or with signs of a URL in it, stays with wend, too" {
    local case rest written meant number=0
    on_server postgres
    unset DATABASE_URL
    mkdir migrations
    echo 'database: ${SHOP_URL}' >wend.yaml
    command_at beforeUp "sh -c 'env >env'"
    # What stands behind the host, or before it with its @.
    for case in '?password= s3%63ret s3cret' '?pass%77ord= s3%63ret s3cret' \
        '?connect_timeout=9&sslpassword= s3%63ret s3cret' '?password= s3cret?a#b s3cret?a#b' '@ s3cret?a#b s3cret?a#b'; do
        read -r rest written meant <<<"$case"
        case $rest in
        @) rest=${url/postgres@/postgres:$written@} ;;
        *) rest=$url$rest$written ;;
        esac
        migration "00$((++number))_a" 'SELECT 1;'
        SHOP_URL=$rest WRITTEN=$written MEANT=$meant KEPT=kept wend 0 up
        grep -qx KEPT=kept env
        not grep s3 env
        not grep s3 <<<"$output$stderr"
    done
}

@test "on PostgreSQL: in each migration's transaction, and outside of any around the run" {
    on_server postgres
    ask 'CREATE TABLE said (n serial, x text, tx xid8 DEFAULT pg_current_xact_id())'
    mkdir migrations
    says "${every[@]}"
    echo 'VACUUM ANALYZE said;' >migrations/afterUp__vacuum.sql
    migration 001_a "CREATE TABLE a (x int); INSERT INTO said (x) VALUES ('a');"
    migration 002_b "CREATE INDEX CONCURRENTLY i ON a (x);"
    wend 0 up -q
    same "$(ask "SELECT string_agg(x, ' ' ORDER BY n) FROM said")" \
        "beforeUp beforeEach001 a afterEach001 beforeEach002 afterEach002 afterUp"
    same "$(ask "SELECT count(DISTINCT tx) FROM said WHERE x IN ('beforeEach001', 'a', 'afterEach001')")" 1
    echo 'INSERT INTO nowhere VALUES (1);' >migrations/afterEach.sql
    migration 003_c 'CREATE TABLE c (x int);'
    wend 1 up
    holds "$stderr" '  --> migrations/afterEach.sql:1:13'
    same "$(ask "SELECT to_regclass('c') IS NULL")" t
    same "$(ask "SELECT x FROM said ORDER BY n DESC LIMIT 1")" onError
    # A setting of one does not come to another.
    echo 'SET search_path = nowhere;' >migrations/beforeEach.sql
    says afterEach afterUp
    sed -i 's/INTO said/INTO public.said/' migrations/afterEach.sql
    migration 003_c 'CREATE TABLE public.c (x int);'
    wend 0 up -q
    same "$(ask "SELECT x FROM said ORDER BY n DESC LIMIT 1")" afterUp
}

@test "on MariaDB: rows in each migration's transaction, definitions around the run" {
    on_server mariadb
    ask 'CREATE TABLE said (n serial, x varchar(100))'
    mkdir migrations
    says "${every[@]}"
    echo 'CREATE TABLE made (x int);' >migrations/beforeUp__ddl.sql
    migration 001_a "CREATE TABLE a (x int); INSERT INTO said (x) VALUES ('a');"
    migration 002_b "INSERT INTO said (x) VALUES ('b');"
    wend 0 up -q
    same "$(ask "SELECT group_concat(x ORDER BY n SEPARATOR ' ') FROM said")" \
        "beforeUp beforeEach001 a afterEach001 beforeEach002 b afterEach002 afterUp"
    rm migrations/beforeUp__ddl.sql
    echo 'INSERT INTO nowhere VALUES (1);' >migrations/afterEach.sql
    migration 003_c "INSERT INTO said (x) VALUES ('c');"
    wend 1 up
    holds "$stderr" '  --> migrations/afterEach.sql:1'
    same "$(ask "SELECT count(*) FROM said WHERE x = 'c'")" 0
    # Behind a definition, which is committed, the next run goes on with what is left.
    migration 003_c "CREATE TABLE c (x int);"
    wend 1 up
    holds "$stderr" 'is partly done'
    says afterEach
    wend 0 up -q
    same "$(ask "SELECT count(*) FROM said WHERE x = 'afterEach003'")" 1
    echo 'CREATE TABLE more (x int);' >migrations/beforeEach.sql
    migration 004_d "SELECT 1;"
    wend 2 up
    holds "$stderr" "beforeEach runs in the transaction of each migration, and this cannot"
}

@test "wend's own tables are no callback's, and the message does not call it a migration" {
    local kind
    mkdir migrations
    for kind in sqlite postgres mariadb; do
        rm -f migrations/*
        if [ $kind = sqlite ]; then
            export DATABASE_URL=sqlite:shop.db
        else
            on_server $kind
        fi
        migration 001_a 'CREATE TABLE a (x int);'
        wend 0 up -q
        migration 002_b 'CREATE TABLE b (x int);'
        for moment in beforeUp beforeEach; do
            echo 'DELETE FROM wend_journal;' >migrations/$moment.sql
            wend 1 up
            [[ $stderr =~ error:\ a\ script\ may\ not\ (change|delete|delete\ from)\ wend_journal:\ that\ is\ wend\'s\ own ]]
            holds "$stderr" "  --> migrations/$moment.sql:1"
            rm migrations/$moment.sql
        done
    done
}
