-- The prices of before are the newest that are no longer valid.
UPDATE products JOIN (
    SELECT product_id, price_cents,
           ROW_NUMBER() OVER (PARTITION BY product_id ORDER BY ROW_END DESC) AS age
    FROM price_list FOR SYSTEM_TIME ALL
    WHERE ROW_END < NOW(6)
) AS before_spring ON products.id = before_spring.product_id AND age = 1
SET products.price_cents = before_spring.price_cents
WHERE sku LIKE 'COF-%';

UPDATE price_list JOIN products ON products.id = product_id
SET price_list.price_cents = products.price_cents
WHERE sku LIKE 'COF-%';

DROP PROCEDURE change_prices;
