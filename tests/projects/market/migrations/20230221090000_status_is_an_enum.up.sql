CREATE TYPE app.member_status AS ENUM ('invited', 'active', 'gone');

ALTER TABLE app.members DROP CONSTRAINT members_status;
ALTER TABLE app.members
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE app.member_status USING status::app.member_status,
    ALTER COLUMN status SET DEFAULT 'invited';
