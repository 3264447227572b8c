#!/usr/bin/env bash
# Negative controls: a build with a seeded error must fail the gradient tests. Each line of mutations.txt names a header, what stands
# there, and the error to put in its place; a line that no longer matches fails too, so that the list cannot rot.
# usage: run.sh SOURCE_DIR BUILD_DIR CATCH_MAIN_OBJECT CXX [flags...]
set -u
source=$1 work=$2/mutations main=$3
shift 3
rm -rf "$work" && mkdir -p "$work"
# What no mutation touches is read once.
echo "#include \"$source/tests/catch.hpp\"" >"$work/catch.hpp"
bash "$source/tests/scripts/precompile.sh" "$work/catch.hpp" "$@" -std=c++20 -O0 -w || exit 1
build() {  # include folder -> program
    "${@:3}" -std=c++20 -O0 -w -include "$work/catch.hpp" -I"$1" "$source/tests/model/rate_gradient.test.cpp" "$main" -o "$2" >"$2.log" 2>&1
}
build "$source/include" "$work/control" "$@" || { echo "the control does not compile"; cat "$work/control.log"; exit 1; }
"$work/control" >/dev/null || { echo "the control fails"; exit 1; }
failures=0 count=0
while IFS="|" read -r name header from to; do
    case "$name" in ''|'#'*) continue ;; esac
    count=$((count + 1))
    rm -rf "$work/include" && cp -r "$source/include" "$work/include"
    python3 - "$work/include/eirnn/$header" "$from" "$to" <<'PY' || { echo "$name: $header no longer holds: $from"; failures=$((failures + 1)); continue; }
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
if text.count(old) != 1: sys.exit(1)
open(path, "w").write(text.replace(old, new))
PY
    if ! build "$work/include" "$work/mutant" "$@"; then
        echo "$name: the mutant does not compile"; head -5 "$work/mutant.log"; failures=$((failures + 1))
    elif "$work/mutant" >"$work/mutant.out" 2>&1; then
        echo "$name: the tests pass although they must fail"; failures=$((failures + 1))
    else
        echo "$name: found"
    fi
done <"$source/tests/mutations/mutations.txt"
echo "$count seeded errors, $failures not found"
[ "$count" -ge 8 ] && [ "$failures" -eq 0 ]
