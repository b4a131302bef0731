-- The packing list: only the few orders that still have work to do.
CREATE INDEX orders_to_ship ON orders (placed_at) WHERE status IN ('open', 'paid');

-- The month-end report groups by 'YYYY-MM'.
CREATE INDEX orders_month ON orders (substr(placed_at, 1, 7));

-- Search as the shop does it: without regard to case.
CREATE INDEX products_name ON products (name COLLATE NOCASE) WHERE active = 1;

-- Rollback:
-- DROP INDEX products_name;
-- DROP INDEX orders_month;
-- DROP INDEX orders_to_ship;
