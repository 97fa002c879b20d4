#include "support/yaml.hpp"

#include <yaml-cpp/yaml.h>

#include <stdexcept>

namespace netherlink::test {
namespace {

nlohmann::json scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true") return true;
  if (text == "false") return false;
  if (text == "null" || text == "~") return nullptr;
  const auto number = nlohmann::json::parse(text, nullptr, false);
  return number.is_number() ? number : nlohmann::json(text);
}

nlohmann::json convert(const YAML::Node& node) {
  if (node.IsNull()) return nullptr;
  if (node.IsScalar()) return scalar(node);
  if (node.IsSequence()) {
    auto array = nlohmann::json::array();
    for (const auto& item : node) array.push_back(convert(item));
    return array;
  }
  auto object = nlohmann::json::object();
  for (const auto& item : node) {
    const auto& key = item.first.Scalar();
    if (object.contains(key)) throw std::runtime_error("key \"" + key + "\" is there twice");
    object[key] = convert(item.second);
  }
  return object;
}

}  // namespace

nlohmann::json load_yaml(const std::filesystem::path& file) {
  try {
    return convert(YAML::LoadFile(file.string()));
  } catch (const std::exception& problem) {
    throw std::runtime_error(file.string() + ": " + problem.what());
  }
}

}  // namespace netherlink::test
