-- `changes` counts up at the beginning of each transaction about a group: the row is the lock for its members, bans,
-- requests and links. Members are the memberships of `conversation_id`. `history`: 0 since one joined, 1 all.
-- `join_rule`: 0 link, 1 request, 2 invite.
CREATE TABLE IF NOT EXISTS im_groups (
  id BIGINT NOT NULL PRIMARY KEY,
  conversation_id VARBINARY(64) NOT NULL,
  name TEXT NOT NULL,
  announcement TEXT NOT NULL,
  avatar_url TEXT NOT NULL,
  owner_id BIGINT NOT NULL,
  member_count BIGINT NOT NULL,
  history SMALLINT NOT NULL,
  join_rule SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  changes BIGINT NOT NULL,
  UNIQUE KEY im_groups_conversation (conversation_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS group_bans (
  group_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  banned_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, user_id),
  KEY group_bans_user (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- To be let in, not answered yet.
CREATE TABLE IF NOT EXISTS group_requests (
  group_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, user_id),
  KEY group_requests_user (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- `expires_at` 0: never. `max_uses` 0: any number.
CREATE TABLE IF NOT EXISTS group_links (
  code VARBINARY(64) NOT NULL PRIMARY KEY,
  group_id BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  max_uses BIGINT NOT NULL,
  uses BIGINT NOT NULL,
  KEY group_links_group (group_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
