#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Projects of tools whose migrations are program code, made by the tools themselves: the schema becomes a baseline,
# a fresh database gets the same schema from it, and SQL goes on. Alembic, Flask-Migrate and Django are
# Debian's, the others come from npm.

load helper

setup_file() {
    server postgres
    server mariadb
}

teardown_file() { stop_servers; }

# tool STATUS COMMAND...: what the tool prints is $output.
tool() {
    local want=$1
    shift
    run -- "$@"
    if ((status != want)); then
        echo "$*: $status: $output" >&2
        return 1
    fi
}

# dump URL TABLE...: the schema but for these tables and wend's, in an order and a form that compare.
dump() {
    local at=$1 options=()
    shift
    case $database in
    sqlite)
        printf -v except "'%s'," "$@"
        sqlite3 "${at#sqlite:}" "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
            AND name NOT LIKE 'wend_%' AND tbl_name NOT IN (${except%,}) ORDER BY type, name"
        ;;
    postgres)
        printf -v except -- '--exclude-table="%s"\n' "$@"
        mapfile -t options <<<"$except"
        pg_dump -sOx "${options[@]:0:$#}" --exclude-table='wend_*' "$at" | grep -Ev '^(--|\\|$)'
        ;;
    mariadb)
        local host=${at#*@} name=${at##*/} table
        host=${host%%/*}
        for table in "$@" wend_migrations wend_journal wend_scripts; do
            options+=(--ignore-table="$name.$table")
        done
        mariadb-dump --no-defaults -u root -h "${host%:*}" -P "${host#*:}" --no-data --skip-comments --routines \
            --triggers --events "${options[@]}" "$name" | sed -E 's/ AUTO_INCREMENT=[0-9]+//' |
            sed "s/\`$name\`\\.//g"
        ;;
    esac
}

# fresh: a second database, as $other.
fresh() {
    case $database in
    sqlite) other=sqlite:other.db ;;
    postgres)
        psql -Xqd "$url" -c "CREATE DATABASE ${url##*/}_fresh"
        other=${url}_fresh
        ;;
    mariadb)
        my "" "CREATE DATABASE ${url##*/}_fresh"
        other=${url}_fresh
        ;;
    esac
}

# goes_on NAME COUNT TABLE...: adopts what the tool of this name did with so many migrations into the folder "sql", and goes on
# with SQL, here and on a fresh database. The tables are the tool's own.
goes_on() {
    local name=$1 count=$2 before kept version
    shift 2
    before=$(dump "$url" "$@")
    holds "${before,,}" customer
    kept=$(sql "SELECT * FROM ${quoted:-$1}")
    wend 0 -m sql adopt --dry-run
    [ ! -e sql ]
    wend 0 -m sql adopt
    holds "$stderr" "$count migration"
    same "$(dump "$url" "$@")" "$before"
    same "$(cd sql && ls | sed 's/[0-9]\{14\}/T/')" "B__T_from_$name.sql"
    wend 0 -m sql status --json
    same "$(jq -r '"\(.applied) \(.pending) \(.migrations[0].state)"' <<<"$output")" "1 0 baseline"

    printf -- '-- wend:up\nCREATE TABLE later (id INTEGER PRIMARY KEY);\n-- wend:down\nDROP TABLE later;\n' \
        >sql/29990101000000_later.sql
    wend 0 -m sql up
    fresh
    wend 0 -m sql -d "$other" up
    same "$(dump "$other" "$@")" "$(dump "$url" "$@")"
    wend 0 -m sql -d "$other" status --json
    same "$(jq -r '"\(.applied) \(.pending)"' <<<"$output")" "2 0"
    wend 0 -m sql validate
    wend 0 -m sql down --yes
    same "$(dump "$url" "$@")" "$before"
    # A second database that the tool made: the baseline is there already.
    version=$(cd sql && ls B__*)
    version=${version#B__}
    version=${version%%_*}
    case $database in
    sqlite) sqlite3 shop.db "DROP TABLE wend_migrations; DROP TABLE wend_journal; DROP TABLE wend_scripts" ;;
    *) sql "DROP TABLE wend_migrations, wend_journal, wend_scripts" ;;
    esac
    wend 2 -m sql adopt
    holds "$stderr" "wend baseline $version"
    wend 0 -m sql baseline "$version"
    wend 0 -m sql up
    wend 0 -m sql status --json
    same "$(jq -r '"\(.applied) \(.pending)"' <<<"$output")" "2 0"
    # The tool's own rows are as they were.
    same "$(sql "SELECT * FROM ${quoted:-$1}")" "$kept"
}

