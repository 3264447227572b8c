#!/usr/bin/env bash
# A command that must fail and say why. Usage: must_fail.sh TEXT COMMAND...
set -u
text=$1
shift
if output=$("$@" 2>&1); then
    printf 'succeeded, but must not: %s\n%s\n' "$*" "$output"
    exit 1
fi
# Messages are wrapped to the width of a terminal: compare without regard to spacing.
if [[ $(tr -s ' \n' ' ' <<<"$output") != *"$text"* ]]; then
    printf 'failed, but did not say "%s": %s\n%s\n' "$text" "$*" "$output"
    exit 1
fi
