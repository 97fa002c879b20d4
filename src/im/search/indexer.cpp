#include "im/search/indexer.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <random>

#include "im/search/text.hpp"
#include "netherlink/id/snowflake.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::im::search {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t texts_per_step = 500;
// Ingest of an embedded store waits while a transaction writes, so each is as large as takes about so long here and
// now.
constexpr auto longest_write = 8ms, shortest_write = 4ms;
constexpr std::size_t fewest_entries = 200, most_entries = 3000;
constexpr auto gathering = 150ms;  // so that one transaction takes the messages of a moment
constexpr auto patrol_interval = 2s;
constexpr auto failure_rest = 2s, longest_rest = 2s;
constexpr int rest_factor = 3;
constexpr std::size_t busy_depth = 500;  // commands that wait

struct Instruments {
  metrics::Counter& messages =
      metrics::counter("netherlink_search_messages_indexed_total", "Text messages that search can find");
  metrics::Counter& tokens =
      metrics::counter("netherlink_search_tokens_written_total", "Words of messages written to the search index");
  metrics::Gauge& lag = metrics::gauge("netherlink_search_lag_seconds",
                                       "Time between the newest message of the "
                                       "partition that is furthest behind and the "
                                       "newest that search can find");
};

Instruments& instruments() {
  static Instruments all;
  return all;
}

void measure_lag(std::span<const SearchIndex::Progress> all) {
  Timestamp worst = 0;
  for (const auto& progress : all) {
    if (progress.indexed >= progress.written) continue;
    const auto indexed = progress.indexed == 0 ? id::epoch_ms : id::time_of(progress.indexed);
    worst = std::max(worst, id::time_of(progress.written) - indexed);
  }
  instruments().lag.set(static_cast<double>(worst) / 1000);
}

}  // namespace

void Indexer::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "search");
}

void Indexer::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool Indexer::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Indexer::committed(std::size_t partition, MessageId before, MessageId first, MessageId last) {
  {
    const std::lock_guard lock(mutex_);
    const auto [known, added] = fresh_.try_emplace(partition, Fresh{before, first, last});
    if (!added) {
      // With a hole in between, somebody else wrote there: then nothing is known of what lies before.
      if (known->second.last != before) known->second = {before, first, last};
      known->second.first = std::min(known->second.first, first);  // what came before may all have been duplicates
      known->second.last = last;
    }
  }
  wake_.notify_all();
}

void Indexer::run() {
  while (!stopping()) {
    wait_for_work();
    work();
  }
}

void Indexer::wait_for_work() {
  std::unique_lock lock(mutex_);
  if (wake_.wait_until(lock, next_patrol_, [&] { return stopping_ || !fresh_.empty(); })) {
    wake_.wait_for(lock, gathering, [&] { return stopping_; });
  }
}

bool Indexer::is_patrol() {
  if (Clock::now() < next_patrol_) return false;
  // Replicas do not look all at once.
  thread_local std::minstd_rand random(std::random_device{}());
  next_patrol_ = Clock::now() + patrol_interval + std::chrono::milliseconds(random() % 1000);
  return true;
}

void Indexer::work() {
  while (!stopping()) {
    const auto begun = Clock::now();
    const auto all = deps_.index.progress();
    bool done = false;
    if (all) {
      measure_lag(*all);
      const auto chosen = choose(*all);
      if (chosen.empty()) return;
      std::map<std::size_t, std::vector<Progress>> by_shard;
      for (const auto& progress : chosen) by_shard[progress.shard].push_back(progress);
      done = std::ranges::all_of(by_shard, [&](const auto& shard) { return step(shard.second); });
    }
    rest(done ? Clock::now() - begun : failure_rest / rest_factor);
    if (!done) return;
  }
}

