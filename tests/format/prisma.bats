#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of Prisma, turn by turn with its own engine: that of version 6 comes as WebAssembly with the
# package, and speaks to the database through an adapter.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

local_setup() { mkdir -p prisma/migrations; }

# numbered N...: migrations 20240101000001_t1 and so on.
numbered() {
    local n folder
    for n; do
        folder=prisma/migrations/2024010100000${n}_t$n
        mkdir -p "$folder"
        printf 'CREATE TABLE t%d (id INTEGER PRIMARY KEY);\nCREATE INDEX t%d_i ON t%d (id);\n' \
            "$n" "$n" "$n" >"$folder/migration.sql"
    done
}

provider() {
    printf '# kept by Prisma\nprovider = "%s"\n' "$1" >prisma/migrations/migration_lock.toml
    printf 'datasource db {\n  provider = "%s"\n  url = "%s"\n}\n' "$1" "${url/sqlite:/file:}" \
        >prisma/schema.prisma
}

# tool ARGUMENT...: prisma migrate, with an adapter for the test's database.
tool() {
    npm_tools prisma@6.19.3 @prisma/adapter-pg@6.19.3 @prisma/adapter-libsql@6.19.3
    [[ -e node_modules ]] || ln -s "$npm" node_modules
    local name make more=
    case $database in
    postgres)
        name='PrismaPg pg' make='new PrismaPg({ connectionString: url, allowExitOnIdle: true })'
        # The adapter does not know the type "name" that the engine's list of tables has.
        more="import pg from 'pg';
const add = pg.Result.prototype.addFields;
pg.Result.prototype.addFields = function (fields) {
  for (const field of fields) if (field.dataTypeID === 19) field.dataTypeID = 25;
  return add.call(this, fields);
};"
        ;;
    sqlite) name='PrismaLibSQL libsql' make='new PrismaLibSQL({ url: "file:" + process.cwd() + "/shop.db" })' ;;
    esac
    cat >prisma.config.ts <<TS
import { defineConfig } from 'prisma/config';
import { ${name% *} } from '@prisma/adapter-${name#* }';
$more
const url = process.env.DATABASE_URL!;
export default defineConfig({
  experimental: { adapter: true },
  engine: 'js',
  schema: 'prisma/schema.prisma',
  adapter: async () => $make,
});
TS
    # A timer of its own would keep the finished tool for ten seconds.
    cat >quick.cjs <<'JS'
const wait = globalThis.setTimeout;
globalThis.setTimeout = (call, ms, ...more) => {
  const timer = wait(call, ms, ...more);
  return ms >= 10000 ? timer.unref() : timer;
};
JS
    # It would fetch programs that it does not need here.
    printf '#!/bin/sh\n' >none
    chmod +x none
    env CHECKPOINT_DISABLE=1 PRISMA_HIDE_UPDATE_MESSAGE=1 NO_COLOR=1 \
        PRISMA_SCHEMA_ENGINE_BINARY="$PWD/none" PRISMA_QUERY_ENGINE_LIBRARY="$PWD/none" \
        node -r ./quick.cjs "$npm/prisma/build/index.js" migrate "$@" >tool.log 2>&1
}

# deploy: `prisma migrate deploy`, which is to work.
deploy() { tool deploy || { cat tool.log >&2 && return 1; }; }

rows() {
    sql "SELECT migration_name, checksum, applied_steps_count FROM _prisma_migrations
         WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name"
}

# expected N...: what rows() is to say, computed without wend or the tool.
expected() {
    local n
    for n; do
        echo "2024010100000${n}_t$n|$(sha256sum <"prisma/migrations/2024010100000${n}_t$n/migration.sql" |
            cut -d' ' -f1)|1"
    done
}

