-- {"limits": {"listings": 10}} becomes {"listings_limit": 10}.
UPDATE app.tenants
SET settings = (settings #- '{limits}') || jsonb_build_object('listings_limit', settings #> '{limits,listings}')
WHERE settings @? '$.limits.listings';
