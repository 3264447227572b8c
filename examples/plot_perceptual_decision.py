#!/usr/bin/env python3
"""Figures of a trained perceptual decision network, after Song, Yang and Wang (2016), Figs 2, 3 and 9.

    plot_perceptual_decision.py FOLDER

draws from whatever of these files FOLDER holds, and writes a PNG and an SVG per figure into it.

psychometric.npz   -> psychometric.{png,svg}
    coherence [n]           signed, percent, increasing
    p_choice1 [n]           fraction of trials that chose choice 1
    standard_error [n]      of that fraction
    trials [n]
    fit_coherence, fit_p    the fitted curve; the points themselves if the fit did not converge
    fit_mean, fit_sigma, fit_converged, percent_correct, without_choice     numbers
durations.npz      -> durations.{png,svg}
    coherence [c]           percent, > 0
    duration, percent_correct, trials [c][bin]      duration in ms
reaction_times.npz -> reaction_times.{png,svg}
    coherence, mean, standard_error, trials [c]     of correct choices, ms
    histogram_edges [b+1], histogram_counts [b]     of correct choices, ms
    mean_correct, mean_error, errors, without_choice, skewness              numbers
connectivity.npz   -> connectivity.{png,svg}
    W_in [k][input], W_rec [k][k], W_out [output][k]    effective weights [post][pre] of the k selective units, sorted
    order, d_prime, is_excitatory [k]               is_excitatory: 1, 0, or -1 for a unit of both signs
    density, density_excitatory, density_inhibitory                         numbers
    weight_edges [b+1], weight_counts [b]           nonzero recurrent weights
    class_sign, class_choice [m], recurrent_means [m][m], input_means [m][input], output_means [output][m]
metrics.jsonl      -> learning_curve.{png,svg}
    one JSON object per line; those with "performance_percent" and "trials" (training trials so far) are drawn
summary.json       used for titles and the target line
    "variant" (text), "target_performance_percent"; both may be missing

Exit status: 0 drawn, 64 wrong usage, 65 a damaged file, 66 nothing to draw, 73 a figure cannot be written.
"""

import json
import sys
import zipfile
from pathlib import Path

try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
except ImportError as missing:
    sys.exit(f"{sys.argv[0]}: {missing}; install Matplotlib and NumPy (Debian: apt install python3-matplotlib)")

CHOICE_1, CHOICE_2 = "#2c6fbb", "#c44e52"


class BadFile(Exception):
    """A file that is there but does not hold what it should."""


