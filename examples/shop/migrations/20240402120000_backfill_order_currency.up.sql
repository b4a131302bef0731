-- Where the parcel goes decides what is paid in.
UPDATE orders
SET currency = CASE (SELECT country FROM addresses WHERE id = orders.address_id)
    WHEN 'GB' THEN 'GBP'
    WHEN 'SE' THEN 'SEK'
    ELSE 'EUR'
END;
