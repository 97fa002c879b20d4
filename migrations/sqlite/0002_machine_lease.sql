-- Who may mint ids with which machine number (include/netherlink/id/machine_lease.hpp). `holder` '': nobody.
CREATE TABLE machine_lease (
  machine BIGINT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_id BIGINT NOT NULL
) WITHOUT ROWID;
