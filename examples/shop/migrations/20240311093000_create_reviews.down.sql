-- The search index goes first: its triggers go with reviews.
DROP TABLE review_search;
DROP TABLE reviews;
