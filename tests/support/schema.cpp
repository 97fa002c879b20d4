#include "support/schema.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

namespace netherlink::test {

struct Schema::Impl {
  valijson::Schema compiled;
};

Schema::Schema(const nlohmann::json& schema) : impl_(std::make_unique<Impl>()) {
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  const valijson::adapters::NlohmannJsonAdapter adapter(schema);
  parser.populateSchema(adapter, impl_->compiled);
}

Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;

std::vector<std::string> Schema::check(const nlohmann::json& value) const {
  thread_local valijson::Validator validator;  // keeps compiled patterns, and is not thread-safe
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter adapter(value);
  std::vector<std::string> problems;
  if (validator.validate(impl_->compiled, adapter, &results)) return problems;
  for (const auto& error : results) {
    std::string place;
    for (const auto& step : error.context) place += step;
    problems.push_back(place + ": " + error.description);
  }
  if (problems.empty()) problems.push_back("invalid");
  return problems;
}

}  // namespace netherlink::test
