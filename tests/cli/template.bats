#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend new --template: every template that comes with wend, on every database that it is for: up, down and up
# again, with the schema compared and what it promises tried.

load helper
load template

# --- table, column ---

table() {
    on "$1"
    make create users --template table table=users 'columns=email varchar(80) NOT NULL, "Full Name" varchar(80), price numeric(10, 2)'
    same "$(files)" "001_create_users.down.sql
001_create_users.up.sql"
    there_and_back
    sql "INSERT INTO users (email, price) VALUES ('a', 1.5), ('b', 2)"
    same "$(sql "SELECT id, email FROM users ORDER BY id")" "1|a
2|b"
    refused "INSERT INTO users (price) VALUES (1)"
}
@test "table on SQLite" { table sqlite; }
@test "table on PostgreSQL" { table postgres; }
@test "table on MariaDB" { table mariadb; }

column() {
    on "$1"
    people
    make add name --template column table=people column=name "type=varchar(40) NOT NULL DEFAULT 'x;y'"
    there_and_back
    same "$(sql "SELECT DISTINCT name FROM people")" "x;y"
}
@test "column on SQLite" { column sqlite; }
@test "column on PostgreSQL" { column postgres; }
@test "column on MariaDB" { column mariadb; }

# --- not-null ---

not_null() {
    local key=()
    on "$1"
    people
    [ "$1" != mariadb ] || key=("type=varchar(80)")
    make need email --template not-null table=people column=email "${key[@]}"
    there_and_back
    refused "INSERT INTO people (email) VALUES (NULL)"
    refused "UPDATE people SET email = NULL WHERE id = 1"
    sql "UPDATE people SET email = 'd@x' WHERE id = 1"
    wend 0 down --all --yes
    sql "INSERT INTO people (email) VALUES (NULL)"
    wend 1 up
    [ "$(sql "SELECT count(*) FROM people WHERE email IS NULL")" -eq 1 ]
}
@test "not-null on SQLite" { not_null sqlite; }
@test "not-null on MariaDB" { not_null mariadb; }
@test "not-null on PostgreSQL, in three steps" {
    not_null postgres
    same "$(files | grep up)" "001_need_email_check.up.sql
002_need_email_validate.up.sql
003_need_email_set.up.sql"
    # The first step holds already, and looks at no row that is there.
    same "$(sql "SELECT convalidated FROM pg_constraint WHERE conname = 'people_email_not_null'")" "f"
    refused "INSERT INTO people (email) VALUES (NULL)"
    sql "DELETE FROM people WHERE email IS NULL"
    wend 0 up --count 1
    same "$(sql "SELECT convalidated FROM pg_constraint WHERE conname = 'people_email_not_null'")" "t"
    wend 0 up
    same "$(sql "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'people'::regclass AND attname = 'email'")" "t"
    same "$(sql "SELECT count(*) FROM pg_constraint WHERE conname = 'people_email_not_null'")" "0"
}

# --- enum, enum-value ---

enum() {
    on "$1"
    people
    make add mood --template enum table=people column=mood "values=sad, it's ok, happy"
    there_and_back
    sql "UPDATE people SET mood = 'it''s ok' WHERE id = 1"
    refused "UPDATE people SET mood = 'angry' WHERE id = 1"

    make add angry --template enum-value table=people column=mood "values=sad, it's ok, happy" value=angry
    there=$(schema)
    wend 0 up
    refused "UPDATE people SET mood = 'bored' WHERE id = 2"
    sql "UPDATE people SET mood = 'angry' WHERE id = 2"
    same "$(sql "SELECT mood FROM people ORDER BY id LIMIT 2")" "it's ok
angry"
    # A row that has it is not taken away.
    wend 1 down --yes
    holds "$stderr" "assert"
    sql "UPDATE people SET mood = 'sad' WHERE id = 2"
    wend 0 down --yes
    same "$(schema)" "$there"
    refused "UPDATE people SET mood = 'angry' WHERE id = 2"
    same "$(sql "SELECT mood FROM people ORDER BY id LIMIT 2")" "it's ok
sad"
    wend 0 up
    sql "UPDATE people SET mood = 'angry' WHERE id = 2"
}
@test "enum and enum-value on SQLite" { enum sqlite; }
@test "enum and enum-value on PostgreSQL" { enum postgres; }
@test "enum and enum-value on MariaDB" { enum mariadb; }