# --- Alembic ---

# python_url: $url as SQLAlchemy has it.
python_url() {
    case $database in
    sqlite) echo sqlite:///shop.db ;;
    postgres) echo "postgresql+psycopg2${url#postgres}" ;;
    mariadb) echo "mysql+pymysql${url#mysql}" ;;
    esac
}

revisions() {
    mkdir -p "$1"
    cat >"$1/ae10_customers.py" <<'END'
from alembic import op
import sqlalchemy as sa
revision, down_revision = "ae10", None
def upgrade():
    op.create_table("customers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(120), nullable=False, unique=True),
        sa.Column("kind", sa.Enum("new", "old", name="customer_kind"), server_default="new"),
        sa.Column("since", sa.DateTime, server_default=sa.func.now()))
    op.create_index("customers_since", "customers", ["since"])
def downgrade():
    op.drop_table("customers")
END
    cat >"$1/be20_orders.py" <<'END'
from alembic import op
import sqlalchemy as sa
revision, down_revision = "be20", "ae10"
def upgrade():
    op.create_table("orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("total", sa.Numeric(10, 2)),
        sa.CheckConstraint("total >= 0", name="positive"))
    op.execute("CREATE VIEW big_orders AS SELECT id, total FROM orders WHERE total > 100")
    op.execute("INSERT INTO customers (id, email) VALUES (1, 'ann@example.org')")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SCHEMA audit")
        op.execute("CREATE TABLE audit.log (at timestamptz DEFAULT now(), what text)")
        op.execute("""CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO audit.log (what) VALUES (TG_OP); RETURN NEW; END $$""")
        op.execute("CREATE TRIGGER noted AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note()")
    if op.get_bind().dialect.name == "mysql":
        op.execute("""CREATE TRIGGER noted BEFORE INSERT ON orders FOR EACH ROW
            BEGIN IF NEW.total IS NULL THEN SET NEW.total = 0; END IF; END""")
        op.execute("CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN 2 * n")
def downgrade():
    op.drop_table("orders")
END
}

