#include "netherlink/vpn/types.hpp"

namespace netherlink::vpn {

std::string control_name(UserId user) {
  std::string name(1, 'u');
  name.append(std::to_string(user));
  return name;
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::ready:
      return "ready";
    case Status::pending:
      return "pending";
    case Status::disabled:
      break;
  }
  return "disabled";
}

}  // namespace netherlink::vpn
