#include "contract/ws/socket_fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <thread>

#include "gateway/ws/connection_id.hpp"

namespace netherlink::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience{60'000};

/// Both ends of a TCP connection over the loopback.
std::pair<int, int> connected_pair(int send_buffer) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener, 1) == 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (send_buffer != 0) ::setsockopt(client, SOL_SOCKET, SO_RCVBUF, &send_buffer, sizeof send_buffer);
  REQUIRE(::connect(client, reinterpret_cast<sockaddr*>(&address), size) == 0);
  const int server = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  REQUIRE(server >= 0);
  ::close(listener);
  if (send_buffer != 0) ::setsockopt(server, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
  const int on = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {client, server};
}

std::string make_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "netherlink-ws-XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()));
  return pattern;
}

}  // namespace

void WatchedMessages::set(Hook& which, Hook hook) {
  const std::lock_guard lock(mutex_);
  which = std::move(hook);
}

core::result<void> WatchedMessages::run(const Hook& which) {
  Hook hook;
  {
    const std::lock_guard lock(mutex_);
    hook = which;
  }
  return hook ? hook() : core::result<void>();
}

core::result<std::vector<im::Head>> WatchedMessages::heads(std::span<const std::string> ids) {
  if (auto allowed = run(before_heads_); !allowed) return allowed.error();
  auto heads = real_.heads(ids);
  if (auto allowed = run(after_heads_); !allowed) return allowed.error();
  return heads;
}

core::result<std::vector<im::Message>> WatchedMessages::range(std::string_view id, im::Seq from, im::Seq to,
                                                              std::size_t limit, bool newest_first) {
  if (auto allowed = run(before_range_); !allowed) return allowed.error();
  return real_.range(id, from, to, limit, newest_first);
}

void LossyDelivery::deliver(std::shared_ptr<const im::PushEnvelope> envelope) {
  {
    const std::lock_guard lock(mutex_);
    all_.push_back(envelope);
    if (lose_ && !envelope->conversations.empty() && lose_(*envelope)) {
      for (const auto& events : envelope->conversations) lost_ += events.messages.size();
      return;
    }
    if (holding_) {
      held_.push_back(std::move(envelope));
      return;
    }
  }
  real_.deliver(std::move(envelope));
}

void LossyDelivery::lose(std::function<bool(const im::PushEnvelope&)> which) {
  const std::lock_guard lock(mutex_);
  lose_ = std::move(which);
}

std::size_t LossyDelivery::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void LossyDelivery::repeat_all() {
  std::vector<std::shared_ptr<const im::PushEnvelope>> again;
  {
    const std::lock_guard lock(mutex_);
    again = all_;
  }
  for (auto& envelope : again) real_.deliver(std::move(envelope));
}

void LossyDelivery::hold_back() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void LossyDelivery::release() {
  std::vector<std::shared_ptr<const im::PushEnvelope>> waiting;
  {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    waiting.swap(held_);
  }
  for (auto& envelope : waiting) real_.deliver(std::move(envelope));
}

std::size_t LossyDelivery::held() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

RawClient::~RawClient() {
  ::close(fd_);
}

