#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "im/search/query.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::im::search {

// What costs as much to read as one message, and as one statement.
constexpr std::size_t postings_per_message = 10, postings_per_statement = 5;

/// How much one call may still read.
class Budget {
 public:
  explicit Budget(std::size_t messages) : left_(static_cast<std::int64_t>(messages * postings_per_message)) {}

  void read_messages(std::size_t count) { left_ -= static_cast<std::int64_t>(count * postings_per_message); }
  /// By one statement.
  void read_postings(std::size_t count) { left_ -= static_cast<std::int64_t>(count + postings_per_statement); }
  bool spent() const { return left_ <= 0; }

 private:
  std::int64_t left_;
};

/// Where to look for a query: shared by the conversations of one call.
struct Search {
  SearchIndex& index;
  MessageStore& store;
  const Query& query;
  std::vector<SearchTerm> terms;
  MessageId before = 0;    // older than this
  std::size_t chunk = 0;   // messages that are read together
  std::size_t prefix = 0;  // postings of words that begin alike, which are read as a whole
  std::size_t words = 0;   // that begin alike and are followed one by one
  Budget budget;
};

/// What a query finds in one conversation, newest first, some at a time. It goes by the rarest of the terms; where all
/// of them are the beginning of words in very many messages, by those words if they are few, else by the messages
/// themselves, among which then many match. Blocks.
class Candidates {
 public:
  Candidates(Search& search, std::string conversation_id, Seq first_visible, Seq last_seq)
      : search_(search), id_(std::move(conversation_id)), first_(first_visible), last_(last_seq) {}

  /// Finds out where to begin. Once, before anything else.
  core::result<void> prepare();
  /// Reads on, when there are no hits left.
  core::result<void> refill();

  std::deque<SearchHit>& hits() { return hits_; }
  bool finished() const { return hits_.empty() && ended_; }
  /// What is left has lower ids.
  MessageId below() const { return hits_.empty() ? floor_ : hits_.front().message.id + 1; }

 private:
  /// Messages that have one word, as far as they were read.
  struct Stream {
    SearchTerm term;
    std::deque<MessageId> ids;  // not looked at yet
    bool all = false;           // there are no others
    MessageId floor = 0;        // what was not read yet is below
  };

  core::result<void> prepare_words(std::span<const SearchTerm> prefixes);
  core::result<void> prepare_scan();
  core::result<Seq> seq_before(MessageId before);
  core::result<void> read_more(Stream& stream);
  core::result<std::vector<MessageId>> next_ids(std::size_t count);
  core::result<void> take_ids();
  core::result<void> take_messages();
  void keep(std::vector<Message> messages);
  bool is_match(const Message& message) const;

  Search& search_;
  const std::string id_;
  const Seq first_;
  Seq last_;  // of a scan: where it goes on

  std::vector<SearchTerm> others_;  // which a candidate must have, too
  std::vector<Stream> streams_;     // a candidate is in one of them
  bool scanning_ = false;

  std::deque<SearchHit> hits_;
  MessageId floor_ = 0;
  bool ended_ = false;
};

}  // namespace netherlink::im::search
