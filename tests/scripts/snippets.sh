#!/usr/bin/env bash
# Code in the documents is code that is built: a block after `<!-- snippet: FILE -->` must stand in FILE, line by line.
# Usage: snippets.sh SOURCE_DIR
set -u
cd "$1" || exit 1
/usr/bin/env python3 - <<'EOP'
import pathlib, re, sys
bad = count = 0
for page in [pathlib.Path("README.md"), *sorted(pathlib.Path("docs").glob("*.md"))]:
    for path, code in re.findall(r"<!-- snippet: (\S+) -->\n```(?:cpp|python)\n(.*?)```", page.read_text(), re.S):
        count += 1
        if code not in pathlib.Path(path).read_text():
            bad = 1
            print(f"{page}: this block is not in {path}:\n{code}")
if not count:
    print("no snippets found")
sys.exit(bad or not count)
EOP
