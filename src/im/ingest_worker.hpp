#pragma once

#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "im/command.hpp"
#include "im/group_sizes.hpp"
#include "im/lru.hpp"
#include "im/push_router.hpp"
#include "netherlink/bus/bus.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::im::search {
class Indexer;
}

namespace netherlink::im {

/// The one writer of its partitions: takes what waits, gives ids and (through the store) seq, commits in ONE
/// transaction, fills the hot cache, pushes, and only then acknowledges the bus. Fenced off, it commits nothing and
/// gives everything back to the bus. Runs a thread of its own from start() to stop().
class IngestWorker {
 public:
  struct Dependencies {
    bus::IngestQueue& queue;
    PushRouter& push;
    cache::HotMessages& hot;
    MessageStore& store;
    ChangeLimits limits;
    GroupSizes& sizes;
    search::Indexer* indexer = nullptr;  // is told what was committed
  };

  explicit IngestWorker(Dependencies dependencies);
  ~IngestWorker() { stop(); }
  IngestWorker(const IngestWorker&) = delete;
  IngestWorker& operator=(const IngestWorker&) = delete;

  void start();
  /// Commits and pushes what was published before, then ends. Idempotent.
  void stop();

 private:
  class Batch;

  void run();
  /// False: none of it is done.
  bool process(const std::vector<bus::IngestDelivery>& deliveries);
  core::result<MessageStore::Append> commit(Batch& batch);
  core::result<void> load_leases(Batch& batch);
  core::result<void> load_heads(Batch& batch);
  const Head* known_head(const AppendBatch::Conversation& conversation);
  void forget(const Batch& batch);
  void tell_indexer(const Batch& batch);
  void remember(const Batch& batch);
  void fill_cache(const Batch& batch);
  void note_doubtful(const Batch& batch);
  void tell_doubtful();

  struct KnownHead {
    Head head;
    std::int64_t epoch = 0;  // of the partition's lease: under another one, somebody else may have written
  };

  Dependencies deps_;
  std::unique_ptr<bus::IngestConsumer> consumer_;
  std::unordered_map<std::size_t, PartitionLease> leases_;
  Lru<std::string, KnownHead> heads_;
  /// Conversations whose commit may or may not have happened, with their heads before.
  std::unordered_map<std::string, Head> doubtful_;
  std::thread thread_;
};

}  // namespace netherlink::im
