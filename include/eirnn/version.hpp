#pragma once

/// The version of the library. CMake's `project()` says the same numbers; the consumer test compares them.
#define EIRNN_VERSION_MAJOR 0
#define EIRNN_VERSION_MINOR 1
#define EIRNN_VERSION_PATCH 0
#define EIRNN_VERSION "0.1.0"
