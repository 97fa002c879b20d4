#include "vpn/cell_keeper.hpp"

#include <pthread.h>

#include <algorithm>

#include "netherlink/log/log.hpp"
#include "vpn/instruments.hpp"
#include "vpn/policy.hpp"

namespace netherlink::vpn {
namespace {

using namespace std::chrono_literals;

/// A node may come with a key that somebody has: until then it is looked for often.
constexpr auto expected_for = 60s;
constexpr auto expected_poll = 1s;
constexpr std::chrono::milliseconds down_pause{1000};

}  // namespace

CellKeeper::CellKeeper(const Options& options, Cell cell, Control& control, VpnRepository& repository,
                       VpnEvents& events, std::function<void()> on_new_database)
    : options_(options),
      cell_(std::move(cell)),
      control_(control),
      repository_(repository),
      events_(events),
      on_new_database_(std::move(on_new_database)),
      up_(metrics::gauge("netherlink_vpn_cell_up", "1 while the control server answers its writer",
                         {{"cell", cell_.name}})),
      writer_(metrics::gauge("netherlink_vpn_writer", "1 while this replica is the writer of the cell",
                             {{"cell", cell_.name}})),
      lag_(metrics::gauge("netherlink_vpn_lag_changes", "Changes that are wanted and not applied",
                          {{"cell", cell_.name}})),
      lag_seconds_(metrics::gauge("netherlink_vpn_lag_seconds", "Since when changes wait to be applied",
                                  {{"cell", cell_.name}})),
      nodes_(metrics::gauge("netherlink_vpn_nodes", "Devices at the control server", {{"cell", cell_.name}})) {}

void CellKeeper::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "vpn-cell");
}

void CellKeeper::quit() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

void CellKeeper::stop() {
  quit();
  if (thread_.joinable()) thread_.join();
}

void CellKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    turn();
    lock.lock();
    // The database tells what is wanted, whichever replica wants it; what comes in one pause goes out together.
    const std::chrono::milliseconds pause = !lease_ ? options_.lease_ttl / 4 : down_ ? down_pause : options_.debounce;
    wake_.wait_for(lock, pause, [this] { return stopping_.load(); });
  }
  lock.unlock();
  if (lease_) (void)repository_.release(*lease_);  // if not, it runs out
}

void CellKeeper::turn() {
  if (!hold_lease()) return;
  const auto since = core::now_ms() - std::chrono::milliseconds(expected_for).count();
  const auto work = repository_.work(cell_.name, since);
  if (!work) return;
  show_lag(*work);
  const auto now = Clock::now();
  if (work->distrusted || down_ || now >= reconcile_at_) {
    if (!reconcile(work->wanted)) return;
    // Once more after the last call that was begun before, by whomever.
    reconcile_at_ =
        Clock::now() + (std::exchange(is_new_, false) ? 2 * options_.call_timeout : options_.reconcile_interval);
    return;
  }
  if (work->wanted != seen_wanted_ && !bring_policy(work->wanted)) return;
  const auto often = work->expected > 0 ? std::chrono::milliseconds(expected_poll) : options_.poll_interval;
  const bool due = now >= nodes_at_ + often && (work->expected > 0 || !told_.empty());
  if (work->removals > 0 || due) look_at_nodes();
}

bool CellKeeper::hold_lease() {
  const auto now = Clock::now();
  if (lease_ && now < renew_at_) return true;
  if (lease_) {
    const auto renewed = repository_.renew(*lease_, options_.lease_ttl);
    if (renewed && *renewed) {
      lease_until_ = now + options_.lease_ttl;
      renew_at_ = now + options_.lease_ttl / 3;
    } else if (renewed || now >= lease_until_) {
      lose_lease();
    }
    return lease_.has_value();
  }
  auto acquired = repository_.acquire(cell_.name, options_.instance, options_.lease_ttl);
  if (!acquired || !*acquired) return false;
  lease_ = std::move(**acquired);
  lease_until_ = now + options_.lease_ttl;
  renew_at_ = now + options_.lease_ttl / 3;
  reconcile_at_ = {};
  told_everybody_ = false;
  is_new_ = true;
  writer_.set(1);
  log::info("writer of the virtual LAN", {{"cell", cell_.name}, {"epoch", lease_->epoch}});
  return true;
}

bool CellKeeper::may_write() const {
  return lease_ && Clock::now() + options_.call_timeout + 500ms < lease_until_;
}

