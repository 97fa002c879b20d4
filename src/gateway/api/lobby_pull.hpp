#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::gateway {

/// GET /chat/pull/lobby (M17). In a storm everybody who watches the lobby asks for the same messages at the same
/// moment: the head is read from the store for all who have asked by then, at most fifty times a second, and each batch
/// is encoded and compressed once for as long as nothing is new. What has been committed before a request came is in
/// its answer. One thread. Thread-safe.
class LobbyPull {
 public:
  explicit LobbyPull(im::ChatService& chat);
  ~LobbyPull();
  LobbyPull(const LobbyPull&) = delete;
  LobbyPull& operator=(const LobbyPull&) = delete;

  void pull(const Request& request, const Responder& respond);

 private:
  using Clock = std::chrono::steady_clock;
  struct Wanted {
    im::Seq after = 0;
    std::size_t limit = 0;
    auto operator<=>(const Wanted&) const = default;
  };
  struct Waiting {
    Wanted wanted;
    bool gzip = false, protobuf = false;
    Responder respond;
  };
  struct Batch {
    im::Head head;  // at the time
    bool complete = false;
    /// The same in both encodings, each made when it is asked for first.
    struct Body {
      std::string plain, compressed;
    };
    Body json, protobuf;
  };

  void run();
  void answer(const std::vector<Waiting>& waiting);
  static Response answer_with(Batch& batch, const Waiting& waiting);
  core::result<std::shared_ptr<Batch>> batch(const Wanted& wanted, const im::Head& head);

  im::ChatService& chat_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::map<Wanted, std::shared_ptr<Batch>> batches_;  // of the thread
  std::thread thread_;
};

}  // namespace netherlink::gateway