int RawClient::Frame::close_code() const {
  if (opcode == -1) return 1006;
  if (payload.size() < 2) return 1005;
  return static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server has closed: what it said before is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::fill(milliseconds time) {
  pollfd wait{fd_, POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(time.count())) <= 0) return false;
  char buffer[65536];
  const auto count = ::recv(fd_, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

RawClient::Frame RawClient::next() {
  const auto need = [this](std::size_t size) {
    while (received_.size() < size) {
      if (!fill(patience)) return false;
    }
    return true;
  };
  if (!need(2)) return {-1, {}};
  const auto byte = [this](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(received_[i]));
  };
  // FIN, no reserved bit, not masked. (No assertions here: threads of tests read too.)
  if ((byte(0) & 0xF0) != 0x80 || (byte(1) & 0x80) != 0) return {-2, received_};
  std::size_t header = 2, length = byte(1);
  if (length >= 126) {
    const std::size_t bytes = length == 126 ? 2 : 8;
    if (!need(2 + bytes)) return {-1, {}};
    length = 0;
    for (std::size_t i = 0; i < bytes; ++i) length = length << 8 | byte(2 + i);
    header += bytes;
  }
  if (!need(header + length)) return {-1, {}};
  Frame frame{static_cast<int>(byte(0) & 0x0F), received_.substr(header, length)};
  received_.erase(0, header + length);
  return frame;
}

nlohmann::json RawClient::expect(std::string_view type) {
  while (true) {
    const Frame frame = next();
    if (frame.opcode == 9) {
      send(ClientFrame{10, frame.payload}.encode());
      continue;
    }
    INFO("opcode " << frame.opcode << ", payload " << frame.payload.substr(0, 400));
    REQUIRE(frame.opcode == 1);
    const auto json = frame.json();
    REQUIRE(json["type"] == type);
    return json;
  }
}

int RawClient::wait_close() {
  while (true) {
    const Frame frame = next();
    if (frame.opcode == 8 || frame.opcode == -1) return frame.close_code();
  }
}

bool RawClient::silent(milliseconds time) {
  return received_.empty() && !fill(time);
}

nlohmann::json RawClient::ask(std::string_view type, nlohmann::json data, std::string_view answer,
                              std::string_view id) {
  send_json({{"type", type}, {"id", id}, {"data", std::move(data)}});
  const auto reply = expect(answer);
  CHECK(reply.value("id", "") == id);
  return reply["data"];
}

void RawClient::post(std::string_view conversation, const std::string& client_msg_id, const std::string& content) {
  send_json({{"type", "message.send"},
             {"id", client_msg_id},
             {"data",
              {{"conversation_id", conversation},
               {"client_msg_id", client_msg_id},
               {"kind", "text"},
               {"content", content}}}});
}

SocketFixture::SocketFixture(Options options) : config(config::defaults()), folder(make_folder()) {
  config.instance.id = "here";
  config.rate_limits.enabled = false;
  config.lobby.storm_threshold = 1'000'000;
  options.configure(config);
  const store::Options at{"sqlite:///" + folder + "/test.db", 2};
  REQUIRE(store::migrate_up(at).has_value());
  auto opened = store::open(at);
  REQUIRE(opened.has_value());
  store = std::move(*opened);
  for (core::UserId id = 1; id <= 9; ++id) {
    user::User user;
    user.id = id;
    user.username = user.nickname = "user" + std::to_string(id);
    user.created_at = core::now_ms();
    REQUIRE(store->users().insert(user, user.username, "", "hash").has_value());
  }
  messages = std::make_unique<WatchedMessages>(store->messages());
  bus = bus::make_memory_bus({});
  cache = cache::make_memory_cache({});
  announcer = std::make_unique<im::Announcer>(bus->push(), nullptr);
  users = std::make_unique<user::UserDirectory>(store->users(), 100);
  accounts = std::make_unique<user::AccountService>(
      user::AccountOptions{std::chrono::minutes(15), std::chrono::hours(1), 8, 100}, store->users(), store->sessions(),
      events, events, hasher, signer, ids);
  presence = std::make_unique<friends::PresenceService>(friends::PresenceService::Options{}, cache->presence(),
                                                        store->contacts(), events);
  store_pool = std::make_unique<core::WorkerPool>(core::WorkerPool::Options{"store", 2, 1000, 0});
  delivery = std::make_unique<gateway::Delivery>("here");
  lossy = std::make_unique<LossyDelivery>(*delivery);
  chat = std::make_unique<im::ChatService>(im::ChatService::Dependencies{.instance = "here",
                                                                         .limits = im::Limits{},
                                                                         .bus = *bus,
                                                                         .cache = *cache,
                                                                         .announcer = *announcer,
                                                                         .messages = *messages,
                                                                         .search = store->search(),
                                                                         .conversations = store->conversations(),
                                                                         .notices = store->notices(),
                                                                         .users = *users,
                                                                         .contacts = store->contacts(),
                                                                         .delivery = *lossy,
                                                                         .on_gap = [] {}});
  for (std::size_t i = 0; i < options.threads; ++i) threads.push_back(std::make_unique<gateway::IoThread>(i));
  sockets = std::make_unique<gateway::ws::WebSockets>(
      gateway::ws::WebSockets::Dependencies{config, *chat, *accounts, *presence, *cache, signer, *store_pool,
                                            *delivery},
      threads);
  for (const auto& thread : threads) thread->start();
}

SocketFixture::~SocketFixture() {
  lossy->release();
  sockets->close_all();
  for (const auto& thread : threads) thread->stop();
  chat->stop();
  bus->stop();
  sockets.reset();
  chat.reset();
  store_pool.reset();
  presence.reset();
  threads.clear();
  accounts.reset();
  users.reset();
  bus.reset();
  store.reset();
  std::filesystem::remove_all(folder);
}

std::string SocketFixture::token(im::UserId user, core::SessionId session, milliseconds life) {
  const auto now = core::now_ms();
  return signer.sign({user, session == 0 ? user * 100 : session, now, now + life.count()});
}

std::unique_ptr<RawClient> SocketFixture::connect(im::UserId user, core::SessionId session, std::size_t thread,
                                                  std::string received, int send_buffer) {
  const auto [client, server] = connected_pair(send_buffer);
  gateway::IoThread& io = *threads.at(thread);
  boost::asio::ip::tcp::socket socket(io.context(), boost::asio::ip::tcp::v4(), server);
  auto transport =
      std::make_shared<std::unique_ptr<gateway::Transport>>(gateway::make_plain_transport(std::move(socket)));
  auto request = std::make_shared<gateway::Request>();
  request->headers = {{"authorization", "Bearer " + token(user, session)}};
  io.post([this, &io, transport, request, received = std::move(received)] {
    sockets->adopt(io, std::move(*transport), *request, received);
  });
  return std::make_unique<RawClient>(client);
}

std::unique_ptr<RawClient> SocketFixture::join(im::UserId user, core::SessionId session, std::size_t thread) {
  auto client = connect(user, session, thread);
  client->expect("welcome");
  return client;
}

void SocketFixture::until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    std::this_thread::sleep_for(milliseconds(2));
  }
}

}  // namespace netherlink::test
