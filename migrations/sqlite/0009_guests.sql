-- 1: somebody with a nickname alone, collected when idle.
ALTER TABLE users ADD COLUMN guest SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX users_guests ON users (id) WHERE guest = 1;
