#!/usr/bin/env bash
# Compiles all headers after macros that system headers are known to define. Usage: hostile_macros.sh INCLUDE_DIR COMPILER FLAG...
# What the headers themselves include from elsewhere comes first: only our own text meets the macros.
set -u -o pipefail
include=$1
shift
cd "$include" || exit 1
headers=$(find eirnn -name '*.hpp' -not -path '*/thrust/*' | sort)
others=$(grep -hE '^#include <' $headers | grep -v '<eirnn/' | sort -u)
{
    printf '%s\n' "$others"
    for macro in 'min(a, b)' 'max(a, b)' I B0 small near far interface major minor; do
        printf '#undef %s\n#define %s hostile macro\n' "${macro%%(*}" "$macro"
    done
    printf '#include <%s>\n' $headers
} | "$@" -fsyntax-only -x c++ -
