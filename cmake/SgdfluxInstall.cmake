# Headers, static libraries, the program and the package files that find_package(sgdflux) reads.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/sgdflux)

install(TARGETS sgdflux_base_usage sgdflux_base EXPORT sgdfluxBaseTargets)
install(TARGETS sgdflux_full_usage sgdflux_full EXPORT sgdfluxFullTargets)
foreach(part IN ITEMS Base Full)
  install(EXPORT sgdflux${part}Targets NAMESPACE sgdflux:: DESTINATION ${package_folder})
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sgdflux DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET sgdflux_program)
  install(TARGETS sgdflux_program RUNTIME)
endif()

configure_package_config_file(cmake/sgdfluxConfig.cmake.in ${PROJECT_BINARY_DIR}/sgdfluxConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sgdfluxConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sgdfluxConfig.cmake ${PROJECT_BINARY_DIR}/sgdfluxConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/SgdfluxPackages.cmake
        DESTINATION ${package_folder})
