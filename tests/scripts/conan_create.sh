#!/usr/bin/env bash
# Makes the Conan package and builds its consumer, with a Conan home of its own and the system's libraries.
# Usage: conan_create.sh SOURCE_DIR WORK_DIR CONAN
set -eu
export CONAN_HOME=$2/home
rm -rf "$2"
mkdir -p "$CONAN_HOME"
# Without optimisation: what is asked is whether a consumer finds everything.
"$3" create "$1" -pr:a "$1/conan/offline.profile" -s build_type=Debug -nr -c "tools.cmake.cmake_layout:test_folder=$2/test_package"
