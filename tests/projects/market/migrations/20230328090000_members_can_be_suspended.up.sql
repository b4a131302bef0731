-- The new value is used at once, in data, in a default and in an index.
ALTER TYPE app.member_status ADD VALUE 'suspended' BEFORE 'gone';
UPDATE app.members SET status = 'suspended' WHERE id % 100 = 7;
ALTER TABLE app.members ADD COLUMN status_before app.member_status DEFAULT 'suspended';
CREATE INDEX members_suspended ON app.members (id) WHERE status = 'suspended';
