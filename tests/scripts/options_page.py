#!/usr/bin/env python3
"""Compares the tables of docs/options.md with the headers. Usage: options_page.py SOURCE_DIR [--write]

A table stands between <!-- options: HEADER STRUCT --> and <!-- /options -->, one row for every field of the struct: name, type, default,
and the field's doc comment. Nested structs are written OUTER::INNER, and an enumeration has a row for every enumerator. A field without
a doc comment is a fault. So is a struct that is missing from the page although a public function takes it with `= {}`, it is the type of
a field on the page, or it is an optimiser or a task. --write makes the tables anew from the headers."""

import re
import sys
from pathlib import Path

PAGE = "docs/options.md"
MARK = re.compile(r"<!-- options: (\S+) (\S+) -->\n(.*?)<!-- /options -->", re.S)
# Taken with `= {}` or held by options, and described elsewhere: `sizes` is given by calls, `layout` and weights are results.
NOT_OPTIONS = {"sizes", "backend"}


def body_of(text, name):
    """What stands between the braces of a struct, class or enum, or None."""
    for part in name.split("::"):
        found = re.search(rf"^[ \t]*(?:struct|class|enum class|enum struct) {part}\b[^;{{}}]*\{{", text, re.M)
        if not found:
            return None
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        text = text[found.end():end - 1]
    return text


def statements(body):
    """(text, doc) of every member of a body; comments that are no doc comments are left out."""
    place, before, found = 0, [], []
    while place < len(body):
        if body[place].isspace():
            place += 1
            continue
        line = body[place:].split("\n", 1)[0]
        if line.startswith("///<"):
            found[-1][1].append(line[4:].strip())
            place += len(line)
        elif line.startswith("//"):
            before = before + [line[3:].strip()] if line.startswith("///") else []
            place += len(line)
        else:
            depth, end, function = 0, place, False
            while end < len(body):
                c = body[end]
                if body.startswith("//", end):
                    if depth == 0 and body.startswith("///<", end) and "," not in body[place:end][-3:]:
                        break  # of the declaration before
                    end = body.index("\n", end)
                    continue
                function = function or (c == "(" and depth == 0)
                depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(c, 0)
                end += 1
                if depth == 0 and (c == ";" or (c == "}" and function)):
                    break
            found.append([body[place:end], before, function])
            before, place = [], end
    return [(" ".join(text.split()), " ".join(doc), function) for text, doc, function in found]


def split_top(text):
    """Parts of a list of declarators or enumerators, separated by commas outside brackets."""
    parts, depth, start = [], 0, 0
    for k, c in enumerate(text):
        depth += {"(": 1, "{": 1, "[": 1, "<": 1, ")": -1, "}": -1, "]": -1, ">": -1}.get(c, 0)
        if c == "," and depth == 0:
            parts.append(text[start:k])
            start = k + 1
    return [p.strip() for p in (*parts, text[start:]) if p.strip()]


def default_text(kind, text):
    text = text.strip().removeprefix("=").strip()
    if text in ("", "{}"):
        simple = re.match(r"(std::)?(optional|vector|string|filesystem::path)\b", kind)
        return {"optional": "unset", None: "its own defaults"}.get(simple and simple[2], "empty")
    if text.startswith("{"):
        return f"`{text}`"
    return f"`{text.rsplit('::', 1)[-1] if re.fullmatch(r'[a-z_:]+', text) else text}`"


def enumerators(body):
    rows, place = [], 0
    for found in re.finditer(r"(\w+)(?: = [^,/\n]+)?,?[ \t]*(?:///<[ \t]*(.*))?", re.sub(r"^\s*//[^/].*$", "", body, flags=re.M)):
        rows.append((found[1], None, None, found[2] or ""))
    return rows


