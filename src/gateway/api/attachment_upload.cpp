// PATCH /attachments/{id}: bytes of an upload.
#include <charconv>

#include "gateway/api/attachment_calls.hpp"
#include "gateway/api/query_input.hpp"

namespace netherlink::gateway::attachments {
namespace {

/// `Upload-Offset` as in tus, or ?offset=.
core::result<std::int64_t> read_offset(const Request& request, std::int64_t most) {
  QueryInput query(request, {"offset"});
  auto offset = query.number("offset", 0, most);
  if (const auto header = request.header("upload-offset"); !header.empty()) {
    std::int64_t value = 0;
    const auto* const end = header.data() + header.size();
    const auto [stopped, error] = std::from_chars(header.data(), end, value);
    const bool good = error == std::errc() && stopped == end && value >= 0;
    if (!good || (offset && *offset != value)) query.fail("Upload-Offset", "must be a number, the same as offset");
    offset = value;
  } else if (!query.text("offset")) {
    query.fail("offset", "is missing, and there is no Upload-Offset");
  }
  if (const auto read = query.finish(); !read) return read.error();
  return *offset;
}

class UploadSink final : public BodySink {
 public:
  UploadSink(const AttachmentApi& api, std::shared_ptr<const Request> request)
      : api_(api), request_(std::move(request)) {}

  std::optional<Response> open() override {
    if (api_.service == nullptr) return Response::problem(errors::attachment_disabled);
    const auto id = attachment_of(*request_);
    if (!id) return Response::problem(id.error());
    const auto offset = read_offset(*request_, api_.service->options().max_bytes);
    if (!offset) return Response::problem(offset.error());
    auto reception = api_.service->receive(request_->principal->user_id, *id, *offset);
    if (!reception) return refuse(*id, reception.error());
    reception_ = std::move(*reception);
    return std::nullopt;
  }

  std::optional<Response> take(std::string_view piece) override {
    const auto taken = reception_->take(piece);
    if (taken) return std::nullopt;
    reception_.reset();
    return Response::problem(taken.error());
  }

  Response finish() override {
    const auto attachment = reception_->finish();
    reception_.reset();
    if (!attachment) return Response::problem(attachment.error());
    return attachment_answer(api_, *attachment, *request_->principal, 200);
  }

  void interrupt() override {
    if (reception_) reception_->interrupt();
    reception_.reset();
  }

 private:
  /// A client that is told where to go on need not ask.
  Response refuse(attachment::AttachmentId id, const core::Error& error) const {
    auto response = Response::problem(error);
    if (!error.is(errors::attachment_wrong_offset)) return response;
    const auto attachment = api_.service->find_own(request_->principal->user_id, id);
    if (attachment) response.headers.emplace_back("Upload-Offset", std::to_string(attachment->received));
    return response;
  }

  AttachmentApi api_;
  std::shared_ptr<const Request> request_;
  std::unique_ptr<attachment::Reception> reception_;
};

}  // namespace

std::unique_ptr<BodySink> make_upload_sink(const AttachmentApi& api, std::shared_ptr<const Request> request) {
  return std::make_unique<UploadSink>(api, std::move(request));
}

}  // namespace netherlink::gateway::attachments
