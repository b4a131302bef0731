CREATE TABLE orders (
    id          INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer_id INT UNSIGNED NOT NULL,
    status      ENUM ('open', 'paid', 'shipped', 'cancelled') NOT NULL DEFAULT 'open',
    placed_at   DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    note        TEXT,
    KEY orders_customer (customer_id, placed_at),
    CONSTRAINT orders_of_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
);

-- The price is copied at the time of the order: later price changes must not touch old invoices.
CREATE TABLE order_items (
    order_id         INT UNSIGNED NOT NULL,
    product_id       INT UNSIGNED NOT NULL,
    quantity         INT UNSIGNED NOT NULL CHECK (quantity > 0),
    unit_price_cents INT UNSIGNED NOT NULL,
    PRIMARY KEY (order_id, product_id),
    CONSTRAINT items_of_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
    CONSTRAINT items_of_product FOREIGN KEY (product_id) REFERENCES products (id)
);
