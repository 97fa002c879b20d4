#include "im/access.hpp"

#include <algorithm>

namespace netherlink::im {
namespace {

constexpr std::size_t known_memberships = 100'000;
constexpr std::size_t known_changes = 10'000;

using Membership = ConversationRepository::Membership;

void raise_to_joined(Command& command, Seq joined_seq) {
  if (command.type != Command::Type::mark) return;
  command.wanted.delivered_seq = std::max(command.wanted.delivered_seq, joined_seq);
  if (command.wanted.read_seq != 0) command.wanted.read_seq = std::max(command.wanted.read_seq, joined_seq);
}

bool refers(const Command& command) {
  return command.type == Command::Type::send &&
         (command.reply_to != 0 || !command.mentions.empty() || command.attachment_id != 0);
}

bool is_muted(const Command& command, Timestamp muted_until) {
  return command.type == Command::Type::send && muted_until > 0 && core::now_ms() < muted_until;
}

bool is_stranger(UserId user, const ConversationId& id) {
  return id.kind == ConversationKind::single && id.peer_of(user) == 0;
}

}  // namespace

ConversationAccess::ConversationAccess(const Dependencies& dependencies, const Limits& limits)
    : conversations_(dependencies.conversations),
      messages_(dependencies.messages),
      contacts_(dependencies.contacts),
      attachments_(dependencies.attachments),
      signers_(dependencies.signers),
      recall_window_(limits.recall_window),
      require_signatures_(limits.require_signatures),
      known_(known_memberships),
      freshness_(known_changes) {}

/// Both members of a single conversation share an entry: its id names them.
std::string ConversationAccess::key_of(UserId user, const ConversationId& id) {
  return id.kind == ConversationKind::single ? id.text : id.text + '|' + std::to_string(user);
}

std::optional<ConversationAccess::Known> ConversationAccess::known(UserId user, const ConversationId& id) {
  const auto key = key_of(user, id);
  std::lock_guard lock(mutex_);
  const auto* found = known_.find(key);
  if (found == nullptr || !freshness_.is_fresh(found->read_at, user)) return std::nullopt;
  return *found;
}

void ConversationAccess::remember(UserId user, const ConversationId& id, const Membership& membership,
                                  Freshness::Stamp read_at) {
  const auto key = key_of(user, id);
  std::lock_guard lock(mutex_);
  auto* found = known_.find(key);
  if (found == nullptr) found = &known_.put(key, Known());
  found->joined_seq = membership.joined_seq;
  found->muted_until = membership.muted_until;
  found->read_at = read_at;
}

Freshness::Stamp ConversationAccess::stamp() {
  std::lock_guard lock(mutex_);
  return freshness_.now();
}

/// As far as is known; of a single conversation.
bool ConversationAccess::may_send(const Command& command) {
  const ConversationId& id = command.conversation;
  std::lock_guard lock(mutex_);
  const auto* found = known_.find(id.text);
  if (found == nullptr) return false;
  const auto& read_at = command.user_id == id.first ? found->first_may_send : found->second_may_send;
  return read_at && freshness_.is_fresh(*read_at, id.first) && freshness_.is_fresh(*read_at, id.second);
}

void ConversationAccess::remember_may_send(const Command& command, Freshness::Stamp stamp) {
  const ConversationId& id = command.conversation;
  std::lock_guard lock(mutex_);
  auto* found = known_.find(id.text);
  if (found == nullptr) {
    found = &known_.put(id.text, Known());
    found->read_at = stamp;
  }
  (command.user_id == id.first ? found->first_may_send : found->second_may_send) = stamp;
}

void ConversationAccess::forget(std::span<const UserId> users) {
  std::lock_guard lock(mutex_);
  freshness_.changed(users);
}

void ConversationAccess::forget_all() {
  std::lock_guard lock(mutex_);
  freshness_.all_changed();
}

std::optional<core::result<void>> ConversationAccess::authorise_cached(Command& command) {
  if (asks_store(command)) return std::nullopt;
  return known_to_be_allowed(command);
}

bool ConversationAccess::asks_store(const Command& command) const {
  if (command.type != Command::Type::send) return command.type == Command::Type::change;
  return refers(command) || command.signature || require_signatures_;
}

std::optional<core::result<void>> ConversationAccess::known_to_be_allowed(Command& command) {
  if (is_stranger(command.user_id, command.conversation)) return core::Error(errors::chat_not_member);
  if (command.conversation.kind == ConversationKind::world && command.type == Command::Type::send) {
    return core::result<void>();
  }
  if (command.conversation.kind == ConversationKind::single && command.type == Command::Type::send) {
    return may_send(command) ? std::optional(core::result<void>()) : std::nullopt;
  }
  const auto member = known(command.user_id, command.conversation);
  if (!member) return std::nullopt;
  if (is_muted(command, member->muted_until)) return core::Error(errors::chat_muted);
  raise_to_joined(command, member->joined_seq);
  return core::result<void>();
}

core::result<void> ConversationAccess::authorise(Command& command) {
  if (command.type == Command::Type::change) return authorise_change(command);
  auto allowed = authorise_access(command);
  if (allowed && command.type == Command::Type::send) allowed = check_signer(command);
  return allowed && refers(command) ? check_references(command) : allowed;
}

core::result<void> ConversationAccess::authorise_access(Command& command) {
  if (auto known = known_to_be_allowed(command)) return *known;
  if (command.type == Command::Type::send && command.conversation.kind == ConversationKind::single) {
    return authorise_send(command);
  }
  auto member = membership(command.user_id, command.conversation);
  if (!member)
    return member.error().is(errors::resource_not_found) ? core::Error(errors::chat_not_member) : member.error();
  if (is_muted(command, member->muted_until)) return errors::chat_muted;
  raise_to_joined(command, member->joined_seq);
  return {};
}

core::result<void> ConversationAccess::may_speak(UserId user, const ConversationId& id) {
  Command speech;
  speech.type = Command::Type::send;
  speech.user_id = user;
  speech.conversation = id;
  return authorise_access(speech);
}

core::result<void> ConversationAccess::authorise_send(const Command& command) {
  const UserId peer = command.conversation.peer_of(command.user_id);
  const auto asked_at = stamp();
  const auto standings = contacts_.standings(command.user_id, std::span(&peer, 1));
  if (!standings) return standings.error();
  const auto& standing = standings->front();
  if (!standing.exists) return errors::user_not_found;
  if (!standing.reachable()) return errors::user_not_reachable;
  if (auto made = conversations_.ensure_single(command.conversation, core::now_ms()); !made) return made.error();
  remember_may_send(command, asked_at);
  return {};
}

core::result<Membership> ConversationAccess::membership(UserId user, const ConversationId& id) {
  if (is_stranger(user, id)) return errors::resource_not_found;
  const auto asked_at = stamp();
  auto found = conversations_.find(user, id.text);
  if (!found) return found.error();
  if (!*found && id.kind == ConversationKind::world) return join_world(user);
  if (!*found) return errors::resource_not_found;
  remember(user, id, **found, asked_at);
  return std::move(**found);
}

core::result<Membership> ConversationAccess::join_world(UserId user) {
  const std::vector<std::string> world{ConversationId::world().text};
  const auto heads = messages_.heads(world);
  if (!heads) return heads.error();
  const auto joined = conversations_.join(user, world.front(), heads->front().last_seq, core::now_ms());
  if (!joined) return joined.error();
  auto found = conversations_.find(user, world.front());
  if (!found) return found.error();
  if (!*found) return errors::server_unavailable;
  return std::move(**found);
}

core::result<std::vector<Membership>> ConversationAccess::memberships(UserId user) {
  auto all = conversations_.of_user(user);
  if (!all) return all;
  const auto in_world = [](const Membership& m) { return m.conversation_id == "world"; };
  if (std::none_of(all->begin(), all->end(), in_world)) {
    auto world = join_world(user);
    if (!world) return world.error();
    all->push_back(std::move(*world));
  }
  return all;
}

}  // namespace netherlink::im
