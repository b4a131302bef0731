-- The server itself remembers what a product cost: `SELECT … FROM price_list FOR SYSTEM_TIME AS OF …`.
CREATE TABLE price_list (
    product_id  INT UNSIGNED NOT NULL PRIMARY KEY,
    price_cents INT UNSIGNED NOT NULL,
    CONSTRAINT price_of_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
) WITH SYSTEM VERSIONING;

INSERT INTO price_list SELECT id, price_cents FROM products;

CREATE SEQUENCE invoice_numbers START WITH 20240001 INCREMENT BY 1 CACHE 0;
