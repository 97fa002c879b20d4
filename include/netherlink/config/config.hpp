#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/log/log.hpp"

namespace netherlink::config {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Every setting, validated. The table in src/config/keys.cpp declares each one once: name, type, range, default, text.
/// Read-only once loaded; what SIGHUP may change is handed to its owner again (Application::reload).
struct Config {
  struct Instance {
    std::string id;                  // default: host name and a random suffix
    std::vector<std::string> roles;  // of gateway, ingest, push
  } instance;

  struct Http {
    std::string address;
    std::uint16_t port = 0;
    std::size_t threads = 0;
    struct Tls {
      std::string certificate_file, key_file;
    } tls;
    std::vector<std::string> trusted_proxies;  // addresses or CIDR
    std::vector<std::string> cors_origins;     // exact origins, or "*"
    std::size_t header_bytes = 0, body_bytes = 0, json_depth = 0, max_connections = 0, pipeline_depth = 0;
    seconds header_timeout{}, body_timeout{}, idle_timeout{};
  } http;

  struct Ws {
    std::size_t send_queue_bytes = 0, frame_bytes = 0, max_in_flight = 0, max_sessions_per_user = 0;
    std::vector<std::string> origins;  // browsers' Origin allowed to connect; empty: same host only, "*": any
  } ws;

  struct Auth {
    std::string jwt_secret;  // empty: generated into the data folder (embedded store only)
    std::vector<std::string> jwt_previous_secrets;
    seconds access_ttl{}, refresh_ttl{};
    std::string password_cost;  // interactive, moderate, test
    std::size_t password_min_length = 0, password_threads = 0, password_queue = 0, max_sessions = 0;
  } auth;

  struct Store {
    std::string url;
    std::vector<std::string> replica_urls, shard_urls;
    std::size_t threads = 0, queue = 0;
    std::size_t batch_messages = 0;  // messages of one transaction at most
  } store;

  struct Bus {
    std::string url;
    std::size_t partitions = 0, queue_messages = 0;
  } bus;

  struct Cache {
    std::string url;
    std::size_t hot_messages = 0, hot_bytes = 0;
  } cache;

  /// Token buckets, "burst/refill a second" as two numbers each.
  struct Bucket {
    double burst = 0, per_second = 0;
  };
  struct RateLimits {
    bool enabled = true;
    Bucket ip, user, login_ip, login_account, register_ip, message_user, ws_connect_ip, room_guess, attachment_user,
        vpn_key, email_address, email_ip, email_code_ip, e2e_claim, e2e_claim_device;
  } rate_limits;

  struct Heartbeat {
    seconds interval{}, min_interval{}, max_interval{};
    std::size_t probe_count = 0;
  } heartbeat;

  struct Limits {
    std::size_t content_bytes = 0, extra_bytes = 0, history_page = 0, sync_conversations = 0, sync_page = 0,
                mentions = 0;
  } limits;

  struct Friends {
    std::size_t max_friends = 0, max_pending = 0, max_blocks = 0, message_bytes = 0;
  } friends;
  struct Guests {
    bool enabled = false;
    seconds idle_after{};
  } guests;
  struct Presence {
    milliseconds grace{};
    std::size_t max_watched = 0;
  } presence;
  struct Messages {
    seconds recall_window{};
    std::size_t reactions = 0, reaction_bytes = 0;
    milliseconds typing_interval{};
    std::string words_file;    // one in each line; empty: none
    std::string words_action;  // mask, refuse
  } messages;

  struct Search {
    bool enabled = true;
    std::size_t query_chars = 0, query_bytes = 0, query_words = 0, message_tokens = 0, conversations = 0,
                candidates = 0;
  } search;
  struct Lobby {
    std::size_t storm_threshold = 0;
  } lobby;
  struct Groups {
    std::size_t max_members = 0, max_per_user = 0, max_added = 0, max_links = 0, max_requests = 0, max_bans = 0,
                name_bytes = 0, announcement_bytes = 0, large_threshold = 0, shard = 0;
  } groups;

