-- Full-text search over messages (docs/search.md). Both tables belong to a message shard.

-- Which words a message has had; only where to look: whoever finds a message here compares it with what it says now.
-- `token` is UTF-8 as words are compared, at most 64 bytes.
CREATE TABLE IF NOT EXISTS search_tokens (
  conversation BIGINT NOT NULL,
  token VARBINARY(64) NOT NULL,
  message_id BIGINT NOT NULL,
  PRIMARY KEY (conversation, token, message_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Up to which message each partition is in search_tokens; without a row: none is.
CREATE TABLE IF NOT EXISTS search_progress (
  partition_number BIGINT NOT NULL PRIMARY KEY,
  last_id BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
