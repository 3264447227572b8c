#!/usr/bin/env python3
"""Figures of trained multi-cell networks, after Sun et al.

    plot_multicell.py --out FOLDER [--experiment] RUN...

draws what the folders RUN of examples/multicell allow, and writes a PNG and an SVG per figure into FOLDER. Runs of one model, variant and
number of channels are one condition: bars and curves are means over its networks, with 95 % bootstrap intervals where there are several.
CONDITION and FAMILY stand for the names of a condition, and of a model and variant, in the file names.

summary.json (see tabulate_multicell.py; needed)
    -> measures.{png,svg}         gOSI, orientation skewness, image skewness and connection density by area and type
    -> differences.{png,svg}      image skewness of principal neurons minus interneurons against density interneuron -> principal minus
                                  principal -> principal; a light marker per network, a dark one per condition. --experiment adds the
                                  estimate from the visual cortex of rodents that the paper gives (2.1, 0.31)
    -> channel_ratio_FAMILY       measures against interneurons of one type per principal neuron, where a model and variant was trained
                                  with several ratios
    -> channel_grid_FAMILY        accuracy and measures, pooled over areas, against both numbers, where both vary
metrics.jsonl      one JSON object per epoch: epoch, train_accuracy_percent, test_accuracy_percent (may be missing), and at measured
                   epochs "measures" with "areas" and "density" as in summary.json
    -> accuracy.{png,svg}         accuracy by epoch, and at the end by condition
    -> development_CONDITION      measures by epoch
    -> trajectories.{png,svg}     the way through the space of differences during training
measures.npz       of the first run of a condition that has it
    AREA.TYPE.gosi [unit] (NaN: none), AREA.TYPE.tuning [unit][orientation]; AREA.FROM_TO.log_weight_histogram [bin],
    AREA.FROM_TO.log_weight_edges [bin + 1], and AREA.all.* for all recurrent weights
    -> tuning_CONDITION           tuning curves of the units at the quartiles of gOSI
    -> log_weights_CONDITION      histograms of log weights with the threshold of the density

Exit status: 0 drawn, 64 wrong usage, 65 a damaged file, 66 nothing to draw, 73 a figure cannot be written. What is missing is named and
left out.
"""

import sys
from pathlib import Path

try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
except ImportError as missing:
    sys.exit(f"{sys.argv[0]}: {missing}; install Matplotlib and NumPy (Debian: apt install python3-matplotlib)")

from multicell_runs import MEASURES, BadFile, Run, conditions_of, difference, interval, measured, pooled, principal, slug, warn

TYPE_COLOURS = {"PN": "#2c6fbb", "E": "#2c6fbb", "IG": "#dd8452", "OG": "#c44e52", "I": "#c44e52"}
LOG_THRESHOLD = -10
EXPERIMENT = (2.1, 0.31)


def tidy(ax, xlabel, ylabel):
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def beside(ax, labelled=None):
    """A legend to the right of the axes, of what is labelled there or in others."""
    handles, labels = (labelled or ax).get_legend_handles_labels()
    if handles:
        ax.legend(handles, labels, frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))


COLUMNS = [("gosi", "gOSI"), *((key, label) for key, label, _ in MEASURES if key != "gosi"), ("density", "density to principal")]


def areas_of(conditions):
    return list(dict.fromkeys(area for c in conditions for run in c.runs for area in run.summary.get("areas", {})))


def types_of(condition, area):
    return list(dict.fromkeys(name for run in condition.runs for name in run.summary.get("areas", {}).get(area, {})))


def shade(k):
    return plt.cm.tab10(k % 10)


# Figures; each gives (name, figure) for what the runs allow


def draw_bars(ax, condition, key, label):
    """One measure by area and type, with intervals over the networks."""
    areas = areas_of([condition])
    for k, area in enumerate(areas):
        types = types_of(condition, area)
        width = 0.8 / len(types)
        for t, name in enumerate(types):
            mean, low, high = interval([measured(run.summary, area, name, key) for run in condition.runs])
            if np.isnan(mean):
                warn(f"{condition.label}: {area}.{name} has no {label}")
                continue
            place = k + (t - (len(types) - 1) / 2) * width
            ax.bar(place, mean, 0.9 * width, color=TYPE_COLOURS.get(name, "0.5"), label=name if k == 0 else None)
            if len(condition.runs) > 1:
                ax.errorbar(place, mean, [[mean - low], [high - mean]], color="black", lw=1, capsize=2)
    ax.set_xticks(range(len(areas)))
    ax.set_xticklabels(areas)
    ax.axhline(0, color="black", lw=0.6)
    tidy(ax, "", label)
    ax.tick_params(labelleft=True)


