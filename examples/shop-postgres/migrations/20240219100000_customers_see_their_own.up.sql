-- The shop's pages say `SET shop.customer = '…'` when somebody has signed in. Who does not own the
-- tables sees that customer's rows and no others.
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_account ON customers
    USING (id = nullif(current_setting('shop.customer', true), '')::bigint);

CREATE POLICY own_orders ON orders
    USING (customer_id = nullif(current_setting('shop.customer', true), '')::bigint);
