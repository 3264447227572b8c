#!/usr/bin/env python3
"""Everything that is measured of runs of `multicell`, one number a line: rows.py RUN... prints run, area, type, measure, value as CSV.

A run is named by its folder. Lines without an area are of the whole network. A type is one of neurons (PN), a projection (IG_PN), or
`principal`, `interneurons`, `principal_principal`, `interneurons_principal`: pooled over units or connections of all such types, and in the
area `all` over the areas. `difference`: principal neurons minus interneurons (selectivity), interneurons to principal neurons minus those
among themselves (density); `density_of_taps` is not averaged over the positions of a kernel, `density_above_exp_K` has another threshold
than exp(-10). A measure without a value is empty.

Exit status: 0 done, 64 wrong usage, 65 a damaged file, 66 a file that is not there.
"""

import csv
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))
from multicell_runs import BadFile, Run, pooled_density, pooled_skewness, warn  # noqa: E402

THRESHOLDS = [-14, -13, -12, -11, -10, -9, -8, -7, -6]
POOLED = [("principal", "image_skewness"), ("interneurons", "image_skewness"), ("principal_principal", "density"),
          ("interneurons_principal", "density")]
HEADER = ["run", "area", "type", "measure", "value"]


def shares_above(arrays, name):
    """Densities of a projection with other thresholds, which are edges of its histogram."""
    if f"{name}.log_weight_histogram" not in arrays:
        return {}
    counts, edges = arrays[f"{name}.log_weight_histogram"], arrays[f"{name}.log_weight_edges"]
    total = counts.sum() + arrays[f"{name}.zero_weights"]
    return {f"density_above_exp_{k}": float(counts[edges[:-1] > k - 0.1].sum() / total) for k in THRESHOLDS} if total else {}


def minus(a, b):
    return None if a is None or b is None else a - b


def rows_of(run):
    """(area, type, measure, value), the value None where there is none."""
    s, arrays = run.summary, run.arrays
    for key in ("seed", "epochs", "train_images", "test_images", "weight_decay", "parameters", "test_accuracy_percent", "seconds"):
        yield "", "", key, s.get(key)
    if "test_accuracy_with_dropout_percent" in s:
        yield "", "", "test_accuracy_with_dropout_percent", s["test_accuracy_with_dropout_percent"]
    if run.metrics:
        yield "", "", "train_accuracy_percent", run.metrics[-1].get("train_accuracy_percent")
    for name, n in zip(("principal", "interneurons"), s.get("channels", ())):
        yield "area3", name, "channels", n
    others = {}  # measure: like `density` of the summary
    for area, types in s.get("areas", {}).items():
        for name, measures in types.items():
            for measure, value in measures.items():
                yield area, name, measure, value
    for area, projections in s.get("density", {}).items():
        for name, value in projections.items():
            yield area, name, "density", value
            more = shares_above(arrays, f"{area}.{name}")
            if f"{area}.{name}.density_of_taps" in arrays:
                more["density_of_taps"] = float(arrays[f"{area}.{name}.density_of_taps"])
            for measure, other in more.items():
                yield area, name, measure, other
                others.setdefault(measure, {}).setdefault(area, {})[name] = other
    areas = list(s.get("areas", {}))
    for place, chosen in [(area, [area]) for area in areas] + [("all", areas)]:
        skewness, density = pooled_skewness(s, chosen) or (None, None), pooled_density(s, chosen) or (None, None)
        for (name, measure), value in zip(POOLED, skewness + density):
            yield place, name, measure, value
        yield place, "difference", "selectivity", minus(*skewness)
        yield place, "difference", "density", minus(*density[::-1])
        for measure, density in others.items():
            own = pooled_density({**s, "density": density}, chosen) or (None, None)
            yield place, "difference", measure, minus(*own[::-1])


def main(arguments):
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if not arguments or any(a.startswith("-") for a in arguments):
        print(__doc__, file=sys.stderr)
        return 64
    try:
        rows = [(run.folder.resolve().name, *row) for run in map(Run, arguments) for row in rows_of(run)]
    except FileNotFoundError as problem:
        warn(f"{problem.filename} is not there; is this the folder of a finished run?")
        return 66
    except (BadFile, OSError, KeyError, TypeError, ValueError, AttributeError) as problem:
        warn(problem if isinstance(problem, BadFile) else repr(problem))
        return 65
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(HEADER)
    out.writerows((*row, "" if value is None else value) for *row, value in rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
