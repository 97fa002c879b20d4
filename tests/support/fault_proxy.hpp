#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <thread>

#include "support/server_process.hpp"

namespace netherlink::test {

/// A TCP proxy on a free port of 127.0.0.1 that can be as bad as a network. Each change also holds for connections that
/// are there already. Thread-safe.
class FaultProxy {
 public:
  enum class Fault {
    none,
    cut,         // connections are reset, new ones too
    black_hole,  // connections stay and new ones are taken, but not a byte goes through
    slow,        // each piece of up to 16 KiB comes `delay` later
  };
  static constexpr milliseconds delay{100};

  /// To `target` of 127.0.0.1.
  explicit FaultProxy(std::uint16_t target);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const { return port_; }
  void set(Fault fault) { fault_ = fault; }
  /// What was in a black hole is lost with its connection: those that saw one are reset.
  void heal();

 private:
  struct Pipe;

  void run();
  void accept();
  /// False: it has ended.
  bool carry(Pipe& pipe);

  const std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_;
  std::atomic<Fault> fault_ = Fault::none;
  std::atomic<bool> stopping_ = false, reset_ = false;
  std::list<Pipe> pipes_;  // of the thread
  std::thread thread_;
};

}  // namespace netherlink::test