# --- index ---

index() {
    on "$1"
    people
    make find email --template index table=people columns=email,id
    make one email --template index table=people columns=email unique=yes name=one_email
    there_and_back
    refused "INSERT INTO people (email) VALUES ('a@x')"
    holds "$(schema)" people_email_id_idx
}
@test "index on SQLite" { index sqlite; }
@test "index on MariaDB" { index mariadb; }
@test "index on PostgreSQL, built concurrently" {
    index postgres
    holds "$(cat migrations/001_find_email.up.sql)" 'CREATE INDEX CONCURRENTLY "people_email_id_idx" ON "people" ("email", "id");'
    same "$(sql "SELECT count(*) FROM wend_journal WHERE event = 'intent'")" 6
    sql "CREATE SCHEMA app; CREATE TABLE app.t (a int)"
    make find a --template index table=app.t columns=a
    wend 0 down --all --yes
    there_and_back
}

# --- foreign-key ---

foreign_key() {
    local rest=()
    on "$1" "CREATE TABLE customers (id INT PRIMARY KEY); INSERT INTO customers VALUES (1), (2)"
    sql "CREATE TABLE orders (id INT PRIMARY KEY, total INT); INSERT INTO orders VALUES (1, 10)"
    make add customer --template column table=orders column=customer type=INTEGER
    wend 0 up
    sql "UPDATE orders SET customer = 2"
    make point to customer --template foreign-key table=orders column=customer references=customers \
        on_delete=CASCADE
    wend 0 up
    there=$(schema)
    wend 0 down --yes --to 001
    sql "UPDATE orders SET customer = 99"
    wend 1 up
    sql "UPDATE orders SET customer = 2"
    wend 0 up
    same "$(schema)" "$there"
    refused "INSERT INTO orders (id, customer) VALUES (2, 3)"
    same "$(sql "SELECT id, total, customer FROM orders")" "1|10|2"
    sql "DELETE FROM customers WHERE id = 2"
    same "$(sql "SELECT count(*) FROM orders")" 0
    wend 0 down --all --yes
    wend 0 up
    same "$(schema)" "$there"
}
@test "foreign-key on SQLite" { foreign_key sqlite; }
@test "foreign-key on MariaDB" { foreign_key mariadb; }
@test "foreign-key on PostgreSQL, not valid first" {
    foreign_key postgres
    wend 0 down --yes
    same "$(sql "SELECT convalidated FROM pg_constraint WHERE conname = 'orders_customer_fkey'")" "f"
    refused "INSERT INTO orders (id, customer) VALUES (2, 3)"
    same "$(files | grep up)" "001_add_customer.up.sql
002_point_to_customer_add.up.sql
003_point_to_customer_validate.up.sql"
}

# --- backfill ---

# Rows 1 to 25; those from 4 to 8, more than a round takes, have no email: there is nothing to fill them with.
numbered() {
    local i
    sql "CREATE TABLE people (id $(id_type), email varchar(80), lower varchar(80))"
    for i in {1..25}; do
        if ((i >= 4 && i <= 8)); then echo "INSERT INTO people (email) VALUES (NULL);"; else
            echo "INSERT INTO people (email) VALUES ('P$i@X');"; fi
    done >rows
    sql "$(cat rows)"
}

backfill() {
    on "$1"
    numbered
    sql "UPDATE people SET lower = 'kept' WHERE id = 3"
    make fill lower --template backfill table=people column=lower "value=lower(email)" size=4 pause=1ms
    there_and_back data
    same "$(sql "SELECT count(*) FROM people WHERE lower = lower(email)")" 19
    same "$(sql "SELECT lower FROM people WHERE id IN (3, 9) ORDER BY id")" "kept
p9@x"
    same "$(sql "SELECT count(*) FROM people WHERE lower IS NULL")" 5
    # Five rounds of four, twice.
    [ "$(sql "SELECT count(*) FROM wend_journal WHERE event = 'done' AND direction = 'up'")" -ge 10 ]
    wend 0 down --yes
    same "$(sql "SELECT count(*) FROM people WHERE lower IS NOT NULL")" 1
}
@test "backfill on SQLite" { backfill sqlite; }
@test "backfill on PostgreSQL" { backfill postgres; }
@test "backfill on MariaDB" { backfill mariadb; }

