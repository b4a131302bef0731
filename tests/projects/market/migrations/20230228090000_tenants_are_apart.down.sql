DROP POLICY "Nothing for free" ON app."Listings";
DROP POLICY "Own listings" ON app."Listings";
ALTER TABLE app."Listings" DISABLE ROW LEVEL SECURITY;
DROP POLICY own_members ON app.members;
ALTER TABLE app.members NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.members DISABLE ROW LEVEL SECURITY;
DROP FUNCTION app.tenant();
