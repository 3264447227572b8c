#!/usr/bin/env bash
# What a program costs to compile, in template instantiations: with the same libraries the same number everywhere, unlike seconds.
# Usage: compile_budget.sh FILE BUDGET_FILE COMPILER FLAG...        (a clang)
set -eu
file=$1 budget=$(grep -m1 -oE '^[0-9]+' "$2")
shift 2
trace=$(mktemp)
trap 'rm -f "$trace"' EXIT
"$@" -fsyntax-only -Xclang "-ftime-trace=$trace" -Xclang -ftime-trace-granularity=0 "$file"
count=$(grep -oE '"name":"Instantiate(Class|Function)"' "$trace" | wc -l)
echo "$count template instantiations, $budget are allowed"
[ "$count" -gt 0 ] && [ "$count" -le "$budget" ]