# --- rename-column ---

# both ROW: what the two columns have.
both() { sql "SELECT email, mail FROM people WHERE id = $1"; }

rename_column() {
    on "$1"
    people
    make rename email --template rename-column table=people from=email to=mail "type=varchar(80)" size=2 pause=1ms
    same "$(files | grep up)" "001_rename_email_expand.up.sql
002_rename_email_fill.up.sql
003_rename_email_contract.up.sql"
    holds "$(cat migrations/001*.up.sql)" "-- wend: phase expand"
    holds "$(cat migrations/003*.up.sql)" "-- wend: phase contract"
    wend 0 up --count 1
    # Programs of both kinds write.
    sql "INSERT INTO people (id, email) VALUES (10, 'old')"
    sql "INSERT INTO people (id, mail) VALUES (11, 'new')"
    same "$(both 10)" "old|old"
    same "$(both 11)" "new|new"
    sql "UPDATE people SET email = 'older' WHERE id = 10"
    sql "UPDATE people SET mail = 'newer' WHERE id = 11"
    same "$(both 10)" "older|older"
    same "$(both 11)" "newer|newer"
    sql "UPDATE people SET mail = NULL WHERE id = 11"
    same "$(sql "SELECT count(*) FROM people WHERE id = 11 AND email IS NULL AND mail IS NULL")" 1
    # Before the rows that were there are filled, nothing is taken away.
    same "$(sql "SELECT count(*) FROM people WHERE mail IS NULL")" 4
    mv migrations/002* .
    wend 1 up
    holds "$stderr" "assert"
    same "$(sql "SELECT email FROM people WHERE id = 2")" "B@x"
    wend 0 repair --forget 003 --yes || true
    mv 002* migrations
    wend 0 up
    same "$(sql "SELECT mail FROM people WHERE id = 2")" "B@x"
    refused "SELECT email FROM people"
    wend 0 down --yes
    same "$(both 2)" "B@x|B@x"
    sql "INSERT INTO people (id, mail) VALUES (12, 'again')"
    same "$(both 12)" "again|again"
    wend 0 down --all --yes
    same "$(sql "SELECT email FROM people WHERE id = 12")" "again"
    refused "SELECT mail FROM people"
    wend 0 up
    wend 0 down --all --yes
    there_and_back
}
@test "rename-column on SQLite" { rename_column sqlite; }
@test "rename-column on PostgreSQL" { rename_column postgres; }
@test "rename-column on MariaDB" { rename_column mariadb; }

# --- entity ---

document() {
    case $database in
    sqlite) sql "SELECT id, json_extract(data, '\$.name'), json_extract(data, '\$.total') FROM tv_order ORDER BY id" ;;
    postgres) sql "SELECT id, data->>'name', data->>'total' FROM tv_order ORDER BY id" ;;
    mariadb) sql "SELECT id, JSON_VALUE(data, '\$.name'), JSON_VALUE(data, '\$.total') FROM tv_order ORDER BY id" ;;
    esac
}

entity() {
    on "$1"
    make create orders --template entity entity=order "columns=name varchar(80) NOT NULL, total integer"
    there_and_back
    sql "INSERT INTO tb_order (name, total) VALUES ('one', 1), ('two', 2)"
    same "$(document)" "1|one|1
2|two|2"
    sql "UPDATE tb_order SET total = 20 WHERE id = 2"
    sql "UPDATE tb_order SET id = 5 WHERE id = 1"
    same "$(document)" "2|two|20
5|one|1"
    sql "DELETE FROM tb_order WHERE id = 2"
    same "$(document)" "5|one|1"
    same "$(sql "SELECT id, operation FROM tb_order_history ORDER BY seq")" "1|insert
2|insert
2|update
5|update
2|delete"
    refused "INSERT INTO tb_order (total) VALUES (1)"
    same "$(sql "SELECT count(*) FROM tb_order_history")" 5
}
@test "entity on SQLite" { entity sqlite; }
@test "entity on MariaDB" { entity mariadb; }
@test "entity on PostgreSQL, with an index of its documents" {
    entity postgres
    holds "$(schema)" "USING gin (data)"
    same "$(sql "SELECT id FROM tv_order WHERE data @> '{\"name\": \"one\"}'")" 5
}
