#include "support/smtp_server.hpp"

#include <fstream>
#include <regex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/child_process.hpp"
#include "support/secrets.hpp"

namespace netherlink::test {
namespace {

constexpr milliseconds poll_interval{5};
// Debian's: the module is installed for it.
constexpr const char* interpreter = "/usr/bin/python3";

}  // namespace

SmtpServer::SmtpServer(Options options) : options_(std::move(options)) {
  start();
}

SmtpServer::~SmtpServer() {
  kill();
}

void SmtpServer::start() {
  const auto folder = folder_.path();
  std::filesystem::remove(folder / "port");
  std::vector<std::string> arguments{interpreter, std::string(NETHERLINK_SOURCE_DIR) + "/tests/support/smtp_server.py",
                                     folder.string(), std::to_string(port_)};
  if (!options_.tls.empty()) arguments.insert(arguments.end(), {"--tls", options_.tls});
  if (!options_.user.empty()) arguments.insert(arguments.end(), {"--auth", options_.user + ":" + options_.password});
  pid_ = spawn(std::move(arguments), folder / "log");
  const auto deadline = Clock::now() + patience;
  while (!std::filesystem::exists(folder / "port")) {
    const bool ended = wait_for_end(pid_, milliseconds(0)).has_value();
    if (ended) pid_ = -1;
    if (ended || Clock::now() > deadline) throw std::runtime_error("the mail server: " + read_file(folder / "log"));
    std::this_thread::sleep_for(poll_interval);
  }
  port_ = static_cast<std::uint16_t>(std::stoi(read_file(folder / "port")));
}

void SmtpServer::kill() {
  if (pid_ < 0) return;
  kill_child(std::exchange(pid_, -1));
}

std::string SmtpServer::url() const {
  return (options_.tls == "smtps" ? "smtps://127.0.0.1:" : "smtp://127.0.0.1:") + std::to_string(port_);
}

std::vector<std::string> SmtpServer::settings() const {
  std::vector<std::string> all{"email.url=" + url(),
                               "email.from=noreply@play.example",
                               "email.from_name=NetherLink 测试",
                               "email.public_url=https://play.example",
                               "email.retry_after=100ms",
                               "email.poll_interval=50ms",
                               "email.tls=" + std::string(options_.tls.empty() ? "none" : "required")};
  if (!options_.tls.empty()) all.push_back("email.ca_file=" + ca_file());
  if (!options_.user.empty()) {
    all.push_back("email.user=" + options_.user);
    all.push_back("email.password=" + options_.password);
  }
  return all;
}

void SmtpServer::mode(const std::string& name) const {
  std::ofstream(folder_.path() / "new_mode") << name;
  std::filesystem::rename(folder_.path() / "new_mode", folder_.path() / "mode");
}

std::vector<nlohmann::json> SmtpServer::mails() const {
  std::vector<nlohmann::json> found;
  for (int number = 1;; ++number) {
    auto name = std::to_string(number);
    name.insert(0, 4 - name.size(), '0');
    const auto file = folder_.path() / (name + ".json");
    if (!std::filesystem::exists(file)) return found;
    found.push_back(nlohmann::json::parse(read_file(file)));
    // Neither belongs in any log.
    for (const std::string to : found.back().at("to")) Secrets::get().note_text(to);
    Secrets::get().note_text(code_in(found.back()));
  }
}

std::vector<nlohmann::json> SmtpServer::mails_to(const std::string& address) const {
  auto all = mails();
  std::erase_if(all, [&](const nlohmann::json& mail) { return mail.at("to") != nlohmann::json::array({address}); });
  return all;
}

nlohmann::json SmtpServer::wait_for(const std::string& address, std::size_t index, milliseconds timeout) const {
  const auto deadline = Clock::now() + timeout;
  while (true) {
    auto all = mails_to(address);
    if (all.size() > index) return all[index];
    if (Clock::now() > deadline) {
      throw Timeout("no mail of number " + std::to_string(index) + " to " + address + "; " +
                    read_file(folder_.path() / "log"));
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

std::size_t SmtpServer::tries() const {
  return read_file(folder_.path() / "tried").size();
}

std::string code_in(const nlohmann::json& mail) {
  static const std::regex code("\\n([0-9A-Z]{4}(?:-[0-9A-Z]{4}){5})\\r?\\n");
  std::smatch match;
  const std::string text = mail.at("text");
  return std::regex_search(text, match, code) ? match[1].str() : std::string();
}

}  // namespace netherlink::test
