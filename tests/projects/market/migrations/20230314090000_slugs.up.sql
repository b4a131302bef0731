-- wend: phase expand
ALTER TABLE app."Listings" ADD COLUMN slug text;

-- wend: batch size=250 pause=1ms key=Id
UPDATE app."Listings" SET slug = lower(regexp_replace("Title", '[^[:alnum:]]+', '-', 'g'))
WHERE "Id" IN (
    SELECT "Id" FROM app."Listings" WHERE "Id" > coalesce(:after, 0) ORDER BY "Id" LIMIT :size
)
RETURNING "Id";

-- Checked without a lock that keeps writers out, then NOT NULL costs nothing.
ALTER TABLE app."Listings" ADD CONSTRAINT slug_there CHECK (slug IS NOT NULL) NOT VALID;
ALTER TABLE app."Listings" VALIDATE CONSTRAINT slug_there;
ALTER TABLE app."Listings" ALTER COLUMN slug SET NOT NULL, DROP CONSTRAINT slug_there;
-- wend: assert SELECT count(*) FROM app."Listings" WHERE slug = '' = 0
