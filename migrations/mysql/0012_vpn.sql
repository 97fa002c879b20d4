-- The virtual LAN. One row for each control server ("cell"). `holder` '': nobody writes there; `epoch` grows with each
-- holder. `wanted` counts changes, `applied` how many of them the control server knows (-1: that has to be found out),
-- `behind_since` and `down_since` are 0 when all is well.
CREATE TABLE IF NOT EXISTS vpn_cells (
  cell VARBINARY(64) NOT NULL PRIMARY KEY,
  holder VARBINARY(255) NOT NULL,
  epoch BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  wanted BIGINT NOT NULL,
  applied BIGINT NOT NULL,
  behind_since BIGINT NOT NULL,
  down_since BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which cell serves a room.
CREATE TABLE IF NOT EXISTS vpn_rooms (
  room_id BIGINT NOT NULL PRIMARY KEY,
  cell VARBINARY(64) NOT NULL,
  KEY vpn_rooms_cell (cell)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Keys that were issued, and the nodes that came with them (include/netherlink/vpn/types.hpp). `session_id` 0: the
-- account is no more.
CREATE TABLE IF NOT EXISTS vpn_nodes (
  cell VARBINARY(64) NOT NULL,
  key_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  device VARBINARY(512) NOT NULL,
  session_id BIGINT NOT NULL,
  control_user BIGINT NOT NULL,
  node_id BIGINT NOT NULL,
  address VARBINARY(64) NOT NULL,
  online SMALLINT NOT NULL,
  issued_at BIGINT NOT NULL,
  handed_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  removed_at BIGINT NOT NULL,
  PRIMARY KEY (cell, key_id),
  KEY vpn_nodes_user (user_id),
  KEY vpn_nodes_session (session_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
