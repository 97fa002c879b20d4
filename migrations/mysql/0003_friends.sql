-- `deleted_at` > 0: the account was deleted; its row stays, without anything personal, for the messages that name it.
-- One statement: it is done as a whole or not at all, and being run again it must be harmless.
-- `relations` counts up whenever something between this person and another is about to change: the rows of both, taken
-- in the order of their ids, are the lock for what stands between them, and for the account being there at all.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'deleted_at');
SET @change = IF(@missing,
  'ALTER TABLE users ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0, ADD COLUMN relations BIGINT NOT NULL DEFAULT 0',
  'DO 0');
PREPARE change_users FROM @change;
EXECUTE change_users;
DEALLOCATE PREPARE change_users;

-- Deleted accounts of which other modules still hold something.
CREATE TABLE IF NOT EXISTS departures (
  user_id BIGINT NOT NULL PRIMARY KEY,
  deleted_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What differs from the defaults. `notifications`: 0 all, 1 mentions, 2 none. Do-not-disturb in minutes of the day;
-- `dnd_timezone` '': none. `direct_messages_from`: 0 everyone, 1 friends.
CREATE TABLE IF NOT EXISTS preferences (
  user_id BIGINT NOT NULL PRIMARY KEY,
  notifications SMALLINT NOT NULL,
  dnd_from SMALLINT NOT NULL,
  dnd_to SMALLINT NOT NULL,
  dnd_timezone VARCHAR(64) NOT NULL,
  show_presence SMALLINT NOT NULL,
  direct_messages_from SMALLINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Each friendship stands here twice, once for each of the two.
CREATE TABLE IF NOT EXISTS friendships (
  user_id BIGINT NOT NULL,
  friend_id BIGINT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (user_id, friend_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The latest request of one person to another. `status`: 0 pending, 1 accepted, 2 rejected.
CREATE TABLE IF NOT EXISTS friend_requests (
  id BIGINT NOT NULL PRIMARY KEY,
  from_id BIGINT NOT NULL,
  to_id BIGINT NOT NULL,
  message TEXT NOT NULL,
  status SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE KEY friend_requests_pair (from_id, to_id),
  KEY friend_requests_from (from_id, status, id),
  KEY friend_requests_to (to_id, status, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS blocks (
  user_id BIGINT NOT NULL,
  blocked_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, blocked_id),
  KEY blocks_blocked (blocked_id, user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- When a person last came or went.
CREATE TABLE IF NOT EXISTS last_seen (
  user_id BIGINT NOT NULL PRIMARY KEY,
  seen_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
