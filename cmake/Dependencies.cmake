# Every third-party library; docs/dependencies.md gives the reason for each.
find_package(Threads REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(mariadb REQUIRED IMPORTED_TARGET libmariadb)
find_package(SOCI REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
pkg_check_modules(webp REQUIRED IMPORTED_TARGET libwebp)

# Not by its .pc file: Debian 12's defines _FILE_OFFSET_BITS, which the precompiled header lacks.
find_path(HIREDIS_INCLUDE_DIR hiredis/hiredis.h REQUIRED)
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
add_library(hiredis::hiredis UNKNOWN IMPORTED)
set_target_properties(hiredis::hiredis PROPERTIES IMPORTED_LOCATION "${HIREDIS_LIBRARY}"
                                                  INTERFACE_INCLUDE_DIRECTORIES "${HIREDIS_INCLUDE_DIR}")

find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
add_library(tomlplusplus::tomlplusplus INTERFACE IMPORTED)
target_include_directories(tomlplusplus::tomlplusplus SYSTEM INTERFACE "${TOMLPLUSPLUS_INCLUDE_DIR}")

# Not by its .pc file or CMake package: Debian 12 has no usable one, Debian 13 another name for it.
find_path(RABBITMQC_INCLUDE_DIR NAMES rabbitmq-c/amqp.h amqp.h REQUIRED)
find_library(RABBITMQC_LIBRARY rabbitmq REQUIRED)
add_library(rabbitmqc::rabbitmqc UNKNOWN IMPORTED)
set_target_properties(rabbitmqc::rabbitmqc PROPERTIES IMPORTED_LOCATION "${RABBITMQC_LIBRARY}")
