ALTER TABLE app."Listings" ALTER COLUMN "Id" DROP IDENTITY;
ALTER TABLE app."Listings" ALTER COLUMN "Id" TYPE integer;
CREATE SEQUENCE app."Listings_Id_seq" AS integer START 1;
ALTER SEQUENCE app."Listings_Id_seq" OWNED BY app."Listings"."Id";
SELECT setval('app."Listings_Id_seq"', 700);
ALTER TABLE app."Listings" ALTER COLUMN "Id" SET DEFAULT nextval('app."Listings_Id_seq"');
UPDATE app."Listings" SET "Data" = "Data" - 'number';
DROP PROCEDURE app.renumber;
