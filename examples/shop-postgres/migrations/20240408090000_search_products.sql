-- wend:up
ALTER TABLE products ADD COLUMN search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', name), 'A') || to_tsvector('english', description)
) STORED;
CREATE INDEX CONCURRENTLY products_search ON products USING gin (search);

-- wend:down
DROP INDEX CONCURRENTLY products_search;
ALTER TABLE products DROP COLUMN search;
