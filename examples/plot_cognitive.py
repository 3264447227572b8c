#!/usr/bin/env python3
"""Figures 1 to 9 of Song, Yang & Wang (2016) from runs of `perceptual_decision` and `cognitive`.

    plot_cognitive.py --figure N [--out FOLDER] RUN...   figure_N.{png,svg,json} in FOLDER, by default the current one
    plot_cognitive.py --trials [--out FOLDER] RUN...     trials.{png,svg}: what comes in, what is asked for and what comes out, of a trial each
    plot_cognitive.py RUN                                figure.{png,svg,json} in the folder of the run

A run is a folder that one of these programs has finished. The picture is of the first run of each kind that the figure needs (for figure 9:
of all). The JSON says for every line that the paper's figure must show, and for every run, whether it holds, with numbers
(`figure_checks.py`).

Exit status: 0 drawn, 64 wrong usage, 65 a damaged file, 66 a run that the figure needs is missing, 73 a figure cannot be written.
"""

import argparse
import json
import sys
import warnings
import zipfile
from pathlib import Path

sys.dont_write_bytecode = True
from plot_perceptual_decision import BadFile, draw_matrix, np, plt, tidy, weight_scale  # noqa: E402
from figure_checks import CHECKS, PATHS, UNITS, dot_position  # noqa: E402

BLUE, RED, GREEN, GREY = "#2c6fbb", "#c44e52", "#3f8f4f", "0.6"
BASELINE = 0.2


class Run:
    """A folder of a finished run. Arrays are read when they are asked for."""

    def __init__(self, folder):
        self.folder, self.files = Path(folder), {}
        try:
            self.summary = json.loads((self.folder / "summary.json").read_text(encoding="utf-8"))
            self.kind = self.summary.get("task") or self.summary["variant"]
        except (OSError, ValueError, KeyError, AttributeError) as problem:
            raise BadFile(f"{self.folder}: not the folder of a finished run ({problem!r})") from problem

    @property
    def name(self):
        return f"{self.kind}, seed {self.summary['seed']}"

    def npz(self, name):
        if name not in self.files:
            try:
                self.files[name] = np.load(self.folder / name, allow_pickle=False)
            except (OSError, ValueError, EOFError, zipfile.BadZipFile) as problem:
                raise BadFile(f"{self.folder / name}: not a readable NPZ file ({problem})") from problem
        return self.files[name]


def noisy(inputs, seed=1):
    """Inputs with baseline and noise of the network's law for steps of 20 ms; the noise is a draw of its own, not the network's."""
    noise = 0.01 * np.sqrt(2 * 100 / 20) * np.random.default_rng(seed).standard_normal(inputs.shape)
    return np.maximum(BASELINE + inputs + noise, 0)


def lines_of_outputs(ax, d, trial=0, targets=True):
    for k, colour in enumerate((BLUE, RED)):
        if targets:
            wanted = np.where(d["mask"][trial, :, k] > 0, d["targets"][trial, :, k], np.nan)
            ax.plot(d["time"], wanted, color=colour, lw=1, ls="--")
        ax.plot(d["time"], d["outputs"][trial, :, k], color=colour, label=f"output {k + 1}")
    tidy(ax, "Time (ms)", "Output")


def figure_1(runs):
    d = runs["dense"].npz("example.npz")
    figure, axes = plt.subplots(2, 1, figsize=(5, 4), sharex=True)
    shown = noisy(d["inputs"][0])
    for k, colour in enumerate((BLUE, RED)):
        axes[0].plot(d["time"], shown[:, k], color=colour, lw=1, label=f"input {k + 1}")
    tidy(axes[0], "", "Input")
    axes[0].legend(frameon=False, fontsize=8)
    lines_of_outputs(axes[1], d)
    axes[1].legend(frameon=False, fontsize=8)
    return figure


def psychometric(ax, d, prefix="", colour="black", label=None, xlabel="Signed coherence (%)", **style):
    ax.plot(d[prefix + "fit_coherence"], 100 * d[prefix + "fit_p"], color=colour, lw=1.5, label=label, **style)
    ax.plot(d[prefix + "coherence"], 100 * d[prefix + "p_choice1"], "o", ms=4, color=colour)
    ax.axhline(50, color="0.85", lw=1, zorder=0)
    ax.set_ylim(-3, 103)
    tidy(ax, xlabel, "Choice 1 (%)")


