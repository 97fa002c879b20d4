# Warnings, sanitizers, linker, cache and optimisation as one INTERFACE target: netherlink_options.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(NETHERLINK_BUILD_TESTS "Build the tests" ON)
option(NETHERLINK_BUILD_FUZZERS "Build the libFuzzer targets (needs clang)" OFF)
option(NETHERLINK_LTO "Link-time optimisation" OFF)
set(NETHERLINK_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

add_library(netherlink_options INTERFACE)
target_compile_options(netherlink_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wconversion -Wsign-conversion -Wcast-align -Wunused -Werror)
target_compile_definitions(netherlink_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)
target_include_directories(netherlink_options INTERFACE "${CMAKE_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}/src")

if(NETHERLINK_SANITIZE)
  target_compile_options(netherlink_options INTERFACE -fsanitize=${NETHERLINK_SANITIZE} -fno-omit-frame-pointer
                                                      -fno-sanitize-recover=all)
  target_link_options(netherlink_options INTERFACE -fsanitize=${NETHERLINK_SANITIZE})
endif()

if(NETHERLINK_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

find_program(NETHERLINK_CCACHE ccache)
if(NETHERLINK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The precompiled headers need these two relaxations; everything else stays strict.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros "${NETHERLINK_CCACHE}")
endif()

foreach(linker mold lld)
  find_program(NETHERLINK_LINKER_${linker} NAMES ld.${linker} ${linker})
  if(NETHERLINK_LINKER_${linker} AND NOT NETHERLINK_LTO)
    target_link_options(netherlink_options INTERFACE -fuse-ld=${linker})
    break()
  endif()
endforeach()
