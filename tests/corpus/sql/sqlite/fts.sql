-- statements: 5
CREATE VIRTUAL TABLE search USING fts5(title, body, content='article', content_rowid='id');
CREATE TRIGGER article_ai AFTER INSERT ON article BEGIN
  INSERT INTO search(rowid, title, body) VALUES (new.id, new.title, new.body);
END;
CREATE TRIGGER article_ad AFTER DELETE ON article BEGIN
  INSERT INTO search(search, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
END;
CREATE TRIGGER article_au AFTER UPDATE ON article BEGIN
  INSERT INTO search(search, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
  INSERT INTO search(rowid, title, body) VALUES (new.id, new.title, new.body);
END;
SELECT title FROM search WHERE search MATCH 'begin NOT end';
