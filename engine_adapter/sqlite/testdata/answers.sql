-- Exercises SQLite broadly; every answer is the same with any allocator.

-- Schema and bulk inserts.
CREATE TABLE region(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE customer(
  id INTEGER PRIMARY KEY,
  region_id INTEGER NOT NULL REFERENCES region(id),
  name TEXT NOT NULL COLLATE NOCASE,
  score REAL,
  note BLOB,
  CHECK (length(name) > 0)
);
CREATE TABLE purchase(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id INTEGER NOT NULL REFERENCES customer(id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  cents INTEGER NOT NULL
);
CREATE INDEX purchase_by_customer ON purchase(customer_id, day);
CREATE INDEX purchase_large ON purchase(cents) WHERE cents > 90000;
CREATE TABLE audit(what TEXT, id INTEGER, PRIMARY KEY(what, id)) WITHOUT ROWID;
CREATE TRIGGER purchase_added AFTER INSERT ON purchase WHEN new.cents > 99000
BEGIN
  INSERT OR IGNORE INTO audit VALUES ('large', new.id);
END;
CREATE VIEW spending AS
  SELECT c.id, c.name, r.name AS region, sum(p.cents) AS total, count(*) AS n
  FROM customer c JOIN region r ON r.id = c.region_id
       JOIN purchase p ON p.customer_id = c.id
  GROUP BY c.id;

INSERT INTO region VALUES (1,'north'),(2,'south'),(3,'east'),(4,'west');
BEGIN;
INSERT INTO customer
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 800)
  SELECT i, 1 + i % 4, 'customer-' || printf('%04d', i), i * 7919 % 1000 / 10.0,
         CASE WHEN i % 5 = 0 THEN zeroblob(i * 11) END
  FROM n;
INSERT INTO purchase(customer_id, day, cents)
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
  SELECT 1 + i * 31 % 800, i * 17 % 365, i * 104729 % 100000
  FROM n;
COMMIT;
SELECT count(*), sum(cents), min(day), max(day) FROM purchase;
SELECT count(*), min(id), max(id) FROM audit;
SELECT count(*), sum(length(note)), round(avg(score), 6) FROM customer;

-- Joins, grouping, ordering by several keys.
SELECT * FROM spending ORDER BY total DESC, id LIMIT 25;
SELECT r.name, count(DISTINCT c.id), sum(p.cents), group_concat(DISTINCT p.day % 7)
FROM region r LEFT JOIN customer c ON c.region_id = r.id
     LEFT JOIN purchase p ON p.customer_id = c.id AND p.day < 30
GROUP BY r.id HAVING count(*) > 1 ORDER BY r.name;
SELECT a.name, b.name FROM customer a JOIN customer b
  ON a.score = b.score AND a.id < b.id
  ORDER BY a.id, b.id LIMIT 20;
SELECT day, count(*) FROM purchase WHERE cents > 95000 GROUP BY day
  ORDER BY count(*) DESC, day LIMIT 10;
SELECT name FROM customer WHERE name LIKE 'CUSTOMER-00_7' ORDER BY name;
SELECT count(*) FROM customer WHERE id IN
  (SELECT customer_id FROM purchase WHERE cents > 99500)
  AND NOT EXISTS (SELECT 1 FROM purchase p
                  WHERE p.customer_id = customer.id AND p.day = 0);
SELECT region_id FROM customer WHERE score < 3
  INTERSECT SELECT id FROM region EXCEPT SELECT 3 ORDER BY 1;

-- A sort far larger than the page cache.
SELECT sum(position * (cents % 97)) FROM (
  SELECT cents, row_number() OVER (ORDER BY cents DESC, id) AS position
  FROM purchase);

-- Recursive CTEs.
WITH RECURSIVE
  axis(x) AS (VALUES (-2.0) UNION ALL SELECT x + 0.1 FROM axis WHERE x < 1.2),
  bxis(y) AS (VALUES (-1.0) UNION ALL SELECT y + 0.2 FROM bxis WHERE y < 1.0),
  m(i, cx, cy, x, y) AS (
    SELECT 0, x, y, 0.0, 0.0 FROM axis, bxis
    UNION ALL
    SELECT i + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy FROM m
    WHERE x * x + y * y < 4.0 AND i < 28),
  m2(i, cx, cy) AS (SELECT max(i), cx, cy FROM m GROUP BY cx, cy),
  a(t) AS (
    SELECT group_concat(substr(' .+*#', 1 + min(i / 7, 4), 1), '')
    FROM m2 GROUP BY cy)
SELECT rtrim(t) FROM a;
WITH RECURSIVE walk(id, depth, path) AS (
  SELECT 1, 0, '1'
  UNION ALL
  SELECT w.id * 2 + k.k, w.depth + 1, w.path || '/' || (w.id * 2 + k.k)
  FROM walk w, (SELECT 0 AS k UNION ALL SELECT 1) k WHERE w.depth < 9)
SELECT depth, count(*), min(id), max(path) FROM walk GROUP BY depth;

-- Window functions.
SELECT * FROM (
  SELECT customer_id, day, cents,
         rank() OVER w AS rank,
         sum(cents) OVER (PARTITION BY customer_id ORDER BY day, id
                          ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) AS moving,
         lag(cents, 2, -1) OVER w AS before,
         ntile(4) OVER w AS quarter,
         first_value(day) OVER w AS first_day
  FROM purchase WHERE customer_id % 100 = 3
  WINDOW w AS (PARTITION BY customer_id ORDER BY cents DESC, id))
WHERE rank <= 3 ORDER BY customer_id, rank, day;

-- JSON.
SELECT json_group_array(json_object('region', name, 'id', id)) FROM region;
SELECT key, value ->> '$.id' FROM json_each(
  (SELECT json_group_array(json_object('id', id)) FROM customer WHERE id < 8));

-- Full-text search.
CREATE VIRTUAL TABLE book USING fts5(title, body, tokenize = 'porter unicode61');
INSERT INTO book
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 600)
  SELECT 'volume ' || i,
         CASE i % 4 WHEN 0 THEN 'running arenas of memory'
                    WHEN 1 THEN 'the quick brown tenant jumps'
                    WHEN 2 THEN 'pages decay lazily and are purged'
                    ELSE 'bins and slabs hold regions' END ||
         ' in chapter ' || (i * 37 % 101)
  FROM n;
