#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# wend new --template: the list, own templates, what is refused, and the folders of other tools.

load helper
load template

# --- the list ---

@test "new --template alone lists the templates that come with wend" {
    wend 0 new --template
    same "$(grep -c '^[a-z]' <<<"$output")" 10
    holds "$output" "column: a column more  (postgres, mariadb, sqlite)
    table=NAME              the table"
    holds "$output" "    beside=NAME             the column while it is made anew (\${column}_beside); sqlite only"
    wend 0 new --for sqlite --template
    holds "$output" "column: a column more  (sqlite)"
    [[ $output != *"sqlite only"* && $output != *old=NAME* ]]
    on sqlite
    wend 0 new --template --json
    same "$(jq -c '[.templates[].name]' <<<"$output")" \
        '["backfill","column","entity","enum","enum-value","foreign-key","index","not-null","rename-column","table"]'
    same "$(jq -c '.templates[] | select(.name == "index")' <<<"$output")" \
        '{"name":"index","description":"an index, on PostgreSQL built while others go on writing","file":null,"databases":["sqlite"],"keys":[{"name":"table","kind":"name","default":null,"description":"the table","databases":["sqlite"]},{"name":"columns","kind":"names","default":null,"description":"its columns","databases":["sqlite"]},{"name":"unique","kind":"flag","default":"no","description":"no two rows alike","databases":["sqlite"]},{"name":"name","kind":"name","default":"${table}_${columns}_idx","description":"the index","databases":["sqlite"]}]}'
}

# --- own templates ---

