#!/usr/bin/env bash
# Negative controls: a build with a seeded error must fail the gradient tests. Each line of mutations.txt names a header, what stands
# there, the error to put in its place and, below tests, the test that must find it; a line that no longer matches fails too, so that the
# list cannot rot. That the tests pass without an error is for the caller to see: CMake's test asks for it first.
# usage: run.sh SOURCE_DIR BUILD_DIR CATCH_MAIN_OBJECT CXX [flags...]
set -u
source=$1 work=$2/mutations main=$3
shift 3
rm -rf "$work" && mkdir -p "$work"
# What no mutation touches is read once.
echo "#include \"$source/tests/catch.hpp\"" >"$work/catch.hpp"
bash "$source/tests/scripts/precompile.sh" "$work/catch.hpp" "$@" -std=c++20 -O0 -w || exit 1
build() {  # include folder, test -> program
    "${@:4}" -std=c++20 -O0 -w -include "$work/catch.hpp" -I"$1" "$source/tests/$2.test.cpp" "$main" -o "$3" -ltbb >"$3.log" 2>&1
}
failures=0 count=0
while IFS="|" read -r name header from to test; do
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
    if ! build "$work/include" "$test" "$work/mutant" "$@"; then
        echo "$name: the mutant does not compile"; head -5 "$work/mutant.log"; failures=$((failures + 1))
    elif "$work/mutant" >"$work/mutant.out" 2>&1; then
        echo "$name: the tests pass although they must fail"; failures=$((failures + 1))
    elif ! grep -q FAILED "$work/mutant.out"; then
        echo "$name: no test failed, but the program did"; tail -5 "$work/mutant.out"; failures=$((failures + 1))
    else
        echo "$name: found"
    fi
done <"$source/tests/mutations/mutations.txt"
echo "$count seeded errors, $failures not found"
[ "$count" -ge 17 ] && [ "$failures" -eq 0 ]
