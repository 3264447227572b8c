#!/usr/bin/env python3
"""Runs of `multicell` as Markdown tables: networks, what is measured of every type of neuron, and how that compares with a reference.

    tabulate_multicell.py [--reference FILE] RUN...

RUN is the folder of a finished run; its summary.json holds
    model, variant (text), seed, epochs, parameters, test_accuracy_percent, seconds
    areas    {"area3": {"PN": {"image_skewness", "orientation_skewness", "gosi", "silent", "channels"}, "IG": ...}, ...}
    density  {"area3": {"PN_PN", "IG_PN", "OG_PN"}, ...}        share of connections, named source_target
A measure without a value is null. FILE holds one object like that, or a list of them; parts may be missing. Each is compared with the
mean over the runs of the same model and variant, or over all runs if it does not name these.

Exit status: 0 done, 64 wrong usage, 65 a damaged file, 66 a file that is not there.
"""

import sys
from pathlib import Path

from multicell_runs import MEASURES, BadFile, principal, read_json, read_summary, warn


def values_of(summary):
    """Every measure as (area, type or projection, measure, decimals, value); value may be None."""
    for area, types in summary.get("areas", {}).items():
        for name, measured in types.items():
            for key, label, decimals in MEASURES:
                yield area, name, label, decimals, measured.get(key)
    for area, projections in summary.get("density", {}).items():
        for name, value in projections.items():
            yield area, name.replace("_", "-"), "density", 3, value


def number(value, decimals):
    return "-" if value is None else f"{value:,.{decimals}f}"


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(header, rows):
    return "\n".join([row(*header), "|" + "---|" * len(header), *(row(*cells) for cells in rows)])


def run_table(runs):
    header = ["model", "variant", "seed", "epochs", "parameters", "accuracy, %", "minutes"]
    minutes = lambda s: None if s.get("seconds") is None else s["seconds"] / 60
    return table(header, [[s["model"], s["variant"], s["seed"], s["epochs"], number(s["parameters"], 0),
                           number(s["test_accuracy_percent"], 2), number(minutes(s), 1)] for s in runs])


def measure_table(runs):
    header = ["model", "variant", "seed", "area", "type", *(label for _, label, _ in MEASURES), "silent", "channels",
              "density to principal"]
    rows = []
    for s in runs:
        for area, types in s.get("areas", {}).items():
            for name, measured in types.items():
                density = s.get("density", {}).get(area, {}).get(f"{name}_{principal(types)}")
                rows.append([s["model"], s["variant"], s["seed"], area, name, *(number(measured.get(k), d) for k, _, d in MEASURES),
                             number(measured.get("silent"), 0), number(measured.get("channels"), 0), number(density, 3)])
    return table(header, rows)


def comparison(reference, runs):
    named = [key for key in ("model", "variant") if key in reference]
    same = [s for s in runs if all(s[key] == reference[key] for key in named)]
    title = f"Reference {reference.get('name', ', '.join(str(reference[key]) for key in named))}".rstrip()
    if not same:
        return f"{title}: no run of this model and variant"
    rows = []

    def compare(area, what, label, decimals, expected, values):
        values = [v for v in values if v is not None]
        mean = sum(values) / len(values) if values else None
        change = None if mean is None or expected is None else mean - expected
        rows.append([area, what, label, number(expected, decimals), number(mean, decimals), number(change, decimals), len(values)])

    for key, decimals in (("epochs", 0), ("parameters", 0), ("test_accuracy_percent", 2)):
        if key in reference:
            compare("", "", key, decimals, reference[key], [s[key] for s in same])
    found = [{(a, w, m): v for a, w, m, _, v in values_of(s)} for s in same]
    for area, what, label, decimals, expected in values_of(reference):
        compare(area, what, label, decimals, expected, [f.get((area, what, label)) for f in found])
    return f"{title}\n\n" + table(["area", "of", "measure", "reference", "mean of runs", "difference", "runs"], rows)


def main(arguments):
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    reference = None
    if arguments[:1] == ["--reference"]:
        reference, arguments = arguments[1:2], arguments[2:]
    if reference == [] or not arguments or any(a.startswith("-") for a in arguments):
        print(__doc__, file=sys.stderr)
        return 64
    try:
        runs = [read_summary(folder) for folder in arguments]
        parts = [run_table(runs), measure_table(runs)]
        if reference:
            expected = read_json(Path(reference[0]))
            parts += [comparison(r, runs) for r in (expected if isinstance(expected, list) else [expected])]
    except FileNotFoundError as problem:
        warn(f"{problem.filename} is not there; is this the folder of a finished run?")
        return 66
    except (BadFile, OSError, KeyError, TypeError, ValueError, AttributeError) as problem:
        warn(problem if isinstance(problem, BadFile) else repr(problem))
        return 65
    print("\n\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
