#pragma once

#include <array>
#include <span>
#include <string_view>

namespace netherlink::core {

/// A file that was compiled into the binary (cmake/EmbedFiles.cmake). Lives as long as the program.
struct EmbeddedFile {
  std::string_view name;
  std::string_view content;
};

}  // namespace netherlink::core

namespace netherlink::embedded {

std::span<const core::EmbeddedFile> api();
std::span<const core::EmbeddedFile> migrations_mysql();
std::span<const core::EmbeddedFile> migrations_sqlite();
std::span<const core::EmbeddedFile> proto_netherlink_v1();
std::span<const core::EmbeddedFile> share_mail();
/// The web client; empty if it was not built.
std::span<const core::EmbeddedFile> web_dist();

}  // namespace netherlink::embedded