def plot_measures(conditions, _, columns=COLUMNS):
    for condition in conditions:
        if not areas_of([condition]):
            warn(f"{condition.label}: no measures")
    conditions = [c for c in conditions if areas_of([c])]
    if not conditions:
        return
    figure, axes = plt.subplots(len(conditions), len(columns), figsize=(3 * len(columns), 2.6 * len(conditions)), squeeze=False, sharey="col")
    for line, condition in zip(axes, conditions):
        for ax, (key, label) in zip(line, columns):
            draw_bars(ax, condition, key, label)
        line[0].set_title(condition.title(), fontsize=9, loc="left")
        beside(line[-1])
    figure.tight_layout()
    yield "measures", figure


def difference_axes(ax, title):
    for line in (ax.axhline, ax.axvline):
        line(0, color="0.85", lw=1, zorder=0)
    tidy(ax, "image skewness,\nprincipal - interneurons", "density to principal,\ninterneurons - principal")
    ax.set_title(title, fontsize=9)


def draw_differences(ax, conditions, chosen, title, experiment=False):
    """A light marker per network, a dark one per condition; gives whether there is any."""
    drawn = False
    for k, condition in enumerate(conditions):
        # pooled over the areas that this condition has: models may differ in their number
        own = [area for area in chosen if area in areas_of([condition])]
        points = [difference(run.summary, own) for run in condition.runs] if own else []
        points = np.array([p for p in points if p is not None])
        if not len(points):
            warn(f"{condition.label}: no difference between types in {title}")
            continue
        drawn = True
        ax.scatter(*points.T, color=shade(k), alpha=0.35, s=18, lw=0)
        ax.scatter(*points.mean(axis=0), color=shade(k), s=45, label=condition.label)
    if experiment:
        ax.scatter(*EXPERIMENT, marker="*", s=90, facecolor="none", edgecolor="black", label="experiment (estimate)")
    difference_axes(ax, title)
    return drawn


def plot_differences(conditions, experiment):
    areas = areas_of(conditions)
    panels = [(areas, "all areas")] + [([area], area) for area in areas if len(areas) > 1]
    figure, axes = plt.subplots(1, len(panels), figsize=(3.6 * len(panels), 3.2), squeeze=False)
    drawn = [draw_differences(ax, conditions, chosen, title, experiment and len(chosen) == len(areas))
             for ax, (chosen, title) in zip(axes[0], panels)]
    beside(axes[0][-1], axes[0][0])
    figure.tight_layout()
    if any(drawn):
        yield "differences", figure


def families_of(conditions):
    """Conditions that differ in nothing but the number of channels."""
    families = {}
    for c in conditions:
        families.setdefault(c.family, []).append(c)
    return families.items()


def channels_of(condition, area):
    """(principal neurons, interneurons of one type), the latter a mean over types; None where a number is missing."""
    types = condition.runs[0].summary.get("areas", {}).get(area, {})
    counts = {name == principal(types): [] for name in types}
    for name, m in types.items():
        counts[name == principal(types)].append(m.get("channels"))
    if set(counts) != {True, False} or None in counts[True] + counts[False]:
        return None
    return counts[True][0], sum(counts[False]) / len(counts[False])


def plot_channel_ratio(conditions, _):
    for family, members in families_of(conditions):
        ratio = lambda c, area: channels_of(c, area)[1] / channels_of(c, area)[0]
        having = {area: [c for c in members if channels_of(c, area)] for area in areas_of(members)}
        areas = [area for area, some in having.items() if len({ratio(c, area) for c in some}) > 1]
        if not areas:
            continue  # the usual case: one number of channels
        figure, axes = plt.subplots(len(areas), 4, figsize=(12, 2.8 * len(areas)), squeeze=False)
        for line, area in zip(axes, areas):
            x = sorted({ratio(c, area) for c in having[area]})
            for ax, (key, label) in zip(line, COLUMNS):
                for name in dict.fromkeys(name for c in having[area] for name in types_of(c, area)):
                    runs = lambda at: [run for c in having[area] if ratio(c, area) == at for run in c.runs]
                    values = np.array([interval([measured(run.summary, area, name, key) for run in runs(at)]) for at in x])
                    ax.errorbar(x, values[:, 0], [values[:, 0] - values[:, 1], values[:, 2] - values[:, 0]], fmt="o-", ms=4,
                                color=TYPE_COLOURS.get(name, "0.5"), label=name)
                ax.set_xscale("log", base=2)
                tidy(ax, "interneurons / principal", label)
            line[0].set_title(area, fontsize=9, loc="left")
            beside(line[-1])
        figure.suptitle(family, fontsize=10)
        figure.tight_layout()
        yield f"channel_ratio_{slug(family)}", figure


