#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/model.hpp"
#include "support/person.hpp"

namespace netherlink::test::model {

/// What somebody's device shows: it keeps what it was told, syncs whenever it connects, and checks on the way that each
/// conversation comes in order. Throws std::runtime_error when it does not.
class Device {
 public:
  Device(Person person, std::string name) : person_(std::move(person)), name_(std::move(name)) {}

  const std::string& user() const { return person_.id; }
  const std::string& name() const { return name_; }
  Person& person() { return person_; }
  bool connected() const { return connected_; }
  /// Step at which it connected last.
  long connected_at() const { return connected_at_; }

  /// Messages of a conversation that come in one page of a sync are at most `page`.
  void connect(long step, long page);
  /// Takes what came so far and hangs up without goodbye; or the server is gone.
  void drop();

  /// The reply to a command: data of the expected type, or the error's code.
  struct Reply {
    nlohmann::json data;
    std::string error;
  };
  Reply command(const std::string& type, const nlohmann::json& data);
  Reply send_text(const std::string& conversation, const std::string& text, const std::string& id);
  /// Without waiting for the ack: acks() has it later.
  void send_later(const std::string& conversation, const std::string& text, const std::string& id);
  /// Reads on until there are acks for all of these.
  void wait_for_acks(const std::vector<std::string>& ids);
  const std::map<std::string, nlohmann::json>& acks() const { return acks_; }  // by client_msg_id

  /// Takes everything that was sent to it before now.
  void pump();
  /// nullptr: it shows no such message.
  const nlohmann::json* shown(const std::string& conversation, long seq) const;
  std::vector<std::string> shown_conversations() const;

 private:
  struct Local {
    std::map<long, nlohmann::json> messages;  // by seq
    long revision = 0;
    std::map<long, nlohmann::json>::const_iterator end_without_hole() const;
  };

  [[noreturn]] void fail(const std::string& what) const;
  void take_kept();
  void take(const nlohmann::json& frame);
  void on_ack(const nlohmann::json& ack);
  void on_live(const std::string& conversation, long seq);
  void keep(const std::string& conversation, const nlohmann::json& message);
  void sync(const std::string& conversation, bool whole);

  Person person_;
  std::string name_;
  bool connected_ = false;
  long connected_at_ = 0, page_ = 100;
  std::map<std::string, Local> local_;
  std::map<std::string, long> live_;                                  // last seq told on this connection
  std::map<std::string, long> live_revision_;                         // the same for changes
  std::set<std::string> joined_;                                      // to be synced
  std::map<std::string, std::pair<std::string, std::string>> texts_;  // conversation and text by client_msg_id
  std::map<std::string, nlohmann::json> acks_;
};

}  // namespace netherlink::test::model
