#include "gateway/vpn_json.hpp"

namespace netherlink::gateway {

void write_vpn_access(core::JsonWriter& out, const vpn::Access& access, const vpn::Lag* lag) {
  out.begin_object().field("status", vpn::to_string(access.status));
  if (!access.control_url.empty()) out.field("control_url", access.control_url);
  if (!access.pre_auth_key.empty()) {
    out.field("pre_auth_key", access.pre_auth_key).key("expires_at").timestamp(access.expires_at);
  }
  if (lag != nullptr && access.status != vpn::Status::disabled) {
    out.key("lag").begin_object().field("wanted", lag->wanted).field("applied", lag->applied);
    out.field("behind_ms", lag->behind.count()).end_object();
  }
  out.end_object();
}

void write_vpn_peers(core::JsonWriter& out, std::span<const vpn::Peer> peers) {
  out.begin_array();
  for (const auto& peer : peers) {
    out.begin_object().key("user_id").id(peer.user_id).field("device", peer.device);
    out.field("address", peer.address).field("online", peer.online).end_object();
  }
  out.end_array();
}

}  // namespace netherlink::gateway
