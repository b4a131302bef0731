#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend init: what it writes, and that it never overwrites.

load helper

@test "init makes wend.yaml and the migrations folder" {
    wend 0 init
    same "$output" "created wend.yaml
created migrations/
created migrations/README.md"
    same "$stderr" "Next:
  wend new create users    make the first migration, then write its SQL
  wend up                  run it"
    same "$(grep -v '^#' wend.yaml | grep .)" "database: sqlite:wend.db
migrations: migrations"
    holds "$(cat migrations/README.md)" "20240101120000_create_users.up.sql"
    holds "$(cat migrations/README.md)" "-- wend: transaction none"
}

@test "init leaves what is there as it is" {
    wend 0 init
    echo "# mine" >> wend.yaml
    echo "mine" > migrations/README.md
    cp wend.yaml before
    wend 0 -q init
    same "$output" "wend.yaml is there already; left as it is
migrations/ is there already; left as it is
migrations/README.md is there already; left as it is"
    same "$stderr" ""
    cmp wend.yaml before
    same "$(cat migrations/README.md)" "mine"
}

@test "init makes a project in another folder" {
    wend 0 init --path db/migrations shop
    same "$output" "created shop/wend.yaml
created shop/db/migrations/
created shop/db/migrations/README.md"
    holds "$stderr" "  cd shop"
    holds "$(cat shop/wend.yaml)" "migrations: db/migrations"
    cd shop
    wend 0 new create users
    [[ $output == db/migrations/* ]]
}

@test "init takes the folder of a wend.yaml that is there" {
    echo "migrations: sql" > wend.yaml
    wend 0 init
    same "$output" "wend.yaml is there already; left as it is
created sql/
created sql/README.md"
}

@test "init writes the database that is given, meaning just that" {
    wend 0 -d 'sqlite:a b#c ${X}".db' init
    holds "$(cat wend.yaml)" 'database: "sqlite:a b#c $${X}\".db"'
    wend 0 completion --versions
    wend 0 new x
}

@test "init writes no password" {
    for url in postgres://ann:s3cret@db/shop mysql://ann:s3cret@db:3306/shop \
        "postgres://db/shop?user=ann&password=s3cret" "postgres:///shop?sslpassword=s3cret" \
        "postgres://ann:a's3cret@db/shop" 'postgres://db/shop?password=a"s3cret'; do
        rm -rf wend.yaml migrations
        wend 0 -d "$url" init
        [[ $(cat wend.yaml)$output$stderr != *s3cret* ]]
        same "$(grep ^database wend.yaml)" 'database: ${DATABASE_URL}'
        same "$(head -1 <<<"$stderr")" 'warning: the URL has a password and was not written: wend.yaml takes it from ${DATABASE_URL}; set that in the environment, or in a .env beside it that is not committed'
    done
    wend 2 status
    holds "$stderr" DATABASE_URL
    echo DATABASE_URL=sqlite:shop.db >.env
    wend 0 status
    # What is there already says nothing of it.
    wend 0 -d "$url" init
    [[ $stderr != *warning* ]]
    rm -rf wend.yaml
    wend 0 -d postgres://ann@db/shop init
    same "$(grep ^database wend.yaml)" 'database: "postgres://ann@db/shop"'
    [[ $stderr != *warning* ]]
}

@test "init --json tells what was made and what was kept" {
    wend 0 init --json
    same "$output" '{"created":["wend.yaml","migrations/","migrations/README.md"],"kept":[]}'
    same "$stderr" ""
    wend 0 init --json
    same "$output" '{"created":[],"kept":["wend.yaml","migrations/","migrations/README.md"]}'
}

@test "init reports what it cannot make" {
    echo x > migrations
    wend 2 init
    same "$stderr" "error: migrations is there already, and is no folder
  next: name another folder, or move that file away"
    wend 2 init a b
    holds "$stderr" "usage: wend init [--path DIR] [DIR]"
}
