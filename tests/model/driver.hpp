#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "model/device.hpp"
#include "model/model.hpp"
#include "support/server_process.hpp"

namespace netherlink::test::model {

/// Drives people, their devices and the server with random operations, and the model beside them. Everything random
/// comes from the seed. Throws std::runtime_error at the first difference.
class Driver {
 public:
  Driver(unsigned seed, const std::vector<std::string>& settings);

  void run(long steps);
  /// Every device's live view, its view after a reconnection, the history and the list of conversations of everybody
  /// are those of the model.
  void compare();
  long steps() const { return step_; }
  /// The last operations, oldest first.
  std::string trace() const;

 private:
  void step();
  void note(const std::string& what);
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }
  Device& any_device();
  Device& connected_device();
  Conversation& any_conversation();
  /// nullptr: nothing was said there.
  Message* any_message(Conversation& conversation);

  void expect(const std::string& error, const std::string& wanted, const std::string& what) const;
  void add(const std::string& conversation, const std::string& sender, const std::string& text,
           const nlohmann::json& ack);
  void say();
  void say_over_rest();
  void burst();
  void edit();
  void recall();
  void react();
  void remove();
  void read();
  void block();
  void come_or_go();
  void drop();
  void crash();
  void crash_while_editing();
  void restart();
  void take_notice(Conversation& group);

  std::string live_difference(Device& device) const;
  void compare_live(Device& device) const;
  void compare_history(Device& device) const;
  void compare_list(Device& device) const;

  std::mt19937 random_;
  ServerProcess server_;
  Model model_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::map<std::string, std::size_t> owners_;       // device of the owner, by group
  std::map<std::string, std::string> codes_;        // of the groups' links
  std::map<std::string, std::string> group_ids_;    // by conversation
  std::vector<std::string> conversations_, users_;  // in the order in which they were made
  std::vector<std::string> trace_;
  long step_ = 0, sent_ = 0;
};

}  // namespace netherlink::test::model
