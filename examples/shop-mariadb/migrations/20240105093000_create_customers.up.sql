CREATE TABLE customers (
    id         INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    -- One account per mail address, however it is written: the collation knows no case.
    email      VARCHAR(190) NOT NULL UNIQUE CHECK (email LIKE '%_@_%'),
    full_name  VARCHAR(200) NOT NULL,
    country    CHAR(2) NOT NULL DEFAULT 'DE',
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
