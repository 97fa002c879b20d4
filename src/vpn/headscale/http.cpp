#include "vpn/headscale/http.hpp"

#include <curl/curl.h>

#include <mutex>
#include <stdexcept>
#include <vector>

namespace netherlink::vpn {
namespace {

constexpr std::string_view unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

void initialise_once() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

struct Received {
  std::string body;
  std::size_t limit = 0;
};

std::size_t receive(char* data, std::size_t size, std::size_t count, void* to) {
  auto& received = *static_cast<Received*>(to);
  const auto length = size * count;
  if (received.body.size() + length > received.limit) return 0;  // ends the transfer
  received.body.append(data, length);
  return length;
}

int watch(void* interrupted, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(interrupted)->load() ? 1 : 0;
}

class Headers {
 public:
  ~Headers() { curl_slist_free_all(list_); }
  Headers() = default;
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;
  void add(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

core::Error unavailable(std::string reason) {
  return {errors::vpn_unavailable, std::move(reason)};
}

}  // namespace

/// Handles that no call uses: each keeps its connection.
struct HttpPeer::Handles {
  std::mutex mutex;
  std::vector<CURL*> idle;

  ~Handles() {
    for (auto* handle : idle) curl_easy_cleanup(handle);
  }
  CURL* take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return curl_easy_init();
    CURL* const handle = idle.back();
    idle.pop_back();
    return handle;
  }
  void give_back(CURL* handle) {
    curl_easy_reset(handle);
    const std::lock_guard lock(mutex);
    idle.push_back(handle);
  }
};

HttpPeer::HttpPeer(Options options) : options_(std::move(options)), handles_(std::make_unique<Handles>()) {
  initialise_once();
}

HttpPeer::~HttpPeer() = default;

core::result<HttpPeer::Answer> HttpPeer::call(std::string_view method, const std::string& path,
                                              const std::string& body) {
  if (interrupted_) return unavailable("stopping");
  CURL* const handle = handles_->take();
  if (handle == nullptr) return unavailable("no memory");
  Headers headers;
  std::string authorization("Authorization: ");
  headers.add(authorization.append(options_.authorization));
  headers.add("Accept: application/json");
  headers.add("Expect:");
  if (!body.empty()) headers.add("Content-Type: application/json");
  const std::string url = options_.url + path, verb(method);
  Received received{.body = {}, .limit = options_.answer_bytes};
  const auto limit = static_cast<long>(options_.timeout.count());
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, verb.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  if (!body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &receive);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &watch);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &interrupted_);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, limit);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, limit);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // what the environment says is meant for the internet
  const auto done = curl_easy_perform(handle);
  Answer answer;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  handles_->give_back(handle);
  if (done != CURLE_OK) return unavailable(curl_easy_strerror(done));
  answer.body = std::move(received.body);
  return answer;
}

std::string HttpPeer::escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (unreserved.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

}  // namespace netherlink::vpn
