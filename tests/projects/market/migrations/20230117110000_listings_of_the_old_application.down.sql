DROP TABLE app."Listings";