@test "own templates: from wend.yaml, from --templates, over those that come with wend" {
    on sqlite
    mkdir tpl other
    echo "templates: tpl" >>wend.yaml
    cat >tpl/audit.sql <<'SQL'
-- Whoever wrote this.
-- wend:template who changed a row, and when
-- wend:key table name # the table
-- wend:key by text = nobody # who, when it is not said
-- A remark that stays.
ALTER TABLE ${table} ADD COLUMN changed_by TEXT DEFAULT ${by};

-- wend:down
ALTER TABLE ${table} DROP COLUMN changed_by; -- not a place: $${by}
SQL
    echo '-- wend:key table name
CREATE TABLE ${table} (mine int);' >other/table.up.sql
    echo 'DROP TABLE ${table};' >other/table.down.sql
    wend 0 new --template
    holds "$output" "audit: who changed a row, and when  (sqlite; tpl/audit.sql)
    table=NAME              the table
    by=TEXT                 who, when it is not said (nobody)"
    wend 0 new --sequence --template audit who table=t "by=O'Hara"
    same "$(cat migrations/001_who.up.sql)" "-- who

-- A remark that stays.
ALTER TABLE \"t\" ADD COLUMN changed_by TEXT DEFAULT 'O''Hara';"
    same "$(cat migrations/001_who.down.sql)" "-- who: takes back what the up script did

ALTER TABLE \"t\" DROP COLUMN changed_by; -- not a place: \${by}"
    rm migrations/*
    wend 0 new --sequence --templates other --template table mine table=t
    wend 0 up
    same "$(sql "SELECT sql FROM sqlite_schema WHERE name = 't'")" 'CREATE TABLE "t" (mine int)'
    wend 0 down --yes
    # From a folder below, too; WEND_TEMPLATES as every setting.
    mkdir below
    cd below
    wend 0 new --sequence --template audit below table=t
    cd ..
    WEND_TEMPLATES=other wend 2 new --template audit x table=t
    holds "$stderr" 'error: there is no template "audit"'
    wend 2 new --templates nowhere --template
    holds "$stderr" "nowhere"
}

@test "own templates: several steps, parts for some databases, patterns" {
    on sqlite
    mkdir tpl
    cat >tpl/t.sql <<'SQL'
-- wend:template steps
-- wend:key table name
-- wend:key cols names
-- wend:key words texts = a, b
-- wend:key extra sql =
-- wend:key twice flag
-- wend:for postgres
SELECT 'postgres';
-- wend:for sqlite mysql
-- wend:step one
CREATE TABLE ${table} (${cols|%n text})${extra};
-- wend:down
DROP TABLE ${table};
-- wend:step two
INSERT INTO ${table} VALUES (${words})${nope}; -- ${cols|%s is %%%n}
SQL
    wend 2 new --templates tpl --template t x table=t cols=a,b
    same "$stderr" 'error: the template "t": ${nope} is no place for one of its keys
  --> tpl/t.sql:14
  next: declare it with -- wend:key, or write $${ for the characters ${'
    sed -i 's/${nope}/${twice|, (1, 2)}/' tpl/t.sql
    wend 0 new --sequence --single --templates tpl --template t x y table=t "cols=a, \"b c\"" twice=yes --json
    same "$output" '{"template":"t","migrations":[{"version":"001","name":"x_y_one","files":["migrations/001_x_y_one.sql"]},{"version":"002","name":"x_y_two","files":["migrations/002_x_y_two.sql"]}]}'
    same "$(cat migrations/001_x_y_one.sql)" '-- x_y_one
-- wend:up
CREATE TABLE "t" ("a" text, "b c" text);

-- wend:down
DROP TABLE "t";'
    same "$(cat migrations/002_x_y_two.sql)" "-- x_y_two
-- wend:up
INSERT INTO \"t\" VALUES ('a', 'b'), (1, 2); -- 'a' is %\"a\", 'b c' is %\"b c\""
    wend 0 up
    wend 0 new --sequence --no-down --templates tpl --template t z --for postgres table=t cols=a
    same "$output" "migrations/003_z.up.sql"
}

@test "own templates: what is wrong with one is said with its line" {
    on sqlite
    mkdir tpl
    local text message
    while IFS='>' read -r text message; do
        printf -- "$text" >tpl/t.sql
        wend 2 new --templates tpl --template t x
        holds "$stderr" "error: the template \"t\": ${message# }"
    done <<'END'
SELECT 1;\n-- wend:key a name\n> `-- wend:key` stands behind SQL
-- wend:key A name\nSELECT 1;\n> this is no key
-- wend:key a nam\nSELECT 1;\n> "nam" is no kind of key
-- wend:key a name\n-- wend:key a name\nSELECT 1;\n> the key "a" stands twice
-- wend:key a name = ${b}\nSELECT 1;\n> the default " ${b}" holds what is no key above it
-- wend:for oracle\nSELECT 1;\n> there is no database "oracle"
-- wend:for sqlite\nSELECT 1;\n-- wend:for sqlite\nSELECT 2;\n> there are two parts for sqlite
-- wend:for\nSELECT 1;\n> `-- wend:for` names no database
-- wend:template a\n> there is no SQL
-- wend:up\n-- wend:down\nSELECT 1;\n> there is no SQL for the way up
SELECT 1;\n-- wend:down\n\n> there is no SQL for the way back
SELECT 1;\n-- wend:down\nSELECT 1;\n-- wend:down\n> `-- wend:down` stands twice
-- wend:step a\nSELECT 1;\n-- wend:step a\nSELECT 1;\n> two steps are called "a"
-- wend:step A b\nSELECT 1;\n> "A b" is no name of a step
SELECT 1;\n-- wend:step a\nSELECT 1;\n> there is SQL in front of the first step
SELECT ${a};\n> ${a} is no place for one of its keys
-- wend:key a text\nSELECT ${a|%%n};\n> ${a|%n} is no place for one of its keys
-- wend:key a flag\nSELECT ${a};\n> ${a} is no place for one of its keys
END
    printf -- '-- wend:key a name = ${b}\nSELECT 1;\n' >tpl/t.sql
    wend 2 new --templates tpl --template
    holds "$stderr" "  --> tpl/t.sql:1"
    printf -- '-- wend:key p word = 5x\n-- wend: batch size=1 pause=${p}\nSELECT 1;\n' >tpl/t.sql
    wend 2 new --templates tpl --template t x
    holds "$stderr" 'error: the template "t" with these values: "5x" is not a duration'
    echo 'SELECT 1;' >tpl/t.up.sql
    wend 2 new --templates tpl --template t x
    holds "$stderr" 'there are two templates "t": t.sql and t.up.sql'
}

@test "the template that docs/templates.md shows, on every database" {
    mkdir tpl
    sed -n '/^```sql$/,/^```$/p' "$BATS_TEST_DIRNAME/../../docs/templates.md" | sed '/^```/d' >tpl/changed.sql
    for database in sqlite postgres mariadb; do
        rm -rf migrations wend.db*
        on "$database"
        people
        make note who --templates tpl --template changed table=people by="it's me"
        there_and_back
        holds "$(schema)" changed_by
    done
    [ "$(files | grep -c up)" -eq 1 ]
    wend 0 new --for sqlite --templates tpl --template changed x table=people
    [ "$(files | grep -c up)" -eq 3 ]
}

# --- what is refused ---

@test "a template that is not there, keys that are missing, unknown or given twice" {
    on sqlite
    wend 2 new --template colum x
    same "$stderr" 'error: there is no template "colum"
  next: did you mean "column"? there are: backfill, column, entity, enum, enum-value, foreign-key, index, not-null, rename-column, table'
    wend 2 new --template ../secret x
    holds "$stderr" 'error: there is no template "../secret"'
    wend 2 new --template column x table=t
    same "$stderr" 'error: the template "column" needs column, type
  next: it takes: table=NAME column=NAME type=SQL'
    wend 2 new --template column x tabel=t column=c type=int
    same "$stderr" 'error: the template "column" has no key "tabel" on sqlite
  next: did you mean "table"? it takes: table=NAME column=NAME type=SQL'
    wend 2 new --template column x table=t table=u column=c type=int
    holds "$stderr" "error: table is given twice"
    wend 2 new --template enum x table=t column=c values=a type=t
    holds "$stderr" 'has no key "type" on sqlite'
    wend 2 new --template column table=t column=c type=int
    holds "$stderr" "error: the migration needs a name"
    wend 2 new x --template
    holds "$stderr" "error: which template?"
    wend 2 new x --for sqlite
    holds "$stderr" "error: --for and --templates go with --template"
    wend 2 new x --template column --repeatable
    holds "$stderr" "do not go together"
    wend 2 new x --template column --for oracle
    holds "$stderr" "--for is one of postgres|mariadb|mysql|sqlite"
    rm wend.yaml
    wend 2 new x --template column table=t column=c type=int
    same "$stderr" "error: for which database?
  next: --for postgres, mariadb or sqlite says so, or a database: -d URL, WEND_DATABASE_URL, wend.yaml"
    same "$(files)" ""
}

@test "values are quoted, and what could go on behind its place is refused" {
    on sqlite
    wend 0 new --sequence --no-down --template column x 'table=a"b' "column=select" type=int
    holds "$(cat migrations/001_x.up.sql)" 'ALTER TABLE "a""b" ADD COLUMN "select" int;'
    wend 0 new --no-down --for mariadb --template column x 'table=a`b.c"d' "column=x y" type=int
    holds "$(cat migrations/002_x.up.sql)" 'ALTER TABLE `a``b`.`c"d` ADD COLUMN `x y` int;'
    local for key value message
    while IFS='|' read -r for key value message; do
        wend 2 new x --for "$for" --template enum-value table=t column=c values=a value=b "$key=$(printf "$value")"
        holds "$stderr" "error: $key: $message"
    done <<'END'
mariadb|rest|NULL; DROP TABLE t|"NULL; DROP TABLE t" has a semicolon or a comment in it
mariadb|rest|NULL -- x|"NULL -- x" has a semicolon or a comment in it
mariadb|rest|NULL /* x|a quote is open
mariadb|rest|DEFAULT 'x|a quote is open
mariadb|rest|/*!50000 x */|"/*!50000 x */" has a semicolon or a comment in it
mariadb|rest|)(|the parentheses of ")(" do not match
mariadb|rest|DEFAULT (1|the parentheses of
postgres|type|a$$b|"a$$b" could end the body of a function
postgres|type|a$x$b|"a$x$b" could end the body of a function
postgres|type|a.b.c|"a.b.c" has a dot too many
postgres|type|a..b|"a..b" has a dot too many
postgres|type|a.|a name is empty or ends in a blank
postgres|type||a name is empty or ends in a blank
postgres|type|a\nb|there is a line end or another control character in it
postgres|type|a\033b|there is a line end or another control character in it
postgres|type|a\377b|this is not UTF-8
postgres|type|a123456789b123456789c123456789d123456789e123456789f123456789g123|PostgreSQL cuts off names after 63 bytes
END
    for value in value=$'a\nb' values=$'a,b\n,c'; do
        wend 2 new x --template enum-value table=t column=c "${value%%=*}=${value#*=}" values=a value=b
        holds "$stderr" "error: ${value%%=*} is given twice"
    done
    wend 2 new x --template enum table=t column=c $'values=a,b\nc'
    holds "$stderr" "error: values: there is a line end"
    wend 2 new x --template enum table=t column=c values=a,,b
    holds "$stderr" "error: values: there is nothing between two commas"
    wend 2 new x --for mariadb --template enum table=t column=c 'values=a\,b'
    holds "$stderr" "what the backslash in"
    wend 2 new x --template backfill table=t column=c value=1 size=1e3
    holds "$stderr" 'error: size: "1e3" is no number'
    wend 2 new x --template backfill table=t column=c value=1 "pause=1 key=x"
    holds "$stderr" 'error: pause: "1 key=x" is no word'
    wend 2 new x --template backfill table=t column=c value=1 pause=5x
    holds "$stderr" 'error: the template "backfill" with these values: "5x" is not a duration'
    wend 2 new x --template index table=t columns=c unique=maybe
    holds "$stderr" 'error: unique: "maybe" is neither yes nor no'
    wend 2 new x --template index table=t columns=a.b
    holds "$stderr" 'error: columns: "a.b" has a dot too many'
    # Names that are made of others, too.
    wend 2 new x --for postgres --template not-null table=t column="$(printf 'x%.0s' {1..60})"
    holds "$stderr" "error: name: PostgreSQL cuts off names"
    same "$(files)" "001_x.up.sql
002_x.up.sql"
}

@test "whatever is in the values, the database makes of it what it says" {
    for database in sqlite postgres mariadb; do
        rm -rf migrations wend.db*
        on "$database"
        people
        wend 0 new --sequence --template enum odd table=people 'column=a"b`c '"'d -- e" "values=x'y, \"z\", ; --, /*"
        wend 0 up
        sql "UPDATE people SET $([ "$database" = mariadb ] && echo '`a"b``c '"'d -- e"'`' || echo '"a""b`c '"'d -- e"'"') = '; --'"
        wend 0 down --yes
    done
}

# --- versions ---

@test "several migrations get versions of their own, in order" {
    on postgres
    wend 0 new --template rename-column r table=t from=a to=b type=int
    same "$(files | sed -n 's/^[0-9]*_\(.*\)\.up\.sql/\1/p' | tr '\n' ' ')" "r_expand r_fill r_contract "
    wend 0 new --template rename-column s table=t from=b to=c type=int
    same "$(files | sed -n 's/^[0-9]*_\(.*\)\.up\.sql/\1/p' | tr '\n' ' ')" \
        "r_expand r_fill r_contract s_expand s_fill s_contract "
    same "$(files | cut -d_ -f1 | sort -u | wc -l)" 6
}

@test "completion offers the templates" {
    on sqlite
    mkdir tpl
    echo "templates: tpl" >>wend.yaml
    touch tpl/my.sql tpl/README.md tpl/two.up.sql tpl/two.down.sql
    wend 0 completion --template-names
    same "$(tr '\n' ' ' <<<"$output")" \
        "backfill column entity enum enum-value foreign-key index my not-null rename-column table two "
    wend 0 completion bash
    holds "$output" '--template) COMPREPLY=($(compgen -W "$(wend completion --template-names'
    echo "wat: 1" >wend.yaml
    wend 0 completion --template-names
    holds "$output" "backfill"
}

# --- other tools' folders ---

# in_format NAME: an empty folder that is of this tool.
in_format() {
    rm -rf migrations wend.db*
    mkdir migrations
    echo "database: $url
format: $1" >wend.yaml
}

@test "in the folder of every tool that wend writes for, a template runs up and down" {
    local format
    on postgres
    for format in golang-migrate dbmate goose sqlx diesel sql-migrate refinery supabase flash confiture fluxbase \
        flyway liquibase node-pg-migrate prisma; do
        in_format "$format"
        wend 0 new orders --template entity entity=order "columns=name text, total int"
        case $format in
        refinery | supabase)
            holds "$stderr" "has no place for a way back, so there is none"
            wend 0 up
            ;;
        *)
            same "$stderr" 'look it over, then `wend up`'
            wend 0 up
            wend 0 down --yes
            wend 0 up
            ;;
        esac
        sql "INSERT INTO tb_order (name, total) VALUES ('a', 1)"
        same "$(sql "SELECT data->>'name' FROM tv_order")" a
        sql "DO 'BEGIN DROP SCHEMA public CASCADE; CREATE SCHEMA public; END'"
        sql "DROP SCHEMA IF EXISTS supabase_migrations, fluxbase, migrations CASCADE"
    done
}

@test "an index that is built concurrently, in the folder of every tool" {
    local format
    on postgres
    for format in golang-migrate dbmate goose sqlx diesel sql-migrate refinery supabase flash confiture fluxbase \
        flyway liquibase node-pg-migrate prisma; do
        in_format "$format"
        sql "CREATE TABLE t (a int)"
        wend 0 new find a --template index table=t columns=a
        case $format in
        flash | confiture | fluxbase | node-pg-migrate | refinery | supabase)
            holds "$stderr" "has no mark for what cannot run in a transaction; wend sees it by itself"
            ;;
        *) same "$stderr" 'look it over, then `wend up`' ;;
        esac
        wend 0 up
        same "$(sql "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = 't_a_idx'::regclass")" 1
        [[ $format == refinery || $format == supabase ]] || wend 0 down --yes
        sql "DO 'BEGIN DROP SCHEMA public CASCADE; CREATE SCHEMA public; END'"
        sql "DROP SCHEMA IF EXISTS supabase_migrations, fluxbase, migrations CASCADE"
    done
    holds "$(format=goose marks)" "-- +goose NO TRANSACTION
-- +goose Up
"
    holds "$(format=dbmate marks)" "-- migrate:up transaction:false
"
    holds "$(format=dbmate marks)" "-- migrate:down transaction:false
"
    holds "$(format=sql-migrate marks)" "-- +migrate Up notransaction
"
    holds "$(format=sqlx marks)" "-- no-transaction
"
    holds "$(format=liquibase marks)" " runInTransaction:false
"
    holds "$(format=diesel marks)" "run_in_transaction = false"
    holds "$(format=flyway marks)" "executeInTransaction=false"
}

# marks: what the files of such an index hold, in the format $format.
marks() {
    in_format "$format"
    "$WEND" new find a --template index table=t columns=a >/dev/null 2>&1
    find migrations -type f -exec cat {} +
}

@test "bodies with semicolons are kept together for tools that cut at each" {
    local format
    on mariadb
    for format in goose sql-migrate flyway liquibase; do
        in_format "$format"
        wend 0 new orders --template entity entity=order "columns=name varchar(80), total int"
        case $format in
        goose) holds "$(cat migrations/*)" "-- +goose StatementBegin
CREATE TRIGGER \`tb_order_insert\`" ;;
        sql-migrate) holds "$(cat migrations/*)" "END;
-- +migrate StatementEnd" ;;
        flyway) holds "$(cat migrations/V*)" 'END$$
DELIMITER ;' ;;
        liquibase) holds "$(cat migrations/*)" "END
//" ;;
        esac
        wend 0 up
        sql "INSERT INTO tb_order (name, total) VALUES ('a', 1)"
        same "$(sql "SELECT JSON_VALUE(data, '\$.name') FROM tv_order")" a
        wend 0 down --yes
        same "$(sql "SELECT count(*) FROM information_schema.triggers WHERE trigger_schema = database()")" 0
    done
}

@test "what a tool would pass over is said; a format that wend writes nothing for is told of" {
    on postgres
    in_format goose
    wend 0 new fill --template backfill table=t column=c value=1
    same "$stderr" 'warning: fill: `-- wend: batch` is for wend alone; goose passes over it
look it over, then `wend up`'
    sql "CREATE TABLE t (id int, c int); INSERT INTO t VALUES (1), (2)"
    wend 0 up
    same "$(sql "SELECT DISTINCT c FROM t")" 1
    in_format node-pg-migrate
    printf -- '-- Up Migration\nSELECT 1;\n' >migrations/1700000000000_a.sql
    wend 0 new r --template rename-column table=t from=c to=d type=int
    same "$(files | sed -E 's/^[0-9]{13}/N/' | tr '\n' ' ')" "N_a.sql N_r_expand.sql N_r_fill.sql N_r_contract.sql "
    same "$(files | cut -d_ -f1 | sort -u | wc -l)" 4
    in_format atlas
    wend 2 new fill --template backfill table=t column=c value=1
    holds "$stderr" "error: wend writes no new migrations in the format of Atlas"
    same "$(files)" ""
}
