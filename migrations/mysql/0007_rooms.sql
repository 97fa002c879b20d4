-- `status`: 0 waiting, 1 playing, 2 ended. `visibility`: 0 public, 1 friends, 2 private. `closed_at` > 0: the room is no
-- more; its row stays for a while, so that lists everywhere learn of it. The row of a room is the lock for everything of
-- it: `version` counts up whenever somebody is about to change something.
CREATE TABLE IF NOT EXISTS rooms (
  id BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  game TEXT NOT NULL,
  game_key VARBINARY(2048) NOT NULL,
  owner_id BIGINT NOT NULL,
  status SMALLINT NOT NULL,
  visibility SMALLINT NOT NULL,
  max_players BIGINT NOT NULL,
  player_count BIGINT NOT NULL,
  password_hash VARBINARY(255) NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  KEY rooms_changed (changed_at),
  KEY rooms_game (game_key, closed_at, status),
  KEY rooms_empty (closed_at, player_count)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who sits where: a person sits once. `dropped_at` > 0: has no socket since then, the seat is kept.
CREATE TABLE IF NOT EXISTS room_seats (
  user_id BIGINT NOT NULL PRIMARY KEY,
  room_id BIGINT NOT NULL,
  ready SMALLINT NOT NULL,
  joined_at BIGINT NOT NULL,
  dropped_at BIGINT NOT NULL,
  KEY room_seats_room (room_id),
  KEY room_seats_dropped (dropped_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who was removed from a room, or invited to it.
CREATE TABLE IF NOT EXISTS room_guests (
  room_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  banned SMALLINT NOT NULL,
  invited SMALLINT NOT NULL,
  PRIMARY KEY (room_id, user_id),
  KEY room_guests_user (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- `expires_at` 0: never. `max_uses` 0: any number.
CREATE TABLE IF NOT EXISTS room_links (
  room_id BIGINT NOT NULL PRIMARY KEY,
  code VARBINARY(32) NOT NULL,
  expires_at BIGINT NOT NULL,
  max_uses BIGINT NOT NULL,
  uses BIGINT NOT NULL,
  UNIQUE KEY room_links_code (code)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The row of a game is the lock for opening a room of it when none is there to join.
CREATE TABLE IF NOT EXISTS room_games (
  game_key VARBINARY(2048) NOT NULL PRIMARY KEY,
  openings BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
