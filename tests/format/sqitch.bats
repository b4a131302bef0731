#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sqitch projects, turn by turn with sqitch itself, on its own registry.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

local_setup() {
    export SQITCH_CONFIG=sqitch.conf SQITCH_USER_CONFIG=none SQITCH_SYSTEM_CONFIG=none
    mkdir deploy revert
    printf '[core]\n\tplan_file = sqitch.plan\n[user]\n\tname = Ann\n\temail = ann@example.com\n' >sqitch.conf
    cat >sqitch.plan <<'PLAN'
%syntax-version=1.0.0
%project=demo
%uri=https://example.com/demo/

a 2024-01-01T00:00:00Z Ann <ann@example.com> # first
c [a] 2024-01-03T00:00:00Z Ann <ann@example.com> # third
@v1 2024-01-04T00:00:00Z Ann <ann@example.com> # tag it
d [a c@v1 !zz] 2024-01-05T00:00:00Z Bob B <bob@example.com> # with several\nlines
e 2024-01-06T00:00:00Z Bob B <bob@example.com>
PLAN
    local change
    for change in a c d e; do
        echo "CREATE TABLE $change (x INTEGER);" >"deploy/$change.sql"
        echo "DROP TABLE $change;" >"revert/$change.sql"
    done
}

# tool COMMAND [OPTION...]: sqitch on the test's database.
tool() {
    command -v sqitch >/dev/null || skip "sqitch is not installed"
    local target=${url/#postgres:/db:pg:}
    "sqitch" "$1" --target "${target/#mysql:/db:mysql:}" "${@:2}" >tool.log 2>&1 ||
        { cat tool.log >&2 && return 1; }
}

# needs_sqitch_for MODULE: leaves the test out where sqitch cannot reach the server.
needs_sqitch_for() {
    command -v sqitch >/dev/null || skip "sqitch is not installed"
    perl -e "require $1" 2>/dev/null || skip "sqitch lacks $1"
}

# steps [OPTION...]: the state and the name of each change.
steps() {
    wend 0 "$@" status --json
    jq -r '.migrations[] | .state + " " + .version' <<<"$output"
}

turns() {
    tool deploy --to a
    same "$(steps)" "applied a
pending c
pending d
pending e"
    wend 0 up --count 2
    tool status
    holds "$(cat tool.log)" "# Name:     d"
    holds "$(cat tool.log)" "  * e"
    tool deploy
    same "$(steps | cut -d' ' -f1 | uniq)" applied
    wend 0 down --count 2 --yes
    tool status
    holds "$(cat tool.log)" "# Name:     c"
    holds "$(cat tool.log)" "# Tag:      @v1"
    tool revert -y --to a
    same "$(steps | head -2)" "applied a
pending c"
    wend 0 up
    tool status
    holds "$(cat tool.log)" "Nothing to deploy (up-to-date)"
    tool revert -y
    same "$(steps | cut -d' ' -f1 | uniq)" pending
}

@test "turn by turn with sqitch on PostgreSQL, from its registry and from wend's" {
    needs_sqitch_for DBD::Pg
    on postgres
    turns
    same "$(sql "SELECT string_agg(event, ' ' ORDER BY committed_at) FROM sqitch.events WHERE change = 'e'")" \
        "deploy revert deploy revert"
    sql "DROP SCHEMA sqitch CASCADE" >/dev/null 2>&1
    wend 0 up
    tool status
    holds "$(cat tool.log)" "Nothing to deploy (up-to-date)"
    tool revert -y
}

@test "turn by turn with sqitch on MariaDB" {
    needs_sqitch_for DBD::mysql
    alone
    on mariadb
    my "" "DROP DATABASE IF EXISTS sqitch"
    turns
    my "" "DROP DATABASE sqitch"
    wend 0 up
    tool status
    holds "$(cat tool.log)" "Nothing to deploy (up-to-date)"
    tool revert -y
}

@test "the ids are those that sqitch makes" {
    on postgres
    wend 0 up
    same "$(sql "SELECT change_id FROM sqitch.changes WHERE change = 'a'")" 4efdce3a690cd7b9394559e77e9db494dc3aea6d
    same "$(sql "SELECT tag_id FROM sqitch.tags")" "$(python3 - <<'PYTHON'
import hashlib

def object_id(kind, info):
    return hashlib.sha1(f"{kind} {len(info)}\0{info}".encode()).hexdigest()

head = "project demo\nuri https://example.com/demo/\n"
ann = "planner Ann <ann@example.com>\ndate 2024-01-0"
a = object_id("change", f"{head}change a\n{ann}1T00:00:00Z\n\nfirst")
c = object_id("change", f"{head}change c\nparent {a}\n{ann}3T00:00:00Z\nrequires\n  + a\n\nthird")
print(object_id("tag", f"{head}tag @v1\nchange {c}\n{ann}4T00:00:00Z\n\ntag it"))
PYTHON
)"
    same "$(sql "SELECT script_hash FROM sqitch.changes WHERE change = 'a'")" "$(sha1sum deploy/a.sql | cut -d' ' -f1)"
}

