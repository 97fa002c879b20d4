#include "room/list.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "netherlink/crypto/encoding.hpp"
#include "netherlink/user/names.hpp"

namespace netherlink::room {
namespace {

constexpr std::size_t at_once = 1000;
/// A change may be committed later than its time says, and clocks of replicas differ.
constexpr Timestamp overlap_ms = 10'000;
/// What was lost all the same (a clock far off) is found by reading everything now and then.
constexpr std::chrono::minutes read_all_every{2};

/// Where a room stands in a list: by number, greatest first, or by text; newest first among equals.
struct Place {
  std::int64_t number = 0;
  std::string text;
  RoomId id = 0;

  bool before(const Place& other) const {
    return std::tie(other.number, text, other.id) < std::tie(number, other.text, id);
  }
};

Place place_of(const Listing& room, Sort sort) {
  constexpr std::int64_t open_first = 1'000'000;
  const auto players = static_cast<std::int64_t>(room.player_count);
  const bool open = room.status == Status::waiting && room.has_space() && !room.has_password;
  switch (sort) {
    case Sort::newest:
      return {0, {}, room.id};
    case Sort::players:
      return {players, {}, room.id};
    case Sort::hot:
      return {players + (open ? open_first : 0), {}, room.id};
    case Sort::name:
      return {0, room.name_key, room.id};
  }
  return {};
}

std::string to_cursor(const Place& place) {
  std::string text = std::to_string(place.number);
  text.append(":").append(std::to_string(place.id)).append(":").append(place.text);
  return crypto::base64url_encode(text);
}

std::optional<Place> parse_cursor(std::string_view cursor) {
  const auto text = crypto::base64url_decode(cursor);
  if (!text) return std::nullopt;
  const auto first = text->find(':'), second = first == text->npos ? first : text->find(':', first + 1);
  if (second == text->npos) return std::nullopt;
  Place place;
  const char* const end = text->data() + first;
  const auto [stopped, error] = std::from_chars(text->data(), end, place.number);
  const auto id = core::parse_id(std::string_view(*text).substr(first + 1, second - first - 1));
  if (error != std::errc() || stopped != end || !id) return std::nullopt;
  place.id = *id;
  place.text = text->substr(second + 1);
  return place;
}

}  // namespace

core::result<void> RoomList::refresh() {
  const std::lock_guard lock(reading_);
  const auto now = Clock::now();
  if (read_at_ != Clock::time_point() && now - read_at_ < age_) return {};
  const bool all = read_all_at_ == Clock::time_point() || now - read_all_at_ > read_all_every;
  auto done = all ? read_all() : read(std::max<Timestamp>(changed_up_to_ - overlap_ms, 1));
  if (!done) return done;
  forget_closed(now);
  read_at_ = now;
  if (all) read_all_at_ = now;
  return {};
}

/// What was known before and is not found is no more.
core::result<void> RoomList::read_all() {
  std::unordered_set<RoomId> unseen;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [id, listing] : rooms_) unseen.insert(id);
  }
  auto done = read(0, &unseen);
  if (!done) return done;
  const std::unique_lock lock(mutex_);
  for (const auto id : unseen) rooms_.erase(id);
  return done;
}

void RoomList::forget_closed(Clock::time_point now) {
  const std::unique_lock lock(mutex_);
  std::erase_if(closed_, [now](const auto& entry) { return now - entry.second > std::chrono::minutes(1); });
}

/// since 0: everything that is open. What is found is taken out of `unseen`.
core::result<void> RoomList::read(Timestamp since, std::unordered_set<RoomId>* unseen) {
  RoomId after = 0;
  for (;;) {
    auto some = repository_.changed(since, after, at_once);
    if (!some) return some.error();
    const std::unique_lock lock(mutex_);
    for (auto& [listing, changed_at] : *some) {
      after = listing.id;
      changed_up_to_ = std::max(changed_up_to_, changed_at);
      if (unseen != nullptr) unseen->erase(listing.id);
      put_locked(std::move(listing));
    }
    if (some->size() < at_once) return {};
  }
}

void RoomList::put(Listing listing) {
  const std::unique_lock lock(mutex_);
  put_locked(std::move(listing));
}

void RoomList::put_locked(Listing listing) {
  if (listing.closed) {
    rooms_.erase(listing.id);
    closed_[listing.id] = Clock::now();
    return;
  }
  if (closed_.contains(listing.id)) return;
  auto& known = rooms_[listing.id];
  if (known.version > listing.version) return;
  listing.name_key = user::folded(listing.name);
  known = std::move(listing);
}

core::result<ListPage> RoomList::page(const RoomService::ListQuery& query, const Visible& visible) const {
  std::optional<Place> after;
  if (!query.cursor.empty()) {
    after = parse_cursor(query.cursor);
    if (!after) {
      return core::Error(errors::request_invalid,
                         std::vector<core::FieldError>{{"cursor", "is not a cursor of this list"}});
    }
  }
  std::vector<std::pair<Place, const Listing*>> found;
  ListPage page;
  const std::shared_lock lock(mutex_);
  for (const auto& [id, room] : rooms_) {
    if (!query.filter.matches(room) || !visible(room)) continue;
    auto place = place_of(room, query.sort);
    if (!after || after->before(place)) found.emplace_back(std::move(place), &room);
  }
  const std::size_t count = std::min(query.limit, found.size());
  std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(count),
                            [](const auto& a, const auto& b) { return a.first.before(b.first); });
  for (std::size_t i = 0; i < count; ++i) page.items.push_back(*found[i].second);
  if (found.size() > count) page.next_cursor = to_cursor(found[count - 1].first);
  return page;
}

bool RoomList::any_for_friends(const Filter& filter) const {
  const std::shared_lock lock(mutex_);
  return std::ranges::any_of(rooms_, [&](const auto& entry) {
    return entry.second.visibility == Visibility::friends && filter.matches(entry.second);
  });
}

std::size_t RoomList::size() const {
  const std::shared_lock lock(mutex_);
  return rooms_.size();
}

}  // namespace netherlink::room
