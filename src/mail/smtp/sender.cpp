// The adapter for mail servers: libcurl.
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>

#include "mail/smtp/header.hpp"
#include "netherlink/mail/service.hpp"

namespace netherlink::mail {
namespace {

using Outcome = MailSender::Outcome;

void initialise_once() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

struct Free {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Free>;
using Mime = std::unique_ptr<curl_mime, Free>;
using List = std::unique_ptr<curl_slist, Free>;

void append(List& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

int watch(void* interrupted, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(interrupted)->load() ? 1 : 0;
}

/// The sockets that are open. When a mail server says nothing, libcurl waits for the end of a message and for the
/// answer to QUIT without asking anybody: shutting the socket down is what ends it.
class Sockets {
 public:
  /// For CURLOPT_SOCKOPTFUNCTION: a socket was made.
  static int opened(void* self, curl_socket_t socket, curlsocktype) {
    auto& sockets = *static_cast<Sockets*>(self);
    const std::lock_guard lock(sockets.mutex_);
    sockets.open_.insert(socket);
    return CURL_SOCKOPT_OK;
  }
  /// For CURLOPT_CLOSESOCKETFUNCTION. Under the lock: its number may be another's at once.
  static int close(void* self, curl_socket_t socket) {
    auto& sockets = *static_cast<Sockets*>(self);
    const std::lock_guard lock(sockets.mutex_);
    sockets.open_.erase(socket);
    return ::close(socket);
  }
  void shut_down() {
    const std::lock_guard lock(mutex_);
    for (const auto socket : open_) ::shutdown(socket, SHUT_RDWR);
  }

 private:
  std::mutex mutex_;
  std::set<curl_socket_t> open_;
};

void add_part(curl_mime* to, const char* type, const std::string& text) {
  curl_mimepart* const part = curl_mime_addpart(to);
  curl_mime_data(part, text.data(), text.size());
  curl_mime_type(part, type);
  curl_mime_encoder(part, "quoted-printable");
}

/// multipart/alternative: the plainest first (RFC 2046 section 5.1.4).
Mime body_of(CURL* handle, const Message& message) {
  Mime whole(curl_mime_init(handle));
  curl_mime* const alternatives = curl_mime_init(handle);
  add_part(alternatives, "text/plain; charset=utf-8", message.text);
  add_part(alternatives, "text/html; charset=utf-8", message.html);
  curl_mimepart* const part = curl_mime_addpart(whole.get());
  curl_mime_subparts(part, alternatives);
  curl_mime_type(part, "multipart/alternative");
  List inline_part;
  append(inline_part, "Content-Disposition: inline");
  curl_mime_headers(part, inline_part.release(), 1);
  return whole;
}

/// Whether the server spoke of this message when it said no. A code in the five hundreds is its last word.
bool is_refusal(CURLcode done, long status, curl_off_t uploaded) {
  if (status < 500 || status > 599 || status == 530 || status == 535 || status == 538) return false;
  return done == CURLE_SEND_ERROR || (uploaded > 0 && (done == CURLE_WEIRD_SERVER_REPLY || done == CURLE_RECV_ERROR));
}

/// Whether it would be the same for any other message.
bool is_about_server(CURLcode done, long status, curl_off_t uploaded) {
  if (status == 421) return true;
  return done != CURLE_SEND_ERROR && uploaded == 0;
}

class SmtpSender final : public MailSender {
 public:
  explicit SmtpSender(SmtpOptions options) : options_(std::move(options)) {
    initialise_once();
    // What libcurl says to greet the server with, instead of the name of this machine.
    domain_ = options_.from.substr(options_.from.find('@') + 1);
    url_ = options_.url;
    url_.append("/").append(domain_);
  }

  Report send(const Message& message) override {
    if (interrupted_) return {Outcome::interrupted, "stopping"};
    const Handle handle(curl_easy_init());
    if (!handle) return {Outcome::failed, "no memory"};
    const Mime body = body_of(handle.get(), message);
    const List headers = headers_of(message);
    List receivers;
    append(receivers, std::string("<").append(message.to).append(">"));
    const std::string from = std::string("<").append(options_.from).append(">");
    configure(handle.get());
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, receivers.get());
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle.get(), CURLOPT_MIMEPOST, body.get());
    return report(handle.get(), curl_easy_perform(handle.get()));
  }

  void interrupt() override {
    interrupted_ = true;
    sockets_.shut_down();
  }

 private:
  void configure(CURL* handle) {
    const auto limit = static_cast<long>(options_.timeout.count());
    curl_easy_setopt(handle, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(options_.tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (!options_.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options_.ca_file.c_str());
    if (!options_.user.empty()) {
      curl_easy_setopt(handle, CURLOPT_USERNAME, options_.user.c_str());
      curl_easy_setopt(handle, CURLOPT_PASSWORD, options_.password.c_str());
    }
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, limit);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, limit);
    // In whole seconds; it also bounds what the other two do not: the answer to QUIT.
    curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, (limit + 999) / 1000);
    curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, &Sockets::opened);
    curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, &sockets_);
    curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, &Sockets::close);
    curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, &sockets_);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &watch);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &interrupted_);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  }

  List headers_of(const Message& message) const {
    List headers;
    append(headers, date_header(core::now_ms()));
    append(headers, from_header(options_.from_name, options_.from));
    append(headers, std::string("To: <").append(message.to).append(">"));
    append(headers, header("Subject", message.subject));
    // The same each time it is sent: mailboxes may leave out what they have.
    append(headers, std::string("Message-ID: <").append(message.id).append("@").append(domain_).append(">"));
    append(headers, "Auto-Submitted: auto-generated");
    return headers;
  }

  Report report(CURL* handle, CURLcode done) const {
    if (done == CURLE_OK) return {Outcome::sent, {}};
    if (interrupted_) return {Outcome::interrupted, "stopping"};
    long status = 0;
    curl_off_t uploaded = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    // Not what the server wrote: it may repeat the address.
    std::string reason(curl_easy_strerror(done));
    if (status != 0) reason.append(", ").append(std::to_string(status));
    if (is_refusal(done, status, uploaded)) return {Outcome::refused, std::move(reason)};
    return {is_about_server(done, status, uploaded) ? Outcome::unreachable : Outcome::failed, std::move(reason)};
  }

  const SmtpOptions options_;
  std::string url_, domain_;
  Sockets sockets_;
  std::atomic<bool> interrupted_{false};
};

}  // namespace

std::unique_ptr<MailSender> make_smtp_sender(SmtpOptions options) {
  return std::make_unique<SmtpSender>(std::move(options));
}

}  // namespace netherlink::mail
