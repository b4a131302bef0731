# SPDX-License-Identifier: MIT
"""A project of many migrations, the same for the same seed, in which running a statement twice or
losing one shows in the rows. Every migration has a way back that restores what was there before.

The heart is the table numbers: its steps are n -> (n * 3 + 1) mod 1000003, which can be undone but
not repeated. What a migration sees is written into the table log, so that a change that came too
early, too late or twice is on record.
"""
import os
import random

PRIME = 1000003
STEP = f"(n * 3 + 1) % {PRIME}"
BACK = f"((n + {PRIME} - 1) * 666669) % {PRIME}"  # 3 * 666669 = 1 mod 1000003
NUMBERS = 60

SETUP_UP = f"""CREATE TABLE numbers (
    id   INTEGER PRIMARY KEY,
    n    INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    word TEXT NOT NULL
);
CREATE TABLE log (
    id    INTEGER PRIMARY KEY,
    step  TEXT NOT NULL,
    total INTEGER NOT NULL
);
WITH RECURSIVE counter (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM counter WHERE id < {NUMBERS})
INSERT INTO numbers (id, n, word)
SELECT id, id * 7919 % {PRIME}, CASE id % 3 WHEN 0 THEN 'apple' WHEN 1 THEN 'Apple' ELSE 'pear' END
FROM counter;
CREATE TABLE pairs (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, other INTEGER NOT NULL);
INSERT INTO pairs SELECT id, id * 31, id * 37 FROM numbers;
"""
SETUP_DOWN = "DROP TABLE pairs;\nDROP TABLE log;\nDROP TABLE numbers;\n"


class Table:
    """A table as far as it is built: what a rebuild has to bring back."""

    def __init__(self, name, parent):
        self.name = name
        self.parent = parent
        self.columns = [
            ("id", "INTEGER PRIMARY KEY"),
            ("n", "INTEGER NOT NULL"),
            ("note", "TEXT"),
            ("parent_id", f"INTEGER REFERENCES {parent} (id)"),
        ]
        self.rows = 0
        self.extras = {}  # name of an index or a trigger -> the statement that makes it

    def create(self, name=None):
        columns = ",\n".join(f"    {column} {kind}" for column, kind in self.columns)
        return f"CREATE TABLE {name or self.name} (\n{columns}\n);\n"

    def names(self):
        return ", ".join(column for column, _ in self.columns)


