-- `changes` counts up at the beginning of each transaction about a group: the row is the lock for its members, bans,
-- requests and links. Members are the memberships of `conversation_id`. `history`: 0 since one joined, 1 all.
-- `join_rule`: 0 link, 1 request, 2 invite.
CREATE TABLE im_groups (
  id BIGINT NOT NULL PRIMARY KEY,
  conversation_id TEXT NOT NULL,
  name TEXT NOT NULL,
  announcement TEXT NOT NULL,
  avatar_url TEXT NOT NULL,
  owner_id BIGINT NOT NULL,
  member_count BIGINT NOT NULL,
  history SMALLINT NOT NULL,
  join_rule SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  changes BIGINT NOT NULL,
  UNIQUE (conversation_id)
) WITHOUT ROWID;

CREATE TABLE group_bans (
  group_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  banned_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, user_id)
) WITHOUT ROWID;
CREATE INDEX group_bans_user ON group_bans (user_id);

-- To be let in, not answered yet.
CREATE TABLE group_requests (
  group_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, user_id)
) WITHOUT ROWID;
CREATE INDEX group_requests_user ON group_requests (user_id);

-- `expires_at` 0: never. `max_uses` 0: any number.
CREATE TABLE group_links (
  code TEXT NOT NULL PRIMARY KEY,
  group_id BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  max_uses BIGINT NOT NULL,
  uses BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX group_links_group ON group_links (group_id);
