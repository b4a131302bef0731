-- Prices are whole cents: no rounding in the database, none in the shop. What only some products have,
-- a blade's length or a pot's volume, stands in attributes.
CREATE TABLE products (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku         text NOT NULL UNIQUE,
    name        text NOT NULL,
    description text NOT NULL DEFAULT '',
    price_cents integer NOT NULL CHECK (price_cents >= 0),
    stock       integer NOT NULL DEFAULT 0 CHECK (stock >= 0),
    tags        text[] NOT NULL DEFAULT '{}',
    attributes  jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- For `attributes @> '{"colour": "white"}'`, whatever the attribute.
CREATE INDEX products_attributes ON products USING gin (attributes jsonb_path_ops);
