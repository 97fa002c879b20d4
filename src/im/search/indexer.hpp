#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "netherlink/bus/bus.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::im::search {

/// Writes down which messages have which words, behind the message path and never in its way: in small transactions,
/// resting three times as long as it worked, and longer while commands wait. What it has not done yet is what lies
/// between search_progress and the high-water mark of each partition, so a crash costs nothing, and messages from
/// before it was switched on are found, too. Each replica does the partitions that it writes, and those which nobody
/// brings on; two that do the same do no harm. Runs a thread of its own from start() to stop().
class Indexer {
 public:
  struct Dependencies {
    SearchIndex& index;
    bus::IngestQueue& queue;
    std::size_t message_tokens;
  };

  explicit Indexer(Dependencies dependencies) : deps_(dependencies) {}
  ~Indexer() { stop(); }
  Indexer(const Indexer&) = delete;
  Indexer& operator=(const Indexer&) = delete;

  void start();
  /// Ends after the transaction that is under way.
  void stop();

  /// This replica has committed messages of a partition: its ids went from `before` to `last`, and the first of the new
  /// messages is `first`, or beyond `last` when all were duplicates. Any thread, never waits.
  void committed(std::size_t partition, MessageId before, MessageId first, MessageId last);

 private:
  using Progress = SearchIndex::Progress;
  /// There is nothing between before and first.
  struct Fresh {
    MessageId before = 0, first = 0, last = 0;
  };

  void run();
  /// For news, or until it is time to look after what others left.
  void wait_for_work();
  void work();
  /// Those that are behind and ours.
  std::vector<Progress> choose(std::span<const Progress> all);
  /// Whether to look after what others left.
  bool is_patrol();
  /// One transaction. False: it failed.
  bool step(std::span<const Progress> partitions);
  MessageId begin_of(const Progress& progress);
  MessageId gather(std::span<const Progress> partitions, std::span<const SearchIndex::Text> texts, std::size_t limit,
                   MessageId up_to, std::vector<SearchIndex::Entry>& entries) const;
  void adapt_step(std::chrono::steady_clock::duration took, std::size_t entries);
  void rest(std::chrono::steady_clock::duration worked);
  bool stopping();

  Dependencies deps_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::map<std::size_t, Fresh> fresh_;  // by partition

  // Of the thread.
  std::size_t entries_per_step_ = 500;
  std::chrono::steady_clock::time_point next_patrol_;
  std::map<std::size_t, MessageId> seen_;  // how far those were at the last patrol that were behind
  std::set<std::size_t> ours_;             // brought on until they are level
  std::thread thread_;
};

}  // namespace netherlink::im::search
