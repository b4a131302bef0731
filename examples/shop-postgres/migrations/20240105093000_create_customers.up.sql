CREATE TABLE customers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email      text NOT NULL CHECK (email LIKE '%_@_%'),
    full_name  text NOT NULL,
    country    text NOT NULL DEFAULT 'DE' CHECK (country ~ '^[A-Z]{2}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One account per mail address, however it is written.
CREATE UNIQUE INDEX customers_email ON customers (lower(email));
