import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import load


class Eirnn(ConanFile):
    name = "eirnn"
    description = "Excitatory-inhibitory recurrent neural networks whose wiring the compiler checks"
    topics = ("neuroscience", "recurrent-neural-networks", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    implements = ["auto_header_only"]
    exports_sources = "CMakeLists.txt", "cmake/*", "include/*", "LICENSE*"
    no_copy_source = True

    def set_version(self):
        text = load(self, f"{self.recipe_folder}/CMakeLists.txt")
        self.version = re.search(r"project\(eirnn VERSION ([\d.]+)", text).group(1)

    def requirements(self):
        for reference in ("eigen/[>=3.4 <6]", "onetbb/[>=2021]", "boost/[>=1.74]", "xxhash/[>=0.8]", "zlib/[>=1.2.11 <2]"):
            self.requires(reference, transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def build_requirements(self):
        self.tool_requires("cmake/[>=3.25]")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "BENCH"):
            toolchain.cache_variables[f"EIRNN_BUILD_{part}"] = False
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        CMake(self).install()

    def package_info(self):
        # The installed eirnnConfig.cmake serves Conan's users too: one description of the package, not two.
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.builddirs = ["lib/cmake/eirnn"]
        self.cpp_info.set_property("cmake_find_mode", "none")
