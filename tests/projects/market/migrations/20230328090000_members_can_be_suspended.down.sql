-- The type is made anew without the value.
DROP INDEX app.members_suspended;
ALTER TABLE app.members DROP COLUMN status_before;
UPDATE app.members SET status = (ARRAY['invited', 'active', 'active', 'gone'])[1 + id % 4]::app.member_status
WHERE status = 'suspended';
ALTER TYPE app.member_status RENAME TO member_status_old;
CREATE TYPE app.member_status AS ENUM ('invited', 'active', 'gone');
ALTER TABLE app.members
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE app.member_status USING status::text::app.member_status,
    ALTER COLUMN status SET DEFAULT 'invited';
DROP TYPE app.member_status_old;
