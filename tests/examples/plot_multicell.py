#!/usr/bin/env python3
"""Tests plot_multicell.py and tabulate_multicell.py with folders of made-up runs. Usage: plot_multicell.py EXAMPLES_DIR [TEST...]"""

import contextlib
import io
import json
import runpy
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np

EXAMPLES = Path(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
sys.path.insert(0, str(EXAMPLES))  # as it is for a script of that folder
sys.dont_write_bytecode = True
from multicell_runs import difference

SIZES = {"PN": 6, "IG": 2, "OG": 4}


def run(script, *arguments):
    """The script's exit status, output and complaints. It runs in this process: importing Matplotlib takes longer than most of them."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    sys.argv = [str(EXAMPLES / script), *map(str, arguments)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("default")  # one that an earlier run gave is given again
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as end:
            code = end.code
    return code, out.getvalue(), err.getvalue()


def measures(random, sizes, areas):
    principal = next(iter(sizes))
    one = lambda n: {"image_skewness": random.uniform(0, 9), "orientation_skewness": random.uniform(0, 5), "gosi": random.uniform(0, 1),
                     "silent": 0, "channels": n}
    return {"areas": {area: {name: one(n) for name, n in sizes.items()} for area in areas},
            "density": {area: {f"{name}_{principal}": random.uniform(0, 1) for name in sizes} for area in areas}}


def make_run(folder, seed=1, model="standard", variant="base", sizes=None, epochs=6, areas=("area3", "area4"), whole=True, **changes):
    """A folder as examples/multicell leaves it, or only its summary; returns the summary."""
    random, sizes = np.random.default_rng(seed), sizes or SIZES
    folder.mkdir(parents=True)
    summary = {"model": model, "variant": variant, "seed": seed, "epochs": epochs, "parameters": 107098,
               "test_accuracy_percent": 60 + seed, "seconds": 120, **measures(random, sizes, areas), **changes}
    (folder / "summary.json").write_text(json.dumps(summary))
    if not whole:
        return summary
    with open(folder / "metrics.jsonl", "w") as file:
        for epoch in range(epochs + 1):
            entry = {"epoch": epoch, "train_loss": 2.0, "train_accuracy_percent": 10.0 * epoch,
                     "test_accuracy_percent": 9.0 * epoch if epoch else None, "images_per_second": 1e3, "learning_rate": 0.1}
            file.write(json.dumps({**entry, **({"measures": measures(random, sizes, areas)} if epoch % 2 == 0 else {})}) + "\n")
    arrays = {}
    for area, types in summary["areas"].items():
        for name, n in sizes.items():
            arrays[f"{area}.{name}.gosi"] = np.append(random.uniform(0, 1, n - 1), np.nan)
            arrays[f"{area}.{name}.tuning"] = random.uniform(0, 1, (n, 18))
        for kind in [*summary["density"][area], "all"]:
            counts, edges = np.histogram(random.normal(-8, 3, 500), np.arange(-20, 3))
            arrays[f"{area}.{kind}.log_weight_histogram"], arrays[f"{area}.{kind}.log_weight_edges"] = counts, edges
    np.savez(folder / "measures.npz", **arrays)
    return summary


class Test(unittest.TestCase):
    def setUp(self):
        self.here = Path(tempfile.mkdtemp(prefix="eirnn-figures-"))

    def tearDown(self):
        shutil.rmtree(self.here)

    def plot(self, *arguments):
        code, out, err = run("plot_multicell.py", "--out", self.here / "figures", *arguments)
        names = {p.stem for p in (self.here / "figures").glob("*.png")} if (self.here / "figures").exists() else set()
        for name in names:
            self.assertGreater((self.here / "figures" / f"{name}.png").stat().st_size, 2000)
            self.assertIn("</svg>", (self.here / "figures" / f"{name}.svg").read_text())
        return code, names, err

    def test_every_figure_of_several_conditions(self):
        for seed in (1, 2, 3):
            make_run(self.here / f"base{seed}", seed)
        make_run(self.here / "inh", 4, variant="InhPN", sizes={"PN": 6, "IG": 1, "OG": 1})
        make_run(self.here / "ei", 5, model="standard_ei", sizes={"E": 8, "I": 2}, areas=("area3",))
        runs = [self.here / name for name in ("base1", "base2", "base3", "inh", "ei")]
        code, names, err = self.plot("--experiment", *runs)
        self.assertEqual((code, err), (0, "plot_multicell.py: standard_ei base: no difference between types in area4\n"))
        names_of_conditions = ("standard_base", "standard_inhpn", "standard_ei_base")
        each = {f"{kind}_{c}" for kind in ("development", "tuning", "log_weights") for c in names_of_conditions}
        self.assertEqual(names, {"measures", "differences", "accuracy", "trajectories"} | each)

    def test_numbers_of_channels_are_compared_within_a_variant(self):
        runs = []
        for principal, others in ((4, 1), (4, 2), (8, 1), (8, 2)):
            runs.append(self.here / f"{principal}_{others}")
            make_run(runs[-1], principal + others, sizes={"PN": principal, "IG": others, "OG": others}, whole=False)
        code, names, _ = self.plot(*runs)
        ratio, grid = "channel_ratio_standard_base", "channel_grid_standard_base"
        self.assertEqual((code, names), (0, {"measures", "differences", "accuracy", ratio, grid}))
        make_run(self.here / "other", variant="InhPN", whole=False)
        code, out, _ = run("plot_multicell.py", "--out", self.here / "two", runs[0], self.here / "other")
        self.assertEqual(code, 0)
        self.assertNotIn("channel", out)

    def test_the_same_runs_make_the_same_files(self):
        for seed in (1, 2):
            summary = make_run(self.here / f"run{seed}", seed)
            (self.here / f"run{seed}" / "summary.json").write_text(json.dumps({**summary, "areas": {}, "density": {}}))
            (self.here / f"run{seed}" / "measures.npz").unlink()
        files = []
        for out in ("a", "b"):
            # In processes of their own, whose hashes differ.
            command = [sys.executable, "-B", EXAMPLES / "plot_multicell.py", "--out", self.here / out,
                       self.here / "run1", self.here / "run2"]
            self.assertEqual(subprocess.run(command, capture_output=True, timeout=300).returncode, 0)
            files.append({p.name: p.read_bytes() for p in (self.here / out).iterdir()})
        self.assertEqual(set(files[0]), {"accuracy.png", "accuracy.svg"})
        self.assertEqual(*files)

    def test_what_is_missing_is_named_and_left_out(self):
        folder = self.here / "run"
        summary = make_run(folder, whole=False)
        summary["areas"]["area4"]["OG"].update(image_skewness=None, gosi=None, silent=4)
        summary["density"]["area3"].pop("IG_PN")
        (folder / "summary.json").write_text(json.dumps(summary))
        code, names, err = self.plot(folder)
        self.assertEqual((code, names), (0, {"measures", "differences", "accuracy"}))
        for part in ("no metrics.jsonl", "no measures.npz", "area4.OG has no gOSI", "area3.IG has no density",
                     "no difference between types in area3"):
            self.assertIn(part, err)

    def test_the_differences_are_pooled_over_units_and_connections(self):
        areas = {"area3": {"PN": {"image_skewness": 5, "silent": 2, "channels": 6}, "IG": {"image_skewness": 1, "silent": 0, "channels": 2},
                           "OG": {"image_skewness": 4, "silent": 3, "channels": 4}},
                 "area4": {"PN": {"image_skewness": 8, "silent": 0, "channels": 2}, "IG": {"image_skewness": 2, "silent": 0, "channels": 1},
                           "OG": {"image_skewness": None, "silent": 1, "channels": 1}}}
        density = {"area3": {"PN_PN": 0.5, "IG_PN": 1, "OG_PN": 0.25}, "area4": {"PN_PN": 1, "IG_PN": 0, "OG_PN": 1}}
        selectivity, sparseness = difference({"areas": areas, "density": density}, ["area3", "area4"])
        self.assertAlmostEqual(selectivity, (4 * 5 + 2 * 8) / 6 - (2 * 1 + 1 * 4 + 1 * 2) / 4)
        self.assertAlmostEqual(sparseness, (12 * 1 + 24 * 0.25 + 2 * 0 + 2 * 1) / 40 - (36 * 0.5 + 4 * 1) / 40)

    def test_damaged_and_absent_runs(self):
        make_run(self.here / "good", whole=False)
        make_run(self.here / "bad", 2, whole=False)
        (self.here / "bad" / "measures.npz").write_bytes(b"PK\x03\x04 not a zip")
        code, names, err = self.plot(self.here / "good", self.here / "bad")
        self.assertEqual(code, 65)
        self.assertIn("measures", names)
        self.assertIn("bad/measures.npz: not a readable NPZ file", err)
        self.assertEqual(self.plot(self.here / "none")[0], 66)
        (self.here / "bad" / "summary.json").write_text("{}")
        code, _, err = run("tabulate_multicell.py", self.here / "bad")
        self.assertEqual(code, 65)
        self.assertIn("lacks model", err)
        self.assertEqual(run("tabulate_multicell.py", self.here / "none")[0], 66)
        (self.here / "file").write_text("")
        self.assertEqual(run("plot_multicell.py", "--out", self.here / "file", self.here / "good")[0], 73)

    def test_usage(self):
        for script in ("plot_multicell.py", "tabulate_multicell.py"):
            self.assertEqual(run(script, "--help")[0], 0)
            for arguments in ([], ["--unknown", "x"], ["--out"], ["--reference"]):
                self.assertEqual(run(script, *arguments)[0], 64, (script, arguments))
        self.assertEqual(run("plot_multicell.py", self.here)[0], 64)

    def test_the_table_has_the_numbers(self):
        a = make_run(self.here / "a", 1)
        b = make_run(self.here / "b", 2)
        b["areas"]["area3"]["IG"]["gosi"] = None
        (self.here / "b" / "summary.json").write_text(json.dumps(b))
        reference = {"name": "other framework", "model": "standard", "variant": "base", "test_accuracy_percent": 69.7,
                     "areas": {"area3": {"PN": {"gosi": 0.625}, "IG": {"gosi": 0.149}}}, "density": {"area4": {"OG_PN": 0.998}}}
        (self.here / "reference.json").write_text(json.dumps([reference, {"variant": "InhPN"}]))
        code, out, err = run("tabulate_multicell.py", "--reference", self.here / "reference.json", self.here / "a", self.here / "b")
        self.assertEqual((code, err), (0, ""))
        lines = out.splitlines()
        self.assertIn("| standard | base | 1 | 6 | 107,098 | 61.00 | 2.0 |", lines)
        pn = a["areas"]["area3"]["PN"]
        self.assertIn(f"| standard | base | 1 | area3 | PN | {pn['image_skewness']:.2f} | {pn['orientation_skewness']:.2f} "
                      f"| {pn['gosi']:.3f} | 0 | 6 | {a['density']['area3']['PN_PN']:.3f} |", lines)
        ig = b["areas"]["area3"]["IG"]
        self.assertIn(f"| standard | base | 2 | area3 | IG | {ig['image_skewness']:.2f} | {ig['orientation_skewness']:.2f} | - | 0 | 2 "
                      f"| {b['density']['area3']['IG_PN']:.3f} |", lines)
        self.assertIn("|  |  | test_accuracy_percent | 69.70 | 61.50 | -8.20 | 2 |", lines)
        mean = (pn["gosi"] + b["areas"]["area3"]["PN"]["gosi"]) / 2
        self.assertIn(f"| area3 | PN | gOSI | 0.625 | {mean:.3f} | {mean - 0.625:.3f} | 2 |", lines)
        only = a["areas"]["area3"]["IG"]["gosi"]
        self.assertIn(f"| area3 | IG | gOSI | 0.149 | {only:.3f} | {only - 0.149:.3f} | 1 |", lines)
        mean = (a["density"]["area4"]["OG_PN"] + b["density"]["area4"]["OG_PN"]) / 2
        self.assertIn(f"| area4 | OG-PN | density | 0.998 | {mean:.3f} | {mean - 0.998:.3f} | 2 |", lines)
        self.assertIn("Reference InhPN: no run of this model and variant", lines)
        columns = {line.count("|") for line in lines if line.startswith("|")}
        self.assertEqual(columns, {8, 12})


if __name__ == "__main__":
    sys.argv[1:2] = []
    unittest.main(verbosity=2)
