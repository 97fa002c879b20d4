#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "netherlink/bus/bus.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/store/blobs.hpp"
#include "netherlink/store/store.hpp"

namespace netherlink::app {

/// In this process or in a file of its own: nothing that another replica could share.
bool is_embedded(std::string_view url);

store::Options store_options(const config::Config& config);
bus::RabbitBusOptions rabbit_options(const config::Config& config);
std::unique_ptr<bus::Bus> make_bus(const config::Config& config);
std::unique_ptr<cache::Cache> make_cache(const config::Config& config);
/// nullptr: there are none. `data_folder`: of an embedded database, or empty.
core::result<std::unique_ptr<attachment::BlobStore>> open_blobs(const config::Config& config,
                                                                const std::string& data_folder);

}  // namespace netherlink::app
