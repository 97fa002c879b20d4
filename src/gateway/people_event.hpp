#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "gateway/encode.hpp"
#include "netherlink/im/push.hpp"

namespace netherlink::gateway {

/// A frame of that type for these people; `write` gets the JsonWriter of its data.
template <class Write>
im::PeopleEvent people_event(std::string_view type, std::vector<core::UserId> users, const Write& write) {
  im::PeopleEvent made;
  made.users = std::move(users);
  made.type = type;
  core::JsonWriter data(made.data);
  write(data);
  return made;
}

}  // namespace netherlink::gateway
