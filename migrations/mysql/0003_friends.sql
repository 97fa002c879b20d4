-- `deleted_at` > 0: the account was deleted; its row stays, without anything personal, for the messages that name it.
-- `relations` counts up whenever something between this person and another is about to change: the rows of both, taken
-- in the order of their ids, are the lock for what stands between them, and for the account being there at all.
ALTER TABLE users
  ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN relations BIGINT NOT NULL DEFAULT 0;

-- Deleted accounts of which other modules still hold something.
CREATE TABLE departures (
  user_id BIGINT NOT NULL PRIMARY KEY,
  deleted_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What differs from the defaults. `notifications`: 0 all, 1 mentions, 2 none. Do-not-disturb in minutes of the day;
-- `dnd_timezone` '': none. `direct_messages_from`: 0 everyone, 1 friends.
CREATE TABLE preferences (
  user_id BIGINT NOT NULL PRIMARY KEY,
  notifications SMALLINT NOT NULL,
  dnd_from SMALLINT NOT NULL,
  dnd_to SMALLINT NOT NULL,
  dnd_timezone VARCHAR(64) NOT NULL,
  show_presence SMALLINT NOT NULL,
  direct_messages_from SMALLINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Each friendship stands here twice, once for each of the two.
CREATE TABLE friendships (
  user_id BIGINT NOT NULL,
  friend_id BIGINT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (user_id, friend_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The latest request of one person to another. `status`: 0 pending, 1 accepted, 2 rejected.
CREATE TABLE friend_requests (
  id BIGINT NOT NULL PRIMARY KEY,
  from_id BIGINT NOT NULL,
  to_id BIGINT NOT NULL,
  message TEXT NOT NULL,
  status SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE KEY friend_requests_pair (from_id, to_id),
  KEY friend_requests_from (from_id, status, id),
  KEY friend_requests_to (to_id, status, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE blocks (
  user_id BIGINT NOT NULL,
  blocked_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, blocked_id),
  KEY blocks_blocked (blocked_id, user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- When a person last came or went.
CREATE TABLE last_seen (
  user_id BIGINT NOT NULL PRIMARY KEY,
  seen_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
