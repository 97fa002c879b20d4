#include "vpn/policy.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "netherlink/core/json_writer.hpp"

namespace netherlink::vpn {
namespace {

// The last address of the range that Headscale hands out from its beginning: nobody ever has it.
constexpr std::string_view nobody = "100.127.255.254", nobodys_port = "100.127.255.254:9";

std::string group_of(RoomId room) {
  std::string name("group:room-");
  return name.append(std::to_string(room));
}

std::string person(UserId user) {
  return control_name(user).append("@");
}

bool are_apart(const Circle& circle, UserId a, UserId b) {
  const auto pair = std::minmax(a, b);
  return std::ranges::find(circle.apart, std::pair<UserId, UserId>(pair.first, pair.second)) != circle.apart.end();
}

void begin_rule(core::JsonWriter& out) {
  out.begin_object().field("action", "accept").key("src").begin_array();
}

void write_sentinel(core::JsonWriter& out) {
  begin_rule(out);
  out.value(nobody).end_array().key("dst").begin_array().value(nobodys_port).end_array().end_object();
}

void write_group_rule(core::JsonWriter& out, const Circle& circle) {
  const auto group = group_of(circle.room);
  begin_rule(out);
  out.value(group).end_array().key("dst").begin_array().value(group + ":*").end_array().end_object();
}

/// What a group cannot say: everybody but one.
void write_personal_rules(core::JsonWriter& out, const Circle& circle) {
  for (const auto from : circle.members) {
    begin_rule(out);
    out.value(person(from)).end_array().key("dst").begin_array();
    for (const auto to : circle.members) {
      if (!are_apart(circle, from, to)) out.value(person(to).append(":*"));
    }
    out.end_array().end_object();
  }
}

bool is_group_or_person(std::string_view who) {
  if (who.starts_with("group:room-")) return true;
  return who.size() > 2 && who.front() == 'u' && who.back() == '@' && who.find('@') == who.size() - 1;
}

/// What stands in a rule before the ports of a destination.
std::string_view host_part(std::string_view target) {
  return target.substr(0, target.rfind(':'));
}

bool is_list_of(const boost::json::object& rule, std::string_view name, bool targets) {
  const auto* list = rule.if_contains(name);
  if (list == nullptr || !list->is_array()) return false;
  return std::ranges::all_of(list->get_array(), [&](const boost::json::value& entry) {
    if (!entry.is_string()) return false;
    const std::string_view text(entry.get_string().data(), entry.get_string().size());
    const auto who = targets ? host_part(text) : text;
    return who == nobody || is_group_or_person(who);
  });
}

}  // namespace

std::string render_policy(std::span<const Circle> circles) {
  std::string text;
  core::JsonWriter out(text);
  out.begin_object().key("groups").begin_object();
  for (const auto& circle : circles) {
    if (circle.members.size() < 2 || !circle.apart.empty()) continue;
    out.key(group_of(circle.room)).begin_array();
    for (const auto user : circle.members) out.value(person(user));
    out.end_array();
  }
  out.end_object().key("acls").begin_array();
  for (const auto& circle : circles) {
    if (circle.members.size() < 2) continue;
    if (circle.apart.empty()) {
      write_group_rule(out, circle);
    } else {
      write_personal_rules(out, circle);
    }
  }
  write_sentinel(out);
  out.end_array().end_object();
  return text;
}

bool is_closed(std::string_view policy) {
  boost::system::error_code failed;
  const auto parsed = boost::json::parse({policy.data(), policy.size()}, failed);
  if (failed || !parsed.is_object()) return false;
  const auto& top = parsed.get_object();
  const auto* rules = top.if_contains("acls");
  if (rules == nullptr || !rules->is_array() || rules->get_array().empty()) return false;
  if (top.size() != (top.contains("groups") ? 2U : 1U)) return false;
  return std::ranges::all_of(rules->get_array(), [](const boost::json::value& rule) {
    return rule.is_object() && is_list_of(rule.get_object(), "src", false) &&
           is_list_of(rule.get_object(), "dst", true);
  });
}

}  // namespace netherlink::vpn
