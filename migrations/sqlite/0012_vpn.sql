-- The virtual LAN. One row for each control server ("cell"). `holder` '': nobody writes there; `epoch` grows with each
-- holder. `wanted` counts changes, `applied` how many of them the control server knows (-1: that has to be found out),
-- `behind_since` and `down_since` are 0 when all is well.
CREATE TABLE vpn_cells (
  cell TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  wanted BIGINT NOT NULL,
  applied BIGINT NOT NULL,
  behind_since BIGINT NOT NULL,
  down_since BIGINT NOT NULL
) WITHOUT ROWID;

-- Which cell serves a room.
CREATE TABLE vpn_rooms (
  room_id BIGINT NOT NULL PRIMARY KEY,
  cell TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX vpn_rooms_cell ON vpn_rooms (cell);

-- Keys that were issued, and the nodes that came with them (include/netherlink/vpn/types.hpp). `session_id` 0: the
-- account is no more.
CREATE TABLE vpn_nodes (
  cell TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  device TEXT NOT NULL,
  session_id BIGINT NOT NULL,
  control_user BIGINT NOT NULL,
  node_id BIGINT NOT NULL,
  address TEXT NOT NULL,
  online SMALLINT NOT NULL,
  issued_at BIGINT NOT NULL,
  handed_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  removed_at BIGINT NOT NULL,
  PRIMARY KEY (cell, key_id)
) WITHOUT ROWID;
CREATE INDEX vpn_nodes_user ON vpn_nodes (user_id);
CREATE INDEX vpn_nodes_session ON vpn_nodes (session_id);
