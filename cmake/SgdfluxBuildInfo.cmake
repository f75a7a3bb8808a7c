# Version, commit and compile flags reach src/io/provenance.cpp alone, by a header that is included from the command line:
# a new commit recompiles one file, and the commit is that of the build, not that of the last configure.
set(build_info ${PROJECT_BINARY_DIR}/build_info.hpp)
string(TOUPPER "${CMAKE_BUILD_TYPE}" configuration)
list(JOIN SGDFLUX_FLAGS " " own_flags)
set(all_flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${configuration}} ${own_flags}")
add_custom_target(build_info
  COMMAND ${CMAKE_COMMAND} -D SOURCE_DIR=${PROJECT_SOURCE_DIR} -D OUTPUT=${build_info} -D VERSION=${PROJECT_VERSION}
          -D FLAGS=${all_flags} -P ${PROJECT_SOURCE_DIR}/cmake/WriteBuildInfo.cmake
  BYPRODUCTS ${build_info}
  COMMENT "Recording version and commit"
  VERBATIM)
add_dependencies(layer_io build_info)
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/io/provenance.cpp PROPERTIES COMPILE_OPTIONS
                            "-include;${build_info}" OBJECT_DEPENDS ${build_info})
