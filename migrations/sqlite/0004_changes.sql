-- Edits, recalls, reactions. All of it belongs to a message shard.

-- `reactions`: "<emoji> <count>" on each line, those that came first, first. `deletions`: people who deleted the
-- message for themselves.
ALTER TABLE messages ADD COLUMN reactions TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN deletions BIGINT NOT NULL DEFAULT 0;
-- What changed since a revision; most messages never do.
CREATE INDEX messages_revision ON messages (conversation, revision, seq) WHERE revision > 0;

-- What one person did with a message: reactions, and '' for having deleted it for oneself.
CREATE TABLE personal_marks (
  message_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  emoji TEXT NOT NULL,
  PRIMARY KEY (message_id, user_id, emoji)
) WITHOUT ROWID;

-- What messages said before they were edited or recalled, for moderators.
CREATE TABLE replaced_contents (
  message_id BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  replaced_at BIGINT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (message_id, revision)
) WITHOUT ROWID;

-- The latest changes of each conversation, by the number that each was given when it was asked for: one that the bus
-- delivers again is known. Older ones are removed as newer ones come.
CREATE TABLE applied_changes (
  conversation BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  change_id BIGINT NOT NULL,
  PRIMARY KEY (conversation, revision)
) WITHOUT ROWID;
CREATE INDEX applied_changes_id ON applied_changes (conversation, change_id);
