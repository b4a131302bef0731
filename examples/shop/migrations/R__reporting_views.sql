-- wend:up
DROP VIEW IF EXISTS report_monthly_revenue;
CREATE VIEW report_monthly_revenue AS
SELECT substr(placed_at, 1, 7) AS month,
       currency,
       count(*) AS orders,
       sum(total_cents - coalesce(discount_cents, 0)) AS revenue_cents
FROM orders
LEFT JOIN coupon_uses ON coupon_uses.order_id = orders.id
WHERE status NOT IN ('cancelled', 'returned')
GROUP BY month, currency;

DROP VIEW IF EXISTS report_best_sellers;
CREATE VIEW report_best_sellers AS
SELECT products.sku,
       products.name,
       sum(order_items.quantity) AS sold,
       (SELECT round(avg(stars), 1) FROM reviews WHERE product_id = products.id) AS stars
FROM products
JOIN order_items ON order_items.product_id = products.id
JOIN orders ON orders.id = order_items.order_id AND orders.status NOT IN ('cancelled', 'returned')
GROUP BY products.id
ORDER BY sold DESC, products.sku;

DROP VIEW IF EXISTS report_low_stock;
CREATE VIEW report_low_stock AS
SELECT sku, name, stock
FROM products
WHERE active = 1 AND stock < 10;

-- wend:down
DROP VIEW IF EXISTS report_low_stock;
DROP VIEW IF EXISTS report_best_sellers;
DROP VIEW IF EXISTS report_monthly_revenue;
