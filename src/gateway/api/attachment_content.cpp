// GET …/content and …/thumbnail.
#include "gateway/api/attachment_calls.hpp"
#include "gateway/http/byte_range.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::gateway::attachments {
namespace {

using attachment::BlobStore;

/// Part of a content, from the disk.
class ContentSource final : public BodySource {
 public:
  ContentSource(std::unique_ptr<BlobStore::Reader> reader, ByteRange range)
      : reader_(std::move(reader)), offset_(range.begin), left_(range.count), size_(range.count) {}

  std::uint64_t size() const override { return size_; }
  std::string read(std::size_t most) override {
    static auto& sent = metrics::counter("netherlink_attachment_sent_bytes_total", "Bytes of downloads read");
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(most, left_)), '\0');
    const auto count = reader_->read(static_cast<std::int64_t>(offset_), piece);
    piece.resize(count ? *count : 0);
    offset_ += piece.size();
    left_ -= piece.size();
    sent.add(static_cast<double>(piece.size()));
    return piece;
  }

 private:
  std::unique_ptr<BlobStore::Reader> reader_;
  std::uint64_t offset_, left_, size_;
};

/// RFC 6266 and 8187: the name for old clients in ASCII, for others as it is.
std::string disposition(std::string_view kind, std::string_view name) {
  constexpr std::string_view digits = "0123456789ABCDEF", plain = "!#$&+-.^_`|~";
  std::string simple, full;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) {
      full.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      full.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    simple.push_back(letter || c == '.' || c == '-' || c == ' ' ? c : '_');
  }
  std::string out(kind);
  out.append("; filename=\"").append(simple).append("\"; filename*=UTF-8''").append(full);
  return out;
}

/// Whatever the content is, no script of it runs, and no other site reads it.
void add_safety(Response& response, const AttachmentApi& api) {
  const bool shared = !api.config.http.cors_origins.empty();
  response.headers.emplace_back("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", shared ? "cross-origin" : "same-origin");
  // Whoever may not read it any more must not find it in a cache: it is asked for each time, and sent once.
  response.headers.emplace_back("Cache-Control", "private, no-cache");
}

std::string content_range(std::string_view range, std::uint64_t size) {
  std::string text("bytes ");
  return text.append(range).append("/").append(std::to_string(size));
}

Response serve(const AttachmentApi& api, const Request& request, std::unique_ptr<BlobStore::Reader> reader,
               const std::string& etag) {
  const auto size = static_cast<std::uint64_t>(reader->size());
  Response response;
  add_safety(response, api);
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Accept-Ranges", "bytes");
  if (etag_matches(request.header("if-none-match"), etag)) {
    response.status = 304;
    return response;
  }
  const auto if_range = request.header("if-range");
  const bool ranged = request.method == "GET" && (if_range.empty() || if_range == etag);
  const auto wanted = ranged ? parse_range(request.header("range"), size) : RangeRequest();
  if (wanted.kind == RangeRequest::Kind::unsatisfiable) {
    auto refusal = Response::problem(errors::attachment_range_unsatisfiable);
    refusal.headers.emplace_back("Content-Range", content_range("*", size));
    return refusal;
  }
  ByteRange range{0, size};
  if (wanted.kind == RangeRequest::Kind::part) {
    range = wanted.part;
    response.status = 206;
    std::string part = std::to_string(range.begin);
    part.append("-").append(std::to_string(range.begin + range.count - 1));
    response.headers.emplace_back("Content-Range", content_range(part, size));
  }
  response.source = std::make_shared<ContentSource>(std::move(reader), range);
  return response;
}

core::result<attachment::Attachment> readable(const AttachmentApi& api, const Request& request) {
  if (api.service == nullptr) return errors::attachment_disabled;
  const auto id = attachment_of(request);
  if (!id) return id.error();
  const auto reader = reader_of(api, request, *id);
  if (!reader) return reader.error();
  return api.service->find(reader->user_id, *id);
}

std::string etag_of(const attachment::Facts& facts, std::string_view suffix) {
  std::string etag("\"");
  return etag.append(facts.hash).append(suffix).append("\"");
}

}  // namespace

Response get_content(const AttachmentApi& api, const Request& request) {
  const auto attachment = readable(api, request);
  if (!attachment) return Response::problem(attachment.error());
  auto reader = api.service->open(*attachment);
  if (!reader) return Response::problem(reader.error());
  const auto& facts = attachment->facts;
  auto response = serve(api, request, std::move(*reader), etag_of(facts, {}));
  if (response.status == 416) return response;
  const bool shown = attachment::is_safe_inline(facts);
  response.content_type = shown ? facts.content_type : "application/octet-stream";
  response.headers.emplace_back("Content-Disposition", disposition(shown ? "inline" : "attachment", attachment->name));
  return response;
}

Response get_thumbnail(const AttachmentApi& api, const Request& request) {
  const auto attachment = readable(api, request);
  if (!attachment) return Response::problem(attachment.error());
  auto reader = api.service->open_preview(*attachment);
  if (!reader) return Response::problem(reader.error());
  auto response = serve(api, request, std::move(*reader), etag_of(attachment->facts, "-preview"));
  if (response.status == 416) return response;
  response.content_type = "image/webp";
  response.headers.emplace_back("Content-Disposition", "inline");
  return response;
}

}  // namespace netherlink::gateway::attachments
