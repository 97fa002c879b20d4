#include "gateway/http/connection_set.hpp"

#include "gateway/http/connection.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::size_t spare_limit = 64, spare_bytes = 64 * 1024;

}  // namespace

ConnectionSet::ConnectionSet(IoThread& thread) : thread_(thread) {}
ConnectionSet::~ConnectionSet() = default;

void ConnectionSet::add(std::shared_ptr<Connection> connection) {
  connection->slot_ = connections_.size();
  connections_.push_back(std::move(connection));
}

void ConnectionSet::remove(Connection& connection) {
  const auto slot = connection.slot_;
  const auto keep = std::move(connections_[slot]);  // until the set is whole again
  if (slot + 1 < connections_.size()) {
    connections_[slot] = std::move(connections_.back());
    connections_[slot]->slot_ = slot;
  }
  connections_.pop_back();
}

void ConnectionSet::drain() {
  for (const auto& connection : std::vector(connections_)) connection->drain();
}

void ConnectionSet::close_all() {
  for (const auto& connection : std::vector(connections_)) connection->close();
  spare_.clear();
}

std::unique_ptr<ConnectionWork> ConnectionSet::borrow() {
  if (spare_.empty()) return std::make_unique<ConnectionWork>();
  auto work = std::move(spare_.back());
  spare_.pop_back();
  return work;
}

void ConnectionSet::give_back(std::unique_ptr<ConnectionWork> work) {
  if (spare_.size() == spare_limit || work->output.capacity() + work->input.capacity() > spare_bytes) return;
  work->reader.reset();
  work->exchange = {};
  work->input.clear();
  work->output.clear();
  work->taken = work->written = 0;
  spare_.push_back(std::move(work));
}

}  // namespace netherlink::gateway
