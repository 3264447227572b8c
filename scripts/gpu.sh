#!/usr/bin/env bash
# Everything that wants a GPU, in one call of less than eight minutes: builds with nvcc, runs the CUDA tests (tests/cuda), measures training
# steps (bench/cuda) beside PyTorch, prints a table and writes results.json. It fetches nothing. What it does: bench/on_device.py.
#
#   scripts/gpu.sh --carry         here: puts the headers and oneTBB of this machine's packages into build/carry, for a machine without them
#   scripts/gpu.sh [--out FOLDER]  there: everything; writes FOLDER/results.json (runs/gpu) as it goes
#   scripts/gpu.sh --rehearse      without a GPU: the same with a host system of Thrust and small sizes, and units compiled by nvcc, not run
#   scripts/gpu.sh --rehearse --all   the same with all units
#
# A machine needs nvcc 13, g++ 12 or later and python3; PyTorch if it is to be compared with. build/carry must have travelled with the tree.
set -euo pipefail
cd "$(dirname "$0")/.."
carry=build/carry

prepare() {
    rm -rf "$carry"
    mkdir -p "$carry/include" "$carry/lib"
    # What the units read, as a compiler says; of Boost's smaller libraries all, since another compiler may read other files of them.
    local flags=(-std=c++20 -x c++ -Iinclude -isystem "${THRUST:-/usr/local/cuda/include/cccl}" -DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_TBB)
    printf '#include "%s/tests/cuda/gallery/on_device.hpp"\n' "$PWD" >"$carry/all.cpp"
    g++ "${flags[@]}" -M "$carry/all.cpp" | tr ' \\' '\n\n' | grep -E '^/usr/include/(boost|eigen3|oneapi|tbb|xxhash|zlib|zconf|x86_64-linux-gnu/zconf)' |
        sort -u >"$carry/files"
    local files whole
    files=$(sed 's|^/usr/include/||' "$carry/files")
    whole=$(sed -nE 's|^/usr/include/(boost/[^/]+)/.*|\1|p' "$carry/files" | sort -u |
        while read -r part; do [ "$(du -sk "/usr/include/$part" | cut -f1)" -gt 4000 ] || echo "$part"; done)
    (cd /usr/include && tar cf - $whole $files eigen3/Eigen oneapi tbb) | tar xf - -C "$carry/include"
    # Real files: links might not travel.
    cp -L "$(g++ -print-file-name=libtbb.so)" "$carry/lib/libtbb.so.12"
    git rev-parse HEAD >"$carry/commit" 2>/dev/null || echo unknown >"$carry/commit"
    git diff --quiet HEAD 2>/dev/null || echo "with changes" >>"$carry/commit"
    rm -f "$carry/all.cpp" "$carry/files"
    du -sh "$carry"
}

if [ "${1:-}" = --carry ]; then
    prepare
    exit
fi
export PATH=$PATH:/usr/local/cuda/bin
# A product shall be what the program asks for, and the peers' what they ask for.
unset NVIDIA_TF32_OVERRIDE CUBLAS_WORKSPACE_CONFIG CUBLAS_EMULATE_SINGLE_PRECISION CUBLAS_EMULATION_STRATEGY
exec python3 bench/on_device.py "$@"
