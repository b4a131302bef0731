CREATE DOMAIN app.money_not_owed AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE TYPE app.place AS (hall text, "row" integer);

CREATE TABLE app.bookings (
    stand  app.place NOT NULL,
    during daterange NOT NULL,
    rent   app.money_not_owed NOT NULL DEFAULT 0,
    EXCLUDE USING gist (during WITH &&) WHERE ((stand).hall = 'one')
);
INSERT INTO app.bookings VALUES (ROW('one', 7), '[2024-05-01,2024-05-03)', 120), (('one', 7), '[2024-05-03,]', 99.5);
CREATE STATISTICS app.bookings_together (ndistinct) ON stand, during FROM app.bookings;

CREATE FUNCTION app.longest(daterange, daterange) RETURNS daterange IMMUTABLE LANGUAGE sql
BEGIN ATOMIC
    SELECT CASE WHEN upper($1) - lower($1) >= upper($2) - lower($2) THEN $1 ELSE $2 END;
END;
CREATE AGGREGATE app.longest(daterange) (SFUNC = app.longest, STYPE = daterange, INITCOND = 'empty');
CREATE OPERATOR app.<~> (FUNCTION = app.longest, LEFTARG = daterange, RIGHTARG = daterange);