GRID_TITLES = ["test accuracy (%)", "image skewness, principal", "image skewness, interneurons", "density, principal to principal",
               "density, interneurons to principal"]


def plot_channel_grid(conditions, _, panels=range(5)):
    titles = [GRID_TITLES[k] for k in panels]
    for family, members in families_of(conditions):
        areas = areas_of(members)
        if not areas:
            continue
        members = [c for c in members if channels_of(c, areas[0])]
        principals, others = (sorted({channels_of(c, areas[0])[k] for c in members}) for k in (0, 1))
        if len(principals) < 2 or len(others) < 2:
            continue
        maps = np.full((len(titles), len(principals), len(others)), np.nan)
        for y, x in np.ndindex(maps.shape[1:]):
            runs = [run for c in members if channels_of(c, areas[0]) == (principals[y], others[x]) for run in c.runs]
            values = [(run.summary["test_accuracy_percent"], *(pooled(run.summary, areas) or [None] * 4)) for run in runs]
            means = [interval(some)[0] for some in zip(*values)]
            maps[:, y, x] = [means[k] for k in panels] if values else np.nan
        figure, axes = plt.subplots(1, len(titles), figsize=(3.3 * len(titles), 2.9), squeeze=False)
        for ax, title, shown in zip(axes[0], titles, maps):
            figure.colorbar(ax.imshow(shown, origin="lower", aspect="auto"), ax=ax)
            ax.set_xticks(range(len(others)), [f"{n:g}" for n in others])
            ax.set_yticks(range(len(principals)), [f"{n:g}" for n in principals])
            ax.set_title(title, fontsize=9)
            ax.set_xlabel(f"interneurons of a type, {areas[0]}")
        axes[0][0].set_ylabel(f"principal neurons, {areas[0]}")
        figure.suptitle(family, fontsize=10)
        figure.tight_layout()
        yield f"channel_grid_{slug(family)}", figure


def by_epoch(ax, runs, value, colour, label, **how):
    """The mean over runs at every epoch where each of them has a value, with its interval."""
    series = [{e["epoch"]: value(e) for e in run.metrics if value(e) is not None} for run in runs]
    series = [s for s in series if s]
    epochs = sorted(set.intersection(*map(set, series))) if series else []
    if not epochs:
        return False
    points = np.array([interval([s[e] for s in series]) for e in epochs])
    ax.plot(epochs, points[:, 0], color=colour, label=label, marker="o" if len(epochs) < 15 else None, ms=3, **how)
    if len(series) > 1:
        ax.fill_between(epochs, points[:, 1], points[:, 2], color=colour, alpha=0.2, lw=0)
    return True


def draw_accuracy(ax, conditions):
    """At the end, by condition; gives whether there is any."""
    drawn = False
    for k, condition in enumerate(conditions):
        mean, low, high = interval([run.summary["test_accuracy_percent"] for run in condition.runs])
        if np.isnan(mean):
            warn(f"{condition.label}: no accuracy")
            continue
        drawn = True
        ax.bar(k, mean, color=shade(k), label=condition.label)
        if len(condition.runs) > 1:
            ax.errorbar(k, mean, [[mean - low], [high - mean]], color="black", lw=1, capsize=2)
    tidy(ax, "", "test accuracy (%)")
    ax.set_xticks([])
    return drawn


