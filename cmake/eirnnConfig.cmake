include(${CMAKE_CURRENT_LIST_DIR}/eirnnDependencies.cmake)
if(NOT eirnn_NOT_FOUND_MESSAGE)
    include(${CMAKE_CURRENT_LIST_DIR}/eirnnTargets.cmake)
endif()
