#include "gateway/net/io_thread.hpp"

#include <pthread.h>

#include <string>

namespace netherlink::gateway {
namespace {

constexpr std::size_t read_buffer_bytes = 64 * 1024;

thread_local const IoThread* current = nullptr;

}  // namespace

IoThread::IoThread(std::size_t index)
    : index_(index), read_buffer_(read_buffer_bytes), work_(context_.get_executor()), ticker_(context_) {}

IoThread::~IoThread() {
  stop();
}

void IoThread::start() {
  tick();
  thread_ = std::thread([this] { run(); });
}

void IoThread::stop() {
  work_.reset();
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

bool IoThread::is_current() const {
  return current == this;
}

void IoThread::run() {
  current = this;
  pthread_setname_np(pthread_self(), ("io-" + std::to_string(index_)).c_str());
  context_.run();
  current = nullptr;
}

void IoThread::tick() {
  // From now, not from the tick before: after a pause the ticks must not come in a burst, or timers would fire early.
  ticker_.expires_after(TimingWheel::tick);
  ticker_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    wheel_.advance();
    tick();
  });
}

}  // namespace netherlink::gateway
