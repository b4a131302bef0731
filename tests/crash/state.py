# SPDX-License-Identifier: MIT
"""What a database holds, read with SQLite alone: the schema, every row, and whether both are sound;
and what wend's own tables say about it."""
import sqlite3

OWN_TABLES = ("wend_migrations", "wend_journal", "wend_scripts")


class State:
    """Two states are equal when schema, rows and the set of history rows are."""

    def __init__(self, schema, rows, history, journal_mode, problems):
        self.schema = schema
        self.rows = rows
        self.history = history
        self.journal_mode = journal_mode
        self.problems = problems

    def is_empty(self):
        return not self.schema and not self.history

    def difference(self, expected):
        """Names the first difference, or None."""
        if self.problems:
            return f"the database is not sound: {self.problems[0]}"
        if self.journal_mode != expected.journal_mode:
            return f"journal_mode is {self.journal_mode}, not {expected.journal_mode}"
        for what in ("schema", "history"):
            lost = sorted(getattr(expected, what) - getattr(self, what))
            more = sorted(getattr(self, what) - getattr(expected, what))
            if lost or more:
                return f"{what}: missing {lost[:3]}, not expected {more[:3]}"
        for table in sorted(expected.rows):
            difference = rows_difference(self.rows.get(table), expected.rows[table])
            if difference:
                return f"table {table}: {difference}"
        return None


def rows_difference(rows, expected):
    if rows == expected:
        return None
    if rows is None:
        return "is not there"
    for number, (row, other) in enumerate(zip(rows, expected)):
        if row != other:
            return f"row {number + 1} is {row}, not {other}"
    return f"{len(rows)} rows, not {len(expected)}"


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def is_own(name):
    return name.lower() in OWN_TABLES


def read_schema(connection):
    found = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema")
    return {row for row in found if not is_own(row[2]) and not row[2].startswith("sqlite_")}


def shadowed(connection):
    """Tables behind a virtual table: how its rows are laid out depends on where commits fell."""
    return {name for (name, kind) in
            connection.execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main'")
            if kind == "shadow"}


def read_rows(connection, schema):
    tables = {name for kind, name, _, _ in schema if kind == "table"} - shadowed(connection)
    rows = {}
    for table in tables:
        found = connection.execute(f"SELECT * FROM {quoted(table)}").fetchall()
        rows[table] = sorted(found, key=repr)
    return rows


def has_table(connection, name):
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (name,)).fetchone()


def read_history(connection):
    if not has_table(connection, "wend_migrations"):
        return set()
    return set(connection.execute("SELECT id, version, name, kind, checksum FROM wend_migrations"))


def find_problems(connection):
    problems = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    problems += [f"foreign key of {row[0]}, rowid {row[1]}"
                 for row in connection.execute("PRAGMA foreign_key_check")]
    return problems + journal_problems(connection)


def journal_problems(connection):
    """Of each migration, applied and reverted must take turns: nothing runs twice."""
    if not has_table(connection, "wend_journal"):
        return []
    problems, last = [], {}
    for name, event in connection.execute("SELECT id, event FROM wend_journal "
                                          "WHERE event IN ('applied', 'reverted') ORDER BY seq"):
        if event == last.get(name, "reverted"):
            problems.append(f"the journal says twice in a row that {name} was {event}")
        last[name] = event
    if has_table(connection, "wend_migrations"):
        applied = {name for name, event in last.items() if event == "applied"}
        history = {row[0] for row in connection.execute("SELECT id FROM wend_migrations")}
        if applied != history:
            problems.append(f"journal and history disagree on {sorted(applied ^ history)[:3]}")
    return problems


def open_database(path):
    return sqlite3.connect(f"file:{path}?mode=rw", uri=True)


def read_state(path):
    connection = open_database(path)
    try:
        problems = find_problems(connection)
        schema = read_schema(connection)
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        rows = read_rows(connection, schema)
        return State(schema, rows, read_history(connection), mode, problems)
    except sqlite3.DatabaseError as error:
        return State(set(), {}, set(), None, [f"SQLite: {error}"])
    finally:
        connection.close()


def applied_rows(path):
    """How often the journal says of each id that it was applied."""
    connection = open_database(path)
    try:
        return dict(connection.execute(
            "SELECT id, count(*) FROM wend_journal WHERE event = 'applied' GROUP BY id"))
    finally:
        connection.close()


def make_wal(path):
    """Brings an empty database in WAL mode into being."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE gone (id INTEGER)")
    connection.execute("DROP TABLE gone")
    connection.commit()
    connection.close()
