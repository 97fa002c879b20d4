#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/person.hpp"

namespace netherlink::test {

struct Acked {
  std::string conversation, message_id;
  long seq = 0;
};

/// A client that does what docs/protocol.md asks of one, on a thread of its own: sends with a window, connects again
/// when it lost the server, syncs, sends again what was not acknowledged. It checks on the way that each conversation
/// comes in order, without a hole and without a repetition.
class ChaosClient {
 public:
  struct Options {
    std::size_t window = 8;
    milliseconds drop_after{0};  // hangs up without goodbye every so often; 0: never
  };

  /// `ports`: of the replicas; each connection goes to the next one.
  ChaosClient(Person& person, std::vector<std::uint16_t> ports, std::vector<std::string> conversations,
              Options options);
  ~ChaosClient();
  ChaosClient(const ChaosClient&) = delete;
  ChaosClient& operator=(const ChaosClient&) = delete;

  /// Sends nothing new, gets everything acknowledged, then ends the thread.
  void finish();
  /// After finish(): one more connection, so that what others sent last is there too.
  void catch_up();

  bool connected() const { return connected_; }
  bool failed() const { return failed_; }
  std::size_t acknowledged() const { return acknowledged_; }

  // After finish().

  /// What went wrong for good; empty: nothing.
  const std::string& failure() const { return failure_; }
  const std::map<std::string, Acked>& acked() const { return acked_; }  // by client_msg_id
  /// Ids of the messages of a conversation, as they came: the first is seq 1.
  const std::vector<std::string>& seen(const std::string& conversation) { return seen_[conversation]; }
  /// client_msg_ids in the order in which they were first sent.
  const std::vector<std::string>& sent(const std::string& conversation) { return sent_[conversation]; }
  std::size_t retried() const { return retried_; }
  std::size_t errors() const { return errors_; }
  bool drops() const { return options_.drop_after.count() > 0; }
  const std::vector<int>& close_codes() const { return close_codes_; }
  const std::string& user() const { return person_.id; }

 private:
  struct Pending {
    std::string conversation, id, text;
  };

  void run();
  void fail(const std::string& why);
  bool done() const { return aborted_ || (finishing_ && pending_.empty()); }
  void serve_connection();
  void connect();
  void sync(const std::string& conversation, long upto);
  void send_new();
  void send(const Pending& message);
  void handle(const nlohmann::json& frame);
  void on_ack(const nlohmann::json& ack);
  void on_message(const nlohmann::json& message);
  void advance(const std::string& conversation, long seq, const std::string& message_id);

  Person& person_;
  std::vector<std::uint16_t> ports_;
  std::size_t next_port_;
  std::vector<std::string> conversations_;
  Options options_;
  std::optional<WsClient> socket_;
  std::deque<Pending> pending_;
  std::map<std::string, Acked> acked_;
  std::map<std::string, std::vector<std::string>> seen_, sent_;
  std::vector<int> close_codes_;
  std::string failure_;
  std::mt19937 random_;
  std::size_t retried_ = 0, errors_ = 0;
  bool draining_ = false;
  std::atomic<bool> finishing_{false}, aborted_{false}, connected_{false}, failed_{false};
  std::atomic<std::size_t> acknowledged_{0};
  std::thread thread_;
};

}  // namespace netherlink::test
