#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a tree of files is made for: tools, folders, databases.

load helper

file() {
    mkdir -p "$(dirname "$1")"
    printf '%b' "${2:-}" >"$1"
}

@test "a folder is named with its files and the command to go on with" {
    file db/migrations/20240101000000_a.sql '-- migrate:up\nSELECT 1;\n'
    file .env 'PORT=8080\nDATABASE_URL=postgres://ann:secret@db/shop\n'
    wend 0 detect
    same "$output" "dbmate: db/migrations
  db/migrations/20240101000000_a.sql
  next: wend -d postgres://USER@HOST/DATABASE -m db/migrations status

Databases named here:
  postgres  .env:2"
    same "$stderr" ""
}

@test "layouts that several tools have are told as such" {
    file app/migrations/000001_a.up.sql
    wend 0 detect --json
    same "$(jq -r '.tools[0].name, .tools[0].folder, (.tools[0].others | contains(["golang-migrate"]))' <<<"$output" |
        tr '\n' ' ')" "wend app/migrations true "
}

@test "tools whose migrations are program code" {
    file api/alembic.ini
    file api/app/versions/ae10_x.py
    file web/manage.py
    file web/shop/migrations/0001_initial.py
    file rails/db/migrate/20240101000000_create.rb
    file rails/config/database.yml 'default:\n  adapter: mysql2\n'
    file php/artisan
    file js/knexfile.js "module.exports = { client: 'pg' }\n"
    file seq/.sequelizerc
    file orm/src/data-source.ts "type: 'sqlite'\n"
    file java/liquibase.properties 'url: jdbc:postgresql://db/x\n'
    file java/db/changelog-master.xml
    file node_modules/other/knexfile.js
    wend 0 detect --json
    same "$(jq -r '[.tools[].name] | sort | join(" ")' <<<"$output")" \
        "alembic django knex laravel liquibase-xml rails sequelize typeorm"
    same "$(jq -r '.databases[] | "\(.database) \(.file):\(.line)"' <<<"$output" | sort)" \
        "mysql rails/config/database.yml:2
postgres java/liquibase.properties:1
postgres js/knexfile.js:1
sqlite orm/src/data-source.ts:1"
    same "$(jq -r '.tools[] | select(.name == "alembic") | .files | join(" ")' <<<"$output")" \
        "api/alembic.ini api/app/versions/ae10_x.py"
    holds "$(jq -r '.tools[] | select(.name == "django") | .command' <<<"$output")" "adopt --from django"
}

@test "the tool that the dependencies name goes first, and is named" {
    file crates/a/migrations/1_x.sql
    file crates/a/Cargo.toml '[dependencies]\nsqlx = { workspace = true }\n'
    file crates/b/migrations/1_x.up.sql
    file go.mod 'require (\n\tgithub.com/golang-migrate/migrate/v4 v4.17.0\n\tgithub.com/jmoiron/sqlx v1\n)\n'
    file crates/c/migrations/1_x.sql '-- +goose Up\n'
    wend 0 detect --json
    same "$(jq -r '.tools[] | "\(.folder) \(.name) \(.others[0]) \(.command)"' <<<"$output")" \
        "crates/a/migrations sqlx wend wend -d URL -m crates/a/migrations --format sqlx status
crates/b/migrations golang-migrate wend wend -d URL -m crates/b/migrations --format golang-migrate status
crates/c/migrations goose null wend -d URL -m crates/c/migrations status"
    wend 0 -d sqlite:a.db -m crates/a/migrations --format sqlx status
}

@test "the database: what the folder is called after, else the nearest file" {
    file go.mod 'require github.com/go-sql-driver/mysql v1\n'
    file db/migrations/sqlite/1_x.up.sql
    file server-postgres/migrations/1_x.up.sql
    file storage-pg/migrations/1_x.up.sql
    file pgbouncer/migrations/1_x.up.sql
    file api/migrations/1_x.up.sql
    file api/.env 'DATABASE_URL=postgres://db/x\n'
    wend 0 detect --json
    same "$(jq -r '.tools[].command' <<<"$output")" \
        "wend -d postgres://USER@HOST/DATABASE -m api/migrations status
wend -d sqlite:FILE -m db/migrations/sqlite status
wend -d mysql://USER@HOST/DATABASE -m pgbouncer/migrations status
wend -d postgres://USER@HOST/DATABASE -m server-postgres/migrations status
wend -d postgres://USER@HOST/DATABASE -m storage-pg/migrations status"
}

@test "the folder is the one with the files, of those that a tool looks below" {
    file one/src/main/resources/org/shop/db/migration/V1__a.sql
    file one/src/main/java/x.txt
    file two/src/main/resources/db/first/V1__a.sql
    file two/src/main/resources/db/second/V2__b.sql
    file three/README.md
    file three/db/changelog/changelog-master.yaml
    file three/db/changelog/parts/a.sql '--liquibase formatted sql\n'
    wend 0 detect --json
    same "$(jq -r '.tools[] | "\(.name) \(.folder) \(.files | join(" "))"' <<<"$output")" \
        "flyway one/src/main/resources/org/shop/db/migration one/src/main/resources/org/shop/db/migration/V1__a.sql
liquibase three/db/changelog three/db/changelog/changelog-master.yaml three/db/changelog/parts
flyway two/src/main/resources/db two/src/main/resources/db/first two/src/main/resources/db/second"
}

@test "two projects of a tool that looks below, and one of files of two layouts" {
    file billing/migrations/V1__a.sql
    file shop/migrations/V1__a.sql
    file half/V1__a.sql
    file half/002_b.up.sql
    file web/db/migrate/20240101000000_x.rb
    wend 0 detect --json
    same "$(jq -r '.tools[] | "\(.name) \(.folder)"' <<<"$output" | grep -v half)" \
        "flyway billing/migrations
flyway shop/migrations
rails ."
}

@test "nothing to find, and nowhere to look" {
    file src/schema.sql 'CREATE TABLE a (b);'
    wend 0 detect
    same "$output" ""
    holds "$stderr" "no migrations of a tool that wend knows"
    wend 2 detect missing
    same "$stderr" "error: missing is no folder that is there
  next: name the folder of a project, or none for this one"
    wend 2 detect src/schema.sql
    wend 2 detect a b
}

@test "names with anything in them, and folders that go round in a circle" {
    file $'db\n\e[31m/migrations/001_a.up.sql'
    ln -s .. db_loop
    wend 0 detect
    [[ $output != *$'\e'* ]]
    wend 0 detect --json
    jq -e '.tools | length == 1' <<<"$output"
}

@test "a folder of migrations that fits no layout as a whole is not passed over" {
    file "a b/migrations/V1__a.sql"
    file "a b/migrations/002_b.up.sql"
    file "a b/migrations/more/x.sql"
    file sql/V1__a.sql
    file sql/002_b.up.sql
    file migrator/src/sql/x.sql
    wend 0 detect
    same "$output" "SQL files of no layout that wend knows, or of several: a b/migrations
  next: wend -d URL -m 'a b/migrations' validate"
    wend 7 -d sqlite:x.db -m 'a b/migrations' validate
    holds "$stderr" "--> a b/migrations/V1__a.sql"
    wend 0 detect --json
    same "$(jq -c '.unclear, .tools' <<<"$output")" '["a b/migrations"]
[]'
    file Shop/Migrations/x.sql
    wend 0 detect --json
    same "$(jq -c '.unclear | sort' <<<"$output")" '["Shop/Migrations","a b/migrations"]'
}
