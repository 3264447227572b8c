include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/eirnn)
install(TARGETS eirnn EXPORT eirnn FILE_SET HEADERS FILE_SET device_headers)
install(EXPORT eirnn NAMESPACE eirnn:: FILE eirnnTargets.cmake DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/eirnnConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
    ${PROJECT_SOURCE_DIR}/cmake/eirnnConfig.cmake
    ${PROJECT_SOURCE_DIR}/cmake/eirnnDependencies.cmake
    ${PROJECT_BINARY_DIR}/eirnnConfigVersion.cmake
    DESTINATION ${package_dir})
