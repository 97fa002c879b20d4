-- `status`: 0 waiting, 1 playing, 2 ended. `visibility`: 0 public, 1 friends, 2 private. `closed_at` > 0: the room is no
-- more; its row stays for a while, so that lists everywhere learn of it. The row of a room is the lock for everything of
-- it: `version` counts up whenever somebody is about to change something.
CREATE TABLE rooms (
  id BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  game TEXT NOT NULL,
  game_key TEXT NOT NULL,
  owner_id BIGINT NOT NULL,
  status SMALLINT NOT NULL,
  visibility SMALLINT NOT NULL,
  max_players BIGINT NOT NULL,
  player_count BIGINT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  version BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX rooms_changed ON rooms (changed_at);
CREATE INDEX rooms_game ON rooms (game_key, closed_at, status);
CREATE INDEX rooms_empty ON rooms (closed_at, player_count);

-- Who sits where: a person sits once. `dropped_at` > 0: has no socket since then, the seat is kept.
CREATE TABLE room_seats (
  user_id BIGINT NOT NULL PRIMARY KEY,
  room_id BIGINT NOT NULL,
  ready SMALLINT NOT NULL,
  joined_at BIGINT NOT NULL,
  dropped_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX room_seats_room ON room_seats (room_id);
CREATE INDEX room_seats_dropped ON room_seats (dropped_at);

-- Who was removed from a room, or invited to it.
CREATE TABLE room_guests (
  room_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  banned SMALLINT NOT NULL,
  invited SMALLINT NOT NULL,
  PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
CREATE INDEX room_guests_user ON room_guests (user_id);

-- `expires_at` 0: never. `max_uses` 0: any number.
CREATE TABLE room_links (
  room_id BIGINT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  max_uses BIGINT NOT NULL,
  uses BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX room_links_code ON room_links (code);

-- The row of a game is the lock for opening a room of it when none is there to join.
CREATE TABLE room_games (
  game_key TEXT NOT NULL PRIMARY KEY,
  openings BIGINT NOT NULL
) WITHOUT ROWID;
