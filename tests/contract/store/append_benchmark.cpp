#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

#include "batches.hpp"
#include "netherlink/log/log.hpp"

// Not run by default: contract_store "[.bench]". NETHERLINK_BENCH="rows batch conversations spread" changes the sizes;
// spread: how many conversations exist, of which each batch takes the next ones.

namespace netherlink::store::testing {
namespace {

struct Sizes {
  long rows = 200'000, batch = 1000, conversations = 200, spread = 200;

  Sizes() {
    if (const char* text = std::getenv("NETHERLINK_BENCH")) {
      std::sscanf(text, "%ld %ld %ld %ld", &rows, &batch, &conversations, &spread);
    }
  }
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string random_id(std::mt19937_64& random) {
  char text[37];
  std::snprintf(text, sizeof text, "%08lx-0000-4000-%04lx-%012lx", random() & 0xffffffff, random() & 0xffff,
                random() & 0xffffffffffff);
  return text;
}

class Load {
 public:
  Load(im::MessageStore& store, const Sizes& sizes)
      : owner_(store, 0), sizes_(sizes), heads_(static_cast<std::size_t>(sizes.spread)) {}

  im::AppendBatch batch() {
    std::vector<Conversation> conversations;
    for (long c = 0; c < sizes_.conversations; ++c, ++next_) {
      const long number = next_ % sizes_.spread;
      const im::UserId first = 300'000'000'000'000 + number * 7, second = first + 1;
      Conversation made;
      made.id = "single_" + std::to_string(first) + "_" + std::to_string(second);
      made.head = heads_[static_cast<std::size_t>(number)];
      for (long m = 0; m < sizes_.batch / sizes_.conversations; ++m) {
        made.messages.push_back(owner_.message(m % 2 ? first : second, random_id(random_), std::string(100, 'x')));
      }
      conversations.push_back(std::move(made));
    }
    return owner_.batch(std::move(conversations));
  }

  void committed(const im::AppendBatch& batch) {
    long number = next_ - sizes_.conversations;
    for (const auto& conversation : batch.conversations) {
      heads_[static_cast<std::size_t>(number++ % sizes_.spread)] = conversation.head;
    }
  }

 private:
  Owner owner_;
  Sizes sizes_;
  std::vector<im::Head> heads_;
  std::mt19937_64 random_{1};
  long next_ = 0;
};

TEMPLATE_LIST_TEST_CASE("appending, measured", "[.bench]", Engines) {
  log::set_level(log::Level::warn);
  TestType database;
  const Sizes sizes;
  Load load(database->messages(), sizes);
  std::vector<double> milliseconds;
  double cpu = 0, wall = 0;
  for (long done = 0; done < sizes.rows; done += sizes.batch) {
    auto batch = load.batch();
    const auto cpu_begun = cpu_seconds();
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(must(database->messages().append(batch)) == im::MessageStore::Append::committed);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    cpu += cpu_seconds() - cpu_begun;
    wall += took.count();
    milliseconds.push_back(took.count() * 1e3);
    load.committed(batch);
  }
  std::ranges::sort(milliseconds);
  const auto at = [&](double share) {
    return milliseconds[static_cast<std::size_t>(share * static_cast<double>(milliseconds.size() - 1))];
  };
  const auto rows = static_cast<double>(sizes.rows);
  std::printf("%s: %.0f rows/s, %.2f us CPU a row; batch ms p50 %.1f p90 %.1f p99 %.1f max %.1f\n",
              database.options().url.substr(0, 5).c_str(), rows / wall, cpu / rows * 1e6, at(0.5), at(0.9), at(0.99),
              at(1));
  if constexpr (std::is_same_v<TestType, Sqlite>) {
    std::printf("file %.0f MB, log %.0f MB\n", static_cast<double>(std::filesystem::file_size(database.path())) / 1e6,
                static_cast<double>(std::filesystem::file_size(database.path().string() + "-wal")) / 1e6);
  }
}

}  // namespace
}  // namespace netherlink::store::testing
