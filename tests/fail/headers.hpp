// What most programs of this folder include, in front of all of them, precompiled.
#include <eirnn/cell/cells.hpp>
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/lower.hpp>