def shades(n, name="viridis"):
    return plt.get_cmap(name)(np.linspace(0.85, 0.05, n))


def traces_by_coherence(ax, t, unit, xlabel):
    colours = plt.get_cmap("coolwarm_r")(np.linspace(0, 1, len(t["coherence"])))
    for c, rates, colour in zip(t["coherence"], t["rates"][:, :, unit], colours):
        ax.plot(t["time"], rates, color=colour, lw=1.2, label=f"{c:g} %")
    ax.axvline(0, color="0.7", lw=1, zorder=0)
    tidy(ax, xlabel, f"Rate of unit {unit}")


def figure_2(runs):
    vs, rt = runs["variable_duration"], runs["reaction_time"]
    figure, axes = plt.subplots(4, 2, figsize=(8, 12))
    for ax, run, letter in ((axes[0, 0], vs, "A"), (axes[0, 1], rt, "B")):
        d = run.npz("example.npz")
        names = ("input 1", "input 2", "start cue")
        for k, colour in enumerate((BLUE, RED, "0.3")):
            ax.plot(d["time"], d["inputs"][0, :, k] + 2.6, color=colour, lw=1, label=names[k])
        lines_of_outputs(ax, d)
        ax.set_ylabel("Output, and input (upper)")
        ax.set_title(f"{letter}  {run.kind.replace('_', ' ')}", fontsize=9, loc="left")
    axes[0, 0].legend(frameon=False, fontsize=7, ncol=2)
    for ax, run, letter in ((axes[1, 0], vs, "C"), (axes[1, 1], rt, "D")):
        d = run.npz("psychometric.npz")
        psychometric(ax, d)
        ax.set_title(f"{letter}  {float(d['percent_correct']):.1f} % correct", fontsize=9, loc="left")
    d, ax = vs.npz("durations.npz"), axes[2, 0]
    for c, x, y, shade in zip(d["coherence"], d["duration"], d["percent_correct"], shades(len(d["coherence"]))):
        ax.plot(x, y, "o-", ms=3, color=shade, label=f"{c:g} %")
    ax.legend(frameon=False, fontsize=7)
    tidy(ax, "Stimulus duration (ms)", "Correct (%)")
    ax.set_title("E", fontsize=9, loc="left")
    d, ax = rt.npz("reaction_times.npz"), axes[2, 1]
    ax.semilogx(d["coherence"], d["mean"], "o-", color="black", ms=4)
    ax.set_xticks(d["coherence"], [f"{c:g}" for c in d["coherence"]])
    ax.minorticks_off()
    ax.set_ylim(100, 1000)
    tidy(ax, "Coherence (%)", "Reaction time (ms)")
    inset = ax.inset_axes([0.08, 0.1, 0.4, 0.35])
    inset.stairs(d["histogram_counts"], d["histogram_edges"], fill=True, color="0.6")
    inset.set_xlim(0, 1500)
    inset.set_yticks([])
    inset.tick_params(labelsize=6)
    ax.set_title("F", fontsize=9, loc="left")
    t = vs.npz("traces.npz")
    traces_by_coherence(axes[3, 0], t, int(np.argmax(t["d_prime"])), "Time from stimulus onset (ms)")
    axes[3, 0].legend(frameon=False, fontsize=6, ncol=2)
    axes[3, 0].set_title("G", fontsize=9, loc="left")
    t = rt.npz("traces.npz")
    traces_by_coherence(axes[3, 1], t, int(np.argmax(t["d_prime"])), "Time from answer (ms)")
    axes[3, 1].set_title("H", fontsize=9, loc="left")
    figure.tight_layout()
    return figure


