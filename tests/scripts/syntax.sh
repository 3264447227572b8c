#!/usr/bin/env bash
# Compiles each file alone and keeps nothing. Usage: syntax.sh COMPILER FLAG... -- FILE...
set -u
command=()
while [ "$1" != -- ]; do command+=("$1"); shift; done
shift
failed=0
for file in "$@"; do
    # Given as an include and not as the main file, a header may say #pragma once.
    "${command[@]}" -fsyntax-only -include "$file" -x c++ /dev/null || { echo "does not compile alone: $file"; failed=1; }
done
exit $failed
