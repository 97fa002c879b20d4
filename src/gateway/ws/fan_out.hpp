#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/net/timing_wheel.hpp"
#include "gateway/ws/out_queue.hpp"
#include "gateway/ws/push.hpp"
#include "gateway/ws/topics.hpp"

namespace netherlink::gateway::ws {

class Hub;
struct Attachment;

/// Takes pushes to the sessions of one I/O thread: each conversation in order of seq, without holes and without
/// anything twice, whatever comes late, again, or not at all (docs/protocol.md, guarantee 2). Only ever appends to
/// queues.
class FanOut final : private WheelTimer {
 public:
  explicit FanOut(Hub& hub) : hub_(hub) {}

  void take(const Push& push);

  /// The head of a topic that waited for one: what it held goes on behind it.
  void set_baseline(Topic& topic, const im::Head& head);
  /// The session that was reading the topic's head is gone: the first run that waits stands for it.
  void forget_head(Topic& topic);
  /// The store has messages up to `last_seq`: what was not handed out is read. A conversation of which nothing was
  /// heard begins at `from`.
  void catch_up(Topic& topic, im::Seq from, im::Seq last_seq);
  /// The same for changes, up to that revision.
  void catch_up_changes(Topic& topic, std::int64_t revision);
  /// What came while the session was attaching, behind its welcome.
  void release(Session& session, const Attachment& attachment);
  /// What went out in shards (Shards), to one of the subscribers.
  void give(const Subscriber& subscriber, const Spread::Part& part);
  /// Of the messages that were handed out.
  void count_deliveries();
  /// What the store had for this session alone (`run` is made of `messages`): acks stand for what it sent itself.
  void send_repaired(Session& session, const std::shared_ptr<Run>& run, std::span<const im::Message> messages);

 private:
  struct Repaired;

  void on_run(const RunPtr& run);
  Topic* join_single(const Run& run, Topic* topic);
  void take_in_order(Topic& topic, const RunPtr& run);
  void hold(Topic& topic, const RunPtr& run);
  void go_on(Topic& topic);

  void hand_out(Topic& topic, const RunPtr& run);
  using PushTo = void (Session::*)(const ChunkRef& chunk, std::size_t begin, std::size_t end);
  void give_messages(const Subscriber& subscriber, const RunPtr& run, const ChunkRef& chunk, std::size_t seen,
                     std::uint32_t mark, PushTo push);
  void give_to_senders(Topic& topic, const Run& run, std::uint32_t mark);
  std::uint32_t mark_own(const Run& run, std::size_t begin);
  std::size_t send_around_own(Session& session, const Run& run, const ChunkRef& chunk, std::size_t begin);
  bool acknowledge(Session& session, const Run::Own& own, bool duplicate);
  void acknowledge_rest(const Run& run, std::size_t begin, std::size_t end, std::uint32_t mark, bool duplicate);

  void hand_out_updates(Topic& topic, const RunPtr& run);
  static void give_updates(const Subscriber& subscriber, const RunPtr& run, const ChunkRef& chunk, std::size_t first,
                           std::int64_t after);
  static void send_updates(Session& session, const Run& run, const ChunkRef& chunk, std::int64_t after_revision);
  void send_deletions(const RunPtr& run, Topic* topic);
  void send_receipts(const RunPtr& run, Topic* topic);
  void send_receipts_to(Session& session, const Run& run, const ChunkRef& chunk) const;
  void tell(const std::shared_ptr<const EncodedEvent>& encoded);
  void tell_conversation(std::string_view id, const std::shared_ptr<const EncodedEvent>& encoded, ChunkRef chunk);
  static void give_event(const Subscriber& subscriber, const EncodedEvent& encoded, const ChunkRef& chunk);
  void answer(const im::DirectReply& reply);
  void revoke(std::span<const core::SessionId> sessions);

  void start_repair(Topic& topic);
  Repaired read_gap(const im::ConversationId& id, im::Seq from, im::Seq to, std::optional<std::int64_t> after_revision);
  void on_repaired(const im::ConversationId& id, const std::shared_ptr<Repaired>& repaired);
  void find_own(Run& run, std::span<const im::Message> messages);
  void retry_later(const im::ConversationId& id);
  void on_timer() override;

  Hub& hub_;
  std::uint32_t last_mark_ = 0;
  std::size_t delivered_ = 0;          // since the metric was told
  std::vector<std::string> to_retry_;  // conversations whose repair failed
};

}  // namespace netherlink::gateway::ws
