#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "cache/memory/revoked_sessions.hpp"
#include "cache/redis/client.hpp"
#include "cache/redis/hot_messages.hpp"
#include "cache/redis/interest.hpp"
#include "cache/redis/invalidations.hpp"
#include "cache/redis/presence.hpp"
#include "cache/redis/rate_limiter.hpp"
#include "cache/redis/summaries.hpp"

namespace netherlink::cache {
namespace redis {
namespace {

/// Calls on_return on a thread of its own, which may then ask the cache and wait for its thread. Calls that come while
/// one runs become one.
class ReturnCaller {
 public:
  ReturnCaller() : thread_([this] { run(); }) {}
  ~ReturnCaller() {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  ReturnCaller(const ReturnCaller&) = delete;
  ReturnCaller& operator=(const ReturnCaller&) = delete;

  void set(std::function<void()> call) {
    std::lock_guard lock(mutex_);
    call_ = std::move(call);
  }
  void returned() {
    {
      std::lock_guard lock(mutex_);
      due_ = true;
    }
    changed_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return due_ || stopped_; });
      if (stopped_) return;
      due_ = false;
      if (!call_) continue;
      const auto call = call_;
      lock.unlock();
      call();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> call_;
  bool due_ = false, stopped_ = false;
  std::thread thread_;
};

class RedisCache final : public Cache {
 public:
  explicit RedisCache(const RedisCacheOptions& options)
      : client_(parse_url(options.url), "netherlink:" + options.instance),
        hot_(client_, invalidations_, options.local.hot_messages),
        limiter_(client_, options.local.buckets),
        interest_(client_, options.instance, [this] { caller_.returned(); }),
        presence_(client_, options.instance) {
    client_.start(
        [this] {
          hot_.on_up();
          invalidations_.retry();
          interest_.on_up();
          presence_.on_up();
        },
        [this] { interest_.on_down(); });
    asio::post(client_.io(), [this] { tick(); });
  }
  ~RedisCache() override {
    interest_.leave();
    client_.stop();
  }

  HotMessages& hot_messages() override { return hot_; }
  RateLimiter& rate_limiter() override { return limiter_; }
  RevokedSessions& revoked_sessions() override { return revoked_; }
  Interest& interest() override { return interest_; }
  Summaries& summaries() override { return summaries_; }
  Presence& presence() override { return presence_; }
  bool connected() const override { return client_.connected(); }
  void on_return(std::function<void()> call) override { caller_.set(std::move(call)); }

 private:
  void tick() {
    interest_.tick();
    if (client_.usable()) invalidations_.retry();
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](boost::system::error_code ec) {
      if (!ec) tick();
    });
  }

  ReturnCaller caller_;
  Client client_;
  asio::steady_timer timer_{client_.io()};  // on the thread of the cache
  Invalidations invalidations_{client_};
  RedisHotMessages hot_;
  SharedRateLimiter limiter_;
  MemoryRevokedSessions revoked_;
  RedisInterest interest_;
  RedisSummaries summaries_{client_, invalidations_};
  RedisPresence presence_;
};

}  // namespace
}  // namespace redis

std::unique_ptr<Cache> make_redis_cache(const RedisCacheOptions& options) {
  return std::make_unique<redis::RedisCache>(options);
}

}  // namespace netherlink::cache
