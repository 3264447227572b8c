#!/usr/bin/env python3
"""Figures of Sun et al. from runs of `multicell`, and what they must show.

    figures.py --figure N [--least-accuracy PERCENT] [--out FOLDER] RUN...
        figure_N.{png,svg,json} in FOLDER, by default the current one; N is 2 to 15, as in the later manuscript, `ratios` (figure 7 of the
        earlier one) or `controls` (thresholds, ordinary kernels, relu, no L2). All RUNs are drawn: which ones a figure needs, study.py says.
        Networks of figure 6 that are not above --least-accuracy (60) are left out.
    figures.py --variants --table results.csv
        prints a table of all conditions in Markdown: accuracy, both differences, and whether the variant is as the paper has it

The numbers of a RUN are read from its measures.csv, as rows.py writes it, or found anew where there is none. The JSON says of every line
that the figure must show, and of every condition, whether it holds, with numbers (see checks.py).

Exit status: 0 done, 64 wrong usage, 65 a damaged file, 66 a file or run is missing, 73 a figure cannot be written.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "examples")]
import plot_multicell as plots  # noqa: E402
from checks import CHECKS, PARTS_OF_9, accuracy, both_above, differences_of, find, gone, good  # noqa: E402
from multicell_runs import BadFile, Run, conditions_of, difference, interval, warn  # noqa: E402
from plot_multicell import np, plt  # noqa: E402
from rows import THRESHOLDS, rows_of  # noqa: E402

COLUMNS = dict(plots.COLUMNS)


def number_in(text):
    return None if text == "" else float(text)


class StudyRun(Run):
    """A run with its part of the table."""

    def __init__(self, folder):
        super().__init__(folder)
        path = self.folder / "measures.csv"
        if path.is_file():
            try:
                with open(path, encoding="utf-8", newline="") as file:
                    self.rows = {(r["area"], r["type"], r["measure"]): number_in(r["value"]) for r in csv.DictReader(file)}
            except (KeyError, ValueError, TypeError) as problem:
                raise BadFile(f"{path}: not a table of rows.py ({problem!r})") from problem
        else:
            self.rows = {row[:3]: row[3] for row in rows_of(self)}

    def difference_of(self, measures):
        return difference(measures, list(self.summary.get("areas", {})))


class TableRun:
    """A run as a table has it."""

    def __init__(self, name, rows):
        self.folder, self.rows = name, rows
        try:
            model, variant = name.split(".")[:2]
        except ValueError as problem:
            raise BadFile(f"{name} is not a run of the study") from problem
        area3 = lambda kind: int(rows.get(("area3", kind, "channels")) or 0)
        self.summary = {"model": model, "variant": variant, "seed": rows.get(("", "", "seed")), "epochs": rows.get(("", "", "epochs")),
                        "weight_decay": rows.get(("", "", "weight_decay"))}
        self.channels = (area3("principal"), area3("interneurons"))

    def sizes(self):
        return "/".join(map(str, self.channels))


def variants_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        runs = {}
        try:
            for r in csv.DictReader(file):
                runs.setdefault(r["run"], {})[r["area"], r["type"], r["measure"]] = number_in(r["value"])
        except (KeyError, ValueError, TypeError) as problem:
            raise BadFile(f"{path}: not a table of rows.py ({problem!r})") from problem
    conditions = conditions_of([TableRun(name, rows) for name, rows in runs.items()])

    def text(found, decimals):
        mean, *ends = ("-" if x is None else f"{x:.{decimals}f}" for x in found)
        return mean if found[1] is None else f"{mean} [{', '.join(ends)}]"

    lines = ["| network | neurons of area 3 | runs | test accuracy, % | selectivity difference | density difference | expected | holds |",
             "|---|---|---|---|---|---|---|---|"]
    for c in conditions:
        s = c.runs[0].summary
        base = find([x for x in conditions if x.runs[0].channels == c.runs[0].channels], s["model"], "base")
        if s["variant"] in ("InhPN", "NoConstraint"):
            expected, (_, held) = "first above 0, second below half of base's", gone(c, base)
        elif s["weight_decay"] == 0:
            expected, held = "nothing", None
        else:
            expected, (_, held) = "both above 0", both_above(c)
        d = differences_of(c)
        lines.append("| " + " | ".join((c.family, c.runs[0].sizes(), str(len(c.runs)), text(accuracy(c), 1),
                                        text(d["selectivity_difference"], 2), text(d["density_difference"], 3), expected,
                                        "-" if held is None else "yes" if held else "no")) + " |")
    return "\n".join(lines)


# Figures; each gives {suffix of the name: figure}


def only(figures):
    """Of one of the plots that several figures may come from."""
    return {"": next(iter(figures))[1]}


def columns(*keys):
    return [(key, COLUMNS[key]) for key in keys]


def with_measures(conditions):
    return [c for c in conditions if plots.areas_of([c])]


def weights(conditions):
    figure, axes = plt.subplots(1, 5, figsize=(14, 2.6))
    condition = conditions[0]
    run = plots.with_arrays(condition)
    for ax, kind in zip(axes, plots.kinds_of(run, "area3") if run else ()):
        plots.draw_log_weights(ax, run, "area3", kind)
    axes[0].set_ylabel("connections")
    plots.draw_bars(axes[-1], condition, "density", COLUMNS["density"])
    plots.beside(axes[-1])
    figure.suptitle(f"{condition.title()}; weights: seed {run.summary['seed'] if run else '-'}", fontsize=9)
    figure.tight_layout()
    return {"": figure}


def scatter(conditions, panels, experiment=False):
    """[(title, areas or None for all, the conditions)]."""
    figure, axes = plt.subplots(1, len(panels), figsize=(5.4 * len(panels), 3.2), squeeze=False)
    for ax, (title, areas, some) in zip(axes[0], panels):
        plots.draw_differences(ax, some, areas or plots.areas_of(some), title, experiment)
        plots.beside(ax)
    figure.tight_layout()
    return {"": figure}


def constraints(conditions):
    return scatter(conditions, [(area, [area], conditions) for area in plots.areas_of(conditions)])


def variants(conditions):
    titles = {"9A": "readout and gates", "9B": "from Standard to StandardEI", "9C": "normalisation and dropout"}
    of = lambda names: [c for c in conditions if (c.runs[0].summary["model"], c.runs[0].summary["variant"]) in names]
    return scatter(conditions, [(f"{panel}: {titles[panel]}", None, of(names)) for panel, names in PARTS_OF_9.items() if of(names)])


def gratings():
    """All 432 as one picture: a row for each frequency and phase, a column for each orientation."""
    side = 24
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    rows = []
    for cycles in (1, 2, 3, 4, 6, 8):
        for phase in np.arange(4) * np.pi / 2:
            turned = [np.cos(2 * np.pi * cycles / side * (-x * np.sin(t) + y * np.cos(t)) + phase) for t in np.arange(18) * np.pi / 18]
            rows.append(np.hstack([np.pad(image, 1, constant_values=1) for image in turned]))
    return np.vstack(rows)


def tuning(conditions):
    figure, ax = plt.subplots(figsize=(4.5, 6))
    ax.imshow(gratings(), cmap="gray", interpolation="nearest")
    ax.axis("off")
    ax.set_title("18 orientations; 6 spatial frequencies of 4 phases", fontsize=8)
    figure.tight_layout()
    return {"_gratings": figure, "": next(iter(plots.plot_tuning(conditions[:1], False)))[1]}


def accuracies(conditions):
    figure, ax = plt.subplots(figsize=(5, 3))
    plots.draw_accuracy(ax, conditions)
    plots.beside(ax)
    figure.tight_layout()
    return {"": figure}


def ratios(conditions):
    return {**only(plots.plot_channel_ratio(conditions, False)),
            **{"_trajectories": figure for _, figure in plots.plot_trajectories(conditions, False)}}


def controls(conditions):
    figure, (ax, bars) = plt.subplots(1, 2, figsize=(9, 3.2))
    for k, c in enumerate(conditions):
        points = np.array([interval([run.rows.get(("all", "difference", f"density_above_exp_{t}")) for run in c.runs])
                           for t in THRESHOLDS])
        ax.plot(THRESHOLDS, points[:, 0], "o-", ms=3, color=plots.shade(k), label=c.label)
        ax.fill_between(THRESHOLDS, points[:, 1], points[:, 2], color=plots.shade(k), alpha=0.2, lw=0)
    ax.axhline(0, color="0.85", lw=1, zorder=0)
    ax.axvline(plots.LOG_THRESHOLD, color="black", lw=1, ls="--")
    plots.tidy(ax, "log of the threshold", "density to principal,\ninterneurons - principal")
    plots.draw_accuracy(bars, conditions)
    plots.beside(bars)
    figure.tight_layout()
    return {"": figure}


def grid(panels):
    def drawn(conditions):
        found = list(plots.plot_channel_grid(conditions, False, panels))
        if found:
            return only(found)
        figure, ax = plt.subplots(figsize=(4, 1))  # a study whose networks learn little still has its other figures
        ax.axis("off")
        ax.text(0.5, 0.5, f"{len(conditions)} networks are accurate enough: no map", ha="center")
        return {"": figure}

    return drawn


def measures(*keys):
    return lambda conditions: only(plots.plot_measures(with_measures(conditions), False, columns(*keys)))


DRAW = {"2": measures("gosi", "orientation_skewness", "image_skewness"), "3": weights,
        "4": lambda conditions: scatter(conditions, [("", None, conditions)], True),
        "5": lambda conditions: only(plots.plot_development(conditions[:1], False, columns("orientation_skewness", "image_skewness",
                                                                                           "density"))),
        "6": grid(range(1, 5)), "7": constraints, "8": tuning, "9": variants, "10": lambda c: only(plots.plot_accuracy(c, False)),
        "11": grid([0]), "12": accuracies, "13": measures(*COLUMNS), "14": measures(*COLUMNS), "15": measures(*COLUMNS),
        "ratios": ratios, "controls": controls}


def plain(value):
    """Numbers that JSON has."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    if isinstance(value, (np.floating, float)):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def report(figure, conditions, least):
    said = []
    for panel, must, found, held in CHECKS[figure](conditions, least):
        known = [h for h in held.values() if h is not None]
        said.append({"panel": panel, "must": must, "holds": bool(all(known)) if known else None,
                     "conditions": {k: {**plain(found[k]), "holds": plain(held[k])} for k in held}})
    return {"figure": figure, "runs": {c.label: len(c.runs) for c in conditions}, "lines": said}


