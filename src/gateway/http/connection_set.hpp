#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/http/exchange.hpp"
#include "gateway/http/request_reader.hpp"
#include "gateway/net/io_thread.hpp"

namespace netherlink::gateway {

class Connection;

/// What a connection needs while it has a request or an answer under way; an idle one owns none.
struct ConnectionWork {
  std::unique_ptr<RequestReader> reader;  // of the request that is being read
  Exchange exchange;                      // of the request that is being read or answered
  std::string input;                      // received and not understood yet, from `taken` on
  std::string output;                     // answers not written yet, from `written` on
  std::size_t taken = 0, written = 0;
};

/// The HTTP connections of one I/O thread, and the work space they share. Belongs to that thread.
class ConnectionSet {
 public:
  explicit ConnectionSet(IoThread& thread);
  ~ConnectionSet();
  ConnectionSet(const ConnectionSet&) = delete;
  ConnectionSet& operator=(const ConnectionSet&) = delete;

  IoThread& thread() { return thread_; }

  void add(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);
  std::size_t size() const { return connections_.size(); }

  /// Each says goodbye: what is idle soon, what is busy with its answer.
  void drain();
  void close_all();

  std::unique_ptr<ConnectionWork> borrow();
  void give_back(std::unique_ptr<ConnectionWork> work);

 private:
  IoThread& thread_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<ConnectionWork>> spare_;
};

}  // namespace netherlink::gateway
