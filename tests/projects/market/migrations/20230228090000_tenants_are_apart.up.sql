-- Each tenant sees its own rows, the owner included.
CREATE FUNCTION app.tenant() RETURNS uuid LANGUAGE sql STABLE
    RETURN nullif(current_setting('app.tenant', true), '')::uuid;

ALTER TABLE app.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.members FORCE ROW LEVEL SECURITY;
CREATE POLICY own_members ON app.members
    USING (tenant = app.tenant())
    WITH CHECK (tenant = app.tenant() AND email NOT LIKE '%;%');

ALTER TABLE app."Listings" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Own listings" ON app."Listings" AS PERMISSIVE FOR ALL TO public
    USING ("TenantId" = app.tenant());
CREATE POLICY "Nothing for free" ON app."Listings" AS RESTRICTIVE FOR SELECT
    USING ("Price; €" > 0);
