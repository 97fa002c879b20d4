# Warnings, sanitizers, linker, cache and optimisation as one INTERFACE target: netherlink_options.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()
option(NETHERLINK_BUILD_TESTS "Build the tests" ON)
option(NETHERLINK_FUZZ "Build the libFuzzer targets of tests/fuzz (needs clang)" OFF)
option(NETHERLINK_LTO "Link-time optimisation" OFF)
set(NETHERLINK_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(NETHERLINK_PCH "Precompile the heavy headers" ON)

# Release: line tables alone are enough for a profile with names and lines, at a tenth of the size of -g.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -gz -DNDEBUG -D_FORTIFY_SOURCE=2")

add_library(netherlink_options INTERFACE)
target_compile_options(netherlink_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wconversion -Wsign-conversion -Wcast-align -Wunused
  # GCC is the compiler we promise to be clean with; clang builds the fuzzers and has opinions of its own.
  $<$<CXX_COMPILER_ID:GNU>:-Werror>
  -fPIE
  # Paths relative to the tree: reproducible binaries, and a cache that serves every clone.
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
target_link_options(netherlink_options INTERFACE -pie)
target_compile_definitions(netherlink_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)
target_include_directories(netherlink_options INTERFACE "${CMAKE_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}/src")

if(NETHERLINK_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "NETHERLINK_FUZZ needs clang: cmake --preset fuzz")
  endif()
  target_compile_options(netherlink_options INTERFACE -O1 -g1 -fno-omit-frame-pointer -fno-sanitize-recover=all
                                                      -fsanitize=fuzzer-no-link,address,undefined)
  target_link_options(netherlink_options INTERFACE -fsanitize=address,undefined)
elseif(NETHERLINK_SANITIZE)
  target_compile_options(netherlink_options INTERFACE -fsanitize=${NETHERLINK_SANITIZE} -fno-sanitize-recover=all
                                                      -fno-omit-frame-pointer -g1)
  # Asio orders its threads with a fence that TSan cannot follow (GCC says so); its locks and atomics it follows.
  target_compile_options(netherlink_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_link_options(netherlink_options INTERFACE -fsanitize=${NETHERLINK_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(netherlink_options INTERFACE -fstack-protector-strong)
  target_link_options(netherlink_options INTERFACE -Wl,-z,relro,-z,now)
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(netherlink_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()

if(NETHERLINK_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

find_program(NETHERLINK_CCACHE ccache)
if(NETHERLINK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The precompiled headers need these two relaxations; everything else stays strict.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1
                                  "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" "${NETHERLINK_CCACHE}")
  if(NETHERLINK_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(netherlink_options INTERFACE -fpch-preprocess)
  elseif(NETHERLINK_PCH)
    target_compile_options(netherlink_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()

foreach(linker mold lld)
  find_program(NETHERLINK_LINKER_${linker} NAMES ld.${linker} ${linker})
  if(NETHERLINK_LINKER_${linker} AND NOT NETHERLINK_LTO)
    target_link_options(netherlink_options INTERFACE -fuse-ld=${linker})
    break()
  endif()
endforeach()
