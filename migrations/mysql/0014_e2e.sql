-- Keys for end-to-end encryption (docs/end-to-end.md): public ones alone, base64 without padding.

-- One for each session that has published keys. The row is the lock for everything of the device: `touched` counts up
-- whenever somebody is about to change something. `published` counts the one-time keys there ever were;
-- `pre_key_used` 1: the signed pre-key was handed out without a one-time key.
CREATE TABLE IF NOT EXISTS e2e_devices (
  id BIGINT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  session_id BIGINT NOT NULL,
  identity_key VARBINARY(64) NOT NULL,
  signing_key VARBINARY(64) NOT NULL,
  signature VARBINARY(128) NOT NULL,
  pre_key_id VARBINARY(64) NOT NULL,
  pre_key VARBINARY(64) NOT NULL,
  pre_key_signature VARBINARY(128) NOT NULL,
  pre_key_used SMALLINT NOT NULL,
  published BIGINT NOT NULL,
  touched BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE KEY e2e_devices_session (session_id),
  KEY e2e_devices_user (user_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- `claimed` 1: handed out, and never again; remembered so that publishing it once more does not bring it back.
CREATE TABLE IF NOT EXISTS e2e_one_time_keys (
  device_id BIGINT NOT NULL,
  key_id VARBINARY(64) NOT NULL,
  key_text VARBINARY(64) NOT NULL,
  signature VARBINARY(128) NOT NULL,
  position BIGINT NOT NULL,
  claimed SMALLINT NOT NULL,
  PRIMARY KEY (device_id, key_id),
  KEY e2e_one_time_keys_next (device_id, claimed, position)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Counts up whenever a device of the person comes or goes.
CREATE TABLE IF NOT EXISTS e2e_lists (
  user_id BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What follows belongs to a message shard. '': not signed; else "device_id client_time signing_key signature". One
-- statement: it is done as a whole or not at all, and being run again it must be harmless.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'messages' AND column_name = 'signature');
SET @change = IF(@missing,
  'ALTER TABLE messages ADD COLUMN signature VARBINARY(192) NOT NULL DEFAULT ''''',
  'DO 0');
PREPARE change_messages FROM @change;
EXECUTE change_messages;
DEALLOCATE PREPARE change_messages;
