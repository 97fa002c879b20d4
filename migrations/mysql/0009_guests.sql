-- 1: somebody with a nickname alone, collected when idle. One statement: it is done as a whole or not at all, and being
-- run again it must be harmless.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'guest');
SET @change = IF(@missing,
  'ALTER TABLE users ADD COLUMN guest SMALLINT NOT NULL DEFAULT 0, ADD KEY users_guests (guest, id)',
  'DO 0');
PREPARE change_users FROM @change;
EXECUTE change_users;
DEALLOCATE PREPARE change_users;
