-- Full-text search over messages (docs/search.md). Both tables belong to a message shard.

-- Which words a message has had; only where to look: whoever finds a message here compares it with what it says now.
-- `token` is UTF-8 as words are compared, at most 64 bytes.
CREATE TABLE search_tokens (
  conversation BIGINT NOT NULL,
  token BLOB NOT NULL,
  message_id BIGINT NOT NULL,
  PRIMARY KEY (conversation, token, message_id)
) WITHOUT ROWID;

-- Up to which message each partition is in search_tokens; without a row: none is.
CREATE TABLE search_progress (
  partition_number BIGINT NOT NULL PRIMARY KEY,
  last_id BIGINT NOT NULL
) WITHOUT ROWID;
