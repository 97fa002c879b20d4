#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "netherlink/config/config.hpp"
#include "support/catch.hpp"

/// A folder that is gone with the test.
struct Folder {
  std::filesystem::path path;

  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "netherlink-config-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& content) const {
    const auto file = path / name;
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }
};

/// Loads a document as netherlink.toml.
inline netherlink::config::Loaded load_toml(const std::string& document) {
  const Folder folder;
  return netherlink::config::load({.file = folder.write("netherlink.toml", document), .environment = {}, .set = {}});
}

inline netherlink::config::Loaded load_set(std::vector<std::string> set) {
  return netherlink::config::load({.file = std::nullopt, .environment = {}, .set = std::move(set)});
}

/// All problems as they are printed, without the folder.
inline std::string printed(const netherlink::config::Loaded& loaded) {
  std::string out;
  for (const auto& problem : loaded.problems) {
    auto line = netherlink::config::to_string(problem);
    if (const auto name = line.find("netherlink.toml"); line.starts_with("/") && name != std::string::npos) {
      line = line.substr(name);
    }
    out += line + "\n";
  }
  return out;
}
