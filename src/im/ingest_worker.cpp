#include "im/ingest_worker.hpp"

#include <pthread.h>

#include <chrono>
#include <exception>

#include "im/ingest_batch.hpp"
#include "im/search/indexer.hpp"
#include "im/wire.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::im {
namespace {

using namespace std::chrono_literals;

// One transaction: large enough that its fsync costs little per message, small enough that it takes few milliseconds.
constexpr std::size_t batch_bytes = std::size_t{1} << 20;
constexpr std::size_t known_heads = 200'000;
constexpr std::size_t most_doubtful = 10'000;
constexpr auto retry_after = 1000ms;

struct Instruments {
  metrics::Histogram& batch_size =
      metrics::histogram("netherlink_ingest_batch_size", "Messages of one transaction", metrics::size_bounds());
  metrics::Histogram& commit_seconds =
      metrics::histogram("netherlink_ingest_commit_seconds", "Time of one transaction", metrics::latency_bounds());
  metrics::Counter& duplicates =
      metrics::counter("netherlink_messages_duplicate_total", "Messages that were stored before");
  metrics::Gauge& depth = metrics::gauge("netherlink_ingest_queue_depth", "Commands that wait to be ingested");
  metrics::Counter& single = committed("single");
  metrics::Counter& group = committed("group");
  metrics::Counter& room = committed("room");
  metrics::Counter& world = committed("world");

  static metrics::Counter& committed(std::string_view kind) {
    return metrics::counter("netherlink_messages_committed_total", "Messages committed to the store", {{"kind", kind}});
  }

  void count(const PushEnvelope& envelope) {
    for (const auto& events : envelope.conversations) {
      metrics::Counter* const counters[]{&single, &group, &room, &world};
      counters[static_cast<std::size_t>(events.id.kind)]->add(static_cast<double>(events.messages.size()));
    }
    for (const auto& reply : envelope.replies) {
      if (reply.duplicate) duplicates.add();
    }
  }
};

Instruments& instruments() {
  static Instruments all;
  return all;
}

}  // namespace

IngestWorker::IngestWorker(Dependencies dependencies) : deps_(dependencies), heads_(known_heads) {}

void IngestWorker::start() {
  consumer_ = deps_.queue.consume();
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "ingest");
}

void IngestWorker::stop() {
  if (!thread_.joinable()) return;
  consumer_->stop();
  thread_.join();
}

void IngestWorker::run() {
  while (!consumer_->stopped_and_empty()) {
    const auto deliveries = consumer_->take(batch_bytes, 1s);
    instruments().depth.set(static_cast<double>(deps_.queue.depth()));
    if (!deliveries.empty()) {
      if (process(deliveries)) {
        consumer_->ack(deliveries.back().tag);
      } else {
        consumer_->give_back();
      }
    }
    if (!doubtful_.empty()) tell_doubtful();
  }
}

bool IngestWorker::process(const std::vector<bus::IngestDelivery>& deliveries) {
  std::vector<Command> commands;
  bool redelivered = false;
  for (const auto& delivery : deliveries) {
    redelivered = redelivered || delivery.redelivered;
    if (!wire::decode_commands(*delivery.payload, commands)) {
      log::error("ingest payload not understood",
                 {{"partition", delivery.partition}, {"bytes", delivery.payload->size()}});
    }
  }
  Batch batch(std::move(commands), deps_.queue.partitions());
  if (batch.empty()) return true;

  auto appended = commit(batch);
  // The store may have lost its connection, or heads were stale: once more with those of the store. The first attempt
  // may have succeeded all the same, and nobody heard of it.
  if (!appended) {
    redelivered = true;
    appended = commit(batch);
  }
  if (!appended) {
    log::error("messages not stored", {{"messages", batch.messages()}, {"reason", appended.error().code().name}});
    note_doubtful(batch);
    deps_.push.publish(batch.refusal(core::Error(errors::server_unavailable, retry_after)));
    return true;
  }
  if (*appended == MessageStore::Append::fenced) {
    log::warn("partitions have another owner", {{"messages", batch.messages()}});
    return false;
  }
  tell_indexer(batch);
  remember(batch);
  fill_cache(batch);
  auto envelope = batch.take_outcome(redelivered);
  for (auto& events : envelope.conversations) {
    events.own_receipts = !events.receipts.empty() && deps_.sizes.is_large(events.id);
  }
  instruments().count(envelope);
  deps_.push.publish(envelope);
  return true;
}

