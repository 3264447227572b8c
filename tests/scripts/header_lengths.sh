#!/usr/bin/env bash
# No header is longer than one sitting. Usage: header_lengths.sh SOURCE_DIR
cd "$1/include" || exit 1
find eirnn -type f -exec wc -l {} + | awk '$2 != "total" && $1 > 400 { print $2 " has " $1 " lines, 400 are allowed"; bad = 1 } END { exit bad || !NR }'
