#!/usr/bin/env bash
# A program that must not compile, for the reason it states. Usage: must_not_compile.sh FILE COMPILER FLAG...
# FILE says what the compiler must print, in order, in lines `// expect: TEXT`. With EIRNN_CONTROL defined the same file
# is correct and must compile, so that it cannot fail for another reason. More than two errors are a cascade, and a failure.
set -u
file=$1 compiler=$2
shift 2
export LC_ALL=C
quiet=-fno-diagnostics-show-caret  # an echo of the source would contain every text that the file expects
case $("$compiler" --version) in *clang*) quiet=-fno-caret-diagnostics ;; esac
compile() { "$compiler" "$@" -fsyntax-only -fno-diagnostics-color "$quiet" "$file" 2>&1; }
die() { printf '%s: %s\n' "$file" "$1"; printf '%s\n' "${output:-}"; exit 1; }

output=$(compile "$@" -DEIRNN_CONTROL) || die "the corrected program (EIRNN_CONTROL) does not compile"
output=$(compile "$@") && die "compiles, but must not"

mapfile -t expected < <(sed -n 's|^// expect: *||p' "$file")
[ ${#expected[@]} -gt 0 ] || die "has no line '// expect: TEXT'"
rest=$output
for text in "${expected[@]}"; do
    [[ $rest == *"$text"* ]] || die "the compiler does not say, or not in this order: $text"
    rest=${rest#*"$text"}
done
errors=$(grep -c 'error:' <<<"$output")
[ "$errors" -le 2 ] || die "$errors errors where one or two would do"
