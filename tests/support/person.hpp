#pragma once

#include <memory>
#include <string>

#include "support/http_client.hpp"
#include "support/server_process.hpp"
#include "support/ws_client.hpp"

namespace netherlink::test {

/// Text that no other test of this process has: user names, client_msg_ids.
std::string unique(std::string_view stem);

/// Somebody with an account: registered on construction, with an HTTP client that is signed in.
class Person {
 public:
  explicit Person(std::uint16_t port, std::string_view stem = "person");
  explicit Person(const ServerProcess& server, std::string_view stem = "person") : Person(server.port(), stem) {}

  HttpClient http;
  std::string username, password, id, session_id, token, refresh_token;
  nlohmann::json login;  // the whole answer

  /// Another device: a second session of the same account.
  Person sign_in() const;

  /// A socket of this session, made at first use.
  WsClient& socket();
  WsClient& connect();
  void hang_up() { socket_.reset(); }

  /// The conversation with another.
  std::string with(const Person& other) const;

  /// message.send of a text over the socket: the data of its ack. `client_msg_id` empty: a new one.
  nlohmann::json say(const std::string& conversation_id, const std::string& text, std::string client_msg_id = {});
  /// The same over REST.
  nlohmann::json post(const std::string& conversation_id, const std::string& text, std::string client_msg_id = {});

 private:
  struct Existing {};
  Person(Existing, std::uint16_t port, const Person& account);
  void take(const HttpAnswer& answer);

  std::uint16_t port_;
  std::unique_ptr<WsClient> socket_;
};

/// A text message for `conversation_id`, as REST and message.send take it.
nlohmann::json text_message(const std::string& conversation_id, const std::string& text,
                            std::string client_msg_id = {});

/// Every message of a conversation, ascending.
std::vector<nlohmann::json> whole_history(Person& reader, const std::string& conversation_id);

}  // namespace netherlink::test
