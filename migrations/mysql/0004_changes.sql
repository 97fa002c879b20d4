-- Edits, recalls, reactions. All of it belongs to a message shard.

-- `reactions`: "<emoji> <count>" on each line, those that came first, first. `deletions`: people who deleted the
-- message for themselves. One statement: it is done as a whole or not at all, and being run again it must be harmless.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'messages' AND column_name = 'reactions');
SET @change = IF(@missing,
  'ALTER TABLE messages ADD COLUMN reactions TEXT NULL, ADD COLUMN deletions BIGINT NOT NULL DEFAULT 0, ADD KEY messages_revision (conversation, revision, seq)',
  'DO 0');
PREPARE change_messages FROM @change;
EXECUTE change_messages;
DEALLOCATE PREPARE change_messages;

-- What one person did with a message: reactions, and '' for having deleted it for oneself.
CREATE TABLE IF NOT EXISTS personal_marks (
  message_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  emoji VARBINARY(256) NOT NULL,
  PRIMARY KEY (message_id, user_id, emoji)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What messages said before they were edited or recalled, for moderators.
CREATE TABLE IF NOT EXISTS replaced_contents (
  message_id BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  replaced_at BIGINT NOT NULL,
  content MEDIUMTEXT NOT NULL,
  PRIMARY KEY (message_id, revision)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The latest changes of each conversation, by the number that each was given when it was asked for: one that the bus
-- delivers again is known. Older ones are removed as newer ones come.
CREATE TABLE IF NOT EXISTS applied_changes (
  conversation BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  change_id BIGINT NOT NULL,
  PRIMARY KEY (conversation, revision),
  KEY applied_changes_id (conversation, change_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
