#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "mail/writer.hpp"

namespace netherlink::mail {

/// Sends the letters that wait, on threads of its own: what this replica accepted at once, what another left behind
/// when it is due. While the mail server cannot be reached, nothing is tried but now and then one letter.
class Outbox {
 public:
  Outbox(const Options& options, MailRepository& repository, MailSender& sender, Writer& writer);
  ~Outbox();

  void start();
  void stop();
  /// Something was accepted. Any thread.
  void wake();

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  bool wait_for_turn();
  /// False: nothing was due.
  bool send_one();
  void send(const Letter& letter);
  void settle(const Letter& letter, const MailSender::Report& report);
  void try_again(const Letter& letter);
  void reached(bool server);
  void finish(const Letter& letter);
  void look_around();

  const Options& options_;
  MailRepository& repository_;
  MailSender& sender_;
  Writer& writer_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, news_ = false;
  int failures_ = 0;               // of the server, one after the other
  Clock::time_point quiet_until_;  // not before, after a failure of the server
  Clock::time_point looked_;       // at what is not urgent
  std::vector<std::thread> threads_;
};

}  // namespace netherlink::mail