alembic_project() {
    revisions alembic/versions
    printf '[alembic]\nscript_location = alembic\n' >alembic.ini
    cat >alembic/env.py <<'END'
import os
from alembic import context
from sqlalchemy import create_engine
with create_engine(os.environ["PYTHON_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
END
    PYTHON_URL=$(python_url)
    export PYTHON_URL
}

alembic_turn() {
    [[ -x /usr/bin/alembic ]] || skip "alembic is not installed"
    on "$1"
    alembic_project
    tool 0 /usr/bin/python3 /usr/bin/alembic upgrade head
    goes_on alembic 1 alembic_version
    tool 0 /usr/bin/python3 /usr/bin/alembic current
    holds "$output" "be20 (head)"
}

@test "Alembic: SQLite" { alembic_turn sqlite; }
@test "Alembic: PostgreSQL" { alembic_turn postgres; }
@test "Alembic: MariaDB" { alembic_turn mariadb; }

@test "Flask-Migrate: its folder of migrations takes no baseline by accident" {
    /usr/bin/python3 -c 'import flask_migrate, flask_sqlalchemy' 2>/dev/null || skip "Flask-Migrate is not installed"
    on postgres
    cat >app.py <<'END'
import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Migrate
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["PYTHON_URL"]
db = SQLAlchemy(app)
Migrate(app, db)
class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(120), unique=True)
END
    PYTHON_URL=$(python_url)
    export PYTHON_URL FLASK_APP=app.py
    tool 0 /usr/bin/python3 -m flask db init
    tool 0 /usr/bin/python3 -m flask db migrate -m customers
    tool 0 /usr/bin/python3 -m flask db upgrade
    wend 0 detect
    holds "$output" "Alembic"
    goes_on alembic 1 alembic_version
    tool 0 /usr/bin/python3 -m flask db current
    holds "$output" "(head)"
}

# --- Django ---

django_project() {
    mkdir -p shop/migrations
    touch shop/__init__.py shop/migrations/__init__.py
    printf '%s\n' 'import os, sys' 'os.environ["DJANGO_SETTINGS_MODULE"] = "settings"' \
        'from django.core.management import execute_from_command_line' 'execute_from_command_line(sys.argv)' >manage.py
    local at=${url#*@} engine=$1
    local host=${at%%/*}
    case $engine in
    sqlite) echo "DB = dict(ENGINE='django.db.backends.sqlite3', NAME='shop.db')" ;;
    postgres) echo "DB = dict(ENGINE='django.db.backends.postgresql', NAME='${url##*/}', USER='postgres', HOST='${host%:*}', PORT='${host#*:}')" ;;
    mariadb) echo "DB = dict(ENGINE='django.db.backends.mysql', NAME='${url##*/}', USER='root', HOST='${host%:*}', PORT='${host#*:}')" ;;
    esac >settings.py
    cat >>settings.py <<'END'
DATABASES = {"default": DB}
SECRET_KEY = "none"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
END
    cat >shop/models.py <<'END'
from django.db import models
class Customer(models.Model):
    email = models.EmailField(unique=True)
    since = models.DateTimeField(auto_now_add=True, db_index=True)
class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    class Meta:
        constraints = [models.CheckConstraint(check=models.Q(total__gte=0), name="positive")]
END
}

django_turn() {
    /usr/bin/python3 -c 'import django' 2>/dev/null || skip "Django is not installed"
    on "$1"
    django_project "$1"
    tool 0 /usr/bin/python3 manage.py makemigrations shop
    tool 0 /usr/bin/python3 manage.py migrate
    goes_on django "$(sql "SELECT count(*) FROM django_migrations")" django_migrations
    tool 0 /usr/bin/python3 manage.py migrate --check
}

@test "Django: SQLite" { django_turn sqlite; }
@test "Django: PostgreSQL" { django_turn postgres; }
@test "Django: MariaDB" { django_turn mariadb; }

# --- Knex, Sequelize, TypeORM ---

node_tools() {
    npm_tools knex@3.3.0 sequelize@6.37.8 sequelize-cli@6.6.5 typeorm@1.1.1 pg@8.16.3 mysql2@3.15.3
    [[ -e node_modules ]] || ln -s "$npm" node_modules
}

knex_turn() {
    on "$1"
    node_tools
    local client=pg
    [[ $1 == postgres ]] || client=mysql2
    echo "module.exports = { client: '$client', connection: process.env.DATABASE_URL }" >knexfile.js
    mkdir migrations
    cat >migrations/20240101000000_customers.js <<'END'
exports.up = (knex) => knex.schema.createTable('customers', (table) => {
    table.increments('id');
    table.string('email', 120).notNullable().unique();
    table.enu('kind', ['new', 'old']).defaultTo('new');
    table.timestamps(true, true);
});
exports.down = (knex) => knex.schema.dropTable('customers');
END
    cat >migrations/20240102000000_orders.js <<'END'
exports.up = (knex) => knex.schema.createTable('orders', (table) => {
    table.increments('id');
    table.integer('customer').unsigned().notNullable().references('customers.id').onDelete('CASCADE').index();
    table.decimal('total', 10, 2);
    table.json('lines');
});
exports.down = (knex) => knex.schema.dropTable('orders');
END
    tool 0 "$npm/.bin/knex" migrate:latest
    goes_on knex 2 knex_migrations knex_migrations_lock
    tool 0 "$npm/.bin/knex" migrate:status
    holds "$output" "No Pending Migration files"
}

@test "Knex: PostgreSQL" { knex_turn postgres; }
@test "Knex: MariaDB" { knex_turn mariadb; }

sequelize_turn() {
    on "$1"
    node_tools
    mkdir migrations
    cat >migrations/20240101000000-customers.js <<'END'
module.exports = {
    up: (q, S) => q.createTable('Customers', {
        id: { type: S.INTEGER, primaryKey: true, autoIncrement: true },
        email: { type: S.STRING(120), allowNull: false, unique: true },
        kind: { type: S.ENUM('new', 'old'), defaultValue: 'new' },
        createdAt: { type: S.DATE, allowNull: false },
    }),
    down: (q) => q.dropTable('Customers'),
};
END
    cat >migrations/20240102000000-orders.js <<'END'
module.exports = {
    async up(q, S) {
        await q.createTable('Orders', {
            id: { type: S.INTEGER, primaryKey: true, autoIncrement: true },
            customerId: { type: S.INTEGER, references: { model: 'Customers', key: 'id' }, onDelete: 'CASCADE' },
            total: { type: S.DECIMAL(10, 2) },
        });
        await q.addIndex('Orders', ['customerId', 'total']);
    },
    down: (q) => q.dropTable('Orders'),
};
END
    local quoted='"SequelizeMeta"'
    [[ $1 == postgres ]] || quoted=SequelizeMeta
    tool 0 "$npm/.bin/sequelize-cli" db:migrate --url "$url"
    goes_on sequelize 2 SequelizeMeta
    tool 0 "$npm/.bin/sequelize-cli" db:migrate:status --url "$url"
    holds "$output" "up 20240102000000-orders.js"
}

@test "Sequelize: PostgreSQL" { sequelize_turn postgres; }
@test "Sequelize: MariaDB" { sequelize_turn mariadb; }

typeorm_turn() {
    on "$1"
    node_tools
    local type=postgres
    [[ $1 == postgres ]] || type=mysql
    cat >data-source.js <<END
const { DataSource } = require('typeorm');
module.exports = new DataSource({ type: '$type', url: process.env.DATABASE_URL, migrations: ['migrations/*.js'] });
END
    mkdir migrations
    cat >migrations/1704067200000-Customers.js <<'END'
const { Table } = require('typeorm');
exports.Customers1704067200000 = class Customers1704067200000 {
    async up(runner) {
        const postgres = runner.connection.options.type === 'postgres';
        if (postgres) await runner.query('CREATE EXTENSION "uuid-ossp"');
        await runner.createTable(new Table({ name: 'customers', columns: [
            postgres
                ? { name: 'id', type: 'uuid', isPrimary: true, isGenerated: true, generationStrategy: 'uuid' }
                : { name: 'id', type: 'varchar', length: '36', isPrimary: true },
            { name: 'email', type: 'varchar', length: '120', isUnique: true },
            { name: 'kind', type: 'enum', enum: ['new', 'old'], default: "'new'" },
        ] }), true);
    }
    down(runner) { return runner.dropTable('customers'); }
};
END
    cat >migrations/1704153600000-Orders.js <<'END'
exports.Orders1704153600000 = class Orders1704153600000 {
    async up(runner) {
        const id = runner.connection.options.type === 'postgres' ? 'uuid' : 'varchar(36)';
        await runner.query('CREATE TABLE orders (id int PRIMARY KEY, total int DEFAULT 0, customer ' + id + ' REFERENCES customers (id))');
        await runner.query('CREATE INDEX orders_total ON orders (total)');
        await runner.query('CREATE VIEW big_orders AS SELECT id FROM orders WHERE total > 100');
    }
    down(runner) { return runner.query('DROP TABLE orders'); }
};
END
    tool 0 "$npm/.bin/typeorm" migration:run -d data-source.js
    goes_on typeorm 2 migrations
    tool 0 "$npm/.bin/typeorm" migration:show -d data-source.js
    holds "$output" "[X] 2 Orders1704153600000"
}

@test "TypeORM: PostgreSQL" { typeorm_turn postgres; }
@test "TypeORM: MariaDB" { typeorm_turn mariadb; }
