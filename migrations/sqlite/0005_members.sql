-- Roles (0 member, 1 admin, 2 owner), muting, and what a member may read of the past.
ALTER TABLE memberships ADD COLUMN role SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN muted_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN visible_after BIGINT NOT NULL DEFAULT 0;
-- Members of a conversation; single ones and the world are not asked that way.
CREATE INDEX memberships_members ON memberships (conversation_id, user_id)
  WHERE conversation_id > 'group_' AND conversation_id < 'single_';

-- Names of groups and rooms, where conversations are listed.
CREATE TABLE conversation_titles (
  conversation_id TEXT NOT NULL PRIMARY KEY,
  title TEXT NOT NULL
) WITHOUT ROWID;

-- What happened and may not have been told yet (im::Notice). Lists of users: "1,2,3".
CREATE TABLE notices (
  id BIGINT NOT NULL PRIMARY KEY,
  conversation_id TEXT NOT NULL,
  actor BIGINT NOT NULL,
  joined TEXT NOT NULL,
  departed TEXT NOT NULL,
  changed TEXT NOT NULL,
  joined_seq BIGINT NOT NULL,
  content TEXT NOT NULL,
  extra TEXT NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX notices_created ON notices (created_at);
