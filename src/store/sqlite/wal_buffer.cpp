#include "store/sqlite/wal_buffer.hpp"

#include <sqlite3.h>

#include <cstring>
#include <new>

namespace netherlink::store::sqlite {
namespace {

// A layer over SQLite's own file system interface (https://www.sqlite.org/vfs.html) that touches only write-ahead logs.
//
// Why it is safe: with synchronous = FULL each commit calls xSync before any other connection is told of its frames,
// and xSync writes out what is gathered first. What a connection reads back of its own goes through xRead, which does
// the same. A write that fails late makes xSync fail, which rolls the transaction back.

/// Below the 128 KiB that SQLite's unix layer hands to the kernel at once.
constexpr sqlite3_int64 capacity = 120'000;

struct WalFile : sqlite3_file {
  sqlite3_file* file;  // of the layer below, stored behind this object
  char* buffer;        // null until the first write: readers need none
  sqlite3_int64 begin, length;
  bool gather;

  int flush() {
    if (length == 0) return SQLITE_OK;
    const int amount = static_cast<int>(length);
    length = 0;
    return file->pMethods->xWrite(file, buffer, amount, begin);
  }

  int write(const void* data, int amount, sqlite3_int64 offset) {
    if (!gather) return file->pMethods->xWrite(file, data, amount, offset);
    if (!buffer) buffer = new (std::nothrow) char[capacity];
    if (!buffer) return SQLITE_IOERR_NOMEM;
    if (offset != begin + length || length + amount > capacity) {
      if (const int status = flush(); status != SQLITE_OK) return status;
    }
    if (amount > capacity) return file->pMethods->xWrite(file, data, amount, offset);
    if (length == 0) begin = offset;
    std::memcpy(buffer + length, data, static_cast<std::size_t>(amount));
    length += amount;
    return SQLITE_OK;
  }
};

WalFile* wal(sqlite3_file* file) {
  return static_cast<WalFile*>(file);
}

/// Calls `then` of the layer below after what is gathered was written.
template <class Then>
int flushed(sqlite3_file* file, const Then& then) {
  const int status = wal(file)->flush();
  return status == SQLITE_OK ? then(wal(file)->file) : status;
}

int close(sqlite3_file* file) {
  const int status = flushed(file, [](sqlite3_file*) { return SQLITE_OK; });
  delete[] wal(file)->buffer;
  const int closed = wal(file)->file->pMethods->xClose(wal(file)->file);
  return status == SQLITE_OK ? closed : status;
}
int read(sqlite3_file* file, void* data, int amount, sqlite3_int64 offset) {
  return flushed(file, [&](sqlite3_file* below) { return below->pMethods->xRead(below, data, amount, offset); });
}
int write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
  return wal(file)->write(data, amount, offset);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return flushed(file, [&](sqlite3_file* below) { return below->pMethods->xTruncate(below, size); });
}
int sync(sqlite3_file* file, int flags) {
  return flushed(file, [&](sqlite3_file* below) { return below->pMethods->xSync(below, flags); });
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return flushed(file, [&](sqlite3_file* below) { return below->pMethods->xFileSize(below, size); });
}
int lock(sqlite3_file* file, int level) {
  return wal(file)->file->pMethods->xLock(wal(file)->file, level);
}
int unlock(sqlite3_file* file, int level) {
  return wal(file)->file->pMethods->xUnlock(wal(file)->file, level);
}
int check_reserved_lock(sqlite3_file* file, int* result) {
  return wal(file)->file->pMethods->xCheckReservedLock(wal(file)->file, result);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
  return wal(file)->file->pMethods->xFileControl(wal(file)->file, operation, argument);
}
int sector_size(sqlite3_file* file) {
  return wal(file)->file->pMethods->xSectorSize(wal(file)->file);
}
int device_characteristics(sqlite3_file* file) {
  return wal(file)->file->pMethods->xDeviceCharacteristics(wal(file)->file);
}

constexpr sqlite3_io_methods make_methods() {
  sqlite3_io_methods methods{};
  methods.iVersion = 1;
  methods.xClose = close;
  methods.xRead = read;
  methods.xWrite = write;
  methods.xTruncate = truncate;
  methods.xSync = sync;
  methods.xFileSize = file_size;
  methods.xLock = lock;
  methods.xUnlock = unlock;
  methods.xCheckReservedLock = check_reserved_lock;
  methods.xFileControl = file_control;
  methods.xSectorSize = sector_size;
  methods.xDeviceCharacteristics = device_characteristics;
  return methods;
}

constexpr sqlite3_io_methods methods = make_methods();

sqlite3_vfs* below() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  return vfs;
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  if ((flags & SQLITE_OPEN_WAL) == 0) return below()->xOpen(below(), name, file, flags, out_flags);
  auto* const opened = new (file) WalFile{};
  opened->file = reinterpret_cast<sqlite3_file*>(opened + 1);
  const int status = below()->xOpen(below(), name, opened->file, flags, out_flags);
  // xClose is called whenever pMethods is set, also after a failure.
  opened->pMethods = opened->file->pMethods ? &methods : nullptr;
  opened->gather = status == SQLITE_OK && (device_characteristics(opened) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
  return status;
}

}  // namespace

void use_wal_buffer() {
  static sqlite3_vfs vfs;
  if (!below()) return;
  vfs = *below();
  vfs.zName = "netherlink";
  vfs.szOsFile = static_cast<int>(sizeof(WalFile)) + below()->szOsFile;
  vfs.xOpen = open;
  sqlite3_vfs_register(&vfs, 1);
}

}  // namespace netherlink::store::sqlite
