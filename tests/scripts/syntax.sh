#!/usr/bin/env bash
# Compiles each header alone and keeps nothing. Usage: syntax.sh INCLUDE_DIR COMPILER FLAG... -- HEADER...
# A header with which another one begins is compiled there, with nothing before it: it is left out here. Those of Thrust count for none,
# since there may be no Thrust.
set -u
include_dir=$1
shift
begun=" $(find "$include_dir" -name '*.hpp' -not -path '*/thrust/*' -exec awk '
    FNR == 1 { seen = 0 }
    /^#include/ && !seen { seen = 1; gsub(/#include|[<>"[:space:]]/, ""); print }' {} + | sort -u | tr '\n' ' ')"
command=()
while [ "$1" != -- ]; do command+=("$1"); shift; done
shift
failed=0 compiled=0
for file in "$@"; do
    case $begun in *" ${file#"$include_dir"/} "*) continue ;; esac
    compiled=$((compiled + 1))
    # Given as an include and not as the main file, a header may say #pragma once.
    "${command[@]}" -fsyntax-only -include "$file" -x c++ /dev/null || { echo "does not compile alone: $file"; failed=1; }
done
echo "$compiled of $# headers compiled"
exit $failed
