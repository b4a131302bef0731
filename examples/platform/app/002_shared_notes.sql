-- wend:up
ALTER TABLE notes ADD COLUMN shared BOOLEAN NOT NULL DEFAULT FALSE;

-- wend:down
ALTER TABLE notes DROP COLUMN shared;
