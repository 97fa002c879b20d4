#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/core/embedded.hpp"

namespace netherlink::gateway {

/// The web client that was built into the binary (web/dist): a page and what it loads. `NAME.br` and `NAME.gz` stand
/// for NAME, compressed; a file whose name carries a hash of its content (`NAME-HASH.EXT`) may be kept for ever.
/// Immutable, thread-safe.
class WebClient {
 public:
  /// The files must live as long as this.
  explicit WebClient(std::span<const core::EmbeddedFile> files);

  /// False: the binary was built without it.
  bool available() const { return files_.contains("index.html"); }

  /// `name` in the best coding that the request accepts; 304 if the client has it; 404 problem if there is none.
  Response serve(std::string_view name, const Request& request) const;

 private:
  struct File {
    std::string_view type;
    std::string etag;  // without quotes
    bool for_ever = false;
    std::string_view plain, gzip, brotli;
  };
  std::map<std::string, File, std::less<>> files_;
};

/// The pages and files of the web client. Without one: a page for people at `/` and nothing else.
std::vector<Route> web_routes();

}  // namespace netherlink::gateway
