#include "bench/scenario/resume_session.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "bench/support/failure.hpp"

namespace netherlink::bench {

std::string ResumeSession::sync_request() const {
  return fmt::format(
      R"({{"type":"sync","data":{{"conversations":[{{"conversation_id":"{}","after_seq":{}}}],"limit":100}}}})",
      conversation_, held_);
}

void ResumeSession::on_welcome(std::string_view frame) {
  welcome_head_ = 0;  // a conversation that is not listed has no message yet
  const auto welcome = boost::json::parse(frame);
  for (const auto& conversation : welcome.at("data").at("conversations").as_array()) {
    if (conversation.at("conversation_id").as_string() == conversation_) {
      welcome_head_ = conversation.at("last_seq").to_number<std::int64_t>();
    }
  }
  stream_last_ = welcome_head_;
  synced_ = false;
}

void ResumeSession::on_live(std::int64_t seq, Correctness& correctness, std::string_view where) {
  correctness.next_seq(stream_last_, seq, where);
  hold(seq);
}

void ResumeSession::hold(std::int64_t seq) {
  if (seq > held_) ahead_.insert(seq);
  while (!ahead_.empty() && *ahead_.begin() == held_ + 1) {
    held_ = *ahead_.begin();
    ahead_.erase(ahead_.begin());
  }
}

ResumeSession::Page ResumeSession::read_page(std::string_view frame, Correctness& correctness, const Each& each) {
  const auto root = boost::json::parse(frame);
  const auto& result = root.at("data").at("conversations").as_array().at(0).as_object();
  Page page;
  if (result.contains("error")) {  // a conversation in which nobody has said anything yet is not there yet
    if (held_ != 0 || welcome_head_ != 0) throw Failure("sync answered " + std::string(frame));
    page.complete = synced_ = true;
    return page;
  }
  std::int64_t last = 0;
  for (const auto& message : result.at("messages").as_array()) {
    const auto seq = message.at("seq").to_number<std::int64_t>();
    if (page.messages == 0) last = seq - 1;
    correctness.next_seq(last, seq, "sync.result");
    each(seq, message.at("client_msg_id").as_string());
    hold(seq);
    ++page.messages;
  }
  page.complete = result.at("complete").as_bool();
  if (page.complete) {
    synced_ = true;
    const auto head = result.at("last_seq").to_number<std::int64_t>();
    if (head < welcome_head_) Correctness::count(correctness.mismatch, "sync.result last_seq", head, welcome_head_);
    if (held_ < welcome_head_) Correctness::count(correctness.gap, "complete, but", held_, welcome_head_);
  }
  return page;
}

}  // namespace netherlink::bench
