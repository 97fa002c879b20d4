-- 0: nobody has shown that the address is theirs. `email_pending` takes its place once it is confirmed; '': none. One
-- statement: it is done as a whole or not at all, and being run again it must be harmless.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'email_pending');
SET @change = IF(@missing,
  'ALTER TABLE users ADD COLUMN email_verified_at BIGINT NOT NULL DEFAULT 0, ADD COLUMN email_pending VARCHAR(255) NOT NULL DEFAULT ''''',
  'DO 0');
PREPARE change_users FROM @change;
EXECUTE change_users;
DEALLOCATE PREPARE change_users;

-- Letters that were accepted and not sent yet. No code is in them: it is made from the id when the letter is sent.
-- `due_at`: nobody touches it before; whoever takes it moves that on, and `attempts` names the claim.
CREATE TABLE IF NOT EXISTS mail_outbox (
  id BIGINT NOT NULL PRIMARY KEY,
  topic SMALLINT NOT NULL,
  language SMALLINT NOT NULL,
  user_id BIGINT NOT NULL,
  address VARCHAR(255) NOT NULL,
  address_key VARBINARY(1024) NOT NULL,
  created_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  KEY mail_outbox_due (due_at),
  KEY mail_outbox_user (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Codes that were sent: `selector` is the part of a code that finds it, `hash` proves the whole. Used ones stay until
-- they are long over, so that a letter that is sent again does not bring them back.
CREATE TABLE IF NOT EXISTS email_codes (
  selector VARBINARY(32) NOT NULL PRIMARY KEY,
  hash VARBINARY(64) NOT NULL,
  topic SMALLINT NOT NULL,
  user_id BIGINT NOT NULL,
  address VARCHAR(255) NOT NULL,
  address_key VARBINARY(1024) NOT NULL,
  attempts BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  KEY email_codes_user (user_id),
  KEY email_codes_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
