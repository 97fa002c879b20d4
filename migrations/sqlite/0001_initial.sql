-- Ids are 63-bit numbers and declared BIGINT; times are epoch milliseconds; 0 stands for "none" where a time or id is
-- optional. Text is compared byte by byte (BINARY), normal forms are made by the server.

CREATE TABLE users (
  id BIGINT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_key TEXT UNIQUE,
  password_hash TEXT NOT NULL,
  nickname TEXT NOT NULL,
  avatar_url TEXT NOT NULL,
  bio TEXT NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
  id BIGINT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  device_id TEXT NOT NULL,
  device_name TEXT NOT NULL,
  device_platform TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  refresh_generation BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at > 0;

CREATE TABLE memberships (
  user_id BIGINT NOT NULL,
  conversation_id TEXT NOT NULL,
  pinned SMALLINT NOT NULL,
  muted SMALLINT NOT NULL,
  joined_at BIGINT NOT NULL,
  joined_seq BIGINT NOT NULL,
  PRIMARY KEY (user_id, conversation_id)
) WITHOUT ROWID;

-- What follows is a message shard: nothing in it refers to the tables above.

-- `id` is a small number that stands for the long name in every other table.
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  conversation_id TEXT NOT NULL UNIQUE,
  partition_number BIGINT NOT NULL,
  last_seq BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- `client_key` stands for (sender_id, client_msg_id), which is unique in a conversation: the first 8 bytes of the
-- SHA-256 of both, or the next number that is free where two meet (src/store/sqlite/client_key.hpp).
CREATE TABLE messages (
  message_id INTEGER PRIMARY KEY,
  conversation BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  sender_id BIGINT NOT NULL,
  client_msg_id TEXT NOT NULL,
  client_key BIGINT NOT NULL,
  kind SMALLINT NOT NULL,
  status SMALLINT NOT NULL,
  revision BIGINT NOT NULL,
  reply_to BIGINT NOT NULL,
  sent_at BIGINT NOT NULL,
  edited_at BIGINT NOT NULL,
  mentions TEXT NOT NULL,
  extra TEXT NOT NULL,
  content TEXT NOT NULL,
  UNIQUE (conversation, seq),
  UNIQUE (conversation, client_key)
);

CREATE TABLE marks (
  conversation BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  read_seq BIGINT NOT NULL,
  delivered_seq BIGINT NOT NULL,
  PRIMARY KEY (conversation, user_id)
) WITHOUT ROWID;

-- The row is fence and high-water mark of the message ids of a partition.
CREATE TABLE partition_owner (
  partition_number INTEGER PRIMARY KEY,
  epoch BIGINT NOT NULL,
  last_id BIGINT NOT NULL
);

-- One row, written to find out whether writing works.
CREATE TABLE write_check (
  id INTEGER PRIMARY KEY,
  checked_at BIGINT NOT NULL,
  filler BLOB NOT NULL
);
