# SPDX-License-Identifier: MIT
"""A server of one kind, started for these tests, and a database on it: how it is made, killed, and what
it holds."""
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.parse

import server_projects
from program import Failure, Run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OWN = ("wend_migrations", "wend_journal", "wend_scripts", "wend_journal_lease")


# What is in the database, for servers that are too new for the pg_dump that is here.
CATALOG = """
SELECT 'relation', c.oid::regclass, relkind, pg_get_partkeydef(c.oid), pg_get_expr(relpartbound, c.oid),
    CASE WHEN relkind = 'v' THEN pg_get_viewdef(c.oid) END
    FROM pg_class c WHERE {ours} ORDER BY c.oid::regclass::text;
SELECT 'column', c.oid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)
    FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid LEFT JOIN pg_attrdef d ON adrelid = c.oid AND adnum = attnum
    WHERE {ours} AND attnum > 0 AND NOT attisdropped ORDER BY c.oid::regclass::text, attnum;
SELECT 'index', pg_get_indexdef(c.oid) FROM pg_class c WHERE {ours} AND relkind IN ('i', 'I') ORDER BY 2;
SELECT 'constraint', c.oid::regclass, conname, pg_get_constraintdef(o.oid)
    FROM pg_class c JOIN pg_constraint o ON conrelid = c.oid WHERE {ours} ORDER BY c.oid::regclass::text, 3;
SELECT 'trigger', pg_get_triggerdef(t.oid) FROM pg_class c JOIN pg_trigger t ON tgrelid = c.oid
    WHERE {ours} AND NOT tgisinternal ORDER BY 2;
SELECT 'function', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 2;
SELECT 'type', enumtypid::regtype, enumlabel FROM pg_enum ORDER BY enumtypid::regtype::text, enumsortorder;
""".format(ours="relnamespace = 'public'::regnamespace AND relname NOT LIKE 'wend\\_%'")


class Missing(Exception):
    """The server is not installed."""


def call(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", errors="replace",
                          check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command[:3])}… ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


