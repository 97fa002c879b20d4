// Configuration files of any content: read, or refused with problems; never more.
#include <cstdlib>

#include "config/format.hpp"
#include "config/read.hpp"
#include "config/sources.hpp"

using namespace netherlink::config;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string document(reinterpret_cast<const char*>(data), size);
  std::vector<Problem> problems;
  const auto given = parse_toml(document, "netherlink.toml", problems);
  if (!problems.empty() && !given.empty()) std::abort();

  auto config = defaults();
  for (const auto& [source, name, node] : given) {
    const Key* key = find_key(name);
    // Files that the document names are left alone.
    if (key == nullptr || name == "vpn.cells" || name.ends_with("_file")) continue;
    if (!assign(*key, node, config).empty()) continue;
    // What was taken can be written, and read again as the same.
    auto again = defaults();
    const auto written = format_value(*key, config, Mask::no);
    if (!assign(*key, parse_toml_value(written), again).empty()) std::abort();
    if (format_value(*key, again, Mask::no) != written) std::abort();
  }
  return 0;
}
