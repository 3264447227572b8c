# Debian 12 with the libraries of scripts/setup.sh: Conan takes them from the system and needs no remote.
[settings]
os=Linux
arch={{ detect_api.detect_arch() }}
build_type=Release
compiler=gcc
compiler.version=12
compiler.libcxx=libstdc++11
compiler.cppstd=20

[platform_requires]
eigen/3.4.0
onetbb/2021.8.0
boost/1.74.0
xxhash/0.8.1
zlib/1.2.13

[platform_tool_requires]
cmake/3.25.1

[conf]
tools.cmake.cmaketoolchain:generator=Ninja
