#include "support/descriptions.hpp"

#include <algorithm>

#include "netherlink/core/error.hpp"
#include "support/yaml.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

constexpr std::string_view other_document = "./openapi.yaml";

/// Replaces every $ref by what it names; siblings of a $ref (allowed in 3.1) win. Our schemas do not recurse.
class Resolver {
 public:
  Resolver(const json& home, const json& openapi) : home_(home), openapi_(openapi) {}

  json resolve(const json& node, int depth = 0) const {
    if (depth > 50) throw std::runtime_error("a schema recurses");
    if (node.is_array()) {
      auto copy = json::array();
      for (const auto& item : node) copy.push_back(resolve(item, depth + 1));
      return copy;
    }
    if (!node.is_object()) return node;
    auto copy = json::object();
    if (const auto ref = node.find("$ref"); ref != node.end() && ref->is_string()) copy = follow(*ref, depth);
    for (const auto& [name, value] : node.items()) {
      if (name != "$ref") copy[name] = resolve(value, depth + 1);
    }
    return copy;
  }

 private:
  json follow(const std::string& ref, int depth) const {
    const auto hash = ref.find('#');
    if (hash == std::string::npos) throw std::runtime_error("$ref without a place: " + ref);
    const auto document = std::string_view(ref).substr(0, hash);
    if (!document.empty() && document != other_document) throw std::runtime_error("$ref to another document: " + ref);
    const auto& root = document.empty() ? home_ : openapi_;
    const auto& target = root.at(json::json_pointer(ref.substr(hash + 1)));
    return Resolver(root, openapi_).resolve(target, depth + 1);
  }

  const json& home_;
  const json& openapi_;
};

/// One possible answer of one route.
struct DescribedAnswer {
  std::map<std::string, std::unique_ptr<Schema>> content;  // by media type; empty: no body
  std::vector<std::string> required_headers;               // in lower case
};

using Answers = std::map<std::string, DescribedAnswer>;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Answers compile_answers(const json& responses) {
  Answers answers;
  for (const auto& [status, response] : responses.items()) {
    auto& answer = answers[status];
    const auto content = response.value("content", json::object()), headers = response.value("headers", json::object());
    for (const auto& [type, media] : content.items()) {
      answer.content[type] = std::make_unique<Schema>(media.at("schema"));
    }
    for (const auto& [name, header] : headers.items()) {
      if (header.value("required", false)) answer.required_headers.push_back(lower(name));
    }
  }
  return answers;
}

struct Operation {
  std::string method, path;
  std::vector<std::string> segments;
  bool open = false;
  std::unique_ptr<Schema> request;
  Answers answers;
};

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  for (std::size_t begin = 0;;) {  // a trailing slash makes another path
    const auto end = path.find('/', begin);
    segments.emplace_back(path.substr(begin, end - begin));
    if (end == std::string_view::npos) return segments;
    begin = end + 1;
  }
}

bool is_variable(std::string_view segment) {
  return !segment.empty() && segment.front() == '{';
}

/// How many segments fit literally, or -1.
int score(const Operation& operation, const std::vector<std::string>& segments) {
  if (operation.segments.size() != segments.size()) return -1;
  int literal = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (operation.segments[i] == segments[i]) {
      ++literal;
    } else if (!is_variable(operation.segments[i])) {
      return -1;
    }
  }
  return literal;
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::string header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

[[noreturn]] void violated(const std::string& what, const std::vector<std::string>& problems,
                           const std::string& received) {
  std::string text = what;
  for (const auto& problem : problems) text += "\n  " + problem;
  throw ContractViolation(text + "\n  received: " + received.substr(0, 2000));
}

std::string type_of(const json& frame) {
  const auto type = frame.is_object() ? frame.find("type") : frame.end();
  return type != frame.end() && type->is_string() ? type->get<std::string>() : std::string();
}

}  // namespace

struct Descriptions::Impl {
  json openapi, asyncapi;
  std::vector<Operation> operations;
  Answers unrouted;
  std::map<std::string, std::unique_ptr<Schema>> client_frames, server_frames;

