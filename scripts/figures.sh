#!/usr/bin/env bash
# Figures from networks that are trained here: figures.sh song [--seeds 5] [--only 4] [--out runs/song] [--jobs N] [--max-trials N]
#
# Trains what is missing, tests and analyses it, and draws figures 1 to 9 of Song, Yang & Wang (2016), or --only one of them, into the
# folder --out, beside the runs. Beside figure_N.png and .svg, figure_N.json says for every line that the figure must show whether it holds.
# Figures 1 to 8 are of seed 1 to as many as --seeds, the pictures of seed 1; figure 9 is of all. As many runs go side by side as there are
# processors (--jobs). After an interruption the same command goes on where it was. --max-trials ends training early, to try this script.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&"$1"
    exit $(( $1 == 1 ? 0 : 64 ))
}
[ "${1:-}" = --help ] && usage 1
[ "${1:-}" = song ] || usage 2
shift
seeds=5 only="" out="$here/runs/song" jobs=$(nproc) limit="" bin=""
while [ $# -gt 0 ]; do
    [ $# -gt 1 ] || usage 2
    case $1 in
        --seeds) seeds=$2 ;;
        --only) only=$2 ;;
        --out) out=$2 ;;
        --jobs) jobs=$2 ;;
        --max-trials) limit=$2 ;;
        --programs) bin=$2 ;; # a folder with both programs, which are then not built
        *) usage 2 ;;
    esac
    shift 2
done
for number in "$seeds" "$jobs"; do [[ $number =~ ^[1-9][0-9]{0,2}$ ]] || usage 2; done
[[ $only =~ ^[1-9]?$ ]] || usage 2
[[ $limit =~ ^[0-9]*$ ]] || usage 2

if [ -z "$bin" ]; then
    (
        cd "$here"
        bash scripts/setup.sh run
        cmake --fresh --preset run
        cmake --build --preset run --target perceptual_decision cognitive -j "$jobs"
    )
    bin="$here/build/run/examples"
fi

# What a figure is made of.
kinds_of() {
    case $1 in
        1) echo dense ;;
        2) echo variable_duration reaction_time ;;
        3) echo no_dale dense fixed ;;
        4) echo context ;;
        5) echo context two_areas ;;
        6) echo multisensory ;;
        7) echo memory ;;
        8) echo sequence ;;
        9) echo dense fixed no_dale variable_duration reaction_time multisensory sequence context memory two_areas ;;
    esac
}
figures=${only:-1 2 3 4 5 6 7 8 9}
# What takes long comes first, so that no processor waits at the end.
kinds=""
for kind in two_areas memory variable_duration sequence context reaction_time dense fixed no_dale multisensory; do
    for figure in $figures; do
        for part in $(kinds_of "$figure"); do [ "$part" = "$kind" ] && kinds="$kinds $kind" && break 2; done
    done
done
mkdir -p "$out"
out=$(cd "$out" && pwd)

# A run that is finished has a summary that is newer than its weights; whatever else there is, the program goes on with it.
finished() { [ -s "$1/summary.json" ] && [ -s "$1/example.npz" ] && [ ! "$1/weights.safetensors" -nt "$1/summary.json" ]; }
list=()
done_before=0
for seed in $(seq "$seeds"); do
    for kind in $kinds; do
        if finished "$out/${kind}_$seed"; then done_before=$((done_before + 1)); else list+=("$kind $seed"); fi
    done
done
all=$((done_before + ${#list[@]}))
echo "$done_before of $all runs are finished in $out, $jobs go side by side"

one_run() {
    kind=$1 seed=$2 folder=$OUT/${1}_$2
    case $kind in
        dense | fixed | no_dale | variable_duration | reaction_time) command=("$BIN/perceptual_decision" --variant "$kind") ;;
        *) command=("$BIN/cognitive" --task "$kind") ;;
    esac
    [ -z "$LIMIT" ] || command+=(--max-trials "$LIMIT" --test-trials 2)
    mkdir -p "$folder"
    begin=$(date +%s)
    if "${command[@]}" --seed "$seed" --threads 1 --out "$folder" --resume > "$folder/log.txt" 2>&1; then
        finished=$(find "$OUT" -mindepth 2 -maxdepth 2 -name summary.json -newer "$STARTED" | wc -l)
        echo "$(date +%T) $kind, seed $seed: $(grep -E '^(trained|the run)' "$folder/log.txt" | tail -n 1) ($(($(date +%s) - begin)) s); \
$((DONE + finished)) of $ALL, $((ALL - DONE - finished)) are left"
    else
        echo "$(date +%T) $kind, seed $seed: status $?; see $folder/log.txt" >&2
        return 1
    fi
}
export -f one_run
started=$(mktemp)
trap 'rm -f "$started"' EXIT
export OUT=$out BIN=$bin LIMIT=$limit ALL=$all DONE=$done_before STARTED=$started
status=0
if [ ${#list[@]} -gt 0 ]; then
    printf '%s\n' "${list[@]}" | xargs -P "$jobs" -L 1 bash -c 'one_run "$0" "$1"' || status=1
fi

for figure in $figures; do
    runs=()
    for seed in $(seq "$seeds"); do
        for kind in $(kinds_of "$figure"); do
            if finished "$out/${kind}_$seed"; then runs+=("$out/${kind}_$seed"); fi
        done
    done
    if [ ${#runs[@]} -gt 0 ]; then
        /usr/bin/python3 "$here/examples/plot_cognitive.py" --figure "$figure" --out "$out" "${runs[@]}" || status=1
    fi
done
[ $status = 0 ] || { echo "some runs or figures are not there; the same command goes on with what is missing" >&2; exit 1; }
