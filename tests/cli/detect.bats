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

@test "nothing to find, and nowhere to look" {
    file src/schema.sql 'CREATE TABLE a (b);'
    wend 0 detect
    same "$output" ""
    holds "$stderr" "no migrations of a tool that wend knows"
    wend 2 detect missing
    holds "$stderr" "error: "
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
