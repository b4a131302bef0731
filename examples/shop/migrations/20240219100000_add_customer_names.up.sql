-- First half of the split of full_name: both spellings live side by side until the shop writes the
-- new columns everywhere. The first word is the given name, the rest the family name; a name of one
-- word has no family name.
ALTER TABLE customers ADD COLUMN given_name TEXT;
ALTER TABLE customers ADD COLUMN family_name TEXT;

UPDATE customers
SET given_name = substr(full_name, 1, instr(full_name || ' ', ' ') - 1),
    family_name = substr(full_name, instr(full_name || ' ', ' ') + 1);
