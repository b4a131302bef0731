# SPDX-License-Identifier: MIT
"""Other migration tools, fed the same statements as wend: how a folder for each is made and how it is run.
bench/servers measures them."""
import os
import shutil
import subprocess
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGES = ["dbmate@2.36.0", "knex@3.1.0", "mysql2@3.15.3", "node-pg-migrate@9.0.0", "pg@8.16.3"]


class Missing(Exception):
    """The tool is not at hand; its text says why."""


def npm():
    """The node_modules folder of the tools that npm has; installed at the first call, kept for the next."""
    if shutil.which("npm") is None:
        raise Missing("npm is not installed")
    done = subprocess.run(["bash", "-c", '. script/lib.sh && npm_folder bench-tools "$@"', "-", *PACKAGES],
                          cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise Missing("npm cannot install it")
    return os.path.join(done.stdout.strip(), "node_modules")


def installed(program):
    path = shutil.which(program, path="/usr/local/bin:/usr/bin:/bin")
    if path is None:
        raise Missing("not installed")
    return path


def with_scheme(url, scheme):
    return urllib.parse.urlunsplit(urllib.parse.urlsplit(url)._replace(scheme=scheme))


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def statements(text):
    return [one.strip() for one in text.split(";\n") if one.strip()]


class Tool:
    """A folder is made by make(folder, migrations, postgres), migrations being texts of SQL; command(url) is
    what applies all that is pending, run in that folder with environment(url)."""
    servers = ("postgres", "mariadb")
    title = ""

    def make(self, folder, migrations, postgres):
        raise NotImplementedError

    def command(self, url):
        raise NotImplementedError

    def environment(self, url):
        return {}


class Dbmate(Tool):
    title = "dbmate"

    def make(self, folder, migrations, postgres):
        self.program = os.path.join(npm(), ".bin", "dbmate")
        for number, text in enumerate(migrations, 1):
            write(folder, f"m/{number:06d}_m.sql", f"-- migrate:up\n{text}\n-- migrate:down\n")

    def command(self, url):
        postgres = url.startswith("postgres")
        url = with_scheme(url, "postgres" if postgres else "mysql") + ("?sslmode=disable" if postgres else "")
        return [self.program, "--url", url, "--migrations-dir", "m", "--no-dump-schema", "migrate"]


class Sqitch(Tool):
    title = "sqitch"

    def make(self, folder, migrations, postgres):
        self.program = installed("sqitch")
        begin = "BEGIN" if postgres else "START TRANSACTION"
        plan = ["%syntax-version=1.0.0", "%project=bench", ""]
        for number, text in enumerate(migrations, 1):
            write(folder, f"deploy/m{number:06d}.sql", f"{begin};\n{text}COMMIT;\n")
            plan.append(f"m{number:06d} 2024-01-05T09:30:00Z Bench <bench@example.org> # one")
        write(folder, "sqitch.plan", "\n".join(plan) + "\n")
        write(folder, "sqitch.conf", f"[core]\n\tengine = {'pg' if postgres else 'mysql'}\n")

    def command(self, url):
        scheme = "db:pg" if url.startswith("postgres") else "db:mysql"
        return [self.program, "deploy", "--no-verify", scheme + url[url.index("://"):]]

    def environment(self, url):
        return {"SQITCH_FULLNAME": "Bench", "SQITCH_EMAIL": "bench@example.org"}


class Alembic(Tool):
    title = "alembic"

    def make(self, folder, migrations, postgres):
        self.program = installed("alembic")
        write(folder, "alembic.ini", "[alembic]\nscript_location = a\n")
        write(folder, "a/env.py", "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n"
              "with create_engine(os.environ['BENCH_URL']).connect() as connection:\n"
              "    context.configure(connection=connection, transaction_per_migration=True)\n"
              "    with context.begin_transaction():\n        context.run_migrations()\n")
        for number, text in enumerate(migrations, 1):
            before = f"'{number - 1:06d}'" if number > 1 else "None"
            body = "".join(f"    op.execute({one!r})\n" for one in statements(text))
            write(folder, f"a/versions/{number:06d}_m.py", f"from alembic import op\nrevision = '{number:06d}'\n"
                  f"down_revision = {before}\ndef upgrade():\n{body}def downgrade():\n    pass\n")

    def command(self, url):
        return [self.program, "upgrade", "head"]

    def environment(self, url):
        scheme = "postgresql+psycopg2" if url.startswith("postgres") else "mysql+pymysql"
        return {"BENCH_URL": with_scheme(url, scheme)}


class Knex(Tool):
    title = "knex"

    def make(self, folder, migrations, postgres):
        modules = npm()
        self.program = ["node", os.path.join(modules, "knex", "bin", "cli.js")]
        os.symlink(modules, os.path.join(folder, "node_modules"))
        write(folder, "knexfile.js", f"module.exports = {{ client: '{'pg' if postgres else 'mysql2'}', "
              "connection: process.env.BENCH_URL };\n")
        for number, text in enumerate(migrations, 1):
            body = "".join(f"  await knex.raw({one!r});\n" for one in statements(text))
            write(folder, f"migrations/{number:06d}_m.js", f"exports.up = async (knex) => {{\n{body}}};\n"
                  "exports.down = async () => {};\n")

    def command(self, url):
        return [*self.program, "migrate:latest"]

    def environment(self, url):
        return {"BENCH_URL": with_scheme(url, "postgres" if url.startswith("postgres") else "mysql")}


class NodePgMigrate(Tool):
    title = "node-pg-migrate"
    servers = ("postgres",)

    def make(self, folder, migrations, postgres):
        self.program = ["node", os.path.join(npm(), ".bin", "node-pg-migrate")]
        for number, text in enumerate(migrations, 1):
            write(folder, f"migrations/{1700000000000 + number}_m.sql",
                  f"-- Up Migration\n{text}\n-- Down Migration\n")

    def command(self, url):
        return [*self.program, "up"]

    def environment(self, url):
        return {"DATABASE_URL": url}


TOOLS = [Dbmate, Knex, NodePgMigrate, Alembic, Sqitch]
