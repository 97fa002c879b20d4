-- Ids are 63-bit numbers and declared BIGINT; times are epoch milliseconds; 0 stands for "none" where a time or id is
-- optional. Keys are compared byte by byte (VARBINARY, where a blank at the end counts too), normal forms are made by
-- the server. MySQL commits each CREATE by itself: every statement of a migration must bear being run again.

CREATE TABLE IF NOT EXISTS users (
  id BIGINT NOT NULL PRIMARY KEY,
  username VARCHAR(255) NOT NULL,
  name_key VARBINARY(1024) NOT NULL,
  email VARCHAR(255) NOT NULL,
  email_key VARBINARY(1024) NULL,
  password_hash VARBINARY(255) NOT NULL,
  nickname VARCHAR(255) NOT NULL,
  avatar_url TEXT NOT NULL,
  bio TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE KEY users_name (name_key),
  UNIQUE KEY users_email (email_key)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sessions (
  id BIGINT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  device_id VARCHAR(255) NOT NULL,
  device_name VARCHAR(255) NOT NULL,
  device_platform VARCHAR(255) NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  refresh_generation BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL,
  KEY sessions_user (user_id, created_at),
  KEY sessions_expires (expires_at),
  KEY sessions_revoked (revoked_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS memberships (
  user_id BIGINT NOT NULL,
  conversation_id VARBINARY(64) NOT NULL,
  pinned SMALLINT NOT NULL,
  muted SMALLINT NOT NULL,
  joined_at BIGINT NOT NULL,
  joined_seq BIGINT NOT NULL,
  PRIMARY KEY (user_id, conversation_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who may mint ids with which machine number (include/netherlink/id/machine_lease.hpp). `holder` '': nobody.
CREATE TABLE IF NOT EXISTS machine_lease (
  machine BIGINT NOT NULL PRIMARY KEY,
  holder VARBINARY(255) NOT NULL,
  expires_at BIGINT NOT NULL,
  last_id BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What follows is a message shard (docs/store.md): nothing in it refers to the tables above, and its keys are unique
-- over all shards, so that partitions can be moved.

-- `id` stands for the long name in every other table: the id of the conversation's first message. `previous_seq` is
-- last_seq as it was before the latest append: an owner who believes something else is refused. The defaults are there
-- for an INSERT … ON DUPLICATE KEY UPDATE of rows that exist.
CREATE TABLE IF NOT EXISTS conversations (
  id BIGINT NOT NULL PRIMARY KEY,
  conversation_id VARBINARY(64) NOT NULL DEFAULT '',
  partition_number BIGINT NOT NULL DEFAULT 0,
  last_seq BIGINT NOT NULL,
  previous_seq BIGINT NOT NULL,
  revision BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL,
  UNIQUE KEY conversations_name (conversation_id),
  KEY conversations_partition (partition_number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- `client_key` stands for (sender_id, client_msg_id), which is unique in a conversation: the first 8 bytes of the
-- SHA-256 of both, or the next number that is free where two meet (src/store/sql/client_key.hpp). What most messages do not
-- have has a default: a shorter INSERT is a faster one.
CREATE TABLE IF NOT EXISTS messages (
  conversation BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  sender_id BIGINT NOT NULL,
  client_key BIGINT NOT NULL,
  client_msg_id VARBINARY(256) NOT NULL,
  kind SMALLINT NOT NULL DEFAULT 0,
  status SMALLINT NOT NULL DEFAULT 0,
  revision BIGINT NOT NULL DEFAULT 0,
  reply_to BIGINT NOT NULL DEFAULT 0,
  sent_at BIGINT NOT NULL,
  edited_at BIGINT NOT NULL DEFAULT 0,
  mentions TEXT NULL,
  extra MEDIUMTEXT NULL,
  content MEDIUMTEXT NOT NULL,
  PRIMARY KEY (conversation, seq),
  UNIQUE KEY messages_id (message_id),
  UNIQUE KEY messages_client (conversation, client_key)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Read implies delivered: where delivered_seq is lower it means read_seq.
CREATE TABLE IF NOT EXISTS marks (
  conversation BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  read_seq BIGINT NOT NULL,
  delivered_seq BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation, user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The partitions that this database holds, of how many. The row of one is fence and high-water mark of its message
-- ids: whoever takes it away stops the owner.
CREATE TABLE IF NOT EXISTS partition_owner (
  partition_number BIGINT NOT NULL PRIMARY KEY,
  partitions BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  last_id BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row, written to find out whether writing works, and how far behind a replica is.
CREATE TABLE IF NOT EXISTS write_check (
  id BIGINT NOT NULL PRIMARY KEY,
  checked_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
