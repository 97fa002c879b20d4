-- `deleted_at` > 0: the account was deleted; its row stays, without anything personal, for the messages that name it.
-- `relations` counts up whenever something between this person and another is about to change: the rows of both, taken
-- in the order of their ids, are the lock for what stands between them, and for the account being there at all.
ALTER TABLE users ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN relations BIGINT NOT NULL DEFAULT 0;

-- Deleted accounts of which other modules still hold something.
CREATE TABLE departures (
  user_id BIGINT NOT NULL PRIMARY KEY,
  deleted_at BIGINT NOT NULL
) WITHOUT ROWID;

-- What differs from the defaults. `notifications`: 0 all, 1 mentions, 2 none. Do-not-disturb in minutes of the day;
-- `dnd_timezone` '': none. `direct_messages_from`: 0 everyone, 1 friends.
CREATE TABLE preferences (
  user_id BIGINT NOT NULL PRIMARY KEY,
  notifications SMALLINT NOT NULL,
  dnd_from SMALLINT NOT NULL,
  dnd_to SMALLINT NOT NULL,
  dnd_timezone TEXT NOT NULL,
  show_presence SMALLINT NOT NULL,
  direct_messages_from SMALLINT NOT NULL
) WITHOUT ROWID;

-- Each friendship stands here twice, once for each of the two.
CREATE TABLE friendships (
  user_id BIGINT NOT NULL,
  friend_id BIGINT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (user_id, friend_id)
) WITHOUT ROWID;

-- The latest request of one person to another. `status`: 0 pending, 1 accepted, 2 rejected.
CREATE TABLE friend_requests (
  id BIGINT NOT NULL PRIMARY KEY,
  from_id BIGINT NOT NULL,
  to_id BIGINT NOT NULL,
  message TEXT NOT NULL,
  status SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (from_id, to_id)
) WITHOUT ROWID;
CREATE INDEX friend_requests_from ON friend_requests (from_id, status, id);
CREATE INDEX friend_requests_to ON friend_requests (to_id, status, id);

CREATE TABLE blocks (
  user_id BIGINT NOT NULL,
  blocked_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
) WITHOUT ROWID;
CREATE INDEX blocks_blocked ON blocks (blocked_id, user_id);

-- When a person last came or went.
CREATE TABLE last_seen (
  user_id BIGINT NOT NULL PRIMARY KEY,
  seen_at BIGINT NOT NULL
) WITHOUT ROWID;
