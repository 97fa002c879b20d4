#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "netherlink/attachment/service.hpp"

namespace netherlink::attachment {

/// Takes away what nobody needs: uploads that were given up, what was never sent, what recalled messages referred to,
/// content without references, and what a crash left behind. All it knows is in the database and the folder, so it goes
/// on after a crash; replicas may do it at once, each decision is made again inside its transaction. A thread of its
/// own.
class Collector {
 public:
  explicit Collector(const AttachmentService::Dependencies& deps) : deps_(deps) {}
  ~Collector() { stop(); }

  void start();
  void stop();

 private:
  void run();
  void sweep();
  void settle_uses(Timestamp now);
  void expire(Timestamp now);
  void collect_content();
  void look_for_strays(Timestamp now);

  const AttachmentService::Dependencies& deps_;
  std::size_t part_ = 0;  // of the content, looked at next
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace netherlink::attachment