@test "a reworked change has its older script with the tag in its name" {
    on postgres
    echo "a [a@v1] 2024-01-07T00:00:00Z Ann <ann@example.com> # anew" >>sqitch.plan
    mv deploy/a.sql deploy/a@v1.sql
    mv revert/a.sql revert/a@v1.sql
    echo "ALTER TABLE a ADD y INTEGER;" >deploy/a.sql
    echo "ALTER TABLE a DROP y;" >revert/a.sql
    wend 0 up
    same "$(steps)" "applied a@v1
applied c
applied d
applied e
applied a"
    if command -v sqitch >/dev/null && perl -e 'require DBD::Pg' 2>/dev/null; then
        tool status
        holds "$(cat tool.log)" "Nothing to deploy (up-to-date)"
    fi
    wend 0 down --all --yes
    same "$(sql "SELECT count(*) FROM sqitch.changes")" 0
}

@test "the plan lies where the scripts do, unless another place is named" {
    on postgres
    mkdir sql
    mv deploy revert sqitch.plan sql
    printf '[core]\n\ttop_dir = ./sql\n' >sqitch.conf
    # One that was left behind.
    printf '%%project=old\n\na 2020-01-01T00:00:00Z Ann <ann@example.com>\n' >sqitch.plan
    wend 0 -m . up
    same "$(steps -m . | tail -n 1)" "applied e"
    same "$(sql "SELECT DISTINCT project FROM sqitch.changes")" demo
    printf '[core]\n\ttop_dir = sql\n\tplan_file = sqitch.plan\n' >sqitch.conf
    same "$(steps -m .)" "pending a"
    rm sqitch.plan
    wend 2 -m . status
    holds "$stderr" sqitch.plan
}