std::vector<SearchIndex::Progress> Indexer::choose(std::span<const Progress> all) {
  const bool patrol = is_patrol();
  std::vector<Progress> chosen;
  const std::lock_guard lock(mutex_);
  std::map<std::size_t, MessageId> behind;
  for (const auto& progress : all) {
    const auto partition = progress.partition;
    if (progress.indexed >= progress.written) {
      ours_.erase(partition);
      const auto fresh = fresh_.find(partition);
      if (fresh != fresh_.end() && fresh->second.last <= progress.indexed) fresh_.erase(fresh);
      continue;
    }
    behind.emplace(partition, progress.indexed);
    const auto seen = seen_.find(partition);
    const bool left_alone = patrol && seen != seen_.end() && seen->second == progress.indexed;
    if (left_alone || fresh_.contains(partition)) ours_.insert(partition);
    if (ours_.contains(partition)) chosen.push_back(progress);
  }
  if (patrol) seen_ = std::move(behind);
  return chosen;
}

MessageId Indexer::begin_of(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  const auto found = fresh_.find(progress.partition);
  if (found == fresh_.end()) return progress.indexed;
  const auto& fresh = found->second;
  const bool nothing_before = progress.indexed >= fresh.before && progress.indexed < fresh.first;
  return nothing_before ? fresh.first - 1 : progress.indexed;
}

/// Fills `entries`; answers up to which id everything of the partitions is among them.
MessageId Indexer::gather(std::span<const Progress> partitions, std::span<const SearchIndex::Text> texts,
                          std::size_t limit, MessageId up_to, std::vector<SearchIndex::Entry>& entries) const {
  double messages = 0;
  MessageId reached = texts.size() < limit ? up_to : texts.back().id;
  for (const auto& text : texts) {
    if (entries.size() >= entries_per_step_) {
      reached = text.id - 1;
      break;
    }
    if (text.content.empty()) continue;
    const auto partition = static_cast<std::size_t>(id::machine_of(text.id));
    const auto wanted = std::ranges::find(partitions, partition, &Progress::partition);
    if (wanted == partitions.end() || text.id <= wanted->indexed || text.id > wanted->written) continue;
    for (auto& token : tokens_of(text.content, deps_.message_tokens)) {
      entries.push_back({text.conversation, std::move(token), text.id});
    }
    ++messages;
  }
  instruments().messages.add(messages);
  return reached;
}

bool Indexer::step(std::span<const Progress> partitions) {
  MessageId from = std::numeric_limits<MessageId>::max(), to = 0;
  for (const auto& progress : partitions) {
    from = std::min(from, begin_of(progress));
    to = std::max(to, progress.written);
  }
  auto texts = deps_.index.texts(partitions.front().shard, from, to, texts_per_step);
  if (!texts) return false;
  std::vector<SearchIndex::Entry> entries;
  const auto reached = gather(partitions, *texts, texts_per_step, to, entries);
  std::ranges::sort(entries);

  std::vector<Progress> moved;
  std::vector<MessageId> after;
  for (const auto& progress : partitions) {
    const auto now = std::min(progress.written, std::max(progress.indexed, reached));
    if (now == progress.indexed) continue;
    moved.push_back(progress);
    after.push_back(now);
  }
  if (moved.empty()) return true;
  const auto begun = Clock::now();
  const auto added = deps_.index.add(moved, after, entries);
  if (!added) return false;
  adapt_step(Clock::now() - begun, entries.size());
  if (*added) {
    instruments().tokens.add(static_cast<double>(entries.size()));
    return true;
  }
  // Another replica does the same: whichever goes on, what is left alone is taken up again.
  const std::lock_guard lock(mutex_);
  for (const auto& progress : moved) {
    ours_.erase(progress.partition);
    fresh_.erase(progress.partition);
  }
  return true;
}

void Indexer::adapt_step(Clock::duration took, std::size_t entries) {
  if (took > longest_write) {
    entries_per_step_ = std::max(fewest_entries, entries_per_step_ / 2);
  } else if (took < shortest_write && entries >= entries_per_step_) {
    entries_per_step_ = std::min(most_entries, entries_per_step_ * 3 / 2);
  }
}

void Indexer::rest(Clock::duration worked) {
  const auto duration = std::clamp<Clock::duration>(worked * rest_factor, 1ms, longest_rest);
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, duration, [&] { return stopping_; });
  for (auto waited = 0ms; !stopping_ && deps_.queue.depth() > busy_depth && waited < longest_rest; waited += 50ms) {
    wake_.wait_for(lock, 50ms, [&] { return stopping_; });
  }
}

}  // namespace netherlink::im::search
