#!/usr/bin/env bash
# A program that must not compile, for the reason it states. Usage: must_not_compile.sh [--with-control] FILE COMPILER FLAG...
# FILE says what the compiler must print, in order, in lines `// expect: TEXT`. With EIRNN_CONTROL defined the same file
# is correct and must compile (--with-control), so that it cannot fail for another reason. More than two errors are a cascade, and a failure.
# In a file with the line `// one error each`, the expectations stand at the ends of lines, each for one wrong program; the compiler gives
# as many errors as there are expectations, each with a code that is expected, in any order.
set -u
control=0
[ "$1" = --with-control ] && { control=1; shift; }
file=$1 compiler=$2
shift 2
export LC_ALL=C
quiet=-fno-diagnostics-show-caret  # an echo of the source would contain every text that the file expects
all=-fmax-errors=0
case $("$compiler" --version) in *clang*) quiet=-fno-caret-diagnostics all=-ferror-limit=0 ;; esac
compile() { "$compiler" "$@" -fsyntax-only -fno-diagnostics-color "$quiet" "$all" "$file" 2>&1; }
die() { printf '%s: %s\n' "$file" "$1"; printf '%s\n' "${output:-}"; exit 1; }

[ $control = 0 ] || output=$(compile "$@" -DEIRNN_CONTROL) || die "the corrected program (EIRNN_CONTROL) does not compile"
output=$(compile "$@") && die "compiles, but must not"

if grep -q '^// one error each$' "$file"; then
    wanted=$(sed -n 's|.*// expect: *||p' "$file" | sort)
    said=$(grep 'error:' <<<"$output" | sed -E 's/.*error: .*(eirnn\[[A-Z][0-9]+\]).*/\1/' | sort)
    difference=$(diff <(printf '%s\n' "$wanted") <(printf '%s\n' "$said")) ||
        die "other errors than expected (< expected, > said): $difference"
    exit 0
fi
mapfile -t expected < <(sed -n 's|^// expect: *||p' "$file")
[ ${#expected[@]} -gt 0 ] || die "has no line '// expect: TEXT'"
rest=$output
for text in "${expected[@]}"; do
    [[ $rest == *"$text"* ]] || die "the compiler does not say, or not in this order: $text"
    rest=${rest#*"$text"}
done
errors=$(grep -c 'error:' <<<"$output")
[ "$errors" -le 2 ] || die "$errors errors where one or two would do"
