#include "app/application.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "app/adapters.hpp"
#include "app/attachment_ports.hpp"
#include "app/e2e_ports.hpp"
#include "app/machine_keeper.hpp"
#include "app/options.hpp"
#include "app/people_events.hpp"
#include "app/room_ports.hpp"
#include "app/session_events.hpp"
#include "app/signals.hpp"
#include "app/token_secrets.hpp"
#include "app/vpn_ports.hpp"
#include "netherlink/attachment/service.hpp"
#include "netherlink/bus/bus.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/core/worker_pool.hpp"
#include "netherlink/crypto/jwt.hpp"
#include "netherlink/crypto/password.hpp"
#include "netherlink/e2e/service.hpp"
#include "netherlink/friend/presence.hpp"
#include "netherlink/friend/service.hpp"
#include "netherlink/gateway/group_frames.hpp"
#include "netherlink/gateway/key_frames.hpp"
#include "netherlink/gateway/people_frames.hpp"
#include "netherlink/gateway/room_frames.hpp"
#include "netherlink/gateway/server.hpp"
#include "netherlink/gateway/vpn_frames.hpp"
#include "netherlink/id/snowflake.hpp"
#include "netherlink/im/groups.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/image/inspector.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/mail/service.hpp"
#include "netherlink/metrics/metrics.hpp"
#include "netherlink/room/service.hpp"
#include "netherlink/store/store.hpp"
#include "netherlink/user/service.hpp"
#include "netherlink/vpn/service.hpp"

namespace netherlink::app {
namespace {

using namespace std::chrono_literals;

constexpr auto housekeeping_interval = 60s;
constexpr std::size_t directory_users = 100'000;
// Machine numbers lie above the partitions: ids of messages and of everything else never meet.
constexpr std::int64_t highest_machine = (1 << id::machine_bits) - 1;
constexpr int password_niceness = 10, transfer_niceness = 5;

bool has_role(const config::Config& config, std::string_view role) {
  return std::ranges::find(config.instance.roles, role) != config.instance.roles.end();
}

/// The whole system in start order, which backwards is stop order: members are destroyed last to first.
class Application {
 public:
  Application(const config::Config& config, std::unique_ptr<store::Store> store,
              std::unique_ptr<attachment::BlobStore> blobs, std::vector<std::string> secrets)
      : config_(config),
        store_(std::move(store)),
        blobs_(std::move(blobs)),
        bus_(make_bus(config)),
        cache_(make_cache(config)),
        store_pool_({"store", config.store.threads, config.store.queue, 0}),
        password_pool_({"password", config.auth.password_threads, config.auth.password_queue, password_niceness}),
        transfer_pool_({"transfer", config.attachments.threads, config.attachments.queue, transfer_niceness}),
        mail_options_(mail_options(config, secrets)),
        signer_(std::move(secrets)),
        hasher_(password_cost(config.auth.password_cost)),
        machine_(store_->machines(), ids_, config.instance.id, static_cast<std::int64_t>(config.bus.partitions),
                 highest_machine),
        users_(store_->users(), directory_users),
        announcer_(bus_->push(), is_embedded(config.bus.url) ? nullptr : &cache_->interest()),
        vpn_frames_(announcer_),
        vpn_({vpn_options(config), vpn_cells(config), store_->vpn(), vpn_frames_, cache_->rate_limiter()}),
        key_frames_(announcer_),
        keys_(e2e_options(config), store_->e2e_keys(), key_frames_, store_->contacts(), cache_->rate_limiter(), ids_),
        session_frames_(cache_->revoked_sessions(), announcer_, config.auth.access_ttl),
        accounts_({config.auth.access_ttl, config.auth.refresh_ttl, config.auth.password_min_length,
                   config.auth.max_sessions, config.guests.idle_after, config.email.enabled()},
                  store_->users(), store_->sessions(), session_events_, departures_, hasher_, signer_, ids_),
        mail_({mail_options_, mail_sender(config), store_->mail(), store_->users(), accounts_, session_events_, ids_}),
        presence_frames_(announcer_),
        presence_({.grace = config.presence.grace}, cache_->presence(), store_->contacts(), presence_news_,
                  &rooms_of_people_),
        people_of_rooms_(store_->contacts(), presence_, users_, *cache_),
        room_frames_(announcer_, users_, people_of_rooms_, presence_),
        friend_frames_(announcer_, users_, presence_),
        friends_({config.friends.max_friends, config.friends.max_pending, config.friends.max_blocks,
                  config.friends.message_bytes},
                 store_->friends(), friend_events_, ids_),
        preference_events_(announcer_, presence_),
        preferences_(store_->preferences(), preference_events_),
        server_(config),
        chat_({.instance = config.instance.id,
               .limits = chat_limits(config),
               .ingest = has_role(config, "ingest"),
               .replicas = !is_embedded(config.bus.url),
               .bus = *bus_,
               .cache = *cache_,
               .announcer = announcer_,
               .messages = store_->messages(),
               .search = store_->search(),
               .conversations = store_->conversations(),
               .notices = store_->notices(),
               .users = users_,
               .contacts = store_->contacts(),
               .delivery = server_.delivery(),
               .on_gap = [this] { catch_up(); },
               .attachments = &attachments_of_messages_,
               .signers = &signers_of_messages_}),
        group_frames_(announcer_, chat_),
        groups_({group_limits(config.groups), store_->groups(), store_->messages(), store_->contacts(), group_frames_,
                 ids_}),
        rooms_({.options = room_options(config),
                .repository = store_->rooms(),
                .events = room_events_,
                .chat = chat_of_rooms_,
                .people = people_of_rooms_,
                .limiter = cache_->rate_limiter(),
                .hasher = hasher_,
                .ids = ids_}) {
    if (!blobs_) return;
    images_ = image::make_process_inspector(image_limits(config.attachments));
    attachments_ = std::make_unique<attachment::AttachmentService>(
        attachment::AttachmentService::Dependencies{attachment_options(config.attachments), store_->attachments(),
                                                    *blobs_, *images_, messages_of_attachments_, ids_});
  }

