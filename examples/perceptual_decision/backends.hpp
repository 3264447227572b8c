// What a run needs from the program, and who can run it.
#pragma once
#include "console.hpp"
#include "options.hpp"
#include "run_folder.hpp"

struct surroundings {
    const options& asked;
    const run_folder& folder;
    console& out;
};

// Each gives the exit status; each is a source file of its own.
int run_on_cpu(const surroundings&);
int run_on_serial(const surroundings&);
int run_on_thrust(const surroundings&);