turn_by_turn() {
    on "$1"
    provider "$2"
    numbered 1 2
    deploy
    numbered 3 4
    same "$(states)" "applied 20240101000001_t1
applied 20240101000002_t2
pending 20240101000003_t3
pending 20240101000004_t4"
    wend 0 up
    same "$(rows)" "$(expected 1 2 3 4)"
    tool status
    holds "$(cat tool.log)" "Database schema is up to date!"
    numbered 5
    deploy
    same "$(rows)" "$(expected 1 2 3 4 5)"
    same "$(states | cut -d' ' -f1 | uniq)" applied
    wend 8 down --yes
    holds "$stderr" "down.sql"
    echo 'DROP TABLE t5;' >prisma/migrations/20240101000005_t5/down.sql
    wend 0 down --yes
    tool status || true
    holds "$(cat tool.log)" "20240101000005_t5"
    deploy
    same "$(rows)" "$(expected 1 2 3 4 5)"
    # A late one runs, as the tool has it.
    numbered 0
    wend 0 up
    tool status
    holds "$(cat tool.log)" "Database schema is up to date!"
}

@test "turn by turn with the tool on PostgreSQL" { turn_by_turn postgres postgresql; }

# The engine of the package does not run on MariaDB: its rows are made here as its source has them.
@test "rows of MariaDB" {
    alone
    on mariadb
    provider mysql
    numbered 1 2 3
    wend 0 up --count 1
    same "$(rows)" "$(expected 1)"
    same "$(sql "SELECT abs(timestampdiff(SECOND, utc_timestamp(), finished_at)) < 60 AND started_at <= finished_at AND length(id) = 36 FROM _prisma_migrations")" 1
    sql "INSERT INTO _prisma_migrations (id, checksum, started_at, finished_at, migration_name, applied_steps_count)
         VALUES (uuid(), '$(expected 2 | cut -d'|' -f2)', '2026-01-31 12:00:00.250', '2026-01-31 12:00:00.500', '20240101000002_t2', 1)"
    sql "CREATE TABLE t2 (id int)"
    wend 0 status --json
    same "$(jq -r '.migrations[1].applied_at' <<<"$output")" "2026-01-31T12:00:00.500Z"
    wend 0 up
    same "$(rows)" "$(expected 1 2 3)"
    echo 'DROP TABLE t3;' >prisma/migrations/20240101000003_t3/down.sql
    wend 0 down --yes
    same "$(rows)" "$(expected 1 2)"
    same "$(sql "SELECT column_name, column_type, is_nullable, coalesce(column_default, 'NULL')
                 FROM information_schema.columns
                 WHERE table_name = '_prisma_migrations' AND table_schema = database() ORDER BY ordinal_position")" \
        "id|varchar(36)|NO|NULL
checksum|varchar(64)|NO|NULL
finished_at|datetime(3)|YES|NULL
migration_name|varchar(255)|NO|NULL
logs|text|YES|NULL
rolled_back_at|datetime(3)|YES|NULL
started_at|datetime(3)|NO|current_timestamp(3)
applied_steps_count|int(10) unsigned|NO|0"
}

@test "turn by turn with the tool on SQLite" { turn_by_turn sqlite sqlite; }

@test "the table is made as the tool makes it" {
    local ours
    on postgres
    provider postgresql
    numbered 1
    wend 0 up
    ours=$(pg_dump -sOxt _prisma_migrations "$url" | grep -v '^\\')
    sql "DROP TABLE _prisma_migrations, t1, wend_journal, wend_scripts"
    deploy
    same "$(pg_dump -sOxt _prisma_migrations "$url" | grep -v '^\\')" "$ours"
    on sqlite
    provider sqlite
    wend 0 up
    ours=$(sql "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || pk || coalesce(dflt_value, '')) FROM pragma_table_info('_prisma_migrations')")
    rm shop.db*
    deploy
    same "$(sql "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || pk || coalesce(dflt_value, '')) FROM pragma_table_info('_prisma_migrations')")" "$ours"
}