class Generator:
    """Writes the migrations one after another; each method gives the statements up and down."""

    def __init__(self, seed):
        self.random = random.Random(f"project {seed}")
        self.tables = []
        self.done = 0
        self.number = 0

    # --- parts of migrations ---

    def step(self):
        return f"UPDATE numbers SET n = {STEP};\n", f"UPDATE numbers SET n = {BACK};\n"

    def note(self, part=""):
        """Puts on record what the numbers come to at this moment."""
        name = f"{self.number}{part}"
        return (f"INSERT INTO log (step, total) SELECT '{name}', sum(n) FROM numbers;\n",
                f"DELETE FROM log WHERE step = '{name}';\n")

    def noted_step(self, part=""):
        step_up, step_down = self.step()
        note_up, note_down = self.note(part)
        return step_up + note_up, note_down + step_down

    def insert_rows(self, table, count):
        first, last = table.rows + 1, table.rows + count
        table.rows = last
        up = (f"INSERT INTO {table.name} (id, n, parent_id)\n"
              f"SELECT {first - 1} + id, (n + id) % 1000, 1 + id % 5 FROM numbers "
              f"WHERE id <= {count} ORDER BY id;\n")
        return up, f"DELETE FROM {table.name} WHERE id BETWEEN {first} AND {last};\n"

    def any_table(self):
        return self.random.choice(self.tables)

    # --- kinds of migrations ---

    def tiny(self):
        return self.note()

    def view(self):
        name = f"view_{self.number}"
        return (f"CREATE VIEW {name} AS SELECT id, n % {self.number} AS rest FROM numbers;\n",
                f"DROP VIEW {name};\n")

    def table(self):
        parents = [table.name for table in self.tables if table.rows >= 5]
        table = Table(f"table_{self.number}", self.random.choice(parents + ["numbers"]))
        self.tables.append(table)
        up = table.create()
        rows, _ = self.insert_rows(table, self.random.randint(5, 40))
        return up + rows, f"DROP TABLE {table.name};\n"

    def rows(self):
        rows_up, rows_down = self.insert_rows(self.any_table(), self.random.randint(1, 20))
        step_up, step_down = self.noted_step()
        return rows_up + step_up, step_down + rows_down

    def index(self):
        table, name = self.any_table(), f"index_{self.number}"
        where = self.random.choice(["", " WHERE n > 100"])
        table.extras[name] = f"CREATE INDEX {name} ON {table.name} (n, note){where};\n"
        return table.extras[name], f"DROP INDEX {name};\n"

    def trigger(self):
        table, name = self.any_table(), f"trigger_{self.number}"
        table.extras[name] = (
            f"CREATE TRIGGER {name} AFTER INSERT ON {table.name}\nBEGIN\n"
            f"    UPDATE {table.name} SET note = coalesce(note, '') || '{self.number};' || NEW.n\n"
            f"    WHERE id = NEW.id;\nEND;\n")
        return table.extras[name], f"DROP TRIGGER {name};\n"

    def column(self):
        table, name = self.any_table(), f"column_{self.number}"
        table.columns.append((name, "INTEGER NOT NULL DEFAULT 3"))
        step_up, step_down = self.step()
        up = (f"ALTER TABLE {table.name} ADD COLUMN {name} INTEGER NOT NULL DEFAULT 3;\n"
              f"UPDATE {table.name} SET {name} = n * 2 + {self.number};\n")
        return up + step_up, step_down + f"ALTER TABLE {table.name} DROP COLUMN {name};\n"

    def rebuild(self):
        """SQLite's twelve steps: a new table beside the old one, which then takes its name."""
        table, name = self.any_table(), f"checked_{self.number}"
        before, names = table.create(), table.names()
        table.columns.append((name, f"INTEGER NOT NULL DEFAULT 0 CHECK ({name} >= 0)"))
        extras = "".join(table.extras.values())
        step_up, step_down = self.step()
        up = ("PRAGMA foreign_keys=OFF;\n" + table.create("rebuilt") +
              f"INSERT INTO rebuilt ({names}, {name}) SELECT {names}, n % 7 FROM {table.name};\n"
              f"DROP TABLE {table.name};\nALTER TABLE rebuilt RENAME TO {table.name};\n" +
              extras + step_up + "PRAGMA foreign_keys=ON;\n")
        down = ("PRAGMA foreign_keys=OFF;\n" + step_down +
                f"CREATE TABLE kept AS SELECT {names} FROM {table.name};\n"
                f"DROP TABLE {table.name};\n" + before +
                f"INSERT INTO {table.name} ({names}) SELECT {names} FROM kept;\n"
                "DROP TABLE kept;\n" + extras + "PRAGMA foreign_keys=ON;\n")
        return up, down

    def vacuum(self):
        """A statement that cannot run in a transaction, between statements that can."""
        first, second = self.noted_step("a"), self.noted_step("b")
        return first[0] + "VACUUM;\n" + second[0], second[1] + "VACUUM;\n" + first[1]

    def own_transactions(self):
        """BEGIN and COMMIT of the file's own: three segments, the middle one without them."""
        parts = [self.noted_step(part) for part in "abc"]
        up = [up for up, _ in parts]
        down = [down for _, down in reversed(parts)]
        return tuple(f"BEGIN;\n{one[0]}COMMIT;\n{one[1]}BEGIN IMMEDIATE;\n{one[2]}COMMIT;\n"
                     for one in (up, down))

    def no_transaction(self):
        parts = [self.step(), self.note("a"), self.step(), self.note("b")]
        head = "-- wend: transaction none\n"
        return (head + "".join(up for up, _ in parts),
                head + "".join(down for _, down in reversed(parts)))

    def batch(self):
        """Rows that say themselves whether they had their turn."""
        before, self.done = self.done, self.number
        note_up, note_down = self.note()
        head = f"-- wend: batch size={self.random.choice([7, 20, 60])}\n"
        change = ("UPDATE numbers SET n = {step}, done = {to} WHERE id IN "
                  "(SELECT id FROM numbers WHERE done = {of} ORDER BY id LIMIT :size);\n")
        up = head + change.format(step=STEP, to=self.number, of=before) + note_up
        return up, note_down + head + change.format(step=BACK, to=before, of=self.number)

    def batch_by_key(self):
        """Rows that do not say so: only the cursor knows how far it went."""
        note_up, note_down = self.note()
        head = f"-- wend: batch size={self.random.choice([9, 25])} key=id\n"
        change = ("UPDATE numbers SET n = {step} WHERE id IN (SELECT id FROM numbers "
                  "WHERE id > coalesce(:after, 0) ORDER BY id LIMIT :size) RETURNING id;\n")
        forth, back = change.format(step=STEP), change.format(step=BACK)
        return head + forth + note_up, note_down + head + back

    def two_batches(self):
        """Each with a cursor of its own: that of one must not be the start of the other."""
        note_up, note_down = self.note()
        parts = []
        for size, column in ((11, "n"), (23, "other")):
            head = f"-- wend: batch size={size} key=id\n"
            change = ("UPDATE pairs SET {column} = {step} WHERE id IN (SELECT id FROM pairs "
                      "WHERE id > coalesce(:after, 0) ORDER BY id LIMIT :size) RETURNING id;\n")
            parts.append([head + change.format(column=column, step=step.replace("n ", f"{column} "))
                          for step in (STEP, BACK)])
        return (parts[0][0] + note_up + parts[1][0] + parts[0][0],
                parts[0][1] + parts[1][1] + note_down + parts[0][1])

    def last_alone(self):
        """Nothing behind the statement that cannot run in a transaction."""
        up, down = self.noted_step()
        return up + "VACUUM;\n", down + "VACUUM;\n"

    def settings(self):
        """Settings that the statements behind a border still need: resumed, they must be back."""
        change = "UPDATE numbers SET n = {step} WHERE word LIKE 'a%';\n"
        head = "PRAGMA case_sensitive_like = 1;\nPRAGMA recursive_triggers = 1;\n"
        note_up, note_down = self.note()
        forth, back = change.format(step=STEP), change.format(step=BACK)
        return (head + forth + "PRAGMA temp_store = MEMORY;\n" + forth + note_up,
                head + note_down + back + "VACUUM;\n" + back)

    def savepoint(self):
        up, down = self.step()
        note_up, note_down = self.note()
        return ("SAVEPOINT mine;\nUPDATE numbers SET n = 0;\nROLLBACK TO mine;\n" + up +
                "RELEASE mine;\n" + note_up, note_down + down)

    def large(self):
        """More than the page cache holds: pages reach the file before the commit."""
        name = f"large_{self.number}"
        up = (f"PRAGMA cache_size = 10;\nCREATE TABLE {name} (id INTEGER PRIMARY KEY, n INTEGER, "
              "text TEXT);\nWITH RECURSIVE counter (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM "
              f"counter WHERE id < 1500)\nINSERT INTO {name} SELECT id, id * 31 % 997, "
              f"hex(id * 7) || '{'x' * 60}' FROM counter;\n"
              f"CREATE INDEX {name}_n ON {name} (n, text);\n"
              f"UPDATE {name} SET n = n * 3 + 1 WHERE id % 2 = 0;\n")
        down = f"DELETE FROM {name} WHERE id % 3 = 0;\nDROP TABLE {name};\n"
        return up, "PRAGMA cache_size = 10;\n" + down

    # --- the order ---

    KINDS = ("tiny table tiny index rows tiny vacuum batch tiny trigger rows own_transactions tiny "
             "column rebuild tiny no_transaction view batch_by_key settings tiny savepoint "
             "rows two_batches tiny last_alone tiny tiny").split()

    def kind_at(self, number):
        if number % 97 == 50:
            return "large"
        if number <= len(self.KINDS):
            return self.KINDS[number - 2]
        return self.random.choice(self.KINDS)

    def make(self, number):
        self.number = number
        if number == 1:
            return "setup", SETUP_UP, SETUP_DOWN
        kind = self.kind_at(number)
        up, down = getattr(self, kind)()
        return kind, up, down


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_project(folder, seed, count=200):
    """Writes wend.yaml and `count` migrations, three of them repeatable, into `folder`."""
    migrations = os.path.join(folder, "migrations")
    os.makedirs(migrations)
    write(os.path.join(folder, "wend.yaml"), "database: sqlite:wend.db\nmigrations: migrations\n")
    generator = Generator(seed)
    repeatables = 3
    for number in range(1, count - repeatables + 1):
        kind, up, down = generator.make(number)
        name = os.path.join(migrations, f"{number:03}_{kind}")
        # Directives of the whole file must stand in its head: such a one is a pair.
        if number % 4 == 0 and "-- wend:" not in up:
            write(f"{name}.sql", f"-- wend:up\n{up}\n-- wend:down\n{down}")
        else:
            write(f"{name}.up.sql", up)
            write(f"{name}.down.sql", down)
    for number in range(1, repeatables + 1):
        view = f"repeatable_{number}"
        write(os.path.join(migrations, f"R__{view}.sql"),
              f"-- wend:up\nDROP VIEW IF EXISTS {view};\n"
              f"CREATE VIEW {view} AS SELECT step, total + {number} AS total FROM log;\n"
              f"-- wend:down\nDROP VIEW IF EXISTS {view};\n")
