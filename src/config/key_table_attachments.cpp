#include "config/checks.hpp"
#include "config/keys.hpp"
#include "config/units.hpp"

namespace netherlink::config {
namespace {

constexpr std::int64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB, TiB = 1024 * GiB;
constexpr std::int64_t s = 1000, d = 24 * 3600 * s;  // durations, in milliseconds

// The way to a member of Config.
#define AT(path)             \
  +[](Config & c) -> auto& { \
    return c.path;           \
  }

constexpr Key table[] = {
    {.name = "attachments.directory",
     .target = AT(attachments.directory),
     .meaning = "Folder for the content of attachments; replicas must share it (docs/attachments.md). Empty: "
                "`attachments` beside an embedded database; with any other database there are no attachments then.",
     .range = {0, 4096}},
    {.name = "attachments.max_bytes",
     .target = AT(attachments.max_bytes),
     .initial = "2GiB",
     .meaning = "Largest file.",
     .range = {1, 16 * GiB},
     .unit = Unit::bytes},
    {.name = "attachments.chunk_bytes",
     .target = AT(attachments.chunk_bytes),
     .initial = "16MiB",
     .meaning =
         "Most bytes of a file that one request may bring; what a client loses at most when the server is killed.",
     .range = {KiB, GiB},
     .unit = Unit::bytes},
    {.name = "attachments.user_bytes",
     .target = AT(attachments.user_bytes),
     .initial = "10GiB",
     .meaning = "All files of one person together, those that are still being uploaded included.",
     .range = {1, 1024 * TiB},
     .unit = Unit::bytes},
    {.name = "attachments.name_bytes",
     .target = AT(attachments.name_bytes),
     .initial = "255B",
     .meaning = "Longest name of a file, in UTF-8.",
     .range = {1, 1024},
     .unit = Unit::bytes},
    {.name = "attachments.max_unfinished",
     .target = AT(attachments.max_unfinished),
     .initial = "10",
     .meaning = "Uploads that one person may have begun and not completed.",
     .range = {1, 1000}},
    {.name = "attachments.allowed_types",
     .target = AT(attachments.allowed_types),
     .meaning = "Media types that are taken (`image/png`, `image/*`), found out from the content and not from the "
                "name; empty: all.",
     .check = check_media_type},
    {.name = "attachments.refused_types",
     .target = AT(attachments.refused_types),
     .meaning = "Media types that are not taken, whatever is allowed.",
     .check = check_media_type},
    {.name = "attachments.upload_ttl",
     .target = AT(attachments.upload_ttl),
     .initial = "24h",
     .meaning = "How long after its last byte an unfinished upload is kept.",
     .range = {s, 365 * d}},
    {.name = "attachments.unused_ttl",
     .target = AT(attachments.unused_ttl),
     .initial = "24h",
     .meaning = "How long a complete file is kept that no message refers to.",
     .range = {s, 365 * d}},
    {.name = "attachments.link_ttl",
     .target = AT(attachments.link_ttl),
     .initial = "1h",
     .meaning = "How long a signed link to a file works.",
     .range = {60 * s, 7 * d}},
    {.name = "attachments.sweep_interval",
     .target = AT(attachments.sweep_interval),
     .initial = "60s",
     .meaning = "How often is looked for what nobody needs any more.",
     .range = {100, d}},
    {.name = "attachments.max_pixels",
     .target = AT(attachments.max_pixels),
     .initial = "50000000",
     .meaning = "Largest image that is looked at and shown; a larger one can be downloaded, no more.",
     .range = {1, 1000000000}},
    {.name = "attachments.preview_pixels",
     .target = AT(attachments.preview_pixels),
     .initial = "320",
     .meaning = "Pixels of the longer side of a preview.",
     .range = {16, 2048}},
    {.name = "attachments.image_memory",
     .target = AT(attachments.image_memory),
     .initial = "512MiB",
     .meaning = "Address space of the process that looks at one image.",
     .range = {64 * MiB, 16 * GiB},
     .unit = Unit::bytes},
    {.name = "attachments.image_timeout",
     .target = AT(attachments.image_timeout),
     .initial = "10s",
     .meaning = "How long that process may take.",
     .range = {s, 300 * s}},
    {.name = "attachments.threads",
     .target = AT(attachments.threads),
     .initial = "4",
     .meaning = "Threads that read and write files, and look at images.",
     .range = {1, 256}},
    {.name = "attachments.queue",
     .target = AT(attachments.queue),
     .initial = "1024",
     .meaning = "Pieces of files that may wait for them; above it 503.",
     .range = {1, 1000000}},
};
#undef AT

}  // namespace

std::span<const Key> attachment_keys() {
  return table;
}

}  // namespace netherlink::config
