#include <algorithm>

#include "gateway/ws/fan_out.hpp"
#include "gateway/ws/hub.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr im::Seq repair_page = 500;      // messages read at once
constexpr std::size_t update_page = 200;  // changed ones

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
  im::Seq from = 0;          // what was asked for
  std::optional<std::int64_t> after_revision;
};

void FanOut::catch_up(Topic& topic, im::Seq from, im::Seq last_seq) {
  // Of one nobody heard of, only the newest: the rest is history.
  if (topic.last_seq == Topic::from_first_run) topic.last_seq = std::max(from, last_seq - repair_page + 1) - 1;
  topic.newest = std::max(topic.newest, last_seq);
  if (!topic.holding() && topic.last_seq < topic.newest) start_repair(topic);
}

void FanOut::catch_up_changes(Topic& topic, std::int64_t revision) {
  if (topic.last_revision < 0 && topic.last_seq != Topic::from_head) topic.last_revision = revision;
  topic.newest_revision = std::max(topic.newest_revision, revision);
  if (!topic.holding() && topic.last_seq >= 0 && topic.behind()) start_repair(topic);
}

/// Reads what is missing behind last_seq and last_revision. The topic holds everything until it is there.
void FanOut::start_repair(Topic& topic) {
  topic.repairing = true;
  const im::Seq from = topic.last_seq + 1;
  const auto behind = std::find_if(topic.held.begin(), topic.held.end(),
                                   [&](const RunPtr& run) { return run->count() != 0 && run->last() >= from; });
  const im::Seq gap_end = behind != topic.held.end() ? (*behind)->first - 1 : topic.newest;
  const im::Seq to = std::min(gap_end, from + repair_page - 1);
  std::optional<std::int64_t> after_revision;
  if (topic.last_revision < topic.newest_revision) after_revision = topic.last_revision;
  hub_.context().metrics.gap_repairs.add();
  log::info("repairing a gap", {{"conversation", topic.id.text},
                                {"from_seq", from},
                                {"to_seq", to},
                                {"after_revision", after_revision.value_or(topic.last_revision)}});

  const bool accepted = hub_.run_on_store([this, id = topic.id, from, to, after_revision]() -> std::function<void()> {
    auto repaired = std::make_shared<Repaired>(read_gap(id, from, to, after_revision));
    return [this, id, repaired] { on_repaired(id, repaired); };
  });
  if (!accepted) retry_later(topic.id);
}

/// On the store pool. Nobody hears of a change before the message: one that is changed and was not handed out yet is
/// read too, behind the changes, so that it is not older than they are.
FanOut::Repaired FanOut::read_gap(const im::ConversationId& id, im::Seq from, im::Seq to,
                                  std::optional<std::int64_t> after_revision) {
  Repaired repaired{.messages = {}, .run = nullptr, .from = from, .after_revision = after_revision};
  std::vector<im::UpdatedMessage> updates;
  if (after_revision) {
    auto changed = hub_.context().chat.repair_changes(id, *after_revision, update_page);
    if (!changed) return repaired;
    updates = std::move(*changed);
  }
  for (const auto& update : updates) to = std::max(to, std::min(update.message.seq, from + repair_page - 1));
  if (to >= from) {
    auto messages = hub_.context().chat.repair(id, from, to);
    if (!messages || !is_contiguous(*messages) || messages->front().seq != from) return repaired;
    repaired.messages = std::move(*messages);
  }
  const im::Seq known = repaired.messages.empty() ? from - 1 : repaired.messages.back().seq;
  const auto unknown = std::ranges::find_if(updates, [&](const auto& update) { return update.message.seq > known; });
  updates.erase(unknown, updates.end());
  if (!repaired.messages.empty() || !updates.empty()) repaired.run = encode_repair(id, repaired.messages, updates);
  return repaired;
}

void FanOut::on_repaired(const im::ConversationId& id, const std::shared_ptr<Repaired>& repaired) {
  Topic* const topic = hub_.topics().find(id.text);
  if (topic == nullptr || !topic->repairing) return;
  if (repaired->run == nullptr) return retry_later(id);
  // The topic was forgotten and found again meanwhile: another repair is under way for it.
  const bool same = repaired->from == topic->last_seq + 1 &&
                    (!repaired->after_revision || *repaired->after_revision == topic->last_revision);
  if (!same) return;
  topic->repairing = false;
  find_own(*repaired->run, repaired->messages);
  repaired->run->revision_before = topic->last_revision;
  const RunPtr run(repaired, repaired->run.get());  // keeps the messages too
  if (run->count() != 0) {
    hand_out(*topic, run);
    topic->last_seq = run->last();
  }
  hand_out_updates(*topic, run);
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

void FanOut::send_repaired(Session& session, const std::shared_ptr<Run>& run, std::span<const im::Message> messages) {
  find_own(*run, messages);
  delivered_ += send_around_own(session, *run, ChunkRef(new Chunk(run, run->frames)), 0);
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
