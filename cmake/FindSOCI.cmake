# Debian's soci carries neither a CMake package nor a .pc file. Defines soci::core, soci::sqlite3 and soci::mysql.
find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_CORE_LIBRARY soci_core)
find_library(SOCI_SQLITE3_LIBRARY soci_sqlite3)
find_library(SOCI_MYSQL_LIBRARY soci_mysql)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI REQUIRED_VARS SOCI_INCLUDE_DIR SOCI_CORE_LIBRARY SOCI_SQLITE3_LIBRARY
                                                     SOCI_MYSQL_LIBRARY)

if(SOCI_FOUND AND NOT TARGET soci::core)
  add_library(soci::core UNKNOWN IMPORTED)
  set_target_properties(soci::core PROPERTIES IMPORTED_LOCATION "${SOCI_CORE_LIBRARY}"
                                              INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR};${SOCI_INCLUDE_DIR}/soci")
  add_library(soci::sqlite3 UNKNOWN IMPORTED)
  set_target_properties(soci::sqlite3 PROPERTIES IMPORTED_LOCATION "${SOCI_SQLITE3_LIBRARY}"
                                                 INTERFACE_LINK_LIBRARIES soci::core)
  add_library(soci::mysql UNKNOWN IMPORTED)
  set_target_properties(soci::mysql PROPERTIES IMPORTED_LOCATION "${SOCI_MYSQL_LIBRARY}"
                                               INTERFACE_LINK_LIBRARIES soci::core)
endif()