@test "what the tool left failed stops wend, and is settled as the tool does" {
    on postgres
    provider postgresql
    numbered 1 2
    echo 'CREATE TABLE t2 (id int); SELECT nothing;' >prisma/migrations/20240101000002_t2/migration.sql
    tool deploy && false
    same "$(states)" "applied 20240101000001_t1
failed 20240101000002_t2"
    wend 6 up
    holds "$stderr" "Prisma began it and did not end it"
    same "$(sql "SELECT count(*) FROM _prisma_migrations")" 2
    wend 0 mark --pending 20240101000002
    same "$(sql "SELECT rolled_back_at IS NOT NULL FROM _prisma_migrations WHERE finished_at IS NULL")" t
    sql "DROP TABLE IF EXISTS t2" 2>/dev/null
    numbered 2
    wend 0 up
    tool status
    holds "$(cat tool.log)" "Database schema is up to date!"
    # The same, settled by the tool.
    numbered 3
    echo 'SELECT nothing;' >prisma/migrations/20240101000003_t3/migration.sql
    tool deploy && false
    wend 0 mark 20240101000003
    deploy
    tool resolve --applied 20240101000003_t3 && false
    holds "$(cat tool.log)" "already recorded as applied"
}

@test "a step that fails under wend leaves no row" {
    on postgres
    provider postgresql
    numbered 1
    echo 'CREATE TABLE t2 (id int); SELECT nothing;' >>prisma/migrations/20240101000001_t1/migration.sql
    wend 1 up
    same "$(sql "SELECT count(*) FROM _prisma_migrations")" 0
    numbered 1
    deploy
}

@test "checksums of another checkout, and of old versions without their zeros" {
    on sqlite
    provider sqlite
    numbered 1 2
    wend 0 up
    sed -i 's/$/\r/' prisma/migrations/20240101000001_t1/migration.sql
    same "$(states | cut -d' ' -f1 | uniq)" applied
    sql "UPDATE _prisma_migrations SET checksum = '$(python3 - <<'PY'
import hashlib
print("".join("%x" % b for b in hashlib.sha256(open("prisma/migrations/20240101000002_t2/migration.sql", "rb").read()).digest()))
PY
)' WHERE migration_name LIKE '%t2'"
    same "$(states | cut -d' ' -f1 | uniq)" applied
    echo 'SELECT 1;' >>prisma/migrations/20240101000002_t2/migration.sql
    same "$(states | tail -1)" "changed 20240101000002_t2"
    numbered 3
    wend 6 up
    same "$(sql 'SELECT count(*) FROM _prisma_migrations')" 2
    local before
    before=$(sql "SELECT id, finished_at FROM _prisma_migrations")
    wend 0 repair --accept 20240101000002 --yes
    same "$(sql "SELECT id, finished_at FROM _prisma_migrations")" "$before"
    same "$(rows | tail -1)" "$(expected 2)"
}

@test "what is odd is said, and nothing is written" {
    on sqlite
    provider sqlite
    numbered 1 2
    wend 0 up
    mkdir prisma/migrations/20240101000003_empty
    wend 2 up
    holds "$stderr" "there is no migration.sql in this folder"
    rmdir prisma/migrations/20240101000003_empty
    mv prisma/migrations/20240101000001_t1 .
    same "$(states | head -1)" "missing 20240101000001_t1"
    numbered 3
    sql "ALTER TABLE _prisma_migrations DROP COLUMN logs"
    wend 6 up
    holds "$stderr" "is not the history of Prisma: its columns are"
    same "$(sql 'SELECT count(*) FROM _prisma_migrations')" 2
}

@test "while the tool holds its lock, nothing runs" {
    alone
    on mariadb
    provider mysql
    numbered 1
    my "" "SELECT GET_LOCK('prisma_migrate', 0), SLEEP(2)" >/dev/null 3>&- &
    until [[ $(my "" "SELECT IS_FREE_LOCK('prisma_migrate')") == 0 ]]; do sleep 0.1; done
    wend 4 up --lock-timeout 300ms
    holds "$stderr" "the lock of Prisma is held"
    wend 0 up --lock-timeout 20s
}

@test "new migrations are folders" {
    on sqlite
    provider sqlite
    numbered 1
    wend 0 new add email
    [[ -e $(echo prisma/migrations/*_add_email/migration.sql) ]]
    [[ -e $(echo prisma/migrations/*_add_email/down.sql) ]]
}
