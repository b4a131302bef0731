INSERT INTO authors (id, name) VALUES (1, 'the service');
INSERT INTO notes (id, body, author) VALUES (1, 'up and running', 1);
