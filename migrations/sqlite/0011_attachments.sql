-- What people upload. `complete` 0: bytes are still coming, `received` of them are safe on disk, `digest` is the state of
-- SHA-256 over those. `expires_at` 0: a message refers to it. The row is the lock for everything of it: `version` counts
-- up whenever somebody is about to change something.
CREATE TABLE attachments (
  id BIGINT NOT NULL PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  size BIGINT NOT NULL,
  received BIGINT NOT NULL,
  digest TEXT NOT NULL,
  complete SMALLINT NOT NULL,
  hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  version BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX attachments_owner ON attachments (owner_id, complete);
CREATE INDEX attachments_expires ON attachments (expires_at);

-- Content, which several attachments may share. `refs` 0: it is to be collected.
CREATE TABLE attachment_content (
  hash TEXT NOT NULL PRIMARY KEY,
  content_type TEXT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  preview SMALLINT NOT NULL,
  refs BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX attachment_content_refs ON attachment_content (refs);

-- Which messages refer to which attachment. `doubted_at` > 0: from then on somebody looks whether it still does.
CREATE TABLE attachment_uses (
  attachment_id BIGINT NOT NULL,
  sender_id BIGINT NOT NULL,
  conversation_id TEXT NOT NULL,
  client_msg_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  doubted_at BIGINT NOT NULL,
  PRIMARY KEY (attachment_id, sender_id, conversation_id, client_msg_id)
) WITHOUT ROWID;
CREATE INDEX attachment_uses_message ON attachment_uses (conversation_id, sender_id, client_msg_id);
CREATE INDEX attachment_uses_doubted ON attachment_uses (doubted_at);
