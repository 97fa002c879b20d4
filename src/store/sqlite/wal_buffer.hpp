#pragma once

namespace netherlink::store::sqlite {

/// Makes SQLite gather its small writes to a write-ahead log (two for each page) into large ones. Process-wide; called
/// once, before a connection is opened.
void use_wal_buffer();

}  // namespace netherlink::store::sqlite
