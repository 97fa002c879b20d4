#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace netherlink::test {

/// A YAML 1.2 core schema file as JSON: plain scalars become numbers, booleans and null, quoted ones stay text.
/// Throws std::runtime_error with the file's name.
nlohmann::json load_yaml(const std::filesystem::path& file);

}  // namespace netherlink::test
