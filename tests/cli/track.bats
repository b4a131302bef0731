#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Several tracks in one database: which of them a command works on, in which order, what a failure stops,
# and what is left out. The servers are there for schemas and for names with a dot.

load helper
load golden/golden
load servers

# track NAME VERSION TABLE: a migration of that track that makes a table.
track() {
    mkdir -p "$1"
    printf -- '-- wend:up\nCREATE TABLE %s (x INTEGER);\n-- wend:down\nDROP TABLE %s;\n' "$3" "$3" >"$1/$2_$3.sql"
}

# three: platform, app (optional, in the folder that APP names) and extra.
three() {
    cat >wend.yaml <<'END'
database: sqlite:shop.db
tracks:
  - name: platform
    migrations: platform
    table: migrations.platform
  - name: app
    migrations: ${APP}
    table: migrations.app
    optional: true
  - name: extra
    migrations: extra
    table: migrations.extra
END
    track platform 001 users
    track app 001 notes
    track extra 001 other
    export APP=app
}

# events: what up --json printed, a line each.
events() { jq -r '"\(.event // "error") \(.track // .error.track) \(.name // "")"' <<<"$output"; }

# at TRACK: the versions in its history.
at() { sql "SELECT group_concat(version) FROM \"migrations.$1\""; }

@test "up runs all tracks in their order, each with its own history" {
    three
    track app 002 more
    wend 0 up
    same "$(sed 's/ *(.*//' <<<"$output")" "applied   platform: 001_users
applied   app: 001_notes
applied   app: 002_more
applied   extra: 001_other"
    holds "$stderr" "platform: sqlite:shop.db: 1 migration applied in "
    holds "$stderr" "app: sqlite:shop.db: 2 migrations applied in "
    same "$(at platform) $(at app) $(at extra)" "001 001,002 001"
    wend 0 up
    same "$output" ""
    same "$(grep -c 'nothing to do, everything is applied' <<<"$stderr")" 3
    track app 003 late
    wend 0 up --json
    same "$(events)" "plan platform 
done platform 
plan app 
applied app late
done app 
plan extra 
done extra "
}

@test "--track picks one, and its output is that of a project with one" {
    three
    wend 0 --track app up
    same "$(sed 's/ *(.*//' <<<"$output")" "applied   001_notes"
    wend 0 --track platform status
    holds "$output" "sqlite:shop.db: 0 applied, 1 pending"
    same "$(head -c 5 <<<"$output")" "STATE"
    WEND_TRACK=app wend 0 version
    same "$output" "001  notes"
    wend 0 --track app version --json
    same "$(jq -r .version <<<"$output")" 001
    wend 2 --track nope up
    holds "$stderr" "there is: platform, app, extra"
}

@test "status, plan, up --dry-run, version and validate show every track under its name" {
    three
    wend 0 --track platform up -q
    wend 0 status
    same "$(sed 's/ 20[0-9][0-9]-.*/ at/' <<<"$output")" "Track platform
STATE    VERSION  NAME   APPLIED AT (UTC)
applied  001      users  at

sqlite:shop.db: 1 applied, 0 pending

Track app
STATE    VERSION  NAME   APPLIED AT (UTC)
pending  001      notes

sqlite:shop.db: 0 applied, 1 pending

Track extra
STATE    VERSION  NAME   APPLIED AT (UTC)
pending  001      other

sqlite:shop.db: 0 applied, 1 pending"
    wend 0 plan --quiet
    same "$output" "Track platform
Nothing to do.

Track app
up 001_notes  (1 statement, app/001_notes.sql)

Track extra
up 001_other  (1 statement, extra/001_other.sql)"
    wend 0 up --dry-run
    same "$output" "Track platform
Nothing to do.

Track app
1 migration would run:
  up    001_notes

Track extra
1 migration would run:
  up    001_other"
    wend 0 version
    same "$output" "Track platform
001  users

Track app
none

Track extra
none"
    wend 0 validate
    same "$(grep -c ': valid; they ran up, down and up again in memory' <<<"$output")" 3
}

