#include <algorithm>

#include "gateway/ws/fan_out.hpp"
#include "gateway/ws/hub.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr im::Seq repair_page = 500;  // messages read at once

bool is_contiguous(std::span<const im::Message> messages) {
  const auto hole = std::adjacent_find(messages.begin(), messages.end(),
                                       [](const im::Message& a, const im::Message& b) { return b.seq != a.seq + 1; });
  return !messages.empty() && hole == messages.end();
}

}  // namespace

/// Made on the store pool; the run is completed with `own` on the I/O thread before it is handed out.
struct FanOut::Repaired {
  std::vector<im::Message> messages;
  std::shared_ptr<Run> run;  // nullptr: the store could not answer
};

void FanOut::catch_up(Topic& topic, im::Seq from, im::Seq last_seq) {
  // Of one nobody heard of, only the newest: the rest is history.
  if (topic.last_seq == Topic::from_first_run) topic.last_seq = std::max(from, last_seq - repair_page + 1) - 1;
  topic.newest = std::max(topic.newest, last_seq);
  if (!topic.holding() && topic.last_seq < topic.newest) start_repair(topic);
}

/// Reads what is missing behind last_seq. The topic holds everything until it is there.
void FanOut::start_repair(Topic& topic) {
  topic.repairing = true;
  const im::Seq from = topic.last_seq + 1;
  const auto behind =
      std::find_if(topic.held.begin(), topic.held.end(), [](const RunPtr& run) { return run->count() != 0; });
  const im::Seq gap_end = behind != topic.held.end() ? (*behind)->first - 1 : topic.newest;
  const im::Seq to = std::min(gap_end, from + repair_page - 1);
  hub_.context().metrics.gap_repairs.add();
  log::info("repairing a gap", {{"conversation", topic.id.text}, {"from_seq", from}, {"to_seq", to}});

  const bool accepted = hub_.run_on_store([this, id = topic.id, from, to]() -> std::function<void()> {
    auto repaired = std::make_shared<Repaired>();
    auto messages = hub_.context().chat.repair(id, from, to);
    if (messages && is_contiguous(*messages) && messages->front().seq == from) {
      repaired->messages = std::move(*messages);
      repaired->run = encode_repair(id, repaired->messages);
    }
    return [this, id, repaired] { on_repaired(id, repaired); };
  });
  if (!accepted) retry_later(topic.id);
}

void FanOut::on_repaired(const im::ConversationId& id, const std::shared_ptr<Repaired>& repaired) {
  Topic* const topic = hub_.topics().find(id.text);
  if (topic == nullptr || !topic->repairing) return;
  if (repaired->run == nullptr) return retry_later(id);
  // The topic was forgotten and found again meanwhile: another repair is under way for it.
  if (repaired->run->first != topic->last_seq + 1) return;
  topic->repairing = false;
  find_own(*repaired->run, repaired->messages);
  const RunPtr run(repaired, repaired->run.get());  // keeps the messages too
  hand_out(*topic, run);
  topic->last_seq = run->last();
  go_on(*topic);
}

/// What the store tells does not name its origin: the sender's open requests do.
void FanOut::find_own(Run& run, std::span<const im::Message> messages) {
  const std::size_t conversation = std::hash<std::string>{}(run.id.text);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    for (Session* const session : hub_.sessions_of(messages[i].sender_id)) {
      const auto number = session->requests().find(messages[i].client_msg_id, conversation);
      if (!number) continue;
      run.own.push_back({static_cast<std::uint32_t>(i), {session->connection(), *number}, &messages[i]});
      break;
    }
  }
}

void FanOut::retry_later(const im::ConversationId& id) {
  to_retry_.push_back(id.text);
  if (!armed()) hub_.thread().wheel().arm(*this, hub_.context().settings.repair_retry);
}

void FanOut::on_timer() {
  hub_.begin_handler();
  for (const auto& id : std::exchange(to_retry_, {})) {
    if (Topic* const topic = hub_.topics().find(id); topic != nullptr && topic->repairing) start_repair(*topic);
  }
}

void FanOut::revoke(std::span<const core::SessionId> sessions) {
  for (const auto id : sessions) {
    // close() takes the session out of the index that is being read.
    for (Session* const session : hub_.sockets_of(id)) session->close(close_code::session_revoked);
  }
}

}  // namespace netherlink::gateway::ws