class Server:
    """`script` is the one in tests/server; `plain_text` what a URL needs so that nothing is enciphered."""
    script = None
    plain_text = ""

    def migrations(self, rows):
        raise NotImplementedError

    def __init__(self, durable):
        self.folder = tempfile.mkdtemp(prefix="wend-server-")
        os.chmod(self.folder, 0o755)
        self.durable = durable
        self.url = self.do("start").strip()

    def do(self, verb, *more):
        return self.run_script(self.script, verb, "server", *more)

    def run_script(self, script, verb, folder, *more):
        environment = dict(os.environ, WEND_SERVER_SYNC="on" if self.durable else "off")
        done = subprocess.run([os.path.join(ROOT, "tests", "server", script), verb,
                               os.path.join(self.folder, folder), *more], capture_output=True,
                              encoding="utf-8", env=environment, check=False)
        if done.returncode == 77:
            raise Missing(done.stderr.strip())
        if done.returncode != 0:
            raise Failure(f"{script} {verb} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def close(self):
        self.do("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def entrances(self):
        """The URLs by which runs may come in."""
        return [self.url]

    def project(self, rows):
        folder = os.path.join(self.folder, f"project-{rows}")
        if not os.path.exists(folder):
            server_projects.write(os.path.join(folder, "migrations"), self.migrations(rows))
        return folder

    def count(self, rows):
        return len(self.migrations(rows))

    def database_url(self, name, url=None):
        parts = urllib.parse.urlsplit(url or self.url)
        return urllib.parse.urlunsplit(parts._replace(path="/" + name))


class Postgres(Server):
    script = "postgres"
    plain_text = "sslmode=disable&gssencmode=disable"

    def __init__(self, durable):
        super().__init__(durable)
        self.major = int(self.sql("SHOW server_version_num")) // 10000
        self.dumps = int(re.search(r"\d+", call("pg_dump", "--version"))[0]) >= self.major

    def migrations(self, rows):
        return server_projects.postgres(rows, self.major)

    def sql(self, text, database="postgres"):
        return call("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.database_url(database),
                    text=text)

    def create(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);\nCREATE DATABASE {name};\n")

    def state(self, name):
        dump = call("pg_dump", "--schema-only", "--no-owner", "-T", "public.wend_*", "-d",
                    self.database_url(name)) if self.dumps else self.sql(CATALOG, name)
        lines = [line for line in dump.splitlines()
                 if line.strip() and not line.startswith(("--", "\\", "SET ", "SELECT "))]
        tables = self.sql("SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = "
                          "relnamespace WHERE nspname = 'public' AND relkind = 'r' AND relname NOT "
                          "LIKE 'wend\\_%' ORDER BY 1", name).split()
        rows = self.sql("".join(
            f"SELECT '{table}', count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) "
            f"FROM {table} t;\n" for table in tables), name)
        invalid = self.sql("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid", name)
        return "\n".join(lines) + "\n" + rows + invalid


class MariaDB(Server):
    """Or MySQL."""
    script = "mariadb"

    def __init__(self, durable):
        super().__init__(durable)
        self.mariadb = "MariaDB" in self.sql("SELECT version()")

    def migrations(self, rows):
        return server_projects.mysql(rows, self.mariadb)

    def connection(self):
        parts = urllib.parse.urlsplit(self.url)
        return ["--no-defaults", "-h", parts.hostname, "-P", str(parts.port), "-u", parts.username]

    def sql(self, text, database=""):
        return call("mariadb", *self.connection(), "-BN", database, text=text)

    def create(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name};\nCREATE DATABASE {name};\n")

    def dump(self, name):
        if self.mariadb:
            return call("mariadb-dump", *self.connection(), "--no-data", "--skip-lock-tables", "--routines",
                        "--events", "--triggers", "--skip-comments", "--compact",
                        *(f"--ignore-table={name}.{own}" for own in OWN), name)
        # MariaDB's program cannot read MySQL.
        questions = self.sql(
            "SELECT concat('SHOW CREATE ', if(table_type = 'VIEW', 'VIEW', 'TABLE'), ' `', table_name, "
            f"'`;') FROM information_schema.tables WHERE table_schema = '{name}' AND table_name NOT "
            "LIKE 'wend\\_%' ORDER BY 1; SELECT concat('SHOW CREATE TRIGGER `', trigger_name, '`;') FROM "
            f"information_schema.triggers WHERE trigger_schema = '{name}' ORDER BY 1; SELECT "
            "concat('SHOW CREATE ', routine_type, ' `', routine_name, '`;') FROM "
            f"information_schema.routines WHERE routine_schema = '{name}' ORDER BY 1;")
        return self.sql(questions, name)

    def state(self, name):
        dump = self.dump(name)
        dump = re.sub(r" AUTO_INCREMENT=\d+", "", dump)
        tables = self.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = "
                          f"'{name}' AND table_type = 'BASE TABLE' AND table_name NOT LIKE "
                          "'wend\\_%' ORDER BY 1").split()
        rows = self.sql("".join(f"CHECKSUM TABLE `{name}`.`{table}`;\n" for table in tables))
        return dump + rows.replace(f"{name}.", "")


class Pooled(Postgres):
    """With a transaction pooler before it: some runs come through it, some go to the server itself."""

    def migrations(self, rows):
        return server_projects.pooled(rows, self.major)

    def __init__(self, durable):
        super().__init__(durable)
        self.pooled_url = self.run_script("pgbouncer", "start", "pool", self.url).strip()

    def close(self):
        self.run_script("pgbouncer", "stop", "pool")
        super().close()

    def entrances(self):
        return [self.url, self.pooled_url]


class Galera(MariaDB):
    """A cluster of three; `url` is the one of a node that is up."""
    script = "galera"

    def migrations(self, rows):
        return server_projects.galera(rows)

    def __init__(self, durable):
        super().__init__(durable)
        self.urls = self.url.split()
        self.url = self.urls[0]

    def entrances(self):
        return self.urls

    def create(self, name):
        """A node may see a new database a moment later than the one that made it."""
        super().create(name)
        here = self.url
        for self.url in self.urls:
            until = time.monotonic() + 20
            while not self.sql(f"SHOW DATABASES LIKE '{name}'") and time.monotonic() < until:
                time.sleep(0.05)
        self.url = here

    def kill_node(self, number):
        self.do("kill", str(number + 1))
        self.url = self.urls[(number + 1) % len(self.urls)]

    def restart_node(self, number):
        self.do("restart", str(number + 1))


KINDS = {"postgres": Postgres, "pgbouncer": Pooled, "mariadb": MariaDB, "galera": Galera}


class Target:
    """A database under test, and wend on it."""

    def __init__(self, server, wend, name, rows):
        self.server = server
        self.wend = wend
        self.name = name
        self.rows = rows
        self.folder = server.project(rows)

    def start(self, *arguments, url=None):
        return Run(self.wend, self.folder,
                   ["-d", self.server.database_url(self.name, url), *arguments], {})

    def must(self, *arguments):
        result = self.start(*arguments).wait()
        if result.code != 0:
            raise Failure(result.describe())
        return result

    def fresh(self):
        self.server.create(self.name)

    def compare(self, expected, what):
        state = self.server.state(self.name)
        if state == expected:
            return
        lines = set(state.splitlines()) ^ set(expected.splitlines())
        raise Failure(f"{what}: the database differs: {sorted(lines)[:6]}")

    def applied(self):
        """How many migrations the history holds; without a table, none."""
        try:
            return int(self.server.sql("SELECT count(*) FROM wend_migrations;", self.name))
        except Failure:
            return 0

    def check_once(self):
        """Every migration was applied, and once."""
        rows = self.server.sql("SELECT id, count(*) FROM wend_journal WHERE event = 'applied' AND "
                               "direction = 'up' GROUP BY id;", self.name)
        counts = [re.split(r"[|\t]", line) for line in rows.splitlines()]
        twice = [one for one, count in counts if count != "1"]
        if twice or len(counts) != self.server.count(self.rows):
            raise Failure(f"{len(counts)} migrations were applied, more than once: {twice}")
