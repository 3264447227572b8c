#!/usr/bin/env bash
# Every code the library can print, eirnn[Wnn], has a program that must not compile and a line in docs/errors.md, and the reverse.
# Usage: rule_coverage.sh SOURCE_DIR
set -u
cd "$1" || exit 1
[ -f docs/errors.md ] || { echo "docs/errors.md is missing"; exit 1; }
codes() { grep -ohE 'eirnn\[[A-Z][0-9]{2}\]' "$@" | sort; }
rules=$(codes -r include/eirnn | uniq)
[ -n "$rules" ] || { echo "no codes found under include/eirnn"; exit 1; }
failed=0
compare() {
    local difference
    difference=$(diff <(printf '%s\n' "$rules") <(printf '%s\n' "$2")) && return
    printf '%s (< the headers, > there):\n%s\n' "$1" "$difference"
    failed=1
}
# One line per file and code: a code that two files expect shows up twice. Collections of many wrong programs count where no file of one
# program has their code.
alone=$(for file in tests/fail/[A-Z]*.fail.cpp; do sed -n 's|^// expect:||p' "$file" | codes - | uniq; done | sort)
together=$(sed -n 's|.*// expect:||p' tests/fail/floods_*.fail.cpp | codes - | uniq)
compare "tests/fail expects other codes" "$(comm -13 <(uniq <<<"$alone") - <<<"$together" | cat - <(printf '%s\n' "$alone") | sort)"
compare "docs/errors.md explains other codes" "$(codes docs/errors.md | uniq)"
exit $failed
