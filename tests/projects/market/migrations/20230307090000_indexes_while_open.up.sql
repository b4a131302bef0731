-- wend: timeout lock=5s statement=1min
CREATE UNIQUE INDEX CONCURRENTLY members_email ON app.members (tenant, lower(email));
CREATE INDEX CONCURRENTLY members_profile ON app.members USING gin (profile);
CREATE INDEX CONCURRENTLY IF NOT EXISTS "IX_Listings_Expensive" ON app."Listings" ("Price; €" DESC)
    INCLUDE ("Title") WHERE "Price; €" > 50;

-- A constraint that finds its index built.
CREATE UNIQUE INDEX CONCURRENTLY members_once ON app.members (tenant, id);
ALTER TABLE app.members ADD CONSTRAINT members_once UNIQUE USING INDEX members_once;