def load(path, names):
    """The named arrays of an NPZ file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            lacking = [name for name in names if name not in file.files]
            if lacking:
                raise BadFile(f"{path}: lacks the array(s) {', '.join(lacking)}")
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as problem:
        raise BadFile(f"{path}: not a readable NPZ file ({problem})") from problem


def tidy(ax, xlabel, ylabel):
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def coherence_axis(ax, coherence):
    ax.set_xscale("log")
    ax.set_xticks(coherence)
    ax.set_xticklabels([f"{c:g}" for c in coherence])
    ax.minorticks_off()


def plot_psychometric(path, _):
    d = load(path, ["coherence", "p_choice1", "standard_error", "fit_coherence", "fit_p"])
    figure, ax = plt.subplots(figsize=(4, 3.2))
    ax.axhline(50, color="0.85", lw=1, zorder=0)
    ax.axvline(0, color="0.85", lw=1, zorder=0)
    ax.plot(d["fit_coherence"], 100 * d["fit_p"], color="black", lw=1.5)
    ax.errorbar(d["coherence"], 100 * d["p_choice1"], 100 * d["standard_error"], fmt="o", ms=5, color=CHOICE_1)
    ax.set_ylim(-3, 103)
    tidy(ax, "Signed coherence (%)", "Choice 1 (%)")
    if "percent_correct" in d:
        ax.set_title(f"{float(d['percent_correct']):.1f} % correct", fontsize=9)
    return figure


def plot_durations(path, _):
    d = load(path, ["coherence", "duration", "percent_correct"])
    figure, ax = plt.subplots(figsize=(4, 3.2))
    shades = plt.cm.viridis(np.linspace(0.85, 0, len(d["coherence"])))
    for coherence, x, y, shade in zip(d["coherence"], d["duration"], d["percent_correct"], shades):
        ax.plot(x, y, "o-", ms=4, color=shade, label=f"{coherence:g} %")
    ax.axhline(50, color="0.85", lw=1, zorder=0)
    ax.set_ylim(min(45, d["percent_correct"].min() - 3), 103)
    tidy(ax, "Stimulus duration (ms)", "Correct (%)")
    ax.legend(title="Coherence", frameon=False, fontsize=8, title_fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def plot_reaction_times(path, _):
    d = load(path, ["coherence", "mean", "standard_error", "histogram_edges", "histogram_counts"])
    figure, ax = plt.subplots(figsize=(4, 3.2))
    ax.errorbar(d["coherence"], d["mean"], d["standard_error"], fmt="o-", ms=5, color="black")
    coherence_axis(ax, d["coherence"])
    low, high = d["mean"].min(), d["mean"].max()
    # Room above the curve, which falls from left to right, for the histogram.
    ax.set_ylim(max(0, low - 0.2 * (high - low) - 20), high + 0.6 * (high - low) + 60)
    tidy(ax, "Coherence (%)", "Reaction time (ms)")
    inset = ax.inset_axes([0.58, 0.66, 0.4, 0.32])
    inset.stairs(d["histogram_counts"], d["histogram_edges"], fill=True, color="0.6")
    inset.set_xlim(0, max(1500, d["histogram_edges"][-1]))
    inset.set_yticks([])
    inset.tick_params(labelsize=7)
    tidy(inset, "", "")
    inset.set_xlabel("Reaction time (ms)", fontsize=7, labelpad=1)
    return figure


def weight_scale(*matrices):
    """How far weights of either sign reach, clipped at the 90th percentile of each."""
    weights = np.concatenate([m.ravel() for m in matrices])
    reach = lambda w: float(np.percentile(w, 90)) if w.size else 1.0
    return reach(weights[weights > 0]), reach(-weights[weights < 0])


def draw_matrix(ax, weights, scale, title):
    positive, negative = scale
    shown = np.clip(np.where(weights > 0, weights / positive, weights / negative), -1, 1)
    ax.imshow(shown, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title(title, fontsize=9)


def plot_connectivity(path, _):
    d = load(path, ["W_in", "W_rec", "W_out", "d_prime", "is_excitatory"])
    w_in, w_rec, w_out = d["W_in"], d["W_rec"], d["W_out"]
    units = len(d["d_prime"])
    if w_rec.shape != (units, units) or w_in.shape[0] != units or w_out.shape[1] != units:
        raise BadFile(f"{path}: W_in, W_rec, W_out and d_prime are not of the same {units} units")
    figure, axes = plt.subplots(
        2, 2, figsize=(5.2, 5), gridspec_kw={"width_ratios": [1, 8], "height_ratios": [8, 1], "wspace": 0.08, "hspace": 0.22})
    draw_matrix(axes[0, 0], w_in, weight_scale(w_in), "$W_{in}$")
    draw_matrix(axes[0, 1], w_rec, weight_scale(w_rec), "$W_{rec}$ (column: from, row: to)")
    draw_matrix(axes[1, 1], w_out, weight_scale(w_out), "$W_{out}$")
    axes[1, 0].axis("off")
    # A line between units of different sign, and a thinner one where the preferred choice changes.
    preferred = np.sign(d["d_prime"])
    for k in range(1, units):
        sign_changes = d["is_excitatory"][k] != d["is_excitatory"][k - 1]
        if not sign_changes and preferred[k] == preferred[k - 1]:
            continue
        style = {"color": "black", "lw": 1.2} if sign_changes else {"color": "0.4", "lw": 0.6, "ls": "--"}
        for ax in axes[0]:
            ax.axhline(k - 0.5, **style)
        for ax in axes[:, 1]:
            ax.axvline(k - 0.5, **style)
    for kind, label in ((1, "E"), (0, "I"), (-1, "units")):
        for choice, colour in ((1, CHOICE_1), (-1, CHOICE_2)):
            places = np.flatnonzero((d["is_excitatory"] == kind) & (preferred == choice))
            if places.size:
                axes[0, 0].text(-0.8, places.mean(), f"{label} {1 if choice > 0 else 2}", color=colour, ha="right", va="center", fontsize=8)
    if "density" in d:
        axes[1, 1].set_xlabel(f"density {float(d['density']):.2f}, E {float(d['density_excitatory']):.2f}, "
                              f"I {float(d['density_inhibitory']):.2f}", fontsize=8)
    return figure


def plot_learning_curve(path, summary):
    trials, performance = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as problem:
            raise BadFile(f"{path}: line {number} is not JSON ({problem})") from problem
        if isinstance(entry, dict) and "performance_percent" in entry and "trials" in entry:
            trials.append(entry["trials"] / 1e4)
            performance.append(entry["performance_percent"])
    if not trials:
        raise BadFile(f'{path}: no line holds both "trials" and "performance_percent"')
    figure, ax = plt.subplots(figsize=(4, 3.2))
    if "target_performance_percent" in summary:
        ax.axhline(summary["target_performance_percent"], color=CHOICE_2, lw=1)
    ax.plot(trials, performance, color="black", lw=2, marker="o" if len(trials) == 1 else None)
    ax.set_ylim(min(40, min(performance)), 100)
    tidy(ax, "Training trials (x $10^4$)", "Correct (%)")
    return figure


FIGURES = [
    ("psychometric.npz", "psychometric", plot_psychometric),
    ("durations.npz", "durations", plot_durations),
    ("reaction_times.npz", "reaction_times", plot_reaction_times),
    ("connectivity.npz", "connectivity", plot_connectivity),
    ("metrics.jsonl", "learning_curve", plot_learning_curve),
]


def complain(text):
    print(f"plot_perceptual_decision.py: {text}", file=sys.stderr)


def main(arguments):
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stdout if arguments in (["-h"], ["--help"]) else sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 64
    folder = Path(arguments[0])
    sources = [row for row in FIGURES if (folder / row[0]).is_file()]
    if not sources:
        complain(f"{folder} holds none of {', '.join(row[0] for row in FIGURES)}; run the example with this folder first")
        return 66
    status, summary = 0, {}
    try:
        if (folder / "summary.json").is_file():
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            if not isinstance(summary, dict):
                raise ValueError("not an object")
    except ValueError as problem:
        complain(f"{folder / 'summary.json'}: not readable JSON ({problem}); drawing without it")
        status, summary = 65, {}
    plt.rcParams["svg.hashsalt"] = "eirnn"  # the same data make the same file
    for source, name, plot in sources:
        try:
            figure = plot(folder / source, summary)
        except (BadFile, KeyError, ValueError, IndexError, TypeError) as problem:
            complain(problem if isinstance(problem, BadFile) else f"{folder / source}: cannot be drawn ({problem!r})")
            status = 65
            continue
        if "variant" in summary:
            figure.suptitle(str(summary["variant"]).replace("_", " "), fontsize=10, y=1.02)
        for suffix, metadata in ((".png", {"Software": None}), (".svg", {"Date": None})):
            try:
                figure.savefig(folder / (name + suffix), dpi=160, bbox_inches="tight", metadata=metadata)
            except OSError as problem:
                complain(f"{folder / (name + suffix)}: cannot be written ({problem})")
                return 73
            print(folder / (name + suffix))
        plt.close(figure)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
