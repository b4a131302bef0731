-- The old application writes its names like this; they stay until it is gone.
CREATE TABLE app."Listings" (
    "Id"       serial PRIMARY KEY,
    "TenantId" uuid NOT NULL CONSTRAINT "FK_Listings_Tenants" REFERENCES app.tenants,
    "Title"    varchar(120) NOT NULL,
    "Price; €" numeric(10, 2) NOT NULL CHECK ("Price; €" >= 0),
    "Tags"     text[] NOT NULL DEFAULT '{}',
    "Data"     jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN app."Listings"."Price; €" IS 'with VAT; in ''old'' money -- until 2024';
CREATE INDEX "IX_Listings_Tags" ON app."Listings" USING gin ("Tags");
CREATE INDEX "IX_Listings_Data" ON app."Listings" USING gin ("Data" jsonb_path_ops);