core::result<MessageStore::Append> IngestWorker::commit(Batch& batch) {
  if (auto loaded = load_leases(batch); !loaded) return loaded.error();
  if (auto loaded = load_heads(batch); !loaded) return loaded.error();
  const auto now = core::now_ms();
  batch.mint(now);
  if (auto planned = batch.plan_changes(deps_.store, deps_.limits, now); !planned) return planned.error();
  // What is about to change must not be read from the cache once it is committed: until then it is read from the store.
  static const auto nothing = std::make_shared<const std::string>();
  batch.for_each_changed(
      [&](const std::string& id, const Message& message) { deps_.hot.replace(id, message.seq, nothing); });
  const auto begun = std::chrono::steady_clock::now();
  auto appended = deps_.store.append(batch.append());
  if (!appended || *appended == MessageStore::Append::fenced) {
    forget(batch);
    return appended;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  instruments().commit_seconds.observe(took.count());
  instruments().batch_size.observe(static_cast<double>(batch.messages()));
  return appended;
}

core::result<void> IngestWorker::load_leases(Batch& batch) {
  for (auto& lease : batch.append().leases) {
    auto held = leases_.find(lease.partition);
    if (held == leases_.end()) {
      auto acquired = deps_.store.acquire(lease.partition);
      if (!acquired) return acquired.error();
      held = leases_.emplace(lease.partition, *acquired).first;
    }
    lease = held->second;
  }
  return {};
}

core::result<void> IngestWorker::load_heads(Batch& batch) {
  std::vector<std::string> missing;
  std::vector<AppendBatch::Conversation*> targets;
  for (auto& conversation : batch.append().conversations) {
    if (const auto* head = known_head(conversation)) {
      conversation.head = *head;
    } else {
      missing.push_back(conversation.id);
      targets.push_back(&conversation);
    }
  }
  if (missing.empty()) return {};
  const auto loaded = deps_.store.heads(missing);
  if (!loaded) return loaded.error();
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i]->head = (*loaded)[i];
  return {};
}

const Head* IngestWorker::known_head(const AppendBatch::Conversation& conversation) {
  const auto* known = heads_.find(conversation.id);
  const auto lease = leases_.find(conversation.partition);
  const bool current = known != nullptr && lease != leases_.end() && known->epoch == lease->second.epoch;
  return current ? &known->head : nullptr;
}

void IngestWorker::forget(const Batch& batch) {
  for (const auto& lease : batch.append().leases) leases_.erase(lease.partition);
  for (const auto& conversation : batch.append().conversations) heads_.erase(conversation.id);
}

/// Before remember(): `leases_` still says how far the partitions were.
void IngestWorker::tell_indexer(const Batch& batch) {
  if (deps_.indexer == nullptr) return;
  for (const auto& lease : batch.append().leases) {
    const auto before = leases_.at(lease.partition).last_id;
    if (lease.last_id > before)
      deps_.indexer->committed(lease.partition, before, batch.first_id(lease.partition), lease.last_id);
  }
}

void IngestWorker::remember(const Batch& batch) {
  for (const auto& lease : batch.append().leases) leases_[lease.partition] = lease;
  for (const auto& conversation : batch.append().conversations) {
    heads_.put(conversation.id, {conversation.head, leases_.at(conversation.partition).epoch});
  }
}

void IngestWorker::fill_cache(const Batch& batch) {
  std::vector<cache::HotEntry> run;
  for (const auto& conversation : batch.append().conversations) {
    run.clear();
    for (std::size_t i = 0; i < conversation.messages.size(); ++i) {
      if (conversation.duplicate[i]) continue;
      const auto& message = conversation.messages[i];
      run.push_back({message.seq, std::make_shared<const std::string>(wire::encode_message(message))});
    }
    deps_.hot.append(conversation.id, run);
  }
  batch.for_each_changed([&](const std::string& id, const Message& message) {
    deps_.hot.replace(id, message.seq, std::make_shared<const std::string>(wire::encode_message(message)));
  });
}

void IngestWorker::note_doubtful(const Batch& batch) {
  for (const auto& conversation : batch.append().conversations) {
    if (doubtful_.size() < most_doubtful) doubtful_.try_emplace(conversation.id, conversation.head);
  }
}

/// A commit whose answer was lost may have happened: nobody was told of its messages. Readers who are behind find out.
void IngestWorker::tell_doubtful() {
  std::vector<std::string> ids;
  for (const auto& [id, head] : doubtful_) ids.push_back(id);
  const auto heads = deps_.store.heads(ids);
  if (!heads) return;  // the store is still away
  PushEnvelope envelope;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Head &before = doubtful_.at(ids[i]), &now = (*heads)[i];
    if (now.last_seq <= before.last_seq && now.revision <= before.revision) continue;
    ConversationEvents events;
    events.id = *ConversationId::parse(ids[i]);
    events.seq_before = before.last_seq;
    events.revision_before = now.revision;
    if (now.last_seq > before.last_seq) {
      events.missed_from = before.last_seq + 1;
      events.missed_to = now.last_seq;
    }
    envelope.conversations.push_back(std::move(events));
  }
  doubtful_.clear();
  if (!envelope.conversations.empty()) deps_.push.publish(envelope);
}

}  // namespace netherlink::im
