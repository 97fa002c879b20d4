-- What people upload. `complete` 0: bytes are still coming, `received` of them are safe on disk, `digest` is the state of
-- SHA-256 over those. `expires_at` 0: a message refers to it. The row is the lock for everything of it: `version` counts
-- up whenever somebody is about to change something.
CREATE TABLE IF NOT EXISTS attachments (
  id BIGINT NOT NULL PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  size BIGINT NOT NULL,
  received BIGINT NOT NULL,
  digest VARBINARY(255) NOT NULL,
  complete SMALLINT NOT NULL,
  hash VARBINARY(64) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  KEY attachments_owner (owner_id, complete),
  KEY attachments_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Content, which several attachments may share. `refs` 0: it is to be collected.
CREATE TABLE IF NOT EXISTS attachment_content (
  hash VARBINARY(64) NOT NULL PRIMARY KEY,
  content_type VARBINARY(127) NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  preview SMALLINT NOT NULL,
  refs BIGINT NOT NULL,
  KEY attachment_content_refs (refs)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which messages refer to which attachment. `doubted_at` > 0: from then on somebody looks whether it still does.
CREATE TABLE IF NOT EXISTS attachment_uses (
  attachment_id BIGINT NOT NULL,
  sender_id BIGINT NOT NULL,
  conversation_id VARBINARY(64) NOT NULL,
  client_msg_id VARBINARY(64) NOT NULL,
  created_at BIGINT NOT NULL,
  doubted_at BIGINT NOT NULL,
  PRIMARY KEY (attachment_id, sender_id, conversation_id, client_msg_id),
  KEY attachment_uses_message (conversation_id, sender_id, client_msg_id),
  KEY attachment_uses_doubted (doubted_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
