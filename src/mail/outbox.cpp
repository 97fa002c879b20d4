#include "mail/outbox.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "netherlink/crypto/random.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::mail {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds longest_delay = 1h, look_interval = 60s, code_memory = 24h;
constexpr int most_doublings = 10, finish_attempts = 5;

metrics::Counter& mails(std::string_view result) {
  return metrics::counter("netherlink_mail_total", "Mails, by what became of them", {{"result", result}});
}

metrics::Gauge& queue() {
  static metrics::Gauge& gauge = metrics::gauge("netherlink_mail_waiting", "Mails that wait to be sent");
  return gauge;
}

/// Twice as long after each failure, and never at the same moment as others.
milliseconds delay_after(std::int64_t failures, milliseconds first) {
  const auto doublings = std::clamp<std::int64_t>(failures - 1, 0, most_doublings);
  const auto whole = std::min(first * (std::int64_t{1} << doublings), longest_delay);
  const auto spread = static_cast<std::uint64_t>(whole.count() / 4 + 1);
  return whole + milliseconds(static_cast<std::int64_t>(crypto::random_u64() % spread));
}

milliseconds pause_before_work() {
  return milliseconds(50 + static_cast<std::int64_t>(crypto::random_u64() % 100));
}

}  // namespace

Outbox::Outbox(const Options& options, MailRepository& repository, MailSender& sender, Writer& writer)
    : options_(options), repository_(repository), sender_(sender), writer_(writer) {}

Outbox::~Outbox() {
  stop();
}

void Outbox::start() {
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { run(); });
    pthread_setname_np(threads_.back().native_handle(), "mail");
  }
}

void Outbox::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  sender_.interrupt();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Outbox::wake() {
  {
    const std::lock_guard lock(mutex_);
    news_ = true;
  }
  wake_.notify_one();
}

void Outbox::run() {
  while (wait_for_turn()) {
    look_around();
    while (send_one()) continue;
  }
}

/// False: it is over.
bool Outbox::wait_for_turn() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, options_.poll_interval, [this] { return stopping_ || news_; });
  // Not beside the answer to whoever asked: how long that takes must not tell whether there was anything to do.
  if (news_) wake_.wait_for(lock, pause_before_work(), [this] { return stopping_; });
  while (!stopping_ && Clock::now() < quiet_until_) wake_.wait_until(lock, quiet_until_);
  news_ = false;
  return !stopping_;
}

bool Outbox::send_one() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || Clock::now() < quiet_until_) return false;
  }
  const auto letter = repository_.take(options_.lease);
  if (!letter) {
    log::warn("mails not looked for", {{"reason", letter.error().code().name}});
    return false;
  }
  if (!*letter) return false;
  send(**letter);
  return true;
}

void Outbox::send(const Letter& letter) {
  if (core::now_ms() - letter.created_at > options_.give_up_after.count()) {
    mails("given_up").add();
    log::warn("mail given up", {{"mail_id", letter.id}, {"attempts", letter.attempts - 1}});
    return finish(letter);
  }
  const auto message = writer_.write(letter);
  if (!message) {
    log::warn("mail put off", {{"mail_id", letter.id}, {"reason", message.error().code().name}});
    return try_again(letter);
  }
  if (!*message) return finish(letter);
  settle(letter, sender_.send(**message));
}

void Outbox::settle(const Letter& letter, const MailSender::Report& report) {
  using Outcome = MailSender::Outcome;
  const bool server = report.outcome != Outcome::unreachable;
  if (report.outcome != Outcome::interrupted) reached(server);
  switch (report.outcome) {
    case Outcome::sent:
      mails("sent").add();
      log::info("mail sent", {{"mail_id", letter.id}, {"attempts", letter.attempts}});
      return finish(letter);
    case Outcome::refused:
      mails("refused").add();
      log::warn("mail refused", {{"mail_id", letter.id}, {"reason", report.reason}});
      return finish(letter);
    case Outcome::failed:
    case Outcome::unreachable:
      mails("failed").add();
      log::warn(server ? "mail not sent" : "mail server not reached",
                {{"mail_id", letter.id}, {"attempts", letter.attempts}, {"reason", report.reason}});
      return try_again(letter);
    case Outcome::interrupted:
      (void)repository_.put_back(letter, 0ms);
  }
}

/// What cannot be written now comes back by itself when its lease is over.
void Outbox::try_again(const Letter& letter) {
  (void)repository_.put_back(letter, delay_after(letter.attempts, options_.retry_after));
}

void Outbox::reached(bool server) {
  const std::lock_guard lock(mutex_);
  failures_ = server ? 0 : failures_ + 1;
  quiet_until_ = server ? Clock::time_point() : Clock::now() + delay_after(failures_, options_.retry_after);
}

/// Tried hard: a letter that stays is sent again.
void Outbox::finish(const Letter& letter) {
  for (int attempt = 1; !repository_.done(letter) && attempt < finish_attempts; ++attempt) {
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, attempt * 200ms, [this] { return stopping_; })) return;
  }
}

void Outbox::look_around() {
  {
    const std::lock_guard lock(mutex_);
    if (looked_ != Clock::time_point() && Clock::now() - looked_ < look_interval) return;
    looked_ = Clock::now();
  }
  if (const auto waiting = repository_.waiting()) queue().set(static_cast<double>(*waiting));
  if (!repository_.purge(code_memory)) log::warn("old codes not forgotten");
}

}  // namespace netherlink::mail
