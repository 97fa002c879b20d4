#include "support/http_client.hpp"

#include <zlib.h>

#include <algorithm>
#include <cctype>

#include "support/secrets.hpp"

namespace netherlink::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string gunzip(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK) {
    char piece[16384];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, sizeof piece - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END) throw ContractViolation("no gzip");
  return out;
}

void parse_head(std::string_view head, HttpAnswer& answer) {
  const auto line_end = head.find("\r\n");
  const auto line = head.substr(0, line_end);
  if (line.size() < 12 || line.substr(0, 7) != "HTTP/1.")
    throw ContractViolation("no HTTP answer: " + std::string(line));
  answer.status = std::stoi(std::string(line.substr(9, 3)));
  for (auto at = line_end + 2; at < head.size();) {
    const auto end = head.find("\r\n", at);
    if (end == at || end == std::string_view::npos) break;
    const auto header = head.substr(at, end - at);
    const auto colon = header.find(':');
    if (colon == std::string_view::npos) throw ContractViolation("bad header: " + std::string(header));
    answer.headers.emplace_back(lower(std::string(header.substr(0, colon))), trim(header.substr(colon + 1)));
    at = end + 2;
  }
}

std::string read_chunks(TcpSocket& socket, milliseconds timeout) {
  std::string body;
  while (true) {
    const auto size = std::stoul(socket.read_until("\r\n", timeout), nullptr, 16);
    body += socket.read_exactly(size + 2, timeout);
    body.resize(body.size() - 2);
    if (size == 0) return body;
  }
}

void read_body(TcpSocket& socket, std::string_view method, HttpAnswer& answer, milliseconds timeout) {
  const auto length = answer.header("content-length");
  if (method == "HEAD" || answer.status < 200 || answer.status == 204 || answer.status == 304) return;
  if (answer.header("transfer-encoding") == "chunked") {
    answer.body = read_chunks(socket, timeout);
  } else if (!length.empty()) {
    answer.body = socket.read_exactly(std::stoul(length), timeout);
  } else {
    throw ContractViolation("an answer without length");
  }
}

}  // namespace

std::string HttpAnswer::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

std::string HttpAnswer::code() const {
  return json.is_object() ? json.value("code", std::string()) : std::string();
}

std::vector<std::string> HttpAnswer::fields() const {
  std::vector<std::string> names;
  if (!json.is_object() || !json.contains("errors")) return names;
  for (const auto& error : json.at("errors")) names.push_back(error.at("field"));
  return names;
}

TcpSocket& HttpClient::socket() {
  if (socket_ && socket_->at_end()) socket_.reset();
  if (!socket_) socket_.emplace(port_);
  return *socket_;
}

HttpAnswer HttpClient::request(std::string_view method, std::string_view target,
                               const std::optional<nlohmann::json>& body, const Headers& headers) {
  if (!body) return request_text(method, target, {}, {}, headers);
  Secrets::get().note(*body);
  auto answer = request_text(method, target, body->dump(), "application/json", headers);
  if (answer.status / 100 == 2) Descriptions::get().check_accepted_request(method, target, *body);
  return answer;
}

HttpAnswer HttpClient::request_text(std::string_view method, std::string_view target, std::string_view body,
                                    std::string_view content_type, const Headers& headers) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  if (!token_.empty()) text.append("Authorization: Bearer ").append(token_).append("\r\n");
  if (!content_type.empty()) text.append("Content-Type: ").append(content_type).append("\r\n");
  if (!body.empty() || !content_type.empty())
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  for (const auto& [name, value] : headers) text.append(name).append(": ").append(value).append("\r\n");
  text.append("\r\n").append(body);
  send_raw(text);
  auto answer = receive(method, target);
  Secrets::get().note(answer.json);
  return answer;
}

void HttpClient::send_raw(std::string_view bytes) {
  socket().send(bytes);
}

HttpAnswer HttpClient::receive_from(TcpSocket& socket, std::string_view method, std::string_view target,
                                    milliseconds timeout) {
  HttpAnswer answer;
  parse_head(socket.read_until("\r\n\r\n", timeout), answer);
  read_body(socket, method, answer, timeout);
  answer.length = answer.body.size();
  if (answer.header("content-encoding") == "gzip") answer.body = gunzip(answer.body);
  if (answer.header("content-type").find("json") != std::string::npos && !answer.body.empty()) {
    answer.json = nlohmann::json::parse(answer.body, nullptr, false);
  }
  if (answer.status == 100) return answer;
  Descriptions::get().check_answer(method, target, {answer.status, &answer.headers, &answer.body});
  return answer;
}

HttpAnswer HttpClient::receive(std::string_view method, std::string_view target, milliseconds timeout) {
  if (!socket_) throw ConnectionLost("not connected");
  try {
    auto answer = receive_from(*socket_, method, target, timeout);
    if (lower(answer.header("connection")) == "close" && !socket_->buffered()) {
      if (!closed_by_server(timeout)) throw ContractViolation("Connection: close, but it stays open");
      socket_.reset();
    }
    return answer;
  } catch (const ConnectionLost&) {
    socket_.reset();
    throw;
  }
}

bool HttpClient::closed_by_server(milliseconds timeout) {
  if (!socket_) return true;
  if (!socket_->readable(timeout)) return false;
  return socket_->at_end();
}

}  // namespace netherlink::test
