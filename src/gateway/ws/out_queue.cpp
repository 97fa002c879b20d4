#include "gateway/ws/out_queue.hpp"

#include <array>

#include "gateway/ws/frame_codec.hpp"
#include "gateway/ws/protobuf_frames.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t pieces_per_write = 64;
constexpr std::size_t kept_pieces = 64;             // capacity that a queue keeps while its session is busy
constexpr std::size_t private_chunk_bytes = 16384;  // a private chunk that is larger gets no more frames

}  // namespace

Chunk::Chunk() = default;
Chunk::Chunk(std::shared_ptr<const void> owner, std::string_view frames) : owner_(std::move(owner)), shared_(frames) {}
Chunk::~Chunk() = default;

const ProtobufTwin& Chunk::in_protobuf() {
  if (!twin_) twin_ = std::make_unique<ProtobufTwin>(text());
  return *twin_;
}

void OutQueue::push(const ChunkRef& chunk, std::size_t begin, std::size_t end) {
  bytes_ += end - begin;
  if (head_ != pieces_.size() && pieces_.back().chunk.get() == chunk.get() && pieces_.back().end == begin) {
    pieces_.back().end = static_cast<std::uint32_t>(end);
    return;
  }
  pieces_.push_back({chunk, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
}

std::string& OutQueue::private_tail() {
  if (head_ != pieces_.size()) {
    Chunk& last = *pieces_.back().chunk.get();
    if (last.is_private() && last.own().size() < private_chunk_bytes) return last.own();
  }
  pieces_.push_back({ChunkRef(new Chunk), 0, 0});
  return pieces_.back().chunk->own();
}

void OutQueue::grow(std::size_t count) {
  pieces_.back().end += static_cast<std::uint32_t>(count);
  bytes_ += count;
}

void OutQueue::advance(std::size_t count) {
  bytes_ -= count;
  written_ += count;
  while (head_ != pieces_.size()) {
    Piece& piece = pieces_[head_];
    const std::size_t size = piece.end - piece.begin;
    if (written_ < size) return drop_written();
    written_ -= size;
    piece.chunk = ChunkRef();
    ++head_;
  }
  pieces_.clear();
  head_ = 0;
  if (pieces_.capacity() > kept_pieces) pieces_.shrink_to_fit();
}

/// A queue that is never quite empty must not grow at its front.
void OutQueue::drop_written() {
  if (head_ < kept_pieces || head_ < pieces_.size() / 2) return;
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(head_));
  head_ = 0;
}

IoStatus OutQueue::flush(Transport& transport) {
  while (!empty()) {
    std::array<iovec, pieces_per_write> pieces;
    std::size_t count = 0;
    std::size_t skip = written_;
    for (std::size_t i = head_; i != pieces_.size() && count != pieces.size(); ++i) {
      const Piece& piece = pieces_[i];
      const std::string_view text = piece.chunk->text().substr(piece.begin + skip, piece.end - piece.begin - skip);
      skip = 0;
      pieces[count++] = {const_cast<char*>(text.data()), text.size()};  // writev never writes there
    }
    const IoResult result = transport.write(std::span(pieces).first(count));
    if (result.status != IoStatus::ok) return result.status;
    advance(result.bytes);
  }
  return IoStatus::ok;
}

void OutQueue::keep_begun(std::size_t sealed) {
  const std::size_t must = written_ + sealed;  // counted from the beginning of the first piece
  std::size_t kept = 0;
  std::size_t end = head_;
  for (; end != pieces_.size() && kept < must; ++end) {
    Piece& piece = pieces_[end];
    const std::string_view text = piece.chunk->text().substr(piece.begin, piece.end - piece.begin);
    std::size_t keep = 0;
    while (keep < text.size() && kept + keep < must) keep += frame_size(text.substr(keep));
    piece.end = piece.begin + static_cast<std::uint32_t>(keep);
    // What a private chunk holds behind it is forgotten too: the next frame is appended there.
    if (piece.chunk->is_private()) piece.chunk->own().resize(piece.end);
    kept += keep;
  }
  pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(end), pieces_.end());
  bytes_ = kept - written_;
  if (bytes_ == 0) clear();
}

void OutQueue::clear() {
  pieces_.clear();
  head_ = written_ = bytes_ = 0;
}

void OutQueue::shrink() {
  if (empty()) std::vector<Piece>().swap(pieces_);
}

}  // namespace netherlink::gateway::ws
