-- wend:up
-- wend: depends 20230215090000
ALTER TABLE app.vouchers ENABLE ROW LEVEL SECURITY;
CREATE POLICY unused ON app.vouchers FOR SELECT USING (rules ->> 'once' = 'true' AND app.tenant() IS NOT NULL);

-- wend:down
DROP POLICY unused ON app.vouchers;
ALTER TABLE app.vouchers DISABLE ROW LEVEL SECURITY;
