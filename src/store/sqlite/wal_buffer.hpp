#pragma once

namespace netherlink::store::sqlite {

/// Makes SQLite gather its small writes to a write-ahead log (two for each page) into large ones. Process-wide; call it
/// before a connection is opened. Idempotent and thread-safe.
void use_wal_buffer();

}  // namespace netherlink::store::sqlite
