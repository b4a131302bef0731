-- From Friday on coffee gear costs five percent more, rounded up to the next ten cents. What a thing
-- cost before is kept: the law wants the lowest price of the last thirty days beside an offer.
CREATE TABLE price_history (
    product_id  INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    valid_until TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    PRIMARY KEY (product_id, valid_until)
) WITHOUT ROWID;

INSERT INTO price_history (product_id, valid_until, price_cents)
SELECT products.id, '2024-03-15', products.price_cents
FROM products
JOIN product_categories ON product_categories.product_id = products.id
JOIN categories ON categories.id = product_categories.category_id
WHERE categories.slug = 'coffee';

UPDATE products
SET price_cents = (price_cents * 105 + 999) / 1000 * 10
WHERE id IN (SELECT product_id FROM price_history WHERE valid_until = '2024-03-15');
