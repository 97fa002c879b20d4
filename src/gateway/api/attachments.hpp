#pragma once

#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/attachment/service.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/crypto/jwt.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::gateway {

/// What the calls about attachments need; all of it outlives the routes.
struct AttachmentApi {
  const config::Config& config;
  attachment::AttachmentService* service;  // nullptr: this server has none
  im::ChatService& chat;
  cache::Cache& cache;
  const crypto::TokenSigner& signer;
};

std::vector<Route> attachment_routes(const AttachmentApi& api);

}  // namespace netherlink::gateway
