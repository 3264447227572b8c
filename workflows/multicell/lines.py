#!/usr/bin/env python3
"""What the figures must show, and whether it holds, as a table in Markdown.

    lines.py figure_N.json...
        a line for each line of the figures, in the order of the files, as figures.py wrote them; where it does not hold, of which networks

Exit status: 0 done, 64 wrong usage, 65 a damaged file, 66 a file is missing.
"""

import json
import sys

SAID = {True: "yes", False: "no", None: "cannot be said"}


def line_of(figure, line):
    missed = [name for name, found in line["conditions"].items() if found["holds"] is False]
    known = sum(found["holds"] is not None for found in line["conditions"].values())
    of = f" ({known - len(missed)} of {known}; not {', '.join(missed)})" if missed and known > 1 else ""
    panel = line["panel"] if line["panel"].startswith(("P0", figure)) else f"{figure}: {line['panel']}"
    return f"| {panel} | {line['must']} | {SAID[line['holds']]}{of} |"


def main(paths):
    if not paths:
        print(__doc__, file=sys.stderr)
        return 64
    lines = ["| figure | what must be seen | holds |", "|---|---|---|"]
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                said = json.load(file)
            lines += [line_of(said["figure"], line) for line in said["lines"]]
        except FileNotFoundError:
            print(f"{path} is not there", file=sys.stderr)
            return 66
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            print(f"{path}: not a file of figures.py ({problem!r})", file=sys.stderr)
            return 65
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