  struct Rooms {
    std::size_t max_players = 0, default_players = 0, name_bytes = 0, game_bytes = 0, password_bytes = 0;
    seconds link_ttl{};
    milliseconds seat_grace{}, list_max_age{}, watch_interval{};
  } rooms;

  struct Attachments {
    std::string directory;  // empty: beside an embedded database; with any other there are no attachments then
    std::size_t max_bytes = 0, chunk_bytes = 0, user_bytes = 0, name_bytes = 0, max_unfinished = 0;
    std::vector<std::string> allowed_types, refused_types;
    seconds upload_ttl{}, unused_ttl{}, link_ttl{}, image_timeout{};
    milliseconds sweep_interval{};
    std::size_t max_pixels = 0, preview_pixels = 0, image_memory = 0, threads = 0, queue = 0;
  } attachments;

  struct Drain {
    seconds timeout{};
    milliseconds reconnect_after{};
  } drain;

  struct Log {
    log::Level level = log::Level::info;
    std::optional<log::Format> format;  // none: text on a terminal, json otherwise
  } log;

  struct Metrics {
    std::string address;     // empty: served with the rest, to loopback and private callers only
    std::uint16_t port = 0;  // with an address; 0: any free one
  } metrics;

  struct Vpn {
    /// One Headscale instance.
    struct Cell {
      std::string name, url, api_key;
      std::size_t max_nodes = 0;
      std::string control_url = {};  // as clients reach it; empty: url
    };
    std::vector<Cell> cells;
    seconds key_ttl{};
    milliseconds debounce{}, poll_interval{}, reconcile_interval{}, lease_ttl{}, timeout{};
    std::size_t max_devices = 0, keys_ahead = 0;
  } vpn;

  struct Email {
    std::string url;  // of the mail server; empty: no mail is sent
    std::string tls;  // required, none
    std::string ca_file, user, password, from, from_name, public_url;
    seconds code_ttl{}, give_up_after{};
    milliseconds timeout{}, retry_after{}, poll_interval{};
    std::size_t code_attempts = 0, queue = 0, threads = 0;
    bool enabled() const { return !url.empty(); }
  } email;
  struct E2e {
    std::size_t max_devices = 0, one_time_keys = 0, low_keys = 0, claim_devices = 0, told_people = 0;
    seconds signature_window{};
    bool require_signatures = false;
  } e2e;
};

/// Something wrong in the configuration; all of them are reported together.
struct Problem {
  std::string source;  // "netherlink.toml:12", "environment", "--set"; empty: what several settings give together
  std::string key;     // section.key, or empty
  std::string message;
};
/// One line for a person: `netherlink.toml:12: http.port: …`.
std::string to_string(const Problem& problem);

/// File, then environment (NETHERLINK_SECTION_KEY), then --set; later wins.
struct Sources {
  std::optional<std::filesystem::path> file;
  std::vector<std::string> environment;  // NAME=value, as in environ
  std::vector<std::string> set;          // section.key=value
};

/// A key that some source sets, as it ends up: the value as TOML, secrets and passwords in URLs masked.
struct Setting {
  std::string key, value, source;
};

struct Loaded {
  Config config;
  std::vector<Problem> problems;  // not empty: config must not be used
  std::vector<Setting> settings;  // in the order of the reference
};

/// Reads the sources and checks everything; never throws for what they say.
Loaded load(const Sources& sources);

/// What holds without any source. The id of the instance stays the same for the life of the process.
Config defaults();

/// The variable that names the file when `--config` does not; not a key.
constexpr std::string_view file_variable = "NETHERLINK_CONFIG";

/// The complete TOML with every key, its meaning and default: config/netherlink.example.toml.
std::string reference();
/// The same as Markdown tables, for docs/configuration.md.
std::string reference_markdown();

/// Names of the keys that differ, each with whether a reload applies it.
struct Change {
  std::string key;
  bool reloadable;
};
std::vector<Change> compare(const Config& before, const Config& after);

}  // namespace netherlink::config
