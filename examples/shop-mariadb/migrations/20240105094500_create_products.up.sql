-- Prices are whole cents: no rounding in the database, none in the shop. What only some products have,
-- a blade's length or a pot's volume, stands in attributes. Words are found in name and description.
CREATE TABLE products (
    id          INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    sku         VARCHAR(40) NOT NULL UNIQUE,
    name        VARCHAR(200) NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    price_cents INT UNSIGNED NOT NULL,
    stock       INT UNSIGNED NOT NULL DEFAULT 0,
    attributes  JSON NOT NULL DEFAULT '{}',
    FULLTEXT KEY products_words (name, description)
);
