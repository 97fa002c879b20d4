#pragma once

#include "gateway/http/router.hpp"

namespace netherlink::gateway {

/// A page for people who open the address in a browser: what this is, and where to read on.
Handler index_page();

}  // namespace netherlink::gateway
