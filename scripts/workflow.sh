#!/usr/bin/env bash
# A whole study: workflow.sh multicell|song [--size small|paper|tiny] [--data PATH] [--out FOLDER] [--programs FOLDER] [TARGET...] [OPTION...]
#
# Makes the virtual environment of Snakemake (build/venv-workflows) and builds the programs where they are missing, then runs what is not
# there yet of the study in --out (runs/multicell or runs/song); the same command goes on after an interruption. TARGET is a rule such as
# figure_4 or table; OPTIONs are Snakemake's: --cores N (default: all processors), -n (only say what would be done),
# --profile workflows/profiles/slurm. --programs names a folder with the programs, which are then not built. See docs/study.md.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
usage() {
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&"$1"
    exit $(($1 == 1 ? 0 : 64))
}
[ "${1:-}" = --help ] && usage 1
case ${1:-} in
    multicell) programs="multicell" ;;
    song) programs="perceptual_decision cognitive" ;;
    *) usage 2 ;;
esac
study=$1
shift
out="$here/runs/$study" bin="" settings=() options=() cores=(--cores all)
while [ $# -gt 0 ]; do
    case $1 in
        --size | --data | --out | --programs)
            [ $# -gt 1 ] || usage 2
            case $1 in
                --size) settings+=("size=$2") ;;
                --data) if [ -e "$2" ]; then settings+=("data=$(realpath "$2")"); else settings+=("data=$2"); fi ;;
                --out) out=$2 ;;
                --programs) bin=$(realpath "$2") ;;
            esac
            shift
            ;;
        --profile) # its folder is meant as seen from here, and it says how many cores
            [ $# -gt 1 ] || usage 2
            options+=(--profile "$(realpath "$2")") cores=()
            shift
            ;;
        -c* | --cores*) cores=() options+=("$1") ;;
        *) options+=("$1") ;;
    esac
    shift
done

# What the virtual environment holds and where it was made, written when it is whole: one left half-made or moved is made again.
venv="$here/build/venv-workflows"
pins="$here/workflows/requirements.txt"
wanted="$(sha256sum < "$pins" | cut -d " " -f 1) in $venv"
if [ "$(cat "$venv/whole" 2> /dev/null)" != "$wanted" ]; then
    /usr/bin/python3 -m venv --clear "$venv" || {
        echo "Debian's python3-venv is needed: apt-get install python3-venv" >&2
        exit 1
    }
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$pins"
    echo "$wanted" > "$venv/whole"
fi

if [ -z "$bin" ]; then
    bash "$here/scripts/setup.sh" run
    (cd "$here" && cmake --preset run > /dev/null && cmake --build --preset run --target $programs)
    bin="$here/build/run/examples"
fi
settings+=("programs=$bin")
mkdir -p "$out"

# The folders of runs are locked by the programs, so Snakemake's own lock, which stays behind when it is killed, is not needed. What decides
# whether something is made again are the dates of files alone.
exec "$venv/bin/snakemake" --snakefile "$here/workflows/$study/Snakefile" --rerun-triggers mtime --directory "$out" --nolock \
    --rerun-incomplete --keep-going "${cores[@]}" "${options[@]}" --config "${settings[@]}"