@test "the documents of all tracks are one" {
    three
    wend 0 --track app up -q
    for command in status plan "up --dry-run" version validate repair; do
        # shellcheck disable=SC2086
        wend 0 $command --json
        same "$command $(jq -sc '[length, [.[0].tracks[].track]]' <<<"$output")" \
            "$command [1,[\"platform\",\"app\",\"extra\"]]"
    done
    wend 0 status --json
    same "$(jq -c '[.tracks[] | [.history, .applied, .pending]]' <<<"$output")" \
        '[["migrations.platform",0,1],["migrations.app",1,0],["migrations.extra",0,1]]'
    unset APP
    wend 0 version --json
    same "$(jq -c '.tracks[1]' <<<"$output")" '{"track":"app","skipped":"APP is not set"}'
}

@test "status --exit-code and validate end with the worst of all tracks" {
    three
    wend 0 --track platform up -q
    wend 0 --track app up -q
    wend 5 status --exit-code
    holds "$output" "Track extra"
    track app 002 more
    wend 0 --track app up -q
    echo "SELECT 2;" >app/001_notes.sql
    wend 6 status --exit-code
    holds "$output" "Track extra"
    wend 6 validate
    holds "$output" "Track extra"
    rm -r app
    track app 001 notes
    cp platform/001_users.sql platform/001_again.sql
    wend 7 validate
    holds "$stderr" "track: platform"
    holds "$output" "Track extra"
}

@test "history is one list, newest first, and names the tracks" {
    three
    wend 0 up -q
    wend 0 down --track platform --yes -q
    wend 0 history
    same "$(awk '{ print $(NF - 4), $(NF - 3), $(NF - 2) }' <<<"$output" | sed 1d)" "down platform 001_users
up extra 001_other
up app 001_notes
up platform 001_users"
    holds "$output" "WAY   TRACK     MIGRATION"
    wend 0 history --limit 2 --json
    same "$(jq -c '[.journal[] | [.track, .event]]' <<<"$output")" '[["platform","reverted"],["extra","applied"]]'
    run_id=$(sql "SELECT run FROM wend_journal WHERE track = 'app' LIMIT 1")
    wend 0 history --run "$run_id" --json
    same "$(jq -r '[.journal[].track] | unique | join(" ")' <<<"$output")" app
    wend 2 history --run nope
    holds "$stderr" "there is no run nope"
    wend 0 --track app history
    holds "$output" "WAY  MIGRATION"
}

@test "what is for one track says which there are" {
    three
    wend 0 up -q
    for command in "down --yes" "redo --yes" "reset --yes" "mark 001" "baseline 001" "repair --accept" "new x" adopt; do
        # shellcheck disable=SC2086
        wend 2 $command
        same "$stderr" "error: wend ${command%% *} is for one track, and there are several: platform, app, extra
  next: say which with --track, for example --track extra"
    done
    for command in "up --to 001" "up --count 1" "plan --from base" "plan --down"; do
        # shellcheck disable=SC2086
        wend 2 $command
        holds "$stderr" " is for one track, and there are several: platform, app, extra"
    done
    wend 2 -m app up
    holds "$stderr" "error: --migrations is for one track, and wend.yaml has 3"
    WEND_FORMAT=wend wend 2 status --json
    same "$(jq -r .error.message <<<"$output")" "WEND_FORMAT is for one track, and wend.yaml has 3"
    wend 0 --track app down --yes
    holds "$output" "reverted  001_notes"
    track third 001 third
    wend 0 --track app -m third up --to 001 -q
    wend 0 --track app new more
    same "$(dirname "$(head -n 1 <<<"$output")")" app
    echo "SELECT 1;" >app/002_more.up.sql
    wend 2 embed --output app.c
    holds "$stderr" "error: wend embed is for one track"
    wend 0 embed app --output app.c
    wend 0 --track app embed --output app.c
    wend 0 unlock
    same "$(at platform) $(at extra)" "001 001"
}