void CellKeeper::lose_lease() {
  log::warn("no writer of the virtual LAN any more", {{"cell", cell_.name}});
  lease_.reset();
  sent_.reset();
  told_.clear();
  down_ = false;
  for (auto* gauge : {&writer_, &lag_, &lag_seconds_, &nodes_, &up_}) gauge->set(0);
}

/// A policy that was sent by somebody who is no writer any more may stand before that of the next one, whom this tells.
bool CellKeeper::put(const std::string& policy) {
  if (!may_write()) return false;
  const auto put = control_.put_policy(policy);
  if (put) policy_puts().add();
  note_answer(put.has_value());
  if (Clock::now() >= lease_until_) {
    (void)repository_.distrust(cell_.name);
    lose_lease();
    return false;
  }
  if (!put) sent_.reset();
  return put.has_value();
}

bool CellKeeper::bring_policy(std::int64_t wanted) {
  auto circles = repository_.circles(cell_.name);
  if (!circles) return false;
  auto policy = render_policy(*circles);
  if (sent_ != policy) {
    if (!put(policy)) return false;
    sent_ = std::move(policy);
  }
  return note_applied(wanted, *circles);
}

bool CellKeeper::note_applied(std::int64_t wanted, const std::vector<Circle>& circles) {
  const auto held = repository_.applied(*lease_, wanted);
  if (!held) return false;
  if (!*held) {
    (void)repository_.distrust(cell_.name);
    lose_lease();
    return false;
  }
  seen_wanted_ = wanted;
  tell(circles);
  return true;
}

bool CellKeeper::reconcile(std::int64_t wanted) {
  if (!repository_.remove_ended(cell_.name) || !repository_.purge_rooms()) return false;
  const auto stored = control_.policy();
  note_answer(stored.has_value());
  if (!stored) return false;
  const auto circles = repository_.circles(cell_.name);
  if (!circles) return false;
  const auto policy = render_policy(*circles);
  const bool is_new = !*stored;
  if (is_new) start_anew();
  if (*stored != policy) {
    if (!is_new && sent_ == *stored) {
      log::debug("policy brought up to date", {{"cell", cell_.name}});
    } else if (sent_) {
      drift_repairs().add();
      log::warn("somebody else changed the policy of the virtual LAN", {{"cell", cell_.name}});
    }
    if (!put(policy)) return false;
  }
  sent_ = policy;
  if (!note_applied(wanted, *circles)) return false;
  return look_at_nodes();
}

/// A control server without a policy lost its database, or never had one: no node and no key of before is anything
/// any more, and no new key is handed out before there is a policy.
void CellKeeper::start_anew() {
  on_new_database_();
  const auto rows = repository_.nodes(cell_.name);
  if (!rows || rows->empty() || !repository_.drop_all(cell_.name)) return;
  log::warn("control server has a new database", {{"cell", cell_.name}, {"devices", rows->size()}});
  drift_repairs().add();
  std::vector<VpnEvents::Update> updates;
  for (const auto& row : *rows) {
    if (row.handed_at == 0 || row.removed_at != 0) continue;
    updates.push_back({.users = {row.user_id},
                       .status = Status::pending,
                       .control_url = cell_.control_url,
                       .device = row.device,
                       .rejoin = true});
  }
  if (!updates.empty()) events_.updated(updates);
}

void CellKeeper::note_answer(bool answered) {
  if (stopping_) return;
  up_.set(answered);
  if (answered != down_) return;
  down_ = !answered;
  if (answered) is_new_ = true;  // what it was sent before and did not answer may come into force yet
  log::warn(down_ ? "control server does not answer" : "control server answers again", {{"cell", cell_.name}});
  (void)repository_.note_down(cell_.name, down_ ? core::now_ms() : 0);
}

void CellKeeper::show_lag(const VpnRepository::Work& work) {
  const auto behind = work.wanted - seen_wanted_;
  const auto now = Clock::now();
  if (behind == 0 && !work.distrusted) {
    behind_since_ = {};
  } else if (behind_since_ == Clock::time_point{}) {
    behind_since_ = now;
  }
  const bool level = behind_since_ == Clock::time_point{};
  lag_.set(static_cast<double>(behind));
  lag_seconds_.set(level ? 0 : std::chrono::duration<double>(now - behind_since_).count());
}

}  // namespace netherlink::vpn
