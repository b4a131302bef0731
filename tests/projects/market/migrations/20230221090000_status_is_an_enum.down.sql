ALTER TABLE app.members
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE text USING status::text,
    ALTER COLUMN status SET DEFAULT 'invited';
ALTER TABLE app.members ADD CONSTRAINT members_status CHECK (status IN ('invited', 'active', 'gone'));
DROP TYPE app.member_status;
