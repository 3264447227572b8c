#!/usr/bin/env bash
# Compares the #include lines of all headers with the two tables of docs/design.md. Usage: include_table.sh SOURCE_DIR
#
# <!-- include-table -->      rows | `room` | what it may include, by comma |
# <!-- third-party-table -->  rows | name | prefixes of its headers, by comma | where it may be included, by comma |
#
# A room is a folder of include/eirnn, or one header without its suffix (`spec/lower`, `version`). A header belongs to the
# most exact room that names it, may include its own room, and otherwise only what its row says; `everything` means all.
# A header that is neither ours nor the standard library's (`<vector>`: no slash, no dot) must have a row.
set -u
cd "$1" || exit 1
[ -f docs/design.md ] || { echo "docs/design.md is missing"; exit 1; }
{
    sed -n 's/^/table /p' docs/design.md
    grep -rHE '^ *# *include *[<"]' include/eirnn | sed -E 's|^include/eirnn/([^:]+):[^<"]*[<"]([^>"]+).*|include \1 \2|'
} | awk '
function trim(s) { gsub(/[ `\t]/, "", s); return s }
function stem(path) { sub(/\.[^.\/]*$/, "", path); return path }
function room_of(path,    p) {                      # the header itself, else its folder
    p = stem(path)
    if (p in allowed) return p
    while (sub(/\/[^\/]*$/, "", p)) if (p in allowed) return p
    return ""
}
function listed(list, what,    n, i, item) {
    n = split(list, item, ",")
    for (i = 1; i <= n; i++) if (item[i] == what || item[i] == "everything") return 1
    return 0
}
function complain(text) { print text; bad = 1 }

/^table <!-- include-table -->/        { mode = "ours"; next }
/^table <!-- third-party-table -->/    { mode = "theirs"; next }
/^table <!-- \//                       { mode = ""; next }
/^table \| *-/                         { header = 0; next }
/^table \|/ && mode != "" {
    line = $0; sub(/^table /, "", line)
    n = split(line, cell, "|")
    if (trim(cell[2]) == "room" || trim(cell[2]) == "library") next
    if (mode == "ours") allowed[trim(cell[2])] = trim(cell[3])
    else { prefixes[++libraries] = trim(cell[3]); where[libraries] = trim(cell[4]); name[libraries] = cell[2] }
    next
}
/^include / {
    includes++
    from = $2; to = $3
    here = room_of(from)
    if (here == "") { complain(from ": no row of the include table names its room"); next }
    if (to ~ /^eirnn\//) {
        sub(/^eirnn\//, "", to)
        there = room_of(to)
        if (there != here && !listed(allowed[here], there)) complain(from " includes " to ", but " here " may include only: " allowed[here])
        next
    }
    if (to ~ /^[a-z0-9_]+$/) next
    for (i = 1; i <= libraries; i++) {
        n = split(prefixes[i], prefix, ",")
        for (j = 1; j <= n; j++) if (index(to, prefix[j]) == 1) {
            m = split(where[i], place, ",")
            for (k = 1; k <= m; k++) if (place[k] == here || index(stem(from) "/", place[k] "/") == 1) next
            complain(from " includes " to ", but" name[i] "is for: " where[i])
            next
        }
    }
    complain(from " includes " to ", which no row of the third-party table allows")
}
END {
    if (!length(allowed) || !libraries) complain("docs/design.md lacks a table")
    if (!includes) complain("no includes found")
    exit bad
}'