def plot_accuracy(conditions, _):
    figure, (curves, bars) = plt.subplots(1, 2, figsize=(8, 3.2), gridspec_kw={"width_ratios": [2, 1]})
    for k, condition in enumerate(conditions):
        if not by_epoch(curves, condition.runs, lambda e: e.get("test_accuracy_percent"), shade(k), condition.label):
            warn(f"{condition.label}: no test accuracy by epoch")
        by_epoch(curves, condition.runs, lambda e: e.get("train_accuracy_percent"), shade(k), None, ls=":", lw=1)
    curves.set_title("line: test, dotted: training", fontsize=9)
    tidy(curves, "epoch", "accuracy (%)")
    drawn = draw_accuracy(bars, conditions)
    beside(bars)
    figure.tight_layout()
    if drawn:
        yield "accuracy", figure


def plot_development(conditions, _, columns=COLUMNS):
    for condition in conditions:
        areas = areas_of([condition])
        if not areas or not any("measures" in e for run in condition.runs for e in run.metrics):
            warn(f"{condition.label}: no measures by epoch")
            continue
        figure, axes = plt.subplots(len(areas), len(columns), figsize=(3 * len(columns), 2.6 * len(areas)), squeeze=False)
        for line, area in zip(axes, areas):
            for ax, (key, label) in zip(line, columns):
                for name in types_of(condition, area):
                    value = lambda e, name=name: measured(e.get("measures", {}), area, name, key)
                    if not by_epoch(ax, condition.runs, value, TYPE_COLOURS.get(name, "0.5"), name):
                        warn(f"{condition.label}: {area}.{name} has no {label} by epoch")
                tidy(ax, "epoch", label)
            line[0].set_title(area, fontsize=9, loc="left")
            beside(line[-1])
        figure.suptitle(condition.title(), fontsize=10)
        figure.tight_layout()
        yield f"development_{condition.slug}", figure


def plot_trajectories(conditions, _):
    figure, ax = plt.subplots(figsize=(4.2, 3.6))
    drawn = False
    for k, condition in enumerate(conditions):
        areas, label = areas_of([condition]), condition.label
        for run in condition.runs:
            points = [difference(e["measures"], areas) for e in run.metrics if "measures" in e]
            points = np.array([p for p in points if p is not None])
            if len(points) < 2:
                continue
            drawn = True
            ax.plot(*points.T, color=shade(k), lw=1, label=label)
            ax.scatter(*points[-1], color=shade(k), s=18)
            label = None
    difference_axes(ax, "during training; dot: last epoch")
    beside(ax)
    if drawn:
        yield "trajectories", figure


def with_arrays(condition):
    run = next((run for run in condition.runs if run.arrays), None)
    if run is None:
        warn(f"{condition.label}: no run has measures.npz")
    return run


def plot_tuning(conditions, _):
    for condition in conditions:
        run = with_arrays(condition)
        area = next(iter(run.summary.get("areas", {})), None) if run else None
        complete = lambda name: {f"{area}.{name}.tuning", f"{area}.{name}.gosi"} <= set(run.arrays)
        types = [name for name in types_of(condition, area) if complete(name)] if area else []
        if not types:
            if run:
                warn(f"{run.folder}: no tuning curves")
            continue
        figure, axes = plt.subplots(len(types), 3, figsize=(7.5, 2 * len(types)), squeeze=False, sharex=True)
        for line, name in zip(axes, types):
            tuning, gosi = run.arrays[f"{area}.{name}.tuning"], run.arrays[f"{area}.{name}.gosi"]
            order = np.argsort(gosi)[: np.count_nonzero(np.isfinite(gosi))]  # NaN comes last
            # the units at the quartiles stand for their type: nothing is picked by eye
            for ax, place in zip(line, (0.25, 0.5, 0.75)):
                if not len(order):
                    ax.axis("off")
                    continue
                unit = order[round(place * (len(order) - 1))]
                ax.plot(np.arange(tuning.shape[1]) * 180 / tuning.shape[1], tuning[unit], "o-", ms=3, color=TYPE_COLOURS.get(name, "0.5"))
                ax.set_ylim(0, 1.1 * max(float(tuning[unit].max()), 1e-12))
                ax.set_title(f"{name} {unit}: gOSI {gosi[unit]:.2f}", fontsize=8)
                tidy(ax, "", "response" if ax is line[0] else "")
        for ax in axes[-1]:
            ax.set_xlabel("orientation (degrees)")
        figure.suptitle(f"{condition.label}, seed {run.summary['seed']}, {area}: first, second, third quartile of gOSI", fontsize=9)
        figure.tight_layout()
        yield f"tuning_{condition.slug}", figure


HISTOGRAM = ".log_weight_histogram"


