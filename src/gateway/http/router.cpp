#include "gateway/http/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace netherlink::gateway {
namespace {

/// Takes the first segment off a path that begins with a slash.
std::string_view take_segment(std::string_view& path) {
  const auto end = std::min(path.find('/', 1), path.size());
  const auto segment = path.substr(1, end - 1);
  path.remove_prefix(end);
  return segment;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_segment(pattern), given = take_segment(path);
    if (is_parameter(wanted) ? given.empty() : wanted != given) return false;
  }
  return pattern.empty() && path.empty();
}

/// `a` before `b`: the one that has a literal where the other has a parameter first; of those alike, the shorter. A
/// strict weak order over patterns of any length.
bool more_literal(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const bool a_parameter = is_parameter(take_segment(a)), b_parameter = is_parameter(take_segment(b));
    if (a_parameter != b_parameter) return b_parameter;
  }
  return a.empty() && !b.empty();
}

bool serves(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

}  // namespace

void Router::add(Route route) {
  auto at = std::find_if(paths_.begin(), paths_.end(), [&](const Path& p) { return p.pattern == route.pattern; });
  if (at == paths_.end()) {
    const auto before = [](const Path& a, const Path& b) { return more_literal(a.pattern, b.pattern); };
    Path path{route.pattern, route.pattern.find('{') == std::string_view::npos, {}};
    at = paths_.insert(std::upper_bound(paths_.begin(), paths_.end(), path, before), std::move(path));
  }
  for (const auto index : at->routes) {
    if (routes_[index].method == route.method) throw std::logic_error("two routes for one method and path");
  }
  at->routes.push_back(routes_.size());
  routes_.push_back(std::move(route));
}

void Router::add(std::vector<Route> routes) {
  for (auto& route : routes) add(std::move(route));
}

const Router::Path* Router::find(std::string_view path) const {
  if (path.empty() || path.front() != '/') return nullptr;
  const auto found = std::find_if(paths_.begin(), paths_.end(), [path](const Path& candidate) {
    return candidate.literal ? candidate.pattern == path : matches(candidate.pattern, path);
  });
  return found == paths_.end() ? nullptr : &*found;
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  const auto* const found = find(path);
  if (!found) return match;
  for (const auto index : found->routes) {
    if (serves(routes_[index], method)) match.route = &routes_[index];
  }
  if (!match.route) {
    for (const auto index : found->routes) {
      match.allowed.push_back(routes_[index].method);
      if (routes_[index].method == "GET") match.allowed.push_back("HEAD");
    }
    match.allowed.push_back("OPTIONS");
  } else if (!found->literal) {
    for (auto pattern = found->pattern, rest = path; !pattern.empty();) {
      const auto wanted = take_segment(pattern), given = take_segment(rest);
      if (is_parameter(wanted)) match.params.emplace(wanted.substr(1, wanted.size() - 2), given);
    }
  }
  return match;
}

}  // namespace netherlink::gateway