@test "sqitch.conf's sections of the engine and the target say where plan and scripts lie" {
    on postgres
    mkdir -p sql/pg/old
    mv deploy sql/pg/up
    mv revert sql/pg/back
    mv sqitch.plan sql/pg/changes.plan
    (cd sql/pg && for one in up/*.sql back/*.sql; do mv "$one" "${one%.sql}.ddl"; done)
    cat >sqitch.conf <<'CONF'
[core]
    engine = pg
    top_dir = elsewhere
    extension = none
[engine "mysql"]
    top_dir = my
[engine "pg"]
    target = shop   ; the usual one
    plan_file = "sql/pg/changes.plan"
    deploy_dir = nowhere
    revert_dir = ./sql/pg/back
[Target "shop"]
    uri = db:pg:shop
    deploy_dir = sql/pg/up # not the engine's
    extension = ddl
CONF
    wend 0 up
    same "$(steps | tail -n 1)" "applied e"
    if command -v sqitch >/dev/null && perl -e 'require DBD::Pg' 2>/dev/null; then
        sed -i "s,uri = .*,uri = db:pg:${url#*:}," sqitch.conf
        sqitch status shop >tool.log
        holds "$(cat tool.log)" "Nothing to deploy (up-to-date)"
    fi
    wend 0 down --count 1 --yes
    same "$(sql "SELECT to_regclass('e') IS NULL")" t
    # A reworked change's older script.
    echo "a [a@v1] 2024-01-07T00:00:00Z Ann <ann@example.com> # anew" >>sql/pg/changes.plan
    mv sql/pg/up/a.ddl sql/pg/old/a@v1.ddl
    echo "ALTER TABLE a ADD y INTEGER;" >sql/pg/up/a.ddl
    sed -i 's,^    extension = ddl,&\n    reworked_deploy_dir = sql/pg/old,' sqitch.conf
    wend 0 up
    same "$(steps | tail -n 1)" "applied a"
    wend 7 -d "mysql://root@127.0.0.1:1/a" validate
    holds "$stderr" my/sqitch.plan
}

@test "the project lies where sqitch.conf does, though plan and scripts lie below" {
    on postgres
    mkdir sql
    mv deploy revert sqitch.plan sql
    printf '[core]\n\ttop_dir = sql\n\textension = ddl\n' >sqitch.conf
    wend 2 status
    holds "$stderr" ./sql/deploy/a.ddl
    printf '[core]\n\tengine = pg\n\ttop_dir = sql\n' >sqitch.conf
    same "$(steps | tail -n 1)" "pending e"
    wend 0 detect --json
    same "$(jq -r '.tools[] | .name + " " + .folder' <<<"$output")" "sqitch ."
    # The word that is wend's own default is no different.
    mv sql migrations
    sed -i 's/top_dir = sql/top_dir = migrations/' sqitch.conf
    same "$(steps | tail -n 1)" "pending e"
    rm sqitch.conf
    same "$(steps | tail -n 1)" "pending e"
}

@test "a change slipped in below what is deployed stops, and nothing is written" {
    on postgres
    wend 0 up --count 2
    sed -i 's/^c /b 2024-01-02T00:00:00Z Ann <ann@example.com>\nc /' sqitch.plan
    echo "CREATE TABLE b (x INTEGER);" >deploy/b.sql
    wend 6 up
    holds "$stderr" "pending, but a later one is applied already: b"
    same "$(sql "SELECT count(*) FROM sqitch.changes")" 2
}

@test "other projects in the registry are theirs" {
    on postgres
    wend 0 up --count 1
    sql "INSERT INTO sqitch.projects (project, creator_name, creator_email) VALUES ('other', 'x', 'x');
        INSERT INTO sqitch.changes VALUES (repeat('0', 40), 'x', 'z', 'other', '', now(), 'x', 'x', now(), 'x', 'x')"
    same "$(steps)" "applied a
pending c
pending d
pending e"
}

@test "what is wrong with a plan is said with its line, before anything runs" {
    on postgres
    echo "broken line" >>sqitch.plan
    wend 2 up
    holds "$stderr" "this line of the plan cannot be read
  --> ./sqitch.plan:10"
    sed -i '$d' sqitch.plan
    rm deploy/e.sql
    wend 2 up
    holds "$stderr" "./deploy/e.sql"
    same "$(sql "SELECT to_regclass('a') IS NULL")" t
    wend 2 -d sqlite:a.db up
    holds "$stderr" "registry for SQLite in a file of its own"
}

@test "what psql would fill in is refused where it stands, before anything runs" {
    on postgres
    printf '%s\n' '\set name ann' 'CREATE TABLE e (x integer);' \
        "COMMENT ON TABLE e IS" "    :'name';" >deploy/e.sql
    wend 2 up
    same "$stderr" "error: psql puts a value in the place of :'name', wend does not
  --> ./deploy/e.sql:4:5
    4 |     :'name';
      |     ^
  next: write the value, or \${NAME} under \`-- wend: substitute\` with its value under placeholders: in wend.yaml"
    same "$(sql "SELECT to_regclass('a') IS NULL")" t
    printf '%s\n' "SELECT 'CREATE TABLE e (x integer)'" "\gexec" >deploy/e.sql
    wend 2 up
    holds "$stderr" "\gexec is a word of psql's and no SQL
  --> ./deploy/e.sql:2:1"
    same "$(sql "SELECT to_regclass('a') IS NULL")" t
}

@test "a plan without changes takes no other project's changes back" {
    on postgres
    sql "DROP SCHEMA IF EXISTS sqitch CASCADE"
    mkdir -p one/deploy one/revert two
    printf '[core]\n\tengine = pg\n' | tee one/sqitch.conf >two/sqitch.conf
    printf '%%syntax-version=1.0.0\n%%project=two\n\n' >two/sqitch.plan
    printf '%%syntax-version=1.0.0\n%%project=one\n\na 2024-01-01T00:00:00Z Ann <ann@example.org> # n\n' >one/sqitch.plan
    echo 'CREATE TABLE a (id int);' >one/deploy/a.sql
    echo 'DROP TABLE a;' >one/revert/a.sql
    wend 0 -m one up
    wend 0 -m two status --json
    same "$(jq -r .applied <<<"$output")" 0
    "$WEND" -m two down --all --yes || true
    same "$(sql 'SELECT count(*) FROM a')" 0
    same "$(sql 'SELECT change FROM sqitch.changes')" a
}

@test "a changed script is accepted: its sum is written, and nothing was deployed" {
    on postgres
    wend 0 up
    echo "CREATE TABLE c (y TEXT);" >deploy/c.sql
    wend 6 up
    wend 0 repair --accept c --yes
    wend 0 up
    same "$(sql "SELECT script_hash FROM sqitch.changes WHERE change = 'c'")" "$(sha1sum deploy/c.sql | cut -d ' ' -f 1)"
    same "$(sql "SELECT count(*) FROM sqitch.events")" 4
}
