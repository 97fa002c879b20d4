-- Roles (0 member, 1 admin, 2 owner), muting, and what a member may read of the past. One statement: it is done as a
-- whole or not at all, and being run again it must be harmless.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'memberships' AND column_name = 'role');
SET @change = IF(@missing,
  'ALTER TABLE memberships ADD COLUMN role SMALLINT NOT NULL DEFAULT 0, ADD COLUMN muted_until BIGINT NOT NULL DEFAULT 0, ADD COLUMN visible_after BIGINT NOT NULL DEFAULT 0, ADD KEY memberships_members (conversation_id, user_id)',
  'DO 0');
PREPARE change_memberships FROM @change;
EXECUTE change_memberships;
DEALLOCATE PREPARE change_memberships;

-- Names of groups and rooms, where conversations are listed.
CREATE TABLE IF NOT EXISTS conversation_titles (
  conversation_id VARBINARY(64) NOT NULL PRIMARY KEY,
  title TEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What happened and may not have been told yet (im::Notice). Lists of users: "1,2,3".
CREATE TABLE IF NOT EXISTS notices (
  id BIGINT NOT NULL PRIMARY KEY,
  conversation_id VARBINARY(64) NOT NULL,
  actor BIGINT NOT NULL,
  joined MEDIUMTEXT NOT NULL,
  departed MEDIUMTEXT NOT NULL,
  changed MEDIUMTEXT NOT NULL,
  joined_seq BIGINT NOT NULL,
  content TEXT NOT NULL,
  extra TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  KEY notices_created (created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
