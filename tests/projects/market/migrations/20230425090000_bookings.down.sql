DROP OPERATOR app.<~> (daterange, daterange);
DROP AGGREGATE app.longest(daterange);
DROP FUNCTION app.longest(daterange, daterange);
DROP TABLE app.bookings;
DROP TYPE app.place;
DROP DOMAIN app.money_not_owed;