def fields(text, name):
    """(name, type, default, doc) of every field, in order; None if there is no such struct."""
    body = body_of(text, name)
    if body is None:
        return None
    if re.search(rf"\benum (class|struct) {name.rsplit('::', 1)[-1]}\b", text):
        return enumerators(body)
    rows = []
    for statement, doc, function in statements(body):
        if function or re.match(r"(using|static|friend|template|struct|class|enum class|public|private|mutable)\b", statement):
            continue
        found = re.match(r"((?:const )?(?:enum )?[\w:]+(?:<[^={;]*>)?[*&]*)\s+(.*);$", statement)
        if not found:
            raise ValueError(f"{name}: cannot read `{statement}`")
        kind = found[1].removeprefix("enum ")
        for part in split_top(found[2]):
            word, rest = re.match(r"(\w+)\s*(.*)$", part).groups()
            rows.append((word, kind, default_text(kind, rest), doc))
    return rows


def table_of(rows):
    escaped = lambda s: s.replace("|", "\\|")
    if rows and rows[0][1] is None:
        lines = ["| value | meaning |", "|---|---|", *(f"| `{name}` | {escaped(doc)} |" for name, _, _, doc in rows)]
    else:
        lines = ["| field | type | default | meaning |", "|---|---|---|---|",
                 *(f"| `{name}` | `{kind}` | {default} | {escaped(doc)} |" for name, kind, default, doc in rows)]
    return "\n".join(lines) + "\n"


def expected(texts, on_page):
    """Names that must be on the page: {name: why}."""
    must = {}
    for path, text in texts.items():
        for name in re.findall(r"(?:const )?\b([a-z]\w*)(?:<\w+>)?&? (?:\w+ )?= \{\}[,)]", text):
            must[name] = f"{path} has a function that takes it with `= {{}}`"
        for name, body in ((n, body_of(text, n)) for n in re.findall(r"^struct (\w+) \{", text, re.M)):
            if re.search(r"^\s+double clip_norm\b", body, re.M) or "double target_performance()" in body:
                must[name] = f"{path}: it is an optimiser or a task"
    for name, rows in on_page.items():
        for word, kind, _, _ in rows:
            inner = re.sub(r"^(?:std::optional|std::vector|const std::vector)<(.*)>\*?$", r"\1", kind or "").rsplit("::", 1)[-1]
            must[inner] = f"the field {word} of {name} is one"
    return {name: why for name, why in must.items() if name not in NOT_OPTIONS}


def main(source, write):
    root, faults = Path(source), []
    texts = {str(p.relative_to(root / "include/eirnn")): p.read_text() for p in sorted((root / "include/eirnn").rglob("*.hpp"))}
    page = (root / PAGE).read_text()
    on_page = {}

    def renewed(found):
        header, name, old = found.groups()
        rows = fields(texts.get(header, ""), name)
        if not rows:
            faults.append(f"{PAGE}: {header} has no {name} with fields")
            return found[0]
        on_page[name] = rows
        faults.extend(f"{header}: {name}::{word} has no doc comment" for word, _, _, doc in rows if not doc)
        new = table_of(rows)
        if new != old and not write:
            for line in sorted(set(old.splitlines()) - set(new.splitlines())):
                faults.append(f"{PAGE}: of {name}, not so in {header}: {line}")
            for line in sorted(set(new.splitlines()) - set(old.splitlines())):
                faults.append(f"{PAGE}: of {name}, lacks: {line}")
            if len(faults) == 0 or sorted(old.splitlines()) == sorted(new.splitlines()):
                faults.append(f"{PAGE}: {name} is in another order than in {header}")
        return f"<!-- options: {header} {name} -->\n{new}<!-- /options -->"

    new_page = MARK.sub(renewed, page)
    if not on_page:
        faults.append(f"{PAGE} has no tables")
    if page.count("<!-- options:") != len(on_page) or page.count("<!-- /options -->") != len(on_page):
        faults.append(f"{PAGE}: a table is not ended, or a struct has two")
    known = {name.rsplit("::", 1)[-1] for name in on_page}
    structs = {n for text in texts.values() for n in re.findall(r"^[ \t]*(?:struct|enum class) (\w+)\b[^;{}]*\{", text, re.M)}
    for name, why in sorted(expected(texts, on_page).items()):
        if name in structs and name not in known:
            faults.append(f"{PAGE} lacks {name}: {why}")
    if write:
        (root / PAGE).write_text(new_page)
    print("\n".join(faults) if faults else f"{len(on_page)} tables, {sum(map(len, on_page.values()))} rows")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], "--write" in sys.argv[2:]))
