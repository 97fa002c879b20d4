# The headers that most translation units read and that cost most to parse. A file still includes what it uses: the
# clang builds (tests/fuzz, clang-tidy) and -DNETHERLINK_PCH=OFF go without.

# The list of headers is written by CMake a moment before it is compiled, which ccache takes for a file being edited: it
# would not store the result, and every object made with the header would miss too.
function(netherlink_cache_precompiled target)
  if(NETHERLINK_CCACHE)
    list(TRANSFORM CMAKE_CXX_COMPILER_LAUNCHER REPLACE "^CCACHE_SLOPPINESS=.*" "\\0,include_file_mtime,include_file_ctime"
         OUTPUT_VARIABLE launcher)
    set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER "${launcher}")
  endif()
endfunction()

set(NETHERLINK_PCH_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <deque> <filesystem> <functional>
  <map> <memory> <mutex> <optional> <random> <span> <string> <string_view> <thread> <unordered_map> <utility> <variant>
  <vector> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/post.hpp> <boost/asio/steady_timer.hpp>
  <boost/json.hpp> <boost/system/result.hpp> <fmt/format.h>)

if(NETHERLINK_PCH)
  file(WRITE "${CMAKE_BINARY_DIR}/precompiled.cpp" "")
  add_library(netherlink_pch STATIC "${CMAKE_BINARY_DIR}/precompiled.cpp")
  target_link_libraries(netherlink_pch PRIVATE netherlink_options Boost::headers Boost::json fmt::fmt Threads::Threads)
  target_precompile_headers(netherlink_pch PRIVATE ${NETHERLINK_PCH_HEADERS})
  netherlink_cache_precompiled(netherlink_pch)
endif()
