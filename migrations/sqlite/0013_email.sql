-- 0: nobody has shown that the address is theirs. `email_pending` takes its place once it is confirmed; '': none.
ALTER TABLE users ADD COLUMN email_verified_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN email_pending TEXT NOT NULL DEFAULT '';

-- Letters that were accepted and not sent yet. No code is in them: it is made from the id when the letter is sent.
-- `due_at`: nobody touches it before; whoever takes it moves that on, and `attempts` names the claim.
CREATE TABLE mail_outbox (
  id BIGINT NOT NULL PRIMARY KEY,
  topic SMALLINT NOT NULL,
  language SMALLINT NOT NULL,
  user_id BIGINT NOT NULL,
  address TEXT NOT NULL,
  address_key TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX mail_outbox_due ON mail_outbox (due_at);
CREATE INDEX mail_outbox_user ON mail_outbox (user_id);

-- Codes that were sent: `selector` is the part of a code that finds it, `hash` proves the whole. Used ones stay until
-- they are long over, so that a letter that is sent again does not bring them back.
CREATE TABLE email_codes (
  selector TEXT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL,
  topic SMALLINT NOT NULL,
  user_id BIGINT NOT NULL,
  address TEXT NOT NULL,
  address_key TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX email_codes_user ON email_codes (user_id);
CREATE INDEX email_codes_expires ON email_codes (expires_at);