  void compile_openapi() {
    const auto resolved = Resolver(openapi, openapi).resolve(openapi);
    unrouted = compile_answers(resolved.at("x-unrouted-responses"));
    for (const auto& [path, item] : resolved.at("paths").items()) {
      for (const auto& [method, described] : item.items()) {
        Operation operation;
        operation.method = method;
        std::transform(method.begin(), method.end(), operation.method.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        operation.path = path;
        operation.segments = split(path);
        const auto security = described.find("security");
        operation.open = security != described.end() && security->empty();
        if (const auto body = described.find("requestBody"); body != described.end()) {
          const auto& content = body->at("content");
          if (content.contains("application/json")) {
            operation.request = std::make_unique<Schema>(content.at("application/json").at("schema"));
          }
        }
        operation.answers = compile_answers(described.at("responses"));
        operations.push_back(std::move(operation));
      }
    }
  }

  void compile_asyncapi() {
    const auto& channel = asyncapi.at("channels").at("socket").at("messages");
    // A frame that goes both ways is two messages of one name.
    std::set<std::string> used;
    const auto compile = [&](const json& ref, std::map<std::string, std::unique_ptr<Schema>>& into) {
      const auto text = ref.at("$ref").get<std::string>();
      const auto key = text.substr(text.rfind('/') + 1);
      const auto message = Resolver(asyncapi, openapi).resolve(channel.at(key));
      used.insert(key);
      into.try_emplace(message.at("name"), std::make_unique<Schema>(message.at("payload")));
    };
    for (const auto& [name, operation] : asyncapi.at("operations").items()) {
      auto& own = operation.at("action") == "receive" ? client_frames : server_frames;
      for (const auto& ref : operation.at("messages")) compile(ref, own);
      if (!operation.contains("reply")) continue;
      for (const auto& ref : operation.at("reply").at("messages")) compile(ref, server_frames);
    }
    for (const auto& [name, message] : channel.items()) {
      if (!used.contains(name)) throw std::runtime_error("no operation of asyncapi.yaml uses " + name);
    }
  }

  const Operation* find(std::string_view method, std::string_view target) const {
    const auto segments = split(path_of(target));
    const Operation* best = nullptr;
    for (const auto& operation : operations) {
      if (operation.method != method || score(operation, segments) < 0) continue;
      if (best == nullptr || score(operation, segments) > score(*best, segments)) best = &operation;
    }
    return best;
  }
};

Descriptions::Descriptions(const std::filesystem::path& folder) : impl_(std::make_unique<Impl>()) {
  impl_->openapi = load_yaml(folder / "openapi.yaml");
  impl_->asyncapi = load_yaml(folder / "asyncapi.yaml");
  impl_->compile_openapi();
  impl_->compile_asyncapi();
}

Descriptions::~Descriptions() = default;

const Descriptions& Descriptions::get() {
  static const Descriptions descriptions{std::filesystem::path(NETHERLINK_SOURCE_DIR) / "api"};
  return descriptions;
}

namespace {

/// RFC 9457 members must agree with each other, with the status line and with the table of codes.
void check_problem(const std::string& what, const Descriptions::Answer& answer, const json& problem) {
  const auto code = problem.at("code").get<std::string>();
  const auto& row = core::error_code(code);
  std::vector<std::string> wrong;
  if (problem.at("status") != answer.status) wrong.push_back("member status is not the status");
  const bool old_password =
      code == errors::auth_wrong_password.name && answer.status == errors::auth_wrong_password.status;
  if (row.name != code) wrong.push_back("unknown code");
  if (row.status != answer.status && !old_password) wrong.push_back("code " + code + " belongs to another status");
  if (!wrong.empty()) violated(what, wrong, *answer.body);
}

void check_body(const std::string& what, const DescribedAnswer& described, const Descriptions::Answer& answer) {
  for (const auto& name : described.required_headers) {
    if (header(*answer.headers, name).empty()) violated(what, {"header " + name + " is missing"}, *answer.body);
  }
  if (described.content.empty()) {
    if (!answer.body->empty()) violated(what, {"a body where none is described"}, *answer.body);
    return;
  }
  auto type = header(*answer.headers, "content-type");
  type = lower(type.substr(0, type.find(';')));
  const auto media = described.content.find(type);
  if (media == described.content.end())
    violated(what, {"content type \"" + type + "\" is not described"}, *answer.body);
  if (type.find("json") == std::string::npos) return;
  const auto value = json::parse(*answer.body, nullptr, false);
  if (value.is_discarded()) violated(what, {"not JSON"}, *answer.body);
  const auto problems = media->second->check(value);
  if (!problems.empty()) violated(what, problems, *answer.body);
  if (type == "application/problem+json") check_problem(what, answer, value);
}

/// A field that is null counts as absent; if it is required, that is noticed all the same.
json without_nulls(const json& value) {
  if (!value.is_object()) return value;
  auto copy = json::object();
  for (const auto& [name, member] : value.items()) {
    if (!member.is_null()) copy[name] = without_nulls(member);
  }
  return copy;
}

}  // namespace

void Descriptions::check_answer(std::string_view method, std::string_view target, const Answer& answer) const {
  const auto status = std::to_string(answer.status);
  const auto what = std::string(method) + " " + std::string(target) + " answered " + status;
  if (method == "OPTIONS" && answer.status == 204) return;
  if (method == "HEAD") {
    if (!answer.body->empty()) violated(what, {"HEAD with a body"}, *answer.body);
    return;
  }
  const auto* operation = target.empty() ? nullptr : impl_->find(method, target);
  if (operation != nullptr) {
    if (const auto described = operation->answers.find(status); described != operation->answers.end()) {
      return check_body(what, described->second, answer);
    }
  }
  const bool routed = operation != nullptr;
  const auto unrouted = impl_->unrouted.find(status);
  // A route that exists answers neither 404 nor 405 unless it says so.
  if (unrouted == impl_->unrouted.end() || (routed && (status == "404" || status == "405"))) {
    violated(what, {"the status is not described"}, *answer.body);
  }
  check_body(what, unrouted->second, answer);
}

void Descriptions::check_accepted_request(std::string_view method, std::string_view target, const json& body) const {
  const auto* operation = impl_->find(method, target);
  const auto what = std::string(method) + " " + std::string(target) + " was accepted with";
  if (operation == nullptr || operation->request == nullptr)
    violated(what, {"no request body is described"}, body.dump());
  const auto problems = operation->request->check(without_nulls(body));
  if (!problems.empty()) violated(what, problems, body.dump());
}

namespace {

void check_frame(const std::map<std::string, std::unique_ptr<Schema>>& frames, const std::string& what,
                 const json& frame) {
  const auto schema = frames.find(type_of(frame));
  if (schema == frames.end()) violated(what, {"the type is not described"}, frame.dump());
  const auto problems = schema->second->check(frame);
  if (!problems.empty()) violated(what, problems, frame.dump());
}

std::set<std::string> names(const std::map<std::string, std::unique_ptr<Schema>>& frames) {
  std::set<std::string> result;
  for (const auto& [name, schema] : frames) result.insert(name);
  return result;
}

}  // namespace

void Descriptions::check_server_frame(const json& frame) const {
  check_frame(impl_->server_frames, "frame of the server: " + type_of(frame), frame);
}

void Descriptions::check_accepted_frame(const json& frame) const {
  check_frame(impl_->client_frames, "accepted frame: " + type_of(frame), frame);
}

std::set<std::string> Descriptions::operations() const {
  std::set<std::string> result;
  for (const auto& operation : impl_->operations) result.insert(operation.method + " " + operation.path);
  return result;
}

std::set<std::string> Descriptions::open_operations() const {
  std::set<std::string> result;
  for (const auto& operation : impl_->operations) {
    if (operation.open) result.insert(operation.method + " " + operation.path);
  }
  return result;
}

std::set<std::string> Descriptions::client_frames() const {
  return names(impl_->client_frames);
}
std::set<std::string> Descriptions::server_frames() const {
  return names(impl_->server_frames);
}

std::set<std::string> Descriptions::error_codes() const {
  return impl_->openapi.at("components").at("schemas").at("ErrorCode").at("enum").get<std::set<std::string>>();
}

const json& Descriptions::openapi() const {
  return impl_->openapi;
}
const json& Descriptions::asyncapi() const {
  return impl_->asyncapi;
}

}  // namespace netherlink::test