def figure_3(runs):
    figure = plt.figure(figsize=(12, 4.4))
    for k, (kind, letter) in enumerate((("no_dale", "A"), ("dense", "B"), ("fixed", "C"))):
        d = runs[kind].npz("connectivity.npz")
        part = figure.add_gridspec(2, 2, left=0.03 + k / 3, right=0.31 + k / 3, bottom=0.06, top=0.9, width_ratios=[1, 8],
                                   height_ratios=[8, 1], wspace=0.08, hspace=0.12)
        for place, name in (((0, 0), "W_in"), ((0, 1), "W_rec"), ((1, 1), "W_out")):
            ax = figure.add_subplot(part[place])
            draw_matrix(ax, d[name], weight_scale(d[name]), "")
            if name == "W_rec":
                ax.set_title(f"{letter}  {kind.replace('_', ' ')}: units sorted by d'", fontsize=9, loc="left")
                change = np.flatnonzero((np.diff(np.sign(d["d_prime"])) != 0) | (np.diff(d["is_excitatory"]) != 0)) + 0.5
                for x in change:
                    ax.axhline(x, color="0.3", lw=0.6)
                    ax.axvline(x, color="0.3", lw=0.6)
    return figure


def figure_4(runs):
    run = runs["context"]
    choices, s = run.npz("choices.npz"), run.npz("state_space.npz")
    figure = plt.figure(figsize=(12, 14))
    grid = figure.add_gridspec(5, 12, hspace=0.5, wspace=2.4)
    for k, feature in enumerate(("motion", "colour")):
        ax = figure.add_subplot(grid[0, 6 * k:6 * k + 6])
        for c, colour in (("motion", "black"), ("colour", BLUE)):
            psychometric(ax, choices, f"{c}_context_{feature}_", colour, f"{c} context", f"{feature.capitalize()} coherence (%)")
        ax.legend(frameon=False, fontsize=8)
        ax.set_title("A" if k == 0 else "", fontsize=9, loc="left")
    panels = [(1, 1, "motion"), (1, 2, "motion"), (1, 2, "colour"), (-1, 1, "motion"), (-1, 1, "colour"), (-1, 2, "colour")]
    for k, (where, axis, sort) in enumerate(panels):
        ax = figure.add_subplot(grid[1 + k // 3, 4 * (k % 3):4 * (k % 3) + 4])
        by, projected = s["by_" + sort], s["projected_by_" + sort]
        strengths = np.unique(np.abs(by[:, 1]))
        tones = plt.get_cmap("Greys" if sort == "motion" else "Blues")(np.linspace(0.4, 0.95, len(strengths)))
        for g in np.flatnonzero(by[:, 2] == where):
            style = {"color": tones[np.searchsorted(strengths, abs(by[g, 1]))], "lw": 1.2, "marker": "o", "ms": 2.5}
            ax.plot(projected[g, :, 0], projected[g, :, axis], mfc="white" if by[g, 1] < 0 else style["color"],
                    ls="-" if by[g, 0] > 0 else "--", **style)
        tidy(ax, "Choice axis", ("", "Motion axis", "Colour axis")[axis])
        ax.set_title(("B  " if k == 0 else "") + f"{'motion' if where > 0 else 'colour'} context, by {sort}", fontsize=8, loc="left")
    axes4 = s["axes"]
    strong = np.sort(np.abs(axes4), axis=1)[:, -2]  # the second largest coefficient: units that code two variables or more
    units = np.argsort(-strong)[:4]
    during = (s["time"] > -100) & (s["time"] <= 800)
    for k, sort in enumerate(("choice", "motion", "colour", "context")):
        by, rates = s["by_" + sort], s["rates_by_" + sort]
        for j, u in enumerate(units):
            ax = figure.add_subplot(grid[3, 3 * j:3 * j + 3].subgridspec(4, 1, hspace=0.15)[k])
            for g in range(len(by)):
                strength = 1 if sort in ("choice", "context") else abs(by[g, 1]) / np.abs(by[:, 1]).max()
                dark = plt.get_cmap("Blues" if (sort == "colour" or (sort == "context" and by[g, 1] < 0)) else "Greys")(0.35 + 0.6 * strength)
                ax.plot(s["time"][during], rates[g][during, u], color=dark, lw=0.8, ls="-" if by[g, 0] > 0 else "--")
            ax.tick_params(labelsize=6, labelbottom=k == 3)
            tidy(ax, "", "")
            ax.set_xlabel("Time from onset (ms)" if k == 3 else "", fontsize=7)
            ax.set_ylabel(sort, fontsize=6)
            if k == 0:
                ax.set_title(("C  " if j == 0 else "") + f"unit {int(s['unit'][u])}", fontsize=8, loc="left")
    names = ("choice", "motion", "colour", "context")
    for k, (a, b) in enumerate(((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))):
        ax = figure.add_subplot(grid[4, 2 * k:2 * k + 2])
        ax.axhline(0, color="0.85", lw=1, zorder=0)
        ax.axvline(0, color="0.85", lw=1, zorder=0)
        ax.plot(axes4[:, a], axes4[:, b], "o", ms=2.5, color="black", alpha=0.6)
        ax.set_xlim(-0.4, 0.4)
        ax.set_ylim(-0.4, 0.4)
        ax.tick_params(labelsize=6)
        tidy(ax, names[a].capitalize(), "")
        ax.set_ylabel(names[b].capitalize(), fontsize=8, labelpad=0)
        ax.set_title("D" if k == 0 else "", fontsize=9, loc="left")
    return figure


def figure_5(runs):
    kinds = ("context", "two_areas")
    all_weights = [runs[k].npz("connectivity.npz") for k in kinds]
    scale = weight_scale(*(d["W_rec"] for d in all_weights))
    figure, axes = plt.subplots(1, 2, figsize=(10, 5))
    for ax, d, kind, letter in zip(axes, all_weights, kinds, "AB"):
        inputs, outputs = weight_scale(*(x["W_in"] for x in all_weights)), weight_scale(*(x["W_out"] for x in all_weights))
        draw_matrix(ax, d["W_rec"], scale, "")
        left, below = ax.inset_axes([-0.1, 0, 0.07, 1]), ax.inset_axes([0, -0.1, 1, 0.05])
        draw_matrix(left, d["W_in"], inputs, "")
        draw_matrix(below, d["W_out"], outputs, "")
        for begin, size, name in zip(d["population_begin"], d["population_size"], runs[kind].summary["populations"]):
            if begin > 0:
                ax.axhline(begin - 0.5, color="0.2", lw=0.7)
                ax.axvline(begin - 0.5, color="0.2", lw=0.7)
            ax.text(1.01, 1 - (begin + size / 2) / len(d["W_rec"]), name, transform=ax.transAxes, fontsize=7, va="center")
        ax.set_title(f"{letter}  {kind.replace('_', ' ')}: weights (column: from, row: to), inputs left, outputs below", fontsize=7, loc="left")
    return figure


def figure_6(runs):
    run = runs["multisensory"]
    d, choices, t, s = run.npz("example.npz"), run.npz("choices.npz"), run.npz("traces.npz"), run.summary
    figure, axes = plt.subplots(2, 4, figsize=(13, 6))
    names, colours = ("visual", "auditory", "both"), (BLUE, GREEN, RED)
    shown = noisy(d["inputs"])
    for k in range(3):
        ax = axes[0, k]
        for channel, colour, label in ((0, BLUE, "visual"), (1, GREEN, "auditory")):
            ax.plot(d["time"], shown[k, :, channel], color=colour, lw=0.9, label=label)
        ax.axhline(BASELINE + 0.8, color="black", lw=1, ls="--")
        ax.set_ylim(0, 1.5)
        tidy(ax, "Time (ms)", "Rising input")
        ax.set_title(("A  " if k == 0 else "") + f"{names[k]}, 13 events/s", fontsize=9, loc="left")
    axes[0, 0].legend(frameon=False, fontsize=7)
    for name, colour in zip(names, colours):
        psychometric(axes[0, 3], choices, name + "_", colour, f"{name}, sigma {s['fit_sigma'][name]:.2f}", "Rate (events/s)")
    axes[0, 3].legend(frameon=False, fontsize=7)
    axes[0, 3].set_title("B", fontsize=9, loc="left")
    a, b = np.abs(t["d_choice"]), np.abs(t["d_modality"])
    active = t["active"].astype(int)
    picks = [("choice", active[np.argmax((a - 2 * b)[active])]), ("modality", active[np.argmax((b - 2 * a)[active])])]
    picks += [("mixed", u) for u in active[np.argsort(-np.minimum(a, b)[active])][:2]]
    for ax, (kind, u) in zip(axes[1], picks):
        for k, (label, colour, line) in enumerate((("visual high", BLUE, "-"), ("visual low", BLUE, "--"), ("auditory high", GREEN, "-"),
                                                   ("auditory low", GREEN, "--"))):
            ax.plot(t["time"], t["rates"][k, :, u], color=colour, ls=line, lw=1.2, label=label)
        ax.axvline(0, color="0.8", lw=1, zorder=0)
        tidy(ax, "Time from onset (ms)", "Rate")
        ax.set_title(("C  " if kind == "choice" else "") + f"unit {u}: {kind}", fontsize=9, loc="left")
    axes[1, 0].legend(frameon=False, fontsize=7)
    figure.tight_layout()
    return figure


def figure_7(runs):
    run = runs["memory"]
    d, t, s = run.npz("example.npz"), run.npz("tuning.npz"), run.summary
    figure, axes = plt.subplots(2, 4, figsize=(14, 6))
    time, marks = t["time"], t["marks"].astype(int)
    ax = axes[0, 0]
    for k, colour in enumerate((BLUE, RED)):
        ax.plot(d["time"] - (d["time"][0] - time[0]), noisy(d["inputs"][k])[:, 0], color=colour, lw=0.9)
    ax.axvspan(500, 3500, color="0.93", zorder=0)
    ax.text(2000, 1.45, "delay", ha="center", fontsize=8)
    ax.set_ylim(0, 1.6)
    tidy(ax, "Time from onset (ms)", "Rising input")
    ax.set_title("A  34 and 26 Hz, in both orders", fontsize=9, loc="left")
    ax = axes[0, 1]
    f1, f2, percent = (np.array(s["condition_" + k]) for k in ("f1", "f2", "percent_correct"))
    ax.plot([8, 36], [8, 36], color="0.85", lw=1, zorder=0)
    for x, y, p in zip(f1, f2, percent):
        ax.text(x, y, f"{p:.0f}", ha="center", va="center", fontsize=9, color="black" if p >= 85 else RED)
    ax.set_xlim(6, 38)
    ax.set_ylim(6, 38)
    tidy(ax, "f1 (Hz)", "f2 (Hz)")
    ax.set_title("B  % correct", fontsize=9, loc="left")
    ax = axes[0, 2]
    shown = slice(marks[0], marks[2] + 1)
    ax.plot(time[shown], t["correlation_with_f1"][shown], color=BLUE, label="with the middle of f1")
    ax.plot(time[shown], t["correlation_with_delay"][shown], color=GREEN, label="with the middle of the delay")
    ax.axhline(0, color="0.85", lw=1, zorder=0)
    ax.legend(frameon=False, fontsize=7)
    tidy(ax, "Time from onset (ms)", "Correlation of the tuning")
    ax.set_title("C", fontsize=9, loc="left")
    slope = t["slope"]
    for ax, at, label, colour in ((axes[0, 3], marks[0], "middle of f1", BLUE), (axes[1, 0], marks[1], "middle of the delay", GREEN)):
        ax.plot(slope[at], slope[marks[2]], "o", ms=2, color=colour, alpha=0.6)
        ax.axhline(0, color="0.85", lw=1, zorder=0)
        ax.axvline(0, color="0.85", lw=1, zorder=0)
        tidy(ax, f"a1, {label}", "a1, end of the delay")
    for j, (ax, label) in enumerate(((axes[1, 1], "positive throughout"), (axes[1, 2], "positive, then negative"))):
        for f, rates, shade in zip(t["frequency"], t["example_rates"][:, :, j], shades(len(t["frequency"]))):
            ax.plot(time, rates, color=shade, lw=1, label=f"{f:g} Hz")
        tidy(ax, "Time from onset (ms)", "Rate")
        ax.set_title(("D  " if j == 0 else "") + f"unit {int(t['example_unit'][j])}: {label}", fontsize=9, loc="left")
    axes[1, 1].legend(frameon=False, fontsize=6)
    ax = axes[1, 3]
    shown = time <= 4000
    ax.plot(time[shown], t["fraction_significant"][shown], color="black")
    for a, b in ((0, 500), (3500, 4000)):
        ax.axvspan(a, b, color="0.92", zorder=0)
    ax.set_ylim(0, 1)
    tidy(ax, "Time from onset (ms)", "Tuned units (fraction)")
    ax.set_title("E", fontsize=9, loc="left")
    figure.tight_layout()
    return figure


def figure_8(runs):
    run = runs["sequence"]
    s, e = run.npz("state_space.npz"), run.npz("example.npz")
    figure, axes = plt.subplots(2, 3, figsize=(12, 8), gridspec_kw={"hspace": 0.35})
    colours = plt.get_cmap("tab10")(np.arange(8))
    for m in range(3):
        during = (s["time"] > s["marks"][1 + m]) & (s["time"] <= s["marks"][2 + m])
        for k in range(8):
            path = s["trajectories"][k, during]
            axes[0, m].plot(path[:, 0], path[:, 1], color=colours[k], label=str(k + 1))
            axes[0, m].plot(*path[-1, :2], "o", ms=4, color=colours[k])
        tidy(axes[0, m], "PC 1", "PC 2")
        axes[0, m].set_title(("C  " if m == 0 else "") + f"move {m + 1}", fontsize=9, loc="left")
    axes[0, 0].legend(frameon=False, fontsize=6, ncol=2, title="sequence", title_fontsize=6)
    share = 100 * s["explained"][:2].sum()
    axes[0, 1].set_title(f"move 2 (two components: {share:.0f} % of the variance)", fontsize=9, loc="left")
    ax = axes[1, 0]
    moving = e["time"] > s["marks"][1]
    for k in range(8):
        ax.plot(*e["eye"][k][moving].T, color=colours[int(e["sequence"][k])], lw=1)
    for dot in range(9):
        ax.plot(*dot_position(dot), "o", ms=9, mfc="none", color="0.5")
    ax.set_aspect("equal")
    tidy(ax, "x", "y")
    ax.set_title("D  the eye in the moves of eight trials in a row", fontsize=9, loc="left")
    length = float(e["time"][-1])
    gridspec = axes[1, 1].get_gridspec()
    for ax in axes[1, 1:]:
        ax.remove()
    wide = gridspec[1, 1:].subgridspec(2, 1, hspace=0.15)
    for o, label in ((0, "x"), (1, "y")):
        ax = figure.add_subplot(wide[o])
        for n in range(8):
            ax.axvspan(n * length / 1e3, (n * length + s["marks"][0]) / 1e3, color="0.92", zorder=0)
            ax.plot((e["time"] + n * length) / 1e3, e["eye"][n][:, o], color="black", lw=0.8)
            path = PATHS[int(e["sequence"][n])]
            for m in range(4):
                begin, end = (s["marks"][m] + n * length) / 1e3, (s["marks"][m + 1] + n * length) / 1e3
                ax.plot([begin, end], [dot_position(path[m])[o]] * 2, color=RED, lw=1.2, ls="--")
        ax.tick_params(labelbottom=o == 1)
        tidy(ax, "Time (s); shaded: between trials" if o == 1 else "", label)
    return figure


def learning_curve(run):
    lines = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()]
    return np.array([[v["trials"] / 1e4, v["performance_percent"], v["rmse"]] for v in lines], float)


def figure_9(all_runs):
    figure, axes = plt.subplots(2, 5, figsize=(15, 6))
    order = ["variable_duration", "reaction_time", "no_dale", "dense", "fixed", "context", "two_areas", "multisensory", "memory", "sequence"]
    for ax, kind, letter in zip(axes.flat, order, "ABCDEFGHIJ"):
        runs = [r for r in all_runs if r.kind == kind]
        column = 2 if kind == "sequence" else 1
        for k, run in reversed(list(enumerate(runs))):
            curve = learning_curve(run)
            if kind == "sequence":
                curve = curve[1:]  # the first one is of states that have grown beyond all bounds
            ax.plot(curve[:, 0], curve[:, column], color="black" if k == 0 else GREY, lw=2 if k == 0 else 0.9)
        target = 0.05 if kind == "sequence" else runs[0].summary["target_performance_percent"] if runs else None
        if target:
            ax.axhline(target, color=RED, lw=1)
        ax.set_ylim(*((0.04, 0.08) if kind == "sequence" else (0, 100) if kind == "memory" else (40, 100)))
        tidy(ax, "Trials (x $10^4$)", "RMSE" if kind == "sequence" else "Worst condition (%)" if kind == "memory" else "Correct (%)")
        minutes = [r.summary["training_seconds"] / 60 for r in runs if r.summary.get("reached_target")]
        spread = [f"{m:.1f}" for m in sorted({min(minutes), max(minutes)})] if minutes else []
        said = " to ".join(spread) + " min" if minutes else "not reached"
        ax.set_title(f"{letter}  {kind.replace('_', ' ')}, N = {UNITS[kind]}\n{len(minutes)} of {len(runs)} runs: {said}", fontsize=8, loc="left")
    figure.tight_layout()
    return figure


def sine(run):
    d = run.npz("example.npz")
    figure, ax = plt.subplots(figsize=(9, 2.6))
    ax.plot(d["time"] / 1e3, d["targets"][0, :, 0], color=RED, lw=1, ls="--")
    ax.plot(d["time"] / 1e3, d["outputs"][0, :, 0], color="black", lw=1)
    tidy(ax, "Time (s)", "Output")
    return figure


INPUT_NAMES = {"context": ("motion cue", "colour cue", "motion 1", "motion 2", "colour 1", "colour 2"),
               "multisensory": ("visual, rising", "auditory, rising", "visual, falling", "auditory, falling"),
               "memory": ("rising", "falling"), "dense": ("evidence 1", "evidence 2"), "sine": ()}
INPUT_NAMES["two_areas"] = INPUT_NAMES["context"]
INPUT_NAMES["sequence"] = tuple(f"dot {k}" for k in range(9)) + tuple(f"sequence {k + 1}" for k in range(8))


def trials(runs):
    """Inputs as the task makes them, one above the other; below them the outputs, and where it counts their target. A grey background says
    that no output counts."""
    rows = -(-len(runs) // 2)
    figure = plt.figure(figsize=(12, 3.6 * rows))
    grid = figure.add_gridspec(rows, 2, hspace=0.4, wspace=0.3)
    for place, run in zip(grid, runs):
        d = run.npz("example.npz")
        names = INPUT_NAMES.get(run.kind, [f"input {k + 1}" for k in range(d["inputs"].shape[2])])
        upper, lower = place.subgridspec(2, 1, hspace=0.08, height_ratios=(max(1, min(len(names), 9)), 3)).subplots(sharex=True)
        for k, name in enumerate(names):
            upper.plot(d["time"], k + 0.7 * d["inputs"][0, :, k] / 1.2, color="black", lw=1)
        upper.set_yticks(range(len(names)), names, fontsize=6 if len(names) < 10 else 4)
        upper.set_title(run.kind.replace("_", " "), fontsize=9, loc="left")
        upper.tick_params(labelbottom=False)
        tidy(upper, "", "")
        for k in range(d["outputs"].shape[2]):
            colour = (BLUE, RED)[k]
            lower.plot(d["time"], d["outputs"][0, :, k], color=colour, lw=1)
            lower.plot(d["time"], np.where(d["mask"][0, :, k] > 0, d["targets"][0, :, k], np.nan), color=colour, lw=1.5, ls="--")
        free = d["mask"][0].max(axis=1) == 0
        lower.fill_between(d["time"], 0, 1, where=free, transform=lower.get_xaxis_transform(), color="0.92", lw=0, zorder=0)
        tidy(lower, "Time (ms)", "Output")
    return figure


DRAW = {1: figure_1, 2: figure_2, 3: figure_3, 4: figure_4, 5: figure_5, 6: figure_6, 7: figure_7, 8: figure_8, 9: figure_9}


def plain(value):
    """For JSON: no NumPy types; what is not a number is null."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (float, np.floating)):
        return round(float(value), 6) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


# What is raised where a file lacks what a figure needs: a network that has hardly been trained may have nothing to measure.
LACKING = (BadFile, KeyError, ValueError, IndexError, TypeError, AttributeError)


def seen_in(number, run):
    """What the check of a figure says of a run; one line that does not hold where it cannot look."""
    check = CHECKS[number].get(run.kind)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return check(run) if check else []
    except LACKING as problem:
        return [(str(number), f"the run of {run.kind} has what is looked at", {"problem": f"{type(problem).__name__}: {problem}"}, False)]


def report(number, runs):
    """Every line that must be seen: whether it holds, in each run."""
    lines = {}
    for run in runs:
        for panel, must_show, numbers, holds in seen_in(number, run):
            line = lines.setdefault((panel, must_show), {"panel": panel, "must_show": must_show, "holds": True, "runs": {}})
            line["runs"][run.name] = {"holds": bool(holds), **plain(numbers)}
            line["holds"] &= bool(holds)
    for line in lines.values():
        line["holds_in"] = f"{sum(r['holds'] for r in line['runs'].values())} of {len(line['runs'])} runs"
    return {"figure": number, "runs": [r.name for r in runs], "lines": list(lines.values())}


def complain(text):
    print(f"plot_cognitive.py: {text}", file=sys.stderr)


def save(draw, out, name, said=None):
    """Draws a figure, and writes it and what is said of it. Gives an exit status."""
    status = 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        if said is not None:
            (out / (name + ".json")).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
            print(out / (name + ".json"))
        try:
            figure = draw()
        except LACKING as problem:
            complain(f"{out / name}: cannot be drawn, a run lacks what the figure needs: {problem!r}")
            return 65
        for suffix, metadata in ((".png", {"Software": None}), (".svg", {"Date": None})):
            figure.savefig(out / (name + suffix), dpi=100, bbox_inches="tight", metadata=metadata)
            print(out / (name + suffix))
    except OSError as problem:
        complain(f"{out / name}: cannot be written ({problem})")
        status = 73
    plt.close("all")
    return status


def own_figure(run):
    """The figure that a run alone is enough for, and its number."""
    numbers = {"dense": 1, "context": 4, "multisensory": 6, "memory": 7, "sequence": 8}
    if run.kind == "sine":
        return None, lambda: sine(run)
    if run.kind not in numbers:
        raise BadFile(f"{run.folder}: no figure is of {run.kind} alone; say --figure, with the other runs that it needs")
    return numbers[run.kind], lambda: DRAW[numbers[run.kind]]({run.kind: run})


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figure", type=int, choices=range(1, 10), metavar="N")
    parser.add_argument("--trials", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("."), metavar="FOLDER")
    parser.add_argument("run", nargs="+")
    try:
        asked = parser.parse_args(arguments)
        if asked.figure is None and not asked.trials and len(asked.run) != 1:
            parser.error("without --figure and --trials, name one run")
    except SystemExit as ending:
        return 64 if ending.code else 0
    plt.rcParams["svg.hashsalt"] = "eirnn"  # the same data make the same file
    try:
        runs = [Run(folder) for folder in asked.run]
        if asked.trials:
            return save(lambda: trials(runs), asked.out, "trials")
        if asked.figure is None:
            number, draw = own_figure(runs[0])
            return save(draw, runs[0].folder, "figure", report(number, runs) if number else None)
        runs = [r for r in runs if r.kind in CHECKS[asked.figure]]
        missing = [] if asked.figure == 9 and runs else [k for k in CHECKS[asked.figure] if all(r.kind != k for r in runs)]
        if missing:
            complain(f"figure {asked.figure} needs a run of {', '.join(missing)}")
            return 66
        first = {}
        for run in runs:
            first.setdefault(run.kind, run)
        draw = lambda: DRAW[asked.figure](runs if asked.figure == 9 else first)
        return save(draw, asked.out, f"figure_{asked.figure}", report(asked.figure, runs))
    except BadFile as problem:
        complain(problem)
        return 65


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
