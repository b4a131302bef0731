#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Folders of Drizzle, turn by turn with its own migrator.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

local_setup() { mkdir -p drizzle/meta; }

# journal DIALECT TAG...: the journal of these, a second apart.
journal() {
    python3 - "$@" <<'PY'
import json, sys
entries = [{"idx": i, "version": "7", "when": 1700000000000 + 1000 * int(tag[:4]), "tag": tag,
            "breakpoints": True} for i, tag in enumerate(sys.argv[2:])]
json.dump({"version": "7", "dialect": sys.argv[1], "entries": entries},
          open("drizzle/meta/_journal.json", "w"), indent=2)
PY
}

# numbered DIALECT N...: migrations 0001_t1 and so on, two statements each, and their journal.
numbered() {
    local dialect=$1 n tags=()
    shift
    for n; do
        printf 'CREATE TABLE t%d (id int)--> statement-breakpoint\nINSERT INTO t%d VALUES (%d);\n' \
            "$n" "$n" "$n" >"drizzle/000${n}_t$n.sql"
        tags+=("000${n}_t$n")
    done
    journal "$dialect" "${tags[@]}"
}

# tool: its migrator, on the test's database.
tool() {
    npm_tools drizzle-orm@0.45.4 pg@8.16.3 mysql2@3.15.3 sql.js@1.13.0
    [[ -e node_modules ]] || ln -s "$npm" node_modules
    cat >migrate.mjs <<'JS'
import fs from 'node:fs';
const [kind, url] = process.argv.slice(2);
const options = { migrationsFolder: 'drizzle' };
if (kind === 'postgres') {
  const { default: pg } = await import('pg');
  const { drizzle } = await import('drizzle-orm/node-postgres');
  const { migrate } = await import('drizzle-orm/node-postgres/migrator');
  const client = new pg.Client(url);
  await client.connect();
  await migrate(drizzle(client), options);
  await client.end();
} else if (kind === 'mariadb') {
  const { default: mysql } = await import('mysql2/promise');
  const { drizzle } = await import('drizzle-orm/mysql2');
  const { migrate } = await import('drizzle-orm/mysql2/migrator');
  const client = await mysql.createConnection(url);
  await migrate(drizzle(client), options);
  await client.end();
} else {
  const { default: initSqlJs } = await import('sql.js');
  const { drizzle } = await import('drizzle-orm/sql-js');
  const { migrate } = await import('drizzle-orm/sql-js/migrator');
  const SQL = await initSqlJs();
  const client = new SQL.Database(fs.existsSync('shop.db') ? fs.readFileSync('shop.db') : undefined);
  migrate(drizzle(client), options);
  fs.writeFileSync('shop.db', client.export());
}
JS
    node migrate.mjs "$database" "$url" >tool.log 2>&1 || { cat tool.log >&2 && return 1; }
}

table() { [[ $database == postgres ]] && echo drizzle.__drizzle_migrations || echo __drizzle_migrations; }

rows() { sql "SELECT hash, created_at FROM $(table) ORDER BY created_at"; }

# expected N...: what the table is to hold, computed without wend or the tool.
expected() {
    local n
    for n; do
        echo "$(sha256sum <"drizzle/000${n}_t$n.sql" | cut -d' ' -f1)|170000000${n}000"
    done
}

turn_by_turn() {
    on "$1"
    numbered "$2" 1 2
    tool
    numbered "$2" 1 2 3 4
    same "$(states)" "applied 0001_t1
applied 0002_t2
pending 0003_t3
pending 0004_t4"
    wend 0 up
    same "$(rows)" "$(expected 1 2 3 4)"
    tool
    same "$(rows)" "$(expected 1 2 3 4)"
    numbered "$2" 1 2 3 4 5
    tool
    same "$(rows)" "$(expected 1 2 3 4 5)"
    same "$(states | cut -d' ' -f1 | uniq)" applied
    wend 8 down --yes
    holds "$stderr" ".down.sql"
    echo 'DROP TABLE t5;' >drizzle/0005_t5.down.sql
    wend 0 down --yes
    same "$(rows)" "$(expected 1 2 3 4)"
    tool
    same "$(rows)" "$(expected 1 2 3 4 5)"
    same "$(sql 'SELECT count(*) FROM t5')" 1
}