  core::result<void> start() {
    if (auto held = hold_machine(); !held) return held.error();
    if (auto loaded = load_revocations(); !loaded) return loaded.error();
    if (auto loaded = load_words(config_); !loaded) return loaded.error();
    cache_->on_return([this] { catch_up(); });
    const gateway::Server::Dependencies dependencies{
        accounts_, users_,  preferences_,       friends_,       presence_,      chat_,
        groups_,   rooms_,  attachments_.get(), vpn_,           mail_,          keys_,
        *cache_,   signer_, store_pool_,        password_pool_, transfer_pool_, [this] { return readiness(); }};
    presence_.start();
    rooms_.start();
    vpn_.start();
    if (has_role(config_, "push")) mail_.start();
    if (attachments_) attachments_->start();
    housekeeping();
    return server_.start(dependencies);
  }

  std::uint16_t port() const { return server_.port(); }

  /// Nothing new is taken; what was taken is committed, acknowledged and sent.
  void drain() {
    draining_ = true;
    server_.begin_drain();
    const auto deadline = std::chrono::steady_clock::now() + config_.drain.timeout;
    while (server_.in_flight() > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(5ms);
    if (const auto left = server_.in_flight(); left > 0) log::warn("drain timed out", {{"in_flight", left}});
  }

  void stop() {
    rooms_.stop();
    if (attachments_) attachments_->stop();
    vpn_.stop();
    mail_.stop();
    chat_.stop();
    presence_.stop();
    bus_->stop();
    server_.stop();
    password_pool_.stop();
    transfer_pool_.stop();
    store_pool_.stop();
    machine_.stop();
  }

  /// Of `messages.words_file`; any thread.
  core::result<void> load_words(const config::Config& config) {
    const auto &file = config.messages.words_file, &action = config.messages.words_action;
    std::shared_ptr<const im::WordFilter> filter;
    if (!file.empty()) {
      using Action = im::WordFilter::Action;
      auto loaded = im::WordFilter::load(file, action == "refuse" ? Action::refuse : Action::mask);
      if (!loaded) return loaded.error();
      filter = std::move(*loaded);
      log::info("word filter loaded", {{"words", filter->size()}});
    }
    chat_.use_word_filter(std::move(filter));
    return {};
  }

  void housekeeping() {
    const bool posted = store_pool_.try_post([this] {
      accounts_.housekeeping();
      keys_.housekeeping();
      (void)readiness();
    });
    if (!posted) log::warn("housekeeping put off", {{"reason", "store pool full"}});
  }

 private:
  /// The only process of its database needs no lease.
  core::result<void> hold_machine() {
    if (!is_embedded(config_.store.url)) return machine_.start();
    ids_.hold(highest_machine, 0, id::Generator::Clock::time_point::max());
    return {};
  }

  /// After news for this replica may have been lost.
  void catch_up() {
    server_.reconcile();
    const bool posted = store_pool_.try_post([this] { (void)load_revocations(); });
    if (!posted) log::warn("revocations not read again", {{"reason", "store pool full"}});
  }

  core::result<void> load_revocations() {
    const auto revoked = accounts_.recently_revoked();
    if (!revoked) return revoked.error();
    const auto until = core::now_ms() + std::chrono::milliseconds(config_.auth.access_ttl).count();
    for (const auto& session : *revoked) cache_->revoked_sessions().add(session.id, until);
    return {};
  }

  std::string readiness() {
    static auto& store_up = metrics::gauge("netherlink_store_connected", "1 while the store answers and takes writes");
    static auto& bus_up = metrics::gauge("netherlink_bus_connected", "1 while the bus is connected");
    static auto& cache_up = metrics::gauge("netherlink_cache_connected", "1 while the cache is connected");
    const bool store_works = store_->check().has_value();
    store_up.set(store_works);
    bus_up.set(bus_->connected());
    cache_up.set(cache_->connected());
    if (draining_) return "draining";
    if (!store_works) return "store";
    return bus_->connected() ? "" : "bus";
  }

  const config::Config& config_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<attachment::BlobStore> blobs_;  // nullptr: no attachments
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<cache::Cache> cache_;
  core::WorkerPool store_pool_, password_pool_, transfer_pool_;
  mail::Options mail_options_;
  crypto::TokenSigner signer_;
  crypto::PasswordHasher hasher_;
  id::Generator ids_;
  MachineKeeper machine_;
  user::UserDirectory users_;
  im::Announcer announcer_;
  gateway::VpnFrames vpn_frames_;
  vpn::VpnService vpn_;
  gateway::KeyFrames key_frames_;
  e2e::KeyService keys_;
  SignersOfMessages signers_of_messages_{keys_};
  BroadcastSessionEvents session_frames_;
  NewsOfSessions session_events_{session_frames_, vpn_, keys_};
  AccountDepartures departures_{friends_, groups_, rooms_, chat_, attachments_, vpn_, keys_};
  user::AccountService accounts_;
  mail::EmailService mail_;
  gateway::PresenceFrames presence_frames_;
  PresenceNews presence_news_{presence_frames_, rooms_};
  RoomsOfPeople rooms_of_people_{store_->rooms()};
  friends::PresenceService presence_;
  PeopleOfRooms people_of_rooms_;
  gateway::RoomFrames room_frames_;
  NewsOfRooms room_events_{room_frames_, vpn_};
  gateway::FriendFrames friend_frames_;
  NewsOfFriends friend_events_{friend_frames_, vpn_};
  friends::FriendService friends_;
  PreferenceNews preference_events_;
  user::PreferenceService preferences_;
  gateway::Server server_;
  AttachmentsOfMessages attachments_of_messages_{attachments_};
  im::ChatService chat_;
  gateway::GroupFrames group_frames_;
  im::GroupService groups_;
  ChatOfRooms chat_of_rooms_{chat_};
  room::RoomService rooms_;
  MessagesOfAttachments messages_of_attachments_{chat_};
  std::unique_ptr<attachment::ImageInspector> images_;
  std::unique_ptr<attachment::AttachmentService> attachments_;
};

int fail(std::string_view what, const core::Error& error) {
  log::error(what, {{"reason", error.detail()}});
  return 1;
}

void reload(Application& application, const config::Config& running, const config::Sources& sources) {
  const auto loaded = config::load(sources);
  for (const auto& problem : loaded.problems) {
    log::error("configuration not reloaded",
               {{"source", problem.source}, {"name", problem.key}, {"problem", problem.message}});
  }
  if (!loaded.problems.empty()) return;
  for (const auto& change : config::compare(running, loaded.config)) {
    log::info(change.reloadable ? "setting reloaded" : "setting needs a restart", {{"name", change.key}});
  }
  log::set_level(loaded.config.log.level);
  if (auto words = application.load_words(loaded.config); !words) {
    log::error("word filter not reloaded", {{"reason", words.error().detail()}});
  }
}

void run(Application& application, const Signals& signals, const config::Config& config,
         const config::Sources& sources) {
  for (;;) {
    const auto signal = signals.wait(housekeeping_interval);
    if (!signal) {
      application.housekeeping();
    } else if (*signal == SIGHUP) {
      reload(application, config, sources);
    } else {
      log::info("stopping", {{"signal", *signal}});
      return signals.abort_on_next();
    }
  }
}

std::string base_url(const config::Config& config, std::uint16_t port) {
  const bool v6 = config.http.address.find(':') != std::string::npos;
  return std::string(config.http.tls.certificate_file.empty() ? "http://" : "https://") + (v6 ? "[" : "") +
         config.http.address + (v6 ? "]:" : ":") + std::to_string(port);
}

}  // namespace

int serve(const config::Config& config, const config::Sources& sources) {
  const Signals signals;
  const auto format = isatty(STDOUT_FILENO) ? log::Format::text : log::Format::json;
  log::configure(config.log.level, config.log.format.value_or(format));

  const auto options = store_options(config);
  if (is_embedded(config.store.url)) {
    if (auto migrated = store::migrate_up(options); !migrated) return fail("migration refused", migrated.error());
  }
  auto opened = store::open(options);
  if (!opened) return fail("store not opened", opened.error());
  auto secrets = token_secrets(config, store::data_folder(options));
  if (!secrets) return fail("token secret not available", secrets.error());

  auto blobs = open_blobs(config, store::data_folder(options));
  if (!blobs) return fail("folder of attachments not usable", blobs.error());

  Application application(config, std::move(*opened), std::move(*blobs), std::move(*secrets));
  if (auto started = application.start(); !started) {
    application.stop();
    return fail("not started", started.error());
  }
  log::info("listening", {{"address", config.http.address},
                          {"port", application.port()},
                          {"url", base_url(config, application.port())},
                          {"instance", config.instance.id}});
  run(application, signals, config, sources);
  application.drain();
  application.stop();
  log::info("stopped");
  return 0;
}

}  // namespace netherlink::app
