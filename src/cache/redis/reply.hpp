#pragma once

#include <hiredis/hiredis.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace netherlink::cache::redis {

/// A view of one answer; valid during the handler that gets it.
class Reply {
 public:
  explicit Reply(const redisReply* reply) : reply_(reply) {}

  bool is_error() const { return reply_->type == REDIS_REPLY_ERROR; }
  bool is_text() const { return reply_->type == REDIS_REPLY_STRING || reply_->type == REDIS_REPLY_STATUS; }
  bool is_array() const { return reply_->type == REDIS_REPLY_ARRAY; }
  /// Of a string, status or error; empty otherwise.
  std::string_view text() const {
    return is_text() || is_error() ? std::string_view(reply_->str, static_cast<std::size_t>(reply_->len))
                                   : std::string_view();
  }
  /// 0 if it is none.
  std::int64_t integer() const { return reply_->type == REDIS_REPLY_INTEGER ? reply_->integer : 0; }
  /// Elements of an array, else 0.
  std::size_t size() const { return is_array() ? reply_->elements : 0; }
  Reply operator[](std::size_t index) const { return Reply(reply_->element[index]); }

 private:
  const redisReply* reply_;
};

/// RESP2, one stream.
class Decoder {
 public:
  struct Free {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };
  using Owned = std::unique_ptr<redisReply, Free>;

  void feed(const char* data, std::size_t size) { broken_ |= redisReaderFeed(reader_.get(), data, size) != REDIS_OK; }
  /// The next whole answer; none: more bytes are needed, or it is broken().
  Owned next() {
    void* reply = nullptr;
    if (!broken_) broken_ = redisReaderGetReply(reader_.get(), &reply) != REDIS_OK;
    return Owned(static_cast<redisReply*>(reply));
  }
  bool broken() const { return broken_; }

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  std::unique_ptr<redisReader, FreeReader> reader_{redisReaderCreate()};
  bool broken_ = false;
};

}  // namespace netherlink::cache::redis
