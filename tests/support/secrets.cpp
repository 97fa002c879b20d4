#include "support/secrets.hpp"

namespace netherlink::test {
namespace {

const std::set<std::string> secret_members{"password",     "old_password",  "new_password",
                                           "access_token", "refresh_token", "content"};

}

Secrets& Secrets::get() {
  static Secrets secrets;
  return secrets;
}

void Secrets::note(const nlohmann::json& value) {
  if (value.is_array()) {
    for (const auto& item : value) note(item);
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      if (member.is_string() && secret_members.contains(name)) note_text(member.get_ref<const std::string&>());
      if (member.is_structured()) note(member);
    }
  }
}

void Secrets::note_text(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  if (text.size() >= 12 && known_.size() < most) known_.emplace(text);
}

std::vector<std::string> Secrets::found_in(std::string_view text) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> found;
  for (const auto& secret : known_) {
    if (text.find(secret) != std::string_view::npos) found.push_back(secret);
  }
  return found;
}

std::size_t Secrets::size() const {
  const std::scoped_lock lock(mutex_);
  return known_.size();
}

}  // namespace netherlink::test
