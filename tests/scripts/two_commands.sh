#!/usr/bin/env bash
# The two commands of the README work in any order, and after either was killed: scripts/run.sh and scripts/test.sh in a copy of the tree.
# They configure in earnest; nothing is compiled, the program is a stand-in and the tests are only listed.
# Usage: two_commands.sh SOURCE_DIR CMAKE CTEST
set -u -o pipefail
export real_cmake=$2 real_ctest=$3
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir "$here/bin" "$here/tree"
for entry in "$1"/*; do
    case ${entry##*/} in build* | runs) ;; *) ln -s "$(realpath "$entry")" "$here/tree/" ;; esac
done
cd "$here/tree" || exit 1

stand_in() { cat >"$here/bin/$1" && chmod +x "$here/bin/$1"; }
stand_in dpkg-query <<'END'
#!/bin/sh
echo installed
END
stand_in cmake <<'END'
#!/usr/bin/env bash
set -eu
[ "$1" = --build ] || exec "$real_cmake" "$@"
[ -e "build/$3/build.ninja" ]
mkdir -p "build/$3/examples"
cat >"build/$3/examples/perceptual_decision" <<'PROGRAM'
#!/bin/sh
mkdir -p runs/dense && echo '{"trials": 0, "performance_percent": 50}' >runs/dense/metrics.jsonl
PROGRAM
chmod +x "build/$3/examples/perceptual_decision"
END
stand_in ctest <<'END'
#!/usr/bin/env bash
"$real_ctest" "$@" -N | grep 'Total Tests: [1-9][0-9]'
END
export PATH=$here/bin:$PATH

said=$here/said
command() {
    bash "scripts/$1.sh" >"$said" 2>&1 || { printf 'scripts/%s.sh fails %s:\n' "$1" "$2"; tail -n 20 "$said"; exit 1; }
}
interrupted() {  # command, seconds
    set -m
    bash "scripts/$1.sh" >/dev/null 2>&1 &
    set +m
    sleep "$2"
    kill -KILL -- -$! 2>/dev/null
    wait $! 2>/dev/null
}

for first in run test; do
    [ $first = run ] && second=test || second=run
    rm -rf build runs
    command $first "in a clean checkout"
    command $second "after scripts/$first.sh"
    command $first "after both"
    rm -rf build
    interrupted $first 0.3
    command $second "after scripts/$first.sh was killed"
    interrupted $second 0.6
    command $first "after scripts/$second.sh was killed"
done

# Files that a power cut or a full disk left short.
for file in build/*/CMakeCache.txt build/*/CMakeFiles/*/CMakeCXXCompiler.cmake build/*/build.ninja; do
    truncate -s $(($(stat -c %s "$file") / 2)) "$file"
done
command run "after its build folder was damaged"
command test "after its build folder was damaged"

# What a hand has configured.
rm -rf build
"$real_cmake" --preset release -DEIRNN_BUILD_TESTS=OFF >"$said" 2>&1 || { cat "$said"; exit 1; }
command test "after a configuration without tests"
rm -rf build
# Not for make, which a machine need not have.
"$real_cmake" -S . -B build/release -G "Ninja Multi-Config" >"$said" 2>&1 || { cat "$said"; exit 1; }
command test "after a configuration for another build tool"
