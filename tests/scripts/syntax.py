"""Compiles each header alone and keeps nothing.
Usage: syntax.py INCLUDE_DIR WORK_DIR BASE,... COMPILER FLAG... -- HEADER...

A base is a header that many others include: WORK_DIR/BASE.hpp includes it and is precompiled (precompile.sh), which compiles it alone too.
Every other header is compiled after the first base of the list that it includes itself, directly or by way of our own headers: what is
read before it is then part of what it says it needs, so that an include that it lacks is still missing.
"""
import pathlib
import re
import subprocess
import sys

root, work, bases, *rest = sys.argv[1:]
root, bases = pathlib.Path(root), [f"eirnn/{base}.hpp" for base in bases.split(",")]
command, files = rest[: rest.index("--")], rest[rest.index("--") + 1 :]


def includes_of(path):
    # Those under a condition do not count: what they give may not be there.
    return re.findall(r"^#include <([^>]+)>", re.split("^#if", path.read_text(), flags=re.M)[0], re.M)


includes = {str(path.relative_to(root)): includes_of(path) for path in root.rglob("*.hpp")}
reached = {}


def reach(header):
    if header not in reached:
        reached[header] = set(includes.get(header, [])).union(*map(reach, includes.get(header, [])))
    return reached[header]


def base_of(header):
    return None if header in bases else next((base for base in bases if base in reach(header)), None)


# A header with which another one begins is compiled there, with nothing before it or with a base that it includes too: it is left out
# here. Those of Thrust count for none, since there may be no Thrust.
left_out = set(bases)
for header, (first, *_) in ((h, i) for h, i in includes.items() if i and "/thrust/" not in h):
    if base_of(header) in {None, first} | reach(first):
        left_out.add(first)

failed = compiled = 0
for file in files:
    header = str(pathlib.Path(file).relative_to(root))
    if header in left_out:
        continue
    compiled += 1
    base = base_of(header)
    before = ["-include", str(pathlib.Path(work, base.removeprefix("eirnn/")))] if base else []
    # Given as an include and not as the main file, a header may say #pragma once.
    if subprocess.run([*command, "-fsyntax-only", *before, "-include", file, "-x", "c++", "/dev/null"]).returncode:
        print("does not compile alone:", file, flush=True)
        failed = 1
print(f"{compiled} of {len(files)} headers compiled")
sys.exit(failed)
