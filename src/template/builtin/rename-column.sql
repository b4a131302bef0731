-- SPDX-License-Identifier: MIT
-- wend:template a column gets another name while programs use both: expand, fill, contract
-- wend:key table name # the table
-- wend:key from name # the column
-- wend:key to name # its new name
-- wend:key type sql # its type, without NOT NULL
-- wend:key key name = id # the column that rows are counted off by: a number, or a uuid
-- wend:key size number = 1000 # rows that are committed together
-- wend:key pause word = 50ms # between two rounds

-- wend:for postgres
-- wend:key trigger name = ${table}_${from}_to_${to} # what keeps the two alike
-- wend:key function name = ${table|%p}${trigger} # what that trigger calls
-- wend:step expand
-- wend: phase expand
-- Both names work from here on: what is written to the one stands in the other.
-- wend:up
ALTER TABLE ${table} ADD COLUMN ${to} ${type};
CREATE FUNCTION ${function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.${to} := coalesce(NEW.${to}, NEW.${from});
        NEW.${from} := coalesce(NEW.${from}, NEW.${to});
    ELSIF NEW.${to} IS DISTINCT FROM OLD.${to} THEN
        NEW.${from} := NEW.${to};
    ELSIF NEW.${from} IS DISTINCT FROM OLD.${from} THEN
        NEW.${to} := NEW.${from};
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE ON ${table}
    FOR EACH ROW EXECUTE FUNCTION ${function}();
-- wend:down
DROP TRIGGER ${trigger} ON ${table};
DROP FUNCTION ${function}();
ALTER TABLE ${table} DROP COLUMN ${to};
-- wend:step fill
-- wend: phase expand
-- wend:up
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${to} = ${from}
WHERE ${key} IN (
    SELECT ${key} FROM ${table}
    WHERE ${to} IS NULL AND ${from} IS NOT NULL AND (:after IS NULL OR ${key} > :after)
    ORDER BY ${key} LIMIT :size)
RETURNING ${key};
-- wend:down
-- What is in the new column stays until that goes; the old one gets what it lacks.
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${from} = ${to}
WHERE ${key} IN (
    SELECT ${key} FROM ${table}
    WHERE ${from} IS NULL AND ${to} IS NOT NULL AND (:after IS NULL OR ${key} > :after)
    ORDER BY ${key} LIMIT :size)
RETURNING ${key};
-- wend:step contract
-- wend: phase contract
-- For when no program uses the old name any more. Indexes and constraints of the old column go with it: make
-- them for the new one before.
-- wend:up
-- wend: assert SELECT count(*) FROM ${table} WHERE ${to} IS DISTINCT FROM ${from} = 0
DROP TRIGGER ${trigger} ON ${table};
DROP FUNCTION ${function}();
ALTER TABLE ${table} DROP COLUMN ${from};
-- wend:down
ALTER TABLE ${table} ADD COLUMN ${from} ${type};
CREATE FUNCTION ${function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.${to} := coalesce(NEW.${to}, NEW.${from});
        NEW.${from} := coalesce(NEW.${from}, NEW.${to});
    ELSIF NEW.${to} IS DISTINCT FROM OLD.${to} THEN
        NEW.${from} := NEW.${to};
    ELSIF NEW.${from} IS DISTINCT FROM OLD.${from} THEN
        NEW.${to} := NEW.${from};
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE ON ${table}
    FOR EACH ROW EXECUTE FUNCTION ${function}();
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${from} = ${to}
WHERE ${key} IN (
    SELECT ${key} FROM ${table}
    WHERE ${from} IS NULL AND ${to} IS NOT NULL AND (:after IS NULL OR ${key} > :after)
    ORDER BY ${key} LIMIT :size)
RETURNING ${key};

-- wend:for mariadb
-- wend:key name name = ${table}_${from}_to_${to} # what the triggers' names begin with
-- wend:key on_insert name = ${table|%p}${name}_insert # the one trigger that keeps the two alike
-- wend:key on_update name = ${table|%p}${name}_update # the other
-- wend:step expand
-- wend: phase expand
-- Both names work from here on: what is written to the one stands in the other. While they do, the old column
-- must allow NULL.
-- wend:up
ALTER TABLE ${table} ADD COLUMN ${to} ${type};
CREATE TRIGGER ${on_insert} BEFORE INSERT ON ${table} FOR EACH ROW
    SET NEW.${to} = COALESCE(NEW.${to}, NEW.${from}), NEW.${from} = COALESCE(NEW.${from}, NEW.${to});
CREATE TRIGGER ${on_update} BEFORE UPDATE ON ${table} FOR EACH ROW
BEGIN
    IF NOT (NEW.${to} <=> OLD.${to}) THEN
        SET NEW.${from} = NEW.${to};
    ELSEIF NOT (NEW.${from} <=> OLD.${from}) THEN
        SET NEW.${to} = NEW.${from};
    END IF;
END;
-- wend:down
DROP TRIGGER ${on_update};
DROP TRIGGER ${on_insert};
ALTER TABLE ${table} DROP COLUMN ${to};
-- wend:step fill
-- wend: phase expand
-- wend:up
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${to} = ${from}
WHERE ${to} IS NULL AND ${from} IS NOT NULL
ORDER BY ${key} LIMIT :size;
-- wend:down
-- What is in the new column stays until that goes; the old one gets what it lacks.
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${from} = ${to}
WHERE ${from} IS NULL AND ${to} IS NOT NULL
ORDER BY ${key} LIMIT :size;
-- wend:step contract
-- wend: phase contract
-- For when no program uses the old name any more. Indexes and constraints of the old column go with it: make
-- them for the new one before.
-- wend:up
-- wend: assert SELECT count(*) FROM ${table} WHERE NOT (${to} <=> ${from}) = 0
DROP TRIGGER ${on_update};
DROP TRIGGER ${on_insert};
ALTER TABLE ${table} DROP COLUMN ${from};
-- wend:down
ALTER TABLE ${table} ADD COLUMN ${from} ${type};
CREATE TRIGGER ${on_insert} BEFORE INSERT ON ${table} FOR EACH ROW
    SET NEW.${to} = COALESCE(NEW.${to}, NEW.${from}), NEW.${from} = COALESCE(NEW.${from}, NEW.${to});
CREATE TRIGGER ${on_update} BEFORE UPDATE ON ${table} FOR EACH ROW
BEGIN
    IF NOT (NEW.${to} <=> OLD.${to}) THEN
        SET NEW.${from} = NEW.${to};
    ELSEIF NOT (NEW.${from} <=> OLD.${from}) THEN
        SET NEW.${to} = NEW.${from};
    END IF;
END;
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${from} = ${to}
WHERE ${from} IS NULL AND ${to} IS NOT NULL
ORDER BY ${key} LIMIT :size;

-- wend:for sqlite
-- wend:key name name = ${table}_${from}_to_${to} # what the triggers' names begin with
-- wend:key on_insert name = ${name}_insert # the one trigger that keeps the two alike
-- wend:key on_update name = ${name}_update # the other
-- wend:step expand
-- wend: phase expand
-- Both names work from here on: what is written to the one stands in the other. While they do, the old column
-- must allow NULL.
-- wend:up
ALTER TABLE ${table} ADD COLUMN ${to} ${type};
CREATE TRIGGER ${on_insert} AFTER INSERT ON ${table}
WHEN NEW.${to} IS NOT NEW.${from}
BEGIN
    UPDATE ${table|%u}
    SET ${to} = coalesce(NEW.${to}, NEW.${from}), ${from} = coalesce(NEW.${from}, NEW.${to})
    WHERE ${key} = NEW.${key};
END;
CREATE TRIGGER ${on_update} AFTER UPDATE OF ${from}, ${to} ON ${table}
WHEN NEW.${to} IS NOT NEW.${from}
BEGIN
    UPDATE ${table|%u}
    SET ${to} = CASE WHEN NEW.${to} IS NOT OLD.${to} THEN NEW.${to} ELSE NEW.${from} END,
        ${from} = CASE WHEN NEW.${to} IS NOT OLD.${to} THEN NEW.${to} ELSE NEW.${from} END
    WHERE ${key} = NEW.${key};
END;
-- wend:down
DROP TRIGGER ${on_update};
DROP TRIGGER ${on_insert};
ALTER TABLE ${table} DROP COLUMN ${to};
-- wend:step fill
-- wend: phase expand
-- wend:up
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${to} = ${from}
WHERE ${key} IN (
    SELECT ${key} FROM ${table}
    WHERE ${to} IS NULL AND ${from} IS NOT NULL AND (:after IS NULL OR ${key} > :after)
    ORDER BY ${key} LIMIT :size)
RETURNING ${key};
-- wend:down
-- What is in the new column stays until that goes; the old one gets what it lacks.
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${from} = ${to}
WHERE ${key} IN (
    SELECT ${key} FROM ${table}
    WHERE ${from} IS NULL AND ${to} IS NOT NULL AND (:after IS NULL OR ${key} > :after)
    ORDER BY ${key} LIMIT :size)
RETURNING ${key};
-- wend:step contract
-- wend: phase contract
-- For when no program uses the old name any more. A column that has an index, or is read by a view or a trigger,
-- has to lose these first.
-- wend:up
-- wend: assert SELECT count(*) FROM ${table} WHERE ${to} IS NOT ${from} = 0
DROP TRIGGER ${on_update};
DROP TRIGGER ${on_insert};
ALTER TABLE ${table} DROP COLUMN ${from};
-- wend:down
ALTER TABLE ${table} ADD COLUMN ${from} ${type};
CREATE TRIGGER ${on_insert} AFTER INSERT ON ${table}
WHEN NEW.${to} IS NOT NEW.${from}
BEGIN
    UPDATE ${table|%u}
    SET ${to} = coalesce(NEW.${to}, NEW.${from}), ${from} = coalesce(NEW.${from}, NEW.${to})
    WHERE ${key} = NEW.${key};
END;
CREATE TRIGGER ${on_update} AFTER UPDATE OF ${from}, ${to} ON ${table}
WHEN NEW.${to} IS NOT NEW.${from}
BEGIN
    UPDATE ${table|%u}
    SET ${to} = CASE WHEN NEW.${to} IS NOT OLD.${to} THEN NEW.${to} ELSE NEW.${from} END,
        ${from} = CASE WHEN NEW.${to} IS NOT OLD.${to} THEN NEW.${to} ELSE NEW.${from} END
    WHERE ${key} = NEW.${key};
END;
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${from} = ${to}
WHERE ${key} IN (
    SELECT ${key} FROM ${table}
    WHERE ${from} IS NULL AND ${to} IS NOT NULL AND (:after IS NULL OR ${key} > :after)
    ORDER BY ${key} LIMIT :size)
RETURNING ${key};
