#pragma once

#include <condition_variable>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "netherlink/bus/bus.hpp"
#include "netherlink/im/ports.hpp"
#include "netherlink/im/push.hpp"

namespace netherlink::im {

/// Tells what committed transactions changed about conversations (Notice): who may do what is asked again, sessions
/// follow or leave, and a system message gets its seq. A notice is removed once its message is committed; one that a
/// crash or a full bus left is told again by whichever replica finds it, which does no harm: the message has a
/// client_msg_id of its own, and only what is still true is told about members. Thread-safe.
class NoticeTeller {
 public:
  struct Dependencies {
    std::string instance;
    NoticeRepository& notices;
    ConversationRepository& conversations;
    Announcer& announcer;
    bus::IngestQueue& queue;
  };

  explicit NoticeTeller(Dependencies dependencies);
  ~NoticeTeller() { stop(); }
  NoticeTeller(const NoticeTeller&) = delete;
  NoticeTeller& operator=(const NoticeTeller&) = delete;

  /// Tells again what is left, on a thread of its own, until stop().
  void start();
  void stop();

  /// Blocks on the store.
  void tell(std::span<const std::int64_t> ids);
  /// The system message with this client_msg_id is committed. Never blocks.
  void committed(std::string_view client_msg_id);

 private:
  void run();
  void tell_left_over();
  void tell(const Notice& notice);
  void tell_memberships(const Notice& notice);
  void send_message(const Notice& notice);
  core::result<void> drop_what_changed_since(Notice& notice);
  void done(std::int64_t id);
  void remove_done();

  Dependencies deps_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::int64_t> done_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace netherlink::im
