CREATE TABLE reviews (
    id          INTEGER PRIMARY KEY,
    product_id  INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    stars       INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    title       TEXT NOT NULL DEFAULT '',
    body        TEXT NOT NULL DEFAULT '',
    verdict     TEXT GENERATED ALWAYS AS (
                    CASE WHEN stars >= 4 THEN 'good' WHEN stars = 3 THEN 'fair' ELSE 'poor' END
                ) STORED,
    written_at  TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (product_id, customer_id)
);

-- Full-text search over the reviews; the text itself is stored once, in reviews.
CREATE VIRTUAL TABLE review_search USING fts5(title, body, content='reviews', content_rowid='id');

CREATE TRIGGER reviews_search_insert AFTER INSERT ON reviews
BEGIN
    INSERT INTO review_search (rowid, title, body) VALUES (NEW.id, NEW.title, NEW.body);
END;

CREATE TRIGGER reviews_search_delete AFTER DELETE ON reviews
BEGIN
    INSERT INTO review_search (review_search, rowid, title, body)
    VALUES ('delete', OLD.id, OLD.title, OLD.body);
END;

CREATE TRIGGER reviews_search_update AFTER UPDATE OF title, body ON reviews
BEGIN
    INSERT INTO review_search (review_search, rowid, title, body)
    VALUES ('delete', OLD.id, OLD.title, OLD.body);
    INSERT INTO review_search (rowid, title, body) VALUES (NEW.id, NEW.title, NEW.body);
END;

INSERT INTO reviews (id, product_id, customer_id, stars, title, body, written_at) VALUES
    (1, 1, 1001, 5, 'Clear cup', 'Even extraction; easy to clean.', '2024-02-02 09:00:00'),
    (2, 6, 1001, 4, 'Lies flat', 'It does, from the third page on.', '2024-02-02 09:04:00'),
    (3, 2, 1002, 2, 'Loud', 'Good grounds -- but it wakes the whole ship.', '2024-02-10 06:10:00');
