#!/usr/bin/env bash
# Units of one program that were compiled with different flags compute what each computes in a program of its own, in whatever order they
# are linked, pass matrices and exceptions to each other, and share no code that could change a result (shared_code.py).
# Usage: mixed_flags.sh SOURCE_DIR WORK_DIR TBB_LIBRARY THRUST COMPILER OTHER_COMPILER FLAG...
# THRUST: 0 without Thrust. OTHER_COMPILER: only asked what it calls the library, may be the same. Returns 77 where nothing can be run.
set -euo pipefail
source=$1 work=$2 tbb=$3 thrust=$4 compiler=$5 other=$6
shift 6
given=("$@")
[ "$(uname -m)" = x86_64 ] || exit 77
mkdir -p "$work"

# Every flag that changes layout, bits or instructions has a namespace of its own.
names=$(
    for chosen in $(printf '%s\n' "$compiler" "$other" | sort -u); do
        for flags in '' -msse4.1 -mavx -mavx2 '-mavx2 -mfma' -mavx512f -ffast-math -ffinite-math-only -D_GLIBCXX_DEBUG \
            -DEIRNN_VARIANT=one -DEIRNN_VARIANT=two; do
            printf '#include <eirnn/config.hpp>\nEIRNN_NAMESPACE' | "$chosen" "${given[@]}" $flags -E -x c++ - | tail -n 1
        done
    done
)
[ -z "$(sort <<<"$names" | uniq -d)" ] || { printf 'two sets of flags share a name:\n%s\n' "$names"; exit 1; }

compile() { "$compiler" "${given[@]}" -I"$source/tests/odr" "$@"; }
compare() { python3 "$source/tests/scripts/shared_code.py" "$source" "$work/$1.o" "$work/$2.o" "${@:3}"; }

if [ "$thrust" = 1 ]; then
    for system in CPP TBB; do
        compile -O1 -DUNIT=on_$system -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_$system -c "$source/tests/odr/thrust_unit.cpp" \
            -o "$work/$system.o"
    done
    compare CPP TBB --systems
fi

# From -O2 on g++ makes one instruction of a product and a sum; at -O1, which takes less time, if it is asked to.
declare -A flags=([plain]='' [fma]='-mavx2 -mfma')
jobs=()
for unit in "${!flags[@]}"; do
    compile -O1 -fexpensive-optimizations ${flags[$unit]} -DUNIT="$unit" -c "$source/tests/odr/unit.cpp" -o "$work/$unit.o" &
    jobs+=($!)
done
for job in "${jobs[@]}"; do wait "$job"; done
compare plain fma
grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo || exit 77

# What a program of these units prints, a line per unit. The linker sees them in the order given.
program() {
    local unit units= objects=()
    for unit in "$@"; do units+=" EACH($unit)" objects+=("$work/$unit.o"); done
    compile -O0 "-DUNITS(EACH)=$units" "$source/tests/odr/program.cpp" "${objects[@]}" "$tbb" -o "$work/program"
    "$work/program"
}
alone=$(program plain; program fma)
if [ "$(cut -d' ' -f2- <<<"$alone" | sort -u | wc -l)" != 2 ]; then
    printf 'two sets of flags compute the same, so nothing is tested:\n%s\n' "$alone"
    exit 1
fi
for order in 'plain fma' 'fma plain'; do
    together=$(program $order)
    diff <(sort <<<"$alone") <(sort <<<"$together") || { echo "(< in a program of its own, > linked in the order $order)"; exit 1; }
done