@test "turn by turn with the tool on PostgreSQL" { turn_by_turn postgres postgresql; }

@test "turn by turn with the tool on MariaDB" { turn_by_turn mariadb mysql; }

@test "turn by turn with the tool on SQLite" { turn_by_turn sqlite sqlite; }

@test "the table is made as the tool makes it" {
    local ours
    on postgres
    numbered postgresql 1
    wend 0 up
    ours=$(pg_dump -sOxn drizzle "$url" | grep -v '^\\')
    sql "DROP SCHEMA drizzle CASCADE; DROP TABLE t1, wend_journal, wend_scripts" 2>/dev/null >&2
    tool
    same "$(pg_dump -sOxn drizzle "$url" | grep -v '^\\')" "$ours"
    on sqlite
    numbered sqlite 1
    wend 0 up
    ours=$(sql "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || pk) FROM pragma_table_info('__drizzle_migrations')")
    rm shop.db*
    tool
    same "$(sql "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || pk) FROM pragma_table_info('__drizzle_migrations')")" "$ours"
}

@test "the journal decides: other files are passed over, its order counts" {
    on sqlite
    numbered sqlite 1 2 3
    echo 'CREATE TABLE nobody (x);' >drizzle/0009_nobody.sql
    journal sqlite 0001_t1 0003_t3 0002_t2
    wend 0 up
    same "$(sed 's/ *(.*//' <<<"$output")" "applied   0001_t1
applied   0003_t3
applied   0002_t2"
    same "$(sql "SELECT count(*) FROM sqlite_schema WHERE name = 'nobody'")" 0
}

@test "another checkout's line ends are no change, another text is one" {
    on sqlite
    numbered sqlite 1 2
    wend 0 up
    sed -i 's/$/\r/' drizzle/0001_t1.sql
    same "$(states | cut -d' ' -f1 | uniq)" applied
    sed -i 's/int/text/' drizzle/0001_t1.sql
    same "$(states | head -1)" "changed 0001_t1"
    numbered sqlite 1 2 3
    sed -i 's/int/text/' drizzle/0001_t1.sql
    wend 6 up
    same "$(sql 'SELECT count(*) FROM __drizzle_migrations')" 2
    wend 0 repair --accept 0001 --yes
    same "$(rows)" "$(expected 1 2)"
    wend 0 up
    same "$(rows)" "$(expected 1 2 3)"
}

@test "what is odd is said, and nothing is written" {
    on sqlite
    numbered sqlite 1 2
    wend 0 up
    # A file that is gone, though the journal lists it.
    mv drizzle/0002_t2.sql .
    wend 2 up
    holds "$stderr" "drizzle/0002_t2.sql"
    holds "$stderr" "_journal.json lists it"
    # An entry that is gone: its row remains.
    journal sqlite 0001_t1
    same "$(states)" "applied 0001_t1
missing 1700000002000"
    mv 0002_t2.sql drizzle
    # A late entry: the tool would pass it over without a word.
    sql "DELETE FROM __drizzle_migrations WHERE created_at = 1700000001000"
    journal sqlite 0001_t1 0002_t2
    wend 0 mark --pending 0001
    wend 6 up
    holds "$stderr" "0001_t1"
    echo '{"entries": [{"tag": "0001_t1"}]}' >drizzle/meta/_journal.json
    wend 2 status
    holds "$stderr" "its entry 0 has no"
    echo '{"entries": ' >drizzle/meta/_journal.json
    wend 2 status
    holds "$stderr" "it is no JSON"
    numbered sqlite 1 2 3
    sql "ALTER TABLE __drizzle_migrations ADD COLUMN name text"
    wend 6 up
    holds "$stderr" "is not the history of Drizzle: its columns are"
    same "$(sql 'SELECT count(*) FROM __drizzle_migrations')" 1
}

@test "wend makes no new files, and says who does" {
    numbered sqlite 1
    wend 2 new more
    holds "$stderr" "Drizzle"
}
