#include "gateway/api/lobby_pull.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>

#include "gateway/api/query_input.hpp"
#include "gateway/encode.hpp"
#include "gateway/http/gzip.hpp"
#include "gateway/http/header_rules.hpp"
#include "gateway/proto/encode.hpp"

namespace netherlink::gateway {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t default_limit = 100, max_limit = 500;
constexpr im::Seq max_seq = im::Seq{1} << 53;  // what every JSON reader can hold
constexpr auto pause_between_reads = 20ms;
constexpr std::size_t most_waiting = 20'000, most_batches = 64;
constexpr std::string_view protobuf_type = "application/x-protobuf";

/// Asked for by name: */* is JSON.
bool wants_protobuf(std::string_view accept) {
  return accept.find(protobuf_type) != std::string_view::npos;
}

}  // namespace

LobbyPull::LobbyPull(im::ChatService& chat) : chat_(chat), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "lobby");
}

LobbyPull::~LobbyPull() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LobbyPull::pull(const Request& request, const Responder& respond) {
  QueryInput query(request, {"after_seq", "limit"});
  query.required_text("after_seq");
  const auto after = query.number("after_seq", 0, max_seq), limit = query.number("limit", 1, max_limit);
  if (const auto read = query.finish(); !read) return respond(Response::problem(read.error()));
  const Wanted wanted{after.value_or(0), limit ? static_cast<std::size_t>(*limit) : default_limit};
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < most_waiting && !stopping_) {
      waiting_.push_back({wanted, accepts_coding(request.header("accept-encoding"), "gzip"),
                          wants_protobuf(request.header("accept")), respond});
      wake_.notify_all();
      return;
    }
  }
  respond(Response::problem({errors::server_overloaded, 1000ms}));
}

void LobbyPull::run() {
  auto next_read = Clock::now();
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (!stopping_) wake_.wait_until(lock, next_read, [&] { return stopping_; });
    if (stopping_) return;
    const auto waiting = std::exchange(waiting_, {});
    lock.unlock();
    next_read = Clock::now() + pause_between_reads;
    answer(waiting);
    lock.lock();
  }
}

void LobbyPull::answer(const std::vector<Waiting>& waiting) {
  const std::array world{im::ConversationId::world().text};
  const auto heads = chat_.heads(world);
  for (const auto& one : waiting) {
    if (!heads) {
      one.respond(Response::problem(heads.error()));
      continue;
    }
    const auto found = batch(one.wanted, heads->front());
    if (!found) {
      one.respond(Response::problem(found.error()));
      continue;
    }
    one.respond(answer_with(**found, one));
  }
}

Response LobbyPull::answer_with(Batch& batch, const Waiting& waiting) {
  if (waiting.protobuf && batch.protobuf.plain.empty()) {
    batch.protobuf.plain = proto::encode("LobbyBatch", batch.json.plain);
  }
  auto& body = waiting.protobuf ? batch.protobuf : batch.json;
  if (waiting.gzip && body.compressed.empty()) body.compressed = gzip(body.plain);
  auto response = Response::json(200, waiting.gzip ? body.compressed : body.plain);
  if (waiting.protobuf) response.content_type = protobuf_type;
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  if (waiting.gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  return response;
}

/// A full batch stays what it is until somebody changes a message; one that reaches the end, until there is a new one.
core::result<std::shared_ptr<LobbyPull::Batch>> LobbyPull::batch(const Wanted& wanted, const im::Head& head) {
  if (const auto known = batches_.find(wanted); known != batches_.end()) {
    const auto& old = *known->second;
    const bool same_end = old.head.last_seq == head.last_seq || !old.complete;
    if (same_end && old.head.revision == head.revision) return known->second;
  }
  const auto from = std::min(wanted.after, head.last_seq) + 1;
  const auto to = std::min(head.last_seq, from + static_cast<im::Seq>(wanted.limit) - 1);
  const auto messages = chat_.repair(im::ConversationId::world(), from, to);
  if (!messages) return messages.error();
  auto made = std::make_shared<Batch>();
  made->head = head;
  made->complete = to >= head.last_seq;
  core::JsonWriter out(made->json.plain);
  out.begin_object().key("messages");
  write_messages(out, *messages);
  out.field("last_seq", head.last_seq).field("complete", made->complete).end_object();
  if (batches_.size() >= most_batches) batches_.clear();
  return batches_[wanted] = std::move(made);
}

}  // namespace netherlink::gateway
