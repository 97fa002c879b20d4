#include "gateway/http/request_reader.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cctype>
#include <functional>

#include "gateway/http/target.hpp"

namespace netherlink::gateway {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;
using beast::string_view;

// "0", twice a line end. With less of it at first, Beast's parser fails an assertion of its own.
constexpr std::size_t shortest_chunked_body = 5;
constexpr std::size_t max_fields = 128, max_leading_line_ends = 4, body_reserve_bytes = 16 * 1024;

std::string_view view(string_view text) {
  return {text.data(), text.size()};
}

void append_lower_case(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
}

/// Beast's parser, where it is lax made strict: whole header bounded (not only each piece of it), no folded lines, no
/// transfer coding but `chunked`, exactly one Host, trailers ignored.
class BeastReader final : public RequestReader, private http::basic_parser<true> {
 public:
  explicit BeastReader(Limits limits) : limits_(limits), request_(std::make_shared<Request>()) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    body_limit(boost::none);  // counted here: a request may be refused for better reasons first
    eager(false);
  }

  Status read(std::string_view& input) override {
    if (!is_header_done()) return read_header(input);
    while (!is_done()) {
      if (request_->body.size() >= piece_bytes_) return Status::piece;
      if (before_first_chunk_ && !input.empty() && std::isxdigit(static_cast<unsigned char>(input.front())) == 0) {
        return fail({errors::request_malformed, "the size of a chunk is not a number"});
      }
      if (input.empty() || (before_first_chunk_ && input.size() < shortest_chunked_body)) return Status::need_more;
      const auto error = put_some(input);
      if (failure_) return Status::failed;
      if (error == http::error::need_more) return too_long_between_chunks(input) ? Status::failed : Status::need_more;
      if (error) return fail({errors::request_malformed, "the body is malformed: " + error.message()});
    }
    return Status::complete;
  }

  const std::shared_ptr<Request>& request() const override { return request_; }
  bool http_1_0() const override { return version_ == 10; }
  bool has_body() const override { return chunked() || content_length().value_or(0) > 0; }
  std::optional<std::uint64_t> content_length() const override {
    const auto length = http::basic_parser<true>::content_length();
    return length ? std::optional(*length) : std::nullopt;
  }
  void discard_body() override { discard_ = true; }
  void stream_body(std::size_t piece_bytes, std::uint64_t most) override {
    piece_bytes_ = piece_bytes;
    limits_.body_bytes = most;
  }
  std::string take_piece() override { return std::exchange(request_->body, std::string()); }
  const core::Error& error() const override { return *failure_; }

 private:
  Status read_header(std::string_view& input) {
    if (!skip_line_ends(input)) return fail(errors::request_malformed);
    if (input.empty()) return Status::need_more;
    const auto before = input;
    const auto error = put_some(input);
    if (failure_) return Status::failed;
    header_bytes_ += before.size() - input.size();
    const auto seen = header_bytes_ + (error ? input.size() : 0);
    if (error == http::error::header_limit || seen > limits_.header_bytes)
      return fail(errors::request_headers_too_large);
    if (error == http::error::need_more) return Status::need_more;
    if (error == http::error::bad_version) return fail(explain_version(before));
    if (error) return fail({errors::request_malformed, "not an HTTP request: " + error.message()});
    return check_header() ? Status::header : Status::failed;
  }

  /// RFC 9112, section 2.2: an empty line before the request is ignored.
  bool skip_line_ends(std::string_view& input) {
    while (header_bytes_ == 0 && !input.empty() && (input.front() == '\r' || input.front() == '\n')) {
      if (++leading_line_ends_ > max_leading_line_ends) return false;
      input.remove_prefix(1);
    }
    return true;
  }

  error_code put_some(std::string_view& input) {
    error_code error;
    piece_ = input;
    const auto used = put({input.data(), input.size()}, error);
    input.remove_prefix(used);
    return error;
  }

  /// `HTTP/x.y` that we do not speak is another matter than no HTTP at all.
  static core::Error explain_version(std::string_view input) {
    const auto line = input.substr(0, input.find("\r\n"));
    const auto version = line.substr(line.rfind(' ') + 1);
    const bool http = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
    if (http && !line.starts_with("PRI ")) return errors::http_version_unsupported;
    return {errors::request_malformed, "not an HTTP/1.1 request"};
  }

  bool check_header() {
    auto& request = *request_;
    request.keep_alive = keep_alive();
    before_first_chunk_ = chunked();
    if (hosts_ > 1 || (hosts_ == 0 && !http_1_0())) return refuse("there must be one Host");
    if (hosts_ == 1 && !is_valid_host(request.header("host"))) return refuse("the Host is malformed");
    if (transfer_codings_ > 0 && (transfer_codings_ > 1 || !chunked() || http_1_0() ||
                                  !boost::algorithm::iequals(request.header("transfer-encoding"), "chunked"))) {
      return refuse("the only transfer coding is chunked");
    }
    if (const auto parsed = gateway::parse_target(request.target, request); !parsed) {
      failure_ = parsed.error();
      return false;
    }
    request.body.reserve(
        static_cast<std::size_t>(std::min<std::uint64_t>(content_length().value_or(0), body_reserve_bytes)));
    return true;
  }

  bool refuse(std::string detail) {
    failure_.emplace(errors::request_malformed, std::move(detail));
    return false;
  }
  Status fail(core::Error error) {
    failure_ = std::move(error);
    return Status::failed;
  }

  /// A chunk header or a trailer that does not end.
  bool too_long_between_chunks(std::string_view rest) {
    return rest.size() > limits_.header_bytes && !refuse("the chunk header or trailer is too long");
  }

  void take_body(std::string_view bytes, error_code& error) {
    body_bytes_ += bytes.size();
    if (discard_) return;
    if (body_bytes_ > limits_.body_bytes) {
      failure_ = errors::request_too_large;
      error = http::error::body_limit;
      return;
    }
    request_->body.append(bytes);
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version, error_code&) override {
    request_->method = view(method);
    request_->target = view(target);
    version_ = version;
  }

  void on_field_impl(http::field field, string_view name, string_view value, error_code& error) override {
    if (is_header_done()) return;  // a trailer
    const std::less<const char*> before;
    const bool folded =
        !value.empty() && (before(value.data(), piece_.data()) || !before(value.data(), piece_.data() + piece_.size()));
    if (folded) error = http::error::bad_obs_fold;  // Beast has put it together elsewhere
    if (request_->headers.size() >= max_fields) error = http::error::header_limit;
    if (error) return;
    if (request_->headers.empty()) request_->headers.reserve(16);
    if (field == http::field::host) ++hosts_;
    if (field == http::field::transfer_encoding) ++transfer_codings_;
    auto& header = request_->headers.emplace_back();
    append_lower_case(header.first, view(name));
    header.second = view(value);
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code& error) override {
    take_body(view(body), error);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override { before_first_chunk_ = false; }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) override {
    take_body(view(body), error);
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}

  Limits limits_;
  std::shared_ptr<Request> request_;
  std::optional<core::Error> failure_;
  std::string_view piece_;
  std::size_t piece_bytes_ = SIZE_MAX;
  std::size_t header_bytes_ = 0, body_bytes_ = 0, leading_line_ends_ = 0, hosts_ = 0, transfer_codings_ = 0;
  int version_ = 11;
  bool discard_ = false, before_first_chunk_ = false;
};

}  // namespace

std::unique_ptr<RequestReader> RequestReader::create(Limits limits) {
  return std::make_unique<BeastReader>(limits);
}

}  // namespace netherlink::gateway
