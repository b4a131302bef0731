-- wend:up
-- Everybody searches by colour. Definitions and data in turn.
ALTER TABLE products ADD COLUMN colour VARCHAR(20) AFTER name;
UPDATE products
SET colour = JSON_VALUE(attributes, '$.colour'), attributes = JSON_REMOVE(attributes, '$.colour')
WHERE JSON_EXISTS(attributes, '$.colour');
ALTER TABLE products ADD KEY products_colour (colour);

-- wend:down
ALTER TABLE products DROP KEY products_colour;
UPDATE products SET attributes = JSON_SET(attributes, '$.colour', colour) WHERE colour IS NOT NULL;
ALTER TABLE products DROP COLUMN colour;
