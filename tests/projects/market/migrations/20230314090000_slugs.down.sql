ALTER TABLE app."Listings" DROP COLUMN slug;