SELECT count(*) FROM book WHERE book MATCH 'run AND arena';
SELECT title, snippet(book, 1, '[', ']', '...', 6) FROM book
  WHERE book MATCH 'body: purge NEAR(decay lazily)' ORDER BY rowid LIMIT 5;
SELECT title, round(bm25(book), 6) FROM book WHERE book MATCH '"chapter 7"' ORDER BY rank, rowid LIMIT 5;
DELETE FROM book WHERE rowid % 3 = 0;
INSERT INTO book(book) VALUES ('optimize');
SELECT count(*) FROM book WHERE book MATCH 'chapter';
INSERT INTO book(book) VALUES ('integrity-check');

-- R-tree.
CREATE VIRTUAL TABLE area USING rtree(id, x0, x1, y0, y1);
INSERT INTO area SELECT id, id % 40, id % 40 + 2, id / 40, id / 40 + 1 FROM customer;
SELECT count(*), sum(id) FROM area WHERE x0 >= 3 AND x1 <= 9 AND y0 > 4 AND y1 < 15;

-- Updates, upserts, deletes, cascades, constraint errors.
UPDATE customer SET score = score * 1.5, name = upper(name) WHERE region_id = 2;
UPDATE purchase SET cents = cents + (SELECT region_id FROM customer c WHERE c.id = customer_id)
  WHERE day BETWEEN 100 AND 120;
INSERT INTO region VALUES (4, 'far west')
  ON CONFLICT(id) DO UPDATE SET name = excluded.name || ' (was ' || region.name || ')';
SELECT * FROM region;
INSERT INTO region VALUES (5, 'north');
INSERT INTO customer(region_id, name) VALUES (1, '');
SELECT * FROM no_such_table;
PRAGMA foreign_keys = ON;
INSERT INTO customer(region_id, name) VALUES (99, 'nobody');
DELETE FROM customer WHERE id % 50 = 0 RETURNING id;
SELECT count(*) FROM purchase;
SELECT name, round(score, 3) FROM customer ORDER BY score DESC, id LIMIT 10;

-- Savepoints and rollback.
BEGIN;
DELETE FROM purchase WHERE day < 200;
SAVEPOINT inner_one;
UPDATE purchase SET cents = 0;
CREATE TABLE short_lived AS SELECT * FROM purchase;
SELECT count(*), sum(cents) FROM short_lived;
ROLLBACK TO inner_one;
SELECT count(*), sum(cents) FROM purchase;
ROLLBACK;
SELECT count(*), sum(cents) FROM purchase;
SELECT count(*) FROM sqlite_schema WHERE name = 'short_lived';

-- Temporary tables, attached databases, altered tables.
CREATE TEMP TABLE busiest AS SELECT customer_id, count(*) AS n FROM purchase GROUP BY 1;
SELECT n, count(*) FROM busiest GROUP BY n ORDER BY n;
ATTACH ':memory:' AS side;
CREATE TABLE side.copy AS SELECT * FROM main.purchase WHERE id % 3 = 0;
SELECT count(*), sum(cents) FROM side.copy JOIN busiest USING (customer_id);
DETACH side;
ALTER TABLE customer ADD COLUMN grade TEXT DEFAULT 'none';
ALTER TABLE customer RENAME COLUMN score TO points;
ALTER TABLE customer DROP COLUMN note;
SELECT grade, count(*), round(sum(points), 3) FROM customer GROUP BY grade;

-- Large values.
SELECT length(group_concat(name, ';')) FROM customer, (SELECT 1 UNION ALL SELECT 2);
SELECT length(hex(zeroblob(1000000))), length(replace(hex(zeroblob(100000)), '00', 'abcdefg'));
CREATE TABLE wide AS SELECT id, printf('%.*c', 20000, 'x') AS filler FROM region;
SELECT id, length(filler) FROM wide;
DROP TABLE wide;

-- Shrinking the file and checking it.
DELETE FROM purchase WHERE id % 4 <> 1;
VACUUM;
ANALYZE;
REINDEX;
PRAGMA shrink_memory;
SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx;
SELECT count(*), sum(cents) FROM purchase;
PRAGMA integrity_check;
PRAGMA foreign_key_check;
