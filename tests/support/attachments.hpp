#pragma once

#include <string>

#include "support/person.hpp"

namespace netherlink::test {

/// POST /attachments.
HttpAnswer announce(Person& owner, const std::string& name, std::size_t size);
std::string attachment_path(const std::string& id, const std::string& rest = {});
/// One PATCH at this offset.
HttpAnswer send_bytes(Person& owner, const std::string& id, std::size_t offset, std::string_view bytes);
/// All of it, in one piece: the Attachment. Throws when it is refused.
nlohmann::json upload(Person& owner, std::string_view bytes, const std::string& name = "file.bin");
/// A message that refers to an attachment, as message.send and REST take it.
nlohmann::json attachment_message(const std::string& conversation_id, const nlohmann::json& attachment,
                                  const std::string& kind = "file");
/// Sent over REST: the answer.
HttpAnswer post_attachment(Person& sender, const std::string& conversation_id, const nlohmann::json& attachment,
                           const std::string& kind = "file");
HttpAnswer content_of(Person& reader, const nlohmann::json& attachment, const Headers& headers = {});

/// Images. A PNG of one colour; `bits` 1 or 8 for each grey pixel. With `declared` sides in its header other than those
/// of its pixels it is a lie.
std::string make_png(std::uint32_t width, std::uint32_t height, int bits = 8);
std::string lying_png(std::uint32_t declared_width, std::uint32_t declared_height);
/// 32 x 16, the left half red, the right blue; `orientation` of EXIF, with GPS data beside it (0: no EXIF).
std::string sample_jpeg(int orientation = 0);
/// 24 x 12, green.
std::string sample_webp();
/// 10 x 6, its header and no more than that takes.
std::string sample_gif();
/// Bytes that nothing makes smaller, the same for the same seed.
std::string noise(std::size_t size, unsigned seed = 1);

}  // namespace netherlink::test
