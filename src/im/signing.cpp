#include "im/signing.hpp"

#include "netherlink/crypto/encoding.hpp"
#include "netherlink/crypto/signature.hpp"

namespace netherlink::im {
namespace {

std::string mentions_text(const std::vector<UserId>& mentions) {
  std::string text;
  for (const auto user : mentions) {
    if (!text.empty()) text.push_back(',');
    text.append(user == mention_all ? "all" : std::to_string(user));
  }
  return text;
}

std::string id_or_nothing(std::int64_t id) {
  return id == 0 ? std::string() : std::to_string(id);
}

}  // namespace

std::string signed_text(const Command& send, std::int64_t device_id, Timestamp client_time) {
  std::string text("netherlink-message-v1\n");
  text.append(send.conversation.text).append("\n");
  text.append(send.client_msg_id).append("\n");
  text.append(to_string(send.kind)).append("\n");
  text.append(crypto::to_hex(crypto::sha256(send.content))).append("\n");
  text.append(id_or_nothing(send.reply_to)).append("\n");
  text.append(mentions_text(send.mentions)).append("\n");
  text.append(id_or_nothing(send.attachment_id)).append("\n");
  text.append(std::to_string(device_id)).append("\n");
  return text.append(std::to_string(client_time));
}

core::result<void> check_signature(Command& send, const std::optional<DeviceSigners::Signer>& signer, bool required) {
  if (!send.signature) {
    if (required && signer) return errors::chat_signature_required;
    return {};
  }
  if (!signer) return errors::chat_signature_invalid;
  auto& made = *send.signature;
  const auto key = crypto::base64_decode(signer->signing_key), signature = crypto::base64_decode(made.signature);
  const auto text = signed_text(send, signer->device_id, made.client_time);
  if (!key || !signature || !crypto::verify_ed25519(*key, text, *signature)) return errors::chat_signature_invalid;
  made.device_id = signer->device_id;
  made.signing_key = signer->signing_key;
  return {};
}

}  // namespace netherlink::im
