-- The shop sells on meanwhile. These cannot run in a transaction; wend sees that by itself.
CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id, placed_at);
CREATE INDEX CONCURRENTLY orders_status ON orders (status);
