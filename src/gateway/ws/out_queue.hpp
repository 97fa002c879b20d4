#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/net/transport.hpp"

namespace netherlink::gateway::ws {

struct ProtobufTwin;

/// Encoded frames, one after the other, that the queues of many sessions of one I/O thread share. The reference count
/// is not atomic: chunks never leave their thread. What threads share is the text behind a shared one.
class Chunk {
 public:
  /// `frames` is kept alive by `owner`.
  Chunk(std::shared_ptr<const void> owner, std::string_view frames);
  /// A private one: frames of a single session.
  Chunk();
  ~Chunk();
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  bool is_private() const { return owner_ == nullptr; }
  std::string& own() { return own_; }
  std::string_view text() const { return owner_ ? shared_ : std::string_view(own_); }

  /// The same frames as sessions that speak Protobuf get them: made at the first call, kept for the others.
  const ProtobufTwin& in_protobuf();

 private:
  friend class ChunkRef;
  std::uint32_t references_ = 0;
  std::shared_ptr<const void> owner_;
  std::string_view shared_;
  std::string own_;
  std::unique_ptr<ProtobufTwin> twin_;
};

class ChunkRef {
 public:
  ChunkRef() = default;
  explicit ChunkRef(Chunk* chunk) : chunk_(chunk) { ++chunk_->references_; }
  ChunkRef(const ChunkRef& other) : chunk_(other.chunk_) {
    if (chunk_) ++chunk_->references_;
  }
  ChunkRef(ChunkRef&& other) noexcept : chunk_(std::exchange(other.chunk_, nullptr)) {}
  ChunkRef& operator=(ChunkRef other) noexcept {
    std::swap(chunk_, other.chunk_);
    return *this;
  }
  ~ChunkRef() {
    if (chunk_ && --chunk_->references_ == 0) delete chunk_;
  }

  Chunk* get() const { return chunk_; }
  Chunk* operator->() const { return chunk_; }

 private:
  Chunk* chunk_ = nullptr;
};

/// What a session has still to write: whole frames, in order. Owns no memory while empty for long (see shrink).
class OutQueue {
 public:
  /// Frames of `chunk` from `begin` to `end`. Neighbours in a chunk become one piece.
  void push(const ChunkRef& chunk, std::size_t begin, std::size_t end);

  /// Appends frames of this session alone: `write(std::string&)` appends whole frames to the string it is given.
  template <class Write>
  void append(Write write) {
    std::string& text = private_tail();
    const std::size_t before = text.size();
    write(text);
    grow(text.size() - before);
  }

  std::size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }

  /// Writes what it can with as few calls as possible. `would_block`: wait for writability, then again.
  IoStatus flush(Transport& transport);

  /// Forgets everything but whole frames that are half written, or that lie in the next `sealed` bytes, which the
  /// transport has promised to the peer already: a close frame may follow.
  void keep_begun(std::size_t sealed);
  void clear();
  /// Gives back the memory that a busy time left.
  void shrink();

 private:
  struct Piece {
    ChunkRef chunk;
    std::uint32_t begin = 0, end = 0;
  };

  std::string& private_tail();
  void grow(std::size_t count);
  void advance(std::size_t count);
  void drop_written();

  std::vector<Piece> pieces_;
  std::size_t head_ = 0;     // first piece that is not written
  std::size_t written_ = 0;  // bytes of that piece
  std::size_t bytes_ = 0;    // not written, in all
};

}  // namespace netherlink::gateway::ws
