# SPDX-License-Identifier: MIT
"""A server of one kind, started for these tests, and a database on it: how it is made, killed, and what
it holds."""
import os
import re
import shutil
import subprocess
import tempfile
import urllib.parse

import server_projects
from program import Failure, Run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OWN = ("wend_migrations", "wend_journal", "wend_scripts")


class Missing(Exception):
    """The server is not installed."""


def call(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", errors="replace",
                          check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command[:3])}… ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


class Server:
    """`script` is the one in tests/server."""
    script = None
    migrations = None

    def __init__(self, durable):
        self.folder = tempfile.mkdtemp(prefix="wend-server-")
        os.chmod(self.folder, 0o755)
        self.durable = durable
        self.url = self.do("start").strip()

    def do(self, verb):
        environment = dict(os.environ, WEND_SERVER_SYNC="on" if self.durable else "off")
        done = subprocess.run([os.path.join(ROOT, "tests", "server", self.script), verb,
                               os.path.join(self.folder, "server")], capture_output=True,
                              encoding="utf-8", env=environment, check=False)
        if done.returncode == 77:
            raise Missing(done.stderr.strip())
        if done.returncode != 0:
            raise Failure(f"{self.script} {verb} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def close(self):
        self.do("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def project(self, rows):
        folder = os.path.join(self.folder, f"project-{rows}")
        if not os.path.exists(folder):
            server_projects.write(os.path.join(folder, "migrations"), self.migrations(rows))
        return folder

    def database_url(self, name):
        parts = urllib.parse.urlsplit(self.url)
        return urllib.parse.urlunsplit(parts._replace(path="/" + name))


class Postgres(Server):
    script = "postgres"
    migrations = staticmethod(server_projects.postgres)

    def sql(self, text, database="postgres"):
        return call("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.database_url(database),
                    text=text)

    def create(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);\nCREATE DATABASE {name};\n")

    def state(self, name):
        dump = call("pg_dump", "--schema-only", "--no-owner", "-T", "public.wend_*",
                    "-d", self.database_url(name))
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
    script = "mariadb"
    migrations = staticmethod(server_projects.mysql)

    def connection(self):
        parts = urllib.parse.urlsplit(self.url)
        return ["--no-defaults", "-h", parts.hostname, "-P", str(parts.port), "-u", parts.username]

    def sql(self, text, database=""):
        return call("mariadb", *self.connection(), "-BN", database, text=text)

    def create(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name};\nCREATE DATABASE {name};\n")

    def state(self, name):
        dump = call("mariadb-dump", *self.connection(), "--no-data", "--routines", "--events",
                    "--triggers", "--skip-comments", "--compact",
                    *(f"--ignore-table={name}.{own}" for own in OWN), name)
        dump = re.sub(r" AUTO_INCREMENT=\d+", "", dump)
        tables = self.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = "
                          f"'{name}' AND table_type = 'BASE TABLE' AND table_name NOT LIKE "
                          "'wend\\_%' ORDER BY 1").split()
        rows = self.sql("".join(f"CHECKSUM TABLE `{name}`.`{table}`;\n" for table in tables))
        return dump + rows


KINDS = {"postgres": Postgres, "mariadb": MariaDB}


class Target:
    """A database under test, and wend on it."""

    def __init__(self, server, wend, name, rows):
        self.server = server
        self.wend = wend
        self.name = name
        self.folder = server.project(rows)
        self.expected = None

    def start(self, *arguments):
        return Run(self.wend, self.folder,
                   ["-d", self.server.database_url(self.name), *arguments], {})

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
