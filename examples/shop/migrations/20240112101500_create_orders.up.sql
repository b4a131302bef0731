CREATE TABLE orders (
    id          INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    address_id  INTEGER REFERENCES addresses (id) ON DELETE SET NULL,
    status      TEXT NOT NULL DEFAULT 'open'
                CHECK (status IN ('open', 'paid', 'shipped', 'cancelled')),
    placed_at   TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    note        TEXT
);

CREATE INDEX orders_customer ON orders (customer_id, placed_at DESC);
