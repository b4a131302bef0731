ALTER TABLE app.members DROP COLUMN points;
