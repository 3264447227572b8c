#!/usr/bin/env python3
"""Learning curves and circuits of the gallery, as docs/gallery.md shows them.

usage: plot_gallery.py PROGRAMS FIGURES [--seeds 5] [--only NAME ...]

PROGRAMS is the folder of the built examples. Every program of examples/gallery that takes a seed learns its task with each of them, which
takes a minute or two; gallery_curves.png shows the performance by trials. Where Graphviz is installed, gallery_NAME.svg is the circuit.
"""
import argparse
import math
import pathlib
import re
import shutil
import subprocess
import sys

SOURCES = pathlib.Path(__file__).parent / "gallery"
LINE = re.compile(r"^\s*(\d+) trials:\s+([\d.]+) %")


def programs():
    """Those that learn by trials; the others, which take a folder of images, take minutes."""
    return sorted(p.stem for p in SOURCES.glob("*.cpp") if "--graph" in p.read_text())


def curves(program, seed):
    """[(trials, percent)] for each network that the program trains. Raises CalledProcessError where it does not learn."""
    said = subprocess.run([program, str(seed)], check=True, capture_output=True, text=True).stdout
    found = [[]]
    for match in filter(None, map(LINE.match, said.splitlines())):
        trials, percent = int(match[1]), float(match[2])
        if found[-1] and trials <= found[-1][-1][0]:
            found.append([])
        found[-1].append((trials, percent))
    return found


def draw_curves(built, names, seeds, target):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    columns = min(5, len(names))
    rows = math.ceil(len(names) / columns)
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(2.1 * columns, 1.6 * rows), sharey=True, layout="constrained")
    for axis, name in zip(axes.flat, names):
        for seed in range(1, seeds + 1):
            for k, curve in enumerate(curves(built / name, seed)):
                x, y = zip(*curve)
                axis.plot([t / 1000 for t in x], y, color=f"C{k}", linewidth=0.8)
        axis.set_title(name, fontsize=8)
        axis.tick_params(labelsize=6)
        axis.set_ylim(0, 101)
        axis.set_xlim(left=0)
        print(f"{name}: {seeds} seeds")
    for axis in axes.flat[len(names):]:
        axis.set_visible(False)
    figure.supxlabel("thousand trials", fontsize=8)
    figure.supylabel("% right", fontsize=8)
    figure.savefig(target / "gallery_curves.png", dpi=110)


def draw_circuits(built, names, target):
    if not shutil.which("dot"):
        print("no Graphviz: circuits are not drawn (apt-get install graphviz)")
        return
    for name in names:
        graphs = subprocess.run([built / name, "--graph"], check=True, capture_output=True, text=True).stdout
        first = graphs.split("\ndigraph")[0]  # of several networks that differ in their equations only
        picture = subprocess.run(["dot", "-Tsvg", "-Nfontsize=11", "-Efontsize=9", "-Gfontsize=11"], input=first, check=True,
                                 capture_output=True, text=True).stdout
        (target / f"gallery_{name}.svg").write_text(re.sub(r"<!--.*?-->\n?", "", picture, flags=re.S))


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("programs", type=pathlib.Path)
    ask.add_argument("figures", type=pathlib.Path)
    ask.add_argument("--seeds", type=int, default=5)
    ask.add_argument("--only", nargs="+", default=programs(), choices=programs(), metavar="NAME")
    asked = ask.parse_args()
    names = asked.only
    missing = [n for n in names if not (asked.programs / n).exists()]
    if missing:
        sys.exit(f"not built: {', '.join(missing)} in {asked.programs}")
    asked.figures.mkdir(parents=True, exist_ok=True)
    draw_circuits(asked.programs, names, asked.figures)
    draw_curves(asked.programs, names, asked.seeds, asked.figures)


if __name__ == "__main__":
    main()
