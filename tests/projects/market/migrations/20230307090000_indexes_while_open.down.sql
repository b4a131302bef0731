ALTER TABLE app.members DROP CONSTRAINT members_once;
DROP INDEX CONCURRENTLY app."IX_Listings_Expensive";
DROP INDEX CONCURRENTLY IF EXISTS app.members_profile;
DROP INDEX CONCURRENTLY IF EXISTS app.members_email;
