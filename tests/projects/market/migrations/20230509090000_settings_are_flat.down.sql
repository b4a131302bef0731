UPDATE app.tenants
SET settings = (settings - 'listings_limit') || jsonb_build_object('limits', jsonb_build_object('listings', settings -> 'listings_limit'))
WHERE settings ? 'listings_limit';