@test "a track that fails is the last, and the error says what became of the others" {
    three
    echo "CREATE TABLE users (x);" >app/002_users.sql
    wend 1 up
    same "$(sed 's/ *(.*//' <<<"$output")" "applied   platform: 001_users
applied   app: 001_notes"
    holds "$stderr" "
  track: app; done before it: platform; not run: extra
"
    same "$(sql "SELECT count(*) FROM sqlite_schema WHERE name = 'other'")" 0
    wend 1 up --json
    same "$(jq -c 'select(.error) | .error | [.code, .track, .done, .not_run]' <<<"$output")" \
        '[1,"app",["platform"],["extra"]]'
    rm app/002_users.sql
    wend 0 up -q
    same "$(at extra)" 001
    # A command that looks changes nothing that could be told.
    echo "what: ever" >extra/001_again.sql
    wend 2 status
    holds "$stderr" "track: extra"
    [[ $stderr != *"not run"* ]]
}

@test "the commands that a message names are those of the track it is about" {
    three
    wend 0 up -q
    track app 002 more
    printf -- '-- wend: transaction none\nCREATE TABLE half (x);\nSELECT nope;\n' >app/003_half.sql
    wend 1 up
    # shellcheck disable=SC2016
    holds "$stderr" 'and the next `wend up --track app` goes on behind it'
    wend 6 repair
    holds "$output" '
  wend repair --track app --undo       run the other direction'
    # shellcheck disable=SC2016
    holds "$output" '`wend up --track app` goes on by itself'
    wend 6 repair --track app --json
    holds "$(jq -r .text <<<"$output")" "wend repair --track app --forget"
    wend 6 mark 003 --track app
    # shellcheck disable=SC2016
    same "$(tail -1 <<<"$stderr")" '  next: finish it with `wend up --track app`, or settle it with `wend repair --track app`'
    wend 6 mark 003 --track app --json
    # shellcheck disable=SC2016
    same "$(jq -r .error.hint <<<"$output")" 'finish it with `wend up --track app`, or settle it with `wend repair --track app`'
    wend 0 status
    # shellcheck disable=SC2016
    holds "$stderr" 'app: 003_half is half done (up): `wend up --track app` goes on with it, `wend repair --track app` lists other ways'
    wend 0 repair --forget --yes --track app
    rm app/003_half.sql
    sed -i 's/x INTEGER/x TEXT/' extra/001_other.sql
    wend 6 up
    # shellcheck disable=SC2016
    holds "$stderr" '`wend repair --track extra --accept 001_other`'
    # What works on the whole database or on none has no track, and one track of one has none.
    rm -r extra
    wend 2 up
    # shellcheck disable=SC2016
    holds "$stderr" '`wend init`'
    printf 'database: sqlite:one.db\ntracks:\n  - name: app\n    migrations: app\n' >wend.yaml
    wend 2 mark 9
    # shellcheck disable=SC2016
    holds "$stderr" '`wend status` lists all'
}

@test "a folder at fault, of the last track too, is found before anything is run" {
    three
    cp extra/001_other.sql extra/001_again.sql
    wend 2 up
    holds "$stderr" "track: extra; not run: platform, app"
    [ ! -e shop.db ] || same "$(user_tables)" ""
    wend 2 up --json
    same "$(jq -c '.error | [.track, .done, .not_run, (.problems | length)]' <<<"$output")" \
        '["extra",[],["platform","app"],1]'
}

