// What a run needs from the program, and who can run it.
#pragma once
#include "../common/console.hpp"
#include "../common/run_folder.hpp"
#include "data.hpp"
#include "options.hpp"

struct surroundings {
    const options& asked;
    image_data& data;  // the run takes it over
    const run_folder& folder;
    console& out;
};

// Each gives the exit status; each is a source file of its own.
int run_on_cpu(const surroundings&);
int run_on_serial(const surroundings&);
int run_on_thrust(const surroundings&);
