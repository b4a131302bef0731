-- statements: 9
CREATE TABLE event (at timestamptz NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TYPE mood AS ENUM ('sad', 'ok;', 'happy');
ALTER TYPE mood ADD VALUE 'calm' BEFORE 'happy';
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
COMMENT ON TABLE event IS 'what happened; and when';
GRANT SELECT ON event TO reader;
CREATE POLICY own ON event USING (kind = current_user);
MERGE INTO event e USING new n ON e.at = n.at WHEN MATCHED THEN UPDATE SET kind = n.kind WHEN NOT MATCHED THEN INSERT VALUES (n.at, n.kind);