@test "an optional track is left out without its variable or its folder" {
    three
    unset APP
    wend 0 up
    holds "$stderr" "track app is left out: APP is not set"
    same "$(user_tables)" "migrations.extra migrations.platform other users"
    APP='' wend 0 up
    holds "$stderr" "track app is left out: \${APP} is empty"
    APP=nowhere wend 0 up --json
    same "$(jq -c 'select(.event == "skipped")' <<<"$output")" \
        '{"event":"skipped","track":"app","text":"there is no nowhere"}'
    # Whoever names it means it.
    wend 2 --track app up
    holds "$stderr" "takes \${APP}, and that variable is not set"
    APP=app wend 0 up -q
    same "$(at app)" 001
    # What is for one track has one, when the others are left out.
    sed -i '/name: extra/,$d' wend.yaml
    wend 0 down --yes
    holds "$output" "reverted  001_users"
    APP=app wend 2 down --yes
    sed -i '/optional/d' wend.yaml
    wend 2 up
    holds "$stderr" "takes \${APP}, and that variable is not set"
}

@test "confirm asks for each track, and no stops the rest" {
    three
    sed -i '1a confirm: true' wend.yaml
    wend 8 up
    holds "$stderr" "not confirmed: platform: Apply 1 migration to sqlite:shop.db?"
    NO_COLOR=1 on_terminal "y\nn\n" "$WEND" up
    same "$status" 8
    holds "$output" "app: Apply 1 migration to sqlite:shop.db? [y/N]"
    holds "$output" "track: app; done before it: platform; not run: extra"
    same "$(at platform)" 001
    wend 0 up --yes -q
    same "$(at extra)" 001
}

@test "plan --sql writes one script for all tracks" {
    three
    wend 0 plan --sql
    sqlite3 shop.db <<<"$output"
    same "$(at platform) $(at app) $(at extra)" "001 001 001"
    same "$(grep '^-- Track' <<<"$output")" "-- Track platform
-- Track app
-- Track extra"
}

@test "reset --hard is for all tracks; the backup is one, from before the first change" {
    three
    wend 0 --track platform up -q
    wend 0 up --backup before.db
    same "$(sqlite3 before.db "SELECT count(*) FROM sqlite_schema WHERE name IN ('users', 'notes', 'other')")" 1
    sql "CREATE TABLE stray (x)"
    wend 2 --track app reset --hard --yes
    holds "$stderr" "--hard drops what all 3 tracks have made"
    wend 0 reset --hard --yes
    same "$(user_tables)" "migrations.app migrations.extra migrations.platform notes other users"
}

@test "limits are each track's own" {
    three
    sed -i '/name: app/a\    lock_timeout: 100ms' wend.yaml
    wend 0 up -q
    track platform 002 more
    track app 002 even_more
    cat >holder.py <<'END'
import sqlite3, sys, time
base = sqlite3.connect("shop.db", isolation_level=None)
base.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(60)
END
    python3 holder.py >held 3>&- &
    holder=$!
    wait_for grep -q held held
    local before=$EPOCHREALTIME
    wend 4 --track app up -q
    kill "$holder"
    wait "$holder" || true
    # The default is ten seconds.
    (($(awk "BEGIN { print ($EPOCHREALTIME - $before < 5) }")))
    wend 0 up -q
}

@test "the platform and what is built on it, on SQLite" {
    cp -R "$BATS_TEST_DIRNAME/../../examples/platform/." .
    wend 0 up
    holds "$stderr" "track app is left out: USER_MIGRATIONS is not set"
    export USER_MIGRATIONS=app
    wend 0 up
    same "$(sed 's/ *(.*//' <<<"$output")" "applied   app: 001_notes
applied   app: 002_shared_notes"
    same "$(sqlite3 platform.db 'SELECT count(*) FROM "migrations.platform"')" 2
    same "$(sqlite3 platform.db 'SELECT count(*) FROM "migrations.app"')" 2
    wend 0 down --track app --all --yes
    wend 0 down --track platform --all --yes
    wend 0 up -q
}

