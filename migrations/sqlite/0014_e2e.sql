-- Keys for end-to-end encryption (docs/end-to-end.md): public ones alone, base64 without padding.

-- One for each session that has published keys. The row is the lock for everything of the device: `touched` counts up
-- whenever somebody is about to change something. `published` counts the one-time keys there ever were;
-- `pre_key_used` 1: the signed pre-key was handed out without a one-time key.
CREATE TABLE e2e_devices (
  id BIGINT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  session_id BIGINT NOT NULL UNIQUE,
  identity_key TEXT NOT NULL,
  signing_key TEXT NOT NULL,
  signature TEXT NOT NULL,
  pre_key_id TEXT NOT NULL,
  pre_key TEXT NOT NULL,
  pre_key_signature TEXT NOT NULL,
  pre_key_used SMALLINT NOT NULL,
  published BIGINT NOT NULL,
  touched BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX e2e_devices_user ON e2e_devices (user_id, id);

-- `claimed` 1: handed out, and never again; remembered so that publishing it once more does not bring it back.
CREATE TABLE e2e_one_time_keys (
  device_id BIGINT NOT NULL,
  key_id TEXT NOT NULL,
  key_text TEXT NOT NULL,
  signature TEXT NOT NULL,
  position BIGINT NOT NULL,
  claimed SMALLINT NOT NULL,
  PRIMARY KEY (device_id, key_id)
) WITHOUT ROWID;
CREATE INDEX e2e_one_time_keys_next ON e2e_one_time_keys (device_id, claimed, position);

-- Counts up whenever a device of the person comes or goes.
CREATE TABLE e2e_lists (
  user_id BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
) WITHOUT ROWID;

-- What follows belongs to a message shard. '': not signed; else "device_id client_time signing_key signature".
ALTER TABLE messages ADD COLUMN signature TEXT NOT NULL DEFAULT '';
