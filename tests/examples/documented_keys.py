"""The tables of keys in docs/options.md, and how what a program wrote compares with them."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "options.md"


def table(program, file):
    """{key: (unit, meaning)}; words in capitals stand for any name."""
    text = PAGE.read_text(encoding="utf-8")
    rows = re.search(rf"<!-- keys: {program} {re.escape(file)} -->\n(.*?)<!-- /keys -->", text, re.S)[1]
    return {key: (unit, meaning) for key, unit, meaning in re.findall(r"^\| `([^`]+)` \| ([^|]+) \| (.+) \|$", rows, re.M)}


def keys_of(value, prefix=""):
    if not isinstance(value, dict):
        return {prefix}
    return set().union(*(keys_of(v, f"{prefix}.{k}" if prefix else k) for k, v in value.items()))


def rows_of(value, rows):
    """The rows of the table that an object has, and the keys of it that the table has not."""
    patterns = {row: re.compile(re.sub(r"[A-Z]{2,}(?:_[A-Z]{2,})*", r"\\w+", row.replace(".", r"\."))) for row in rows}
    seen, unknown = set(), set()
    for key in keys_of(value):
        found = [row for row, pattern in patterns.items() if pattern.fullmatch(key)]
        seen.update(found)
        if not found:
            unknown.add(key)
    return seen, unknown


def faults(program, file, objects):
    """What is wrong between the table and all that a program wrote."""
    rows = table(program, file)
    seen, unknown = set(), set()
    for value in objects:
        some, others = rows_of(value, rows)
        seen |= some
        unknown |= others
    always = {row for row, (_, meaning) in rows.items() if "only" not in meaning}
    said = [f"{file}: the table of {program} lacks {key}" for key in sorted(unknown)]
    said += [f"{file}: {program} never wrote {key}" for key in sorted(always - seen)]
    for key, (unit, _) in rows.items():
        if re.search("performance|accuracy|percent", key) and not ("percent" in key and unit == "percent"):
            said.append(f"{file}: the key {key} of {program} does not say that it is in percent")
    return said