def draw_log_weights(ax, run, area, kind):
    counts = run.arrays.get(f"{area}.{kind}{HISTOGRAM}", np.zeros(0))
    if counts.size == 0:
        warn(f"{run.folder}: {area}.{kind} has no weights that are not 0")
        ax.axis("off")
        return
    colour = "0.5" if kind == "all" else TYPE_COLOURS.get(kind.split("_")[0], "0.5")
    ax.stairs(counts, run.arrays[f"{area}.{kind}.log_weight_edges"], fill=True, color=colour)
    ax.axvline(LOG_THRESHOLD, color="black", lw=1, ls="--")
    ax.set_title(f"{area}, " + ("all recurrent" if kind == "all" else kind.replace("_", " to ")), fontsize=8)
    tidy(ax, "log weight", "")


def kinds_of(run, area):
    """What there are histograms of: all recurrent weights, those among principal neurons, the others."""
    kinds = [name[: -len(HISTOGRAM)].rsplit(".", 1) for name in run.arrays
             if name.endswith(HISTOGRAM) and name.replace("_histogram", "_edges") in run.arrays]
    first = lambda kind: (kind != "all", kind.split("_")[0] not in ("PN", "E"), kind)
    return sorted((kind for where, kind in kinds if where == area), key=first)


def plot_log_weights(conditions, _):
    for condition in conditions:
        run = with_arrays(condition)
        kinds = {area: kinds_of(run, area) for area in areas_of([condition])} if run else {}
        areas = [area for area in kinds if kinds[area]]
        if not areas:
            if run:
                warn(f"{run.folder}: no histograms of log weights")
            continue
        every = list(dict.fromkeys(kind for area in areas for kind in kinds[area]))
        figure, axes = plt.subplots(len(areas), len(every), figsize=(2.6 * len(every), 2.3 * len(areas)), squeeze=False, sharex="row")
        for line, area in zip(axes, areas):
            for ax, kind in zip(line, every):
                draw_log_weights(ax, run, area, kind)
            line[0].set_ylabel("connections")
        figure.suptitle(f"{condition.label}, seed {run.summary['seed']}", fontsize=9)
        figure.tight_layout()
        yield f"log_weights_{condition.slug}", figure


FIGURES = [plot_measures, plot_differences, plot_channel_ratio, plot_channel_grid, plot_accuracy, plot_development,
           plot_trajectories, plot_tuning, plot_log_weights]


def parse(arguments):
    """(output folder, experiment, runs), or None for a wrong command line."""
    out, experiment, runs = None, False, []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--out" and out is None:
            out = next(rest, None)
        elif argument == "--experiment":
            experiment = True
        elif argument.startswith("-"):
            return None
        else:
            runs.append(argument)
    return (Path(out), experiment, runs) if out and runs else None


def save(figure, folder, name):
    for suffix, metadata in ((".png", {"Software": None}), (".svg", {"Date": None})):
        figure.savefig(folder / (name + suffix), dpi=160, bbox_inches="tight", metadata=metadata)
        print(folder / (name + suffix))
    plt.close(figure)


def main(arguments):
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    asked = parse(arguments)
    if asked is None:
        print(__doc__, file=sys.stderr)
        return 64
    out, experiment, folders = asked
    status, runs = 0, []
    for folder in folders:
        try:
            runs.append(Run(folder))
        except FileNotFoundError as problem:
            warn(f"{problem.filename} is not there; is {folder} the folder of a finished run?")
        except (BadFile, OSError, AttributeError, TypeError) as problem:
            warn(problem if isinstance(problem, BadFile) else f"{folder}: cannot be read ({problem!r})")
            status = 65
    if not runs:
        return status or 66
    plt.rcParams["svg.hashsalt"] = "eirnn"  # the same data make the same file
    conditions, drawn = conditions_of(runs), 0
    for plot in FIGURES:
        try:
            for name, figure in plot(conditions, experiment):
                try:
                    out.mkdir(parents=True, exist_ok=True)
                    save(figure, out, name)
                except OSError as problem:
                    warn(f"{out / name}: cannot be written ({problem})")
                    return 73
                drawn += 1
        except (KeyError, ValueError, IndexError, TypeError, AttributeError) as problem:
            warn(f"{plot.__name__}: cannot be drawn ({problem!r})")
            status = 65
            plt.close("all")
    return status or (0 if drawn else 66)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
