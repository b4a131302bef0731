UPDATE products
SET price_cents = (
    SELECT price_cents FROM price_history
    WHERE product_id = products.id AND valid_until = '2024-03-15'
)
WHERE id IN (SELECT product_id FROM price_history WHERE valid_until = '2024-03-15');

DROP TABLE price_history;