def draw(asked):
    runs = [StudyRun(folder) for folder in asked.run]
    conditions = conditions_of(runs)
    shown = good(conditions, asked.least_accuracy) if asked.figure == "6" else conditions
    try:
        said, figures = report(asked.figure, conditions, asked.least_accuracy), DRAW[asked.figure](shown)
    except (StopIteration, IndexError):
        warn(f"figure {asked.figure}: these runs do not suffice")
        return 66
    try:
        asked.out.mkdir(parents=True, exist_ok=True)
        for suffix, figure in figures.items():
            plots.save(figure, asked.out, f"figure_{asked.figure}{suffix}")
        path = asked.out / f"figure_{asked.figure}.json"
        path.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        print(path)
    except OSError as problem:
        warn(f"{asked.out}: cannot be written ({problem})")
        return 73
    return 0


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figure", choices=list(CHECKS), metavar="N")
    parser.add_argument("--variants", action="store_true")
    parser.add_argument("--table", type=Path, metavar="FILE")
    parser.add_argument("--least-accuracy", type=float, default=60, metavar="PERCENT")
    parser.add_argument("--out", type=Path, default=Path("."), metavar="FOLDER")
    parser.add_argument("run", nargs="*")
    try:
        asked = parser.parse_args(arguments)
        if (asked.figure is None) != asked.variants or asked.variants != bool(asked.table) or asked.variants == bool(asked.run):
            parser.error("name a figure and runs, or --variants and a table")
    except SystemExit as ending:
        return 64 if ending.code else 0
    plt.rcParams["svg.hashsalt"] = "eirnn"  # the same data make the same file
    try:
        if asked.variants:
            print(variants_of(asked.table))
            return 0
        return draw(asked)
    except FileNotFoundError as problem:
        warn(f"{problem.filename} is not there")
        return 66
    except (BadFile, OSError) as problem:
        warn(problem)
        return 65


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
