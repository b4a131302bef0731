-- wend:up
CREATE VIEW customer_overview AS
SELECT customers.id,
       customers.full_name,
       customers.email,
       count(orders.id) AS orders,
       coalesce(sum(CASE WHEN orders.status <> 'cancelled' THEN orders.total_cents END), 0)
           AS spent_cents,
       max(orders.placed_at) AS last_order_at
FROM customers
LEFT JOIN orders ON orders.customer_id = customers.id
GROUP BY customers.id;

-- wend:down
DROP VIEW customer_overview;