@test "the platform and what is built on it, on PostgreSQL, in a schema that wend makes" {
    on_server postgres
    cp -R "$BATS_TEST_DIRNAME/../../examples/platform/." .
    wend 0 status
    same "$(ask "SELECT to_regnamespace('migrations') IS NULL")" t
    wend 0 up --json
    same "$(events | sed '/^notice/d')" "plan platform 
applied platform accounts
applied platform sessions
done platform 
skipped app "
    export USER_MIGRATIONS=app
    wend 0 up -q
    same "$(ask "SELECT 'platform', string_agg(version, ',' ORDER BY version) FROM migrations.platform
        UNION ALL SELECT 'app', string_agg(version, ',' ORDER BY version) FROM migrations.app ORDER BY 1")" \
        "app|001,002
platform|001,002"
    same "$(ask "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1" | tr '\n' ' ')" \
        "accounts notes sessions wend_journal wend_scripts "
    wend 0 down --track app --yes
    holds "$output" "reverted  002_shared_notes"
    wend 0 status --json
    same "$(jq -c '[.tracks[] | [.track, .history, .applied, .pending]]' <<<"$output")" \
        '[["platform","migrations.platform",2,0],["app","migrations.app",1,1]]'
    # Several at once: nothing runs twice, whichever track they meet in.
    wend 0 down --track app --yes
    wend 0 down --track platform --all --yes
    for _ in 1 2 3 4; do
        "$WEND" up -q >>together 2>&1 3>&- &
    done
    wait
    same "$(cat together)" ""
    same "$(ask "SELECT count(*) FROM migrations.app")" 2
    same "$(ask "SELECT max(n) FROM (SELECT count(*) AS n FROM wend_journal
        WHERE event IN ('applied', 'reverted') GROUP BY track, id, direction) AS c")" 2
}

@test "tracks are in the formats of two tools, with those tools' tables" {
    on_server postgres
    export USER_MIGRATIONS=app
    cat >wend.yaml <<'END'
tracks:
  - name: platform
    migrations: platform
    format: golang-migrate
    table: migrations.fluxbase
  - name: app
    migrations: ${USER_MIGRATIONS}
    format: fluxbase
    optional: true
END
    mkdir platform app
    for name in platform app; do
        echo "CREATE TABLE $name (x integer);" >"$name/001_$name.up.sql"
        echo "DROP TABLE $name;" >"$name/001_$name.down.sql"
    done
    wend 0 up -q
    same "$(ask "SELECT * FROM migrations.fluxbase")" "1|f"
    same "$(ask "SELECT name, status FROM migrations.app")" "001_app|applied"
    wend 0 status --json
    same "$(jq -c '[.tracks[] | [.format, .history, .applied]]' <<<"$output")" \
        '[["golang-migrate","migrations.fluxbase",1],["fluxbase","migrations.app",1]]'
    wend 0 down --track app --yes -q
    wend 0 up
    same "$(sed 's/ *(.*//' <<<"$output")" "applied   app: 001_app"
}

@test "two tracks in formats of tools, of which one is adopted" {
    mkdir one other
    echo "CREATE TABLE a (x);" >one/V1__a.sql
    printf -- '-- +goose Up\nCREATE TABLE b (x);\n-- +goose Down\nDROP TABLE b;\n' >other/00001_b.sql
    printf 'tracks:\n  - name: one\n    migrations: one\n    format: flyway\n  - name: other\n    migrations: other\n    format: goose\n' >wend.yaml
    wend 0 -d sqlite:a.db up
    wend 0 -d sqlite:a.db --track one adopt
    echo "CREATE TABLE c (x);" >one/V2__c.sql
    printf -- '-- +goose Up\nCREATE TABLE d (x);\n-- +goose Down\nDROP TABLE d;\n' >other/00002_d.sql
    wend 0 -d sqlite:a.db up
    same "$(sqlite3 a.db "SELECT group_concat(version) FROM wend_migrations")" "1,2"
    same "$(sqlite3 a.db "SELECT max(version_id) FROM goose_db_version")" 2
    wend 6 -d sqlite:a.db --track other adopt
    holds "$stderr" "wend_migrations"
}

