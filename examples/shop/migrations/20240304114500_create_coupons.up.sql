CREATE TABLE coupons (
    id           INTEGER PRIMARY KEY,
    code         TEXT NOT NULL COLLATE NOCASE UNIQUE,
    kind         TEXT NOT NULL CHECK (kind IN ('percent', 'amount')),
    value        INTEGER NOT NULL CHECK (value > 0),
    max_uses     INTEGER CHECK (max_uses > 0),
    valid_from   TEXT NOT NULL,
    valid_until  TEXT,
    CHECK (kind <> 'percent' OR value <= 100),
    CHECK (valid_until IS NULL OR valid_until >= valid_from)
);

CREATE TABLE coupon_uses (
    coupon_id      INTEGER NOT NULL REFERENCES coupons (id),
    order_id       INTEGER NOT NULL UNIQUE REFERENCES orders (id) ON DELETE CASCADE,
    discount_cents INTEGER NOT NULL CHECK (discount_cents >= 0),
    PRIMARY KEY (coupon_id, order_id)
) WITHOUT ROWID;

CREATE TRIGGER coupon_uses_limit
BEFORE INSERT ON coupon_uses
BEGIN
    SELECT CASE
        WHEN (SELECT count(*) FROM coupon_uses WHERE coupon_id = NEW.coupon_id)
             >= coalesce(coupons.max_uses, 9223372036854775807)
            THEN RAISE(ABORT, 'coupon is used up')
        WHEN coupons.valid_until < (SELECT placed_at FROM orders WHERE id = NEW.order_id)
            THEN RAISE(ABORT, 'coupon has expired')
    END
    FROM coupons WHERE id = NEW.coupon_id;
END;

INSERT INTO coupons (id, code, kind, value, max_uses, valid_from, valid_until) VALUES
    (1, 'WELCOME10', 'percent', 10, NULL, '2024-01-01', NULL),
    (2, 'SPRING5', 'amount', 500, 100, '2024-03-01', '2024-05-31'),
    (3, 'SORRY', 'percent', 100, 1, '2024-01-01', '2024-12-31');

-- The promise made to the first customers: ten percent off what is not shipped yet.
INSERT INTO coupon_uses (coupon_id, order_id, discount_cents)
SELECT 1, id, total_cents / 10 FROM orders WHERE status IN ('open', 'paid');