@test "a track of wend's own without a table: beside one of a tool" {
    mkdir own tool
    echo "CREATE TABLE a (x);" >own/001_a.sql
    echo "CREATE TABLE b (x);" >tool/V1__b.sql
    printf 'tracks:\n  - name: own\n    migrations: own\n  - name: tool\n    migrations: tool\n    format: flyway\n' >wend.yaml
    wend 0 -d sqlite:a.db --track tool up
    wend 6 -d sqlite:a.db --track tool adopt
    wend 0 -d sqlite:a.db up
    wend 0 -d sqlite:a.db up -q
    same "$(sqlite3 a.db "SELECT version || ' ' || success FROM flyway_schema_history")" "1 1"
    same "$(sqlite3 a.db "SELECT id FROM wend_migrations")" 1
    wend 6 -d sqlite:a.db --track tool adopt
    holds "$stderr" "the table wend_migrations is that of another project or track"
}

# beside_qualified SCHEMA: a track of wend's own whose table is named with its schema, and one of a tool.
beside_qualified() {
    mkdir own tool
    echo "CREATE TABLE a (x integer);" >own/001_a.sql
    echo "CREATE TABLE b (x integer);" >tool/V5__b.sql
    printf 'tracks:\n  - name: own\n    migrations: own\n    table: %s.wend_migrations\n' "$1" >wend.yaml
    printf '  - name: tool\n    migrations: tool\n    format: flyway\n' >>wend.yaml
    wend 0 up -q
    same "$(ask "SELECT version FROM flyway_schema_history")" 5
    same "$(ask "SELECT id FROM wend_migrations")" 1
    wend 6 --track tool adopt
    holds "$stderr" "$1.wend_migrations is that of another project or track"
}

@test "a track of wend's own whose table has its schema: beside one of a tool, on PostgreSQL" {
    on_server postgres
    beside_qualified public
}

@test "a track of wend's own whose table has its schema: beside one of a tool, on MariaDB" {
    on_server mariadb
    beside_qualified "t$BATS_TEST_NUMBER"
}

@test "tracks on MariaDB, where a table's name has no schema" {
    on_server mariadb
    three
    wend 1 up
    same "$stderr" "error: wend's own tables cannot be made: Unknown database 'migrations'
  code: MariaDB 1049 (42000)
  track: platform; not run: app, extra
  state: nothing was run
  next: create that database (what stands before the dot of a table's name is one), or correct the name"
    sed -i 's/migrations\.\([a-z]*\)$/history_\1/' wend.yaml
    wend 0 up
    same "$(sed 's/ *(.*//' <<<"$output")" "applied   platform: 001_users
applied   app: 001_notes
applied   extra: 001_other"
    same "$(ask 'SELECT (SELECT count(*) FROM history_platform), (SELECT count(*) FROM history_app)')" "1|1"
    wend 0 --track app down --yes
    wend 0 status --json
    same "$(jq -c '[.tracks[] | .applied]' <<<"$output")" '[1,0,1]'
}

@test "a track that got another name is not taken for one that begins" {
    mkdir migrations
    printf -- "-- wend:up\nCREATE TABLE a (x);\n-- wend:down\nDROP TABLE a;\n" >migrations/001_a.sql
    wend 0 -d sqlite:a.db up
    printf -- "-- wend: transaction none\nCREATE TABLE b (x);\nINSERT INTO nix VALUES (1);\n" >migrations/002_b.sql
    wend 1 -d sqlite:a.db up
    printf 'database: sqlite:a.db\ntracks:\n  - name: core\n    migrations: migrations\n    table: wend_migrations\n' >wend.yaml
    wend 6 up
    holds "$stderr" 'has no row of "core", and its newest are of "main"'
    holds "$stderr" 'give it the old one again in wend.yaml, as in `- name: main`'
    wend 6 down --to base --yes
    wend 0 status
    holds "$stderr" 'its newest are of "main"'
    sed -i s/core/main/ wend.yaml
    sed -i s/nix/b/ migrations/002_b.sql
    wend 0 up
    same "$(sqlite3 a.db "SELECT count(*) FROM b")" 1
    wend 0 status
    not grep -q "newest" <<<"$stderr"
}
