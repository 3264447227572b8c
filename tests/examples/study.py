#!/usr/bin/env python3
"""Tests the pieces of workflows/multicell on tiny runs of the program, without Snakemake. Usage: study.py PROGRAM SOURCE_DIR [TEST...]"""

import contextlib
import csv
import io
import json
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

if len(sys.argv) < 3:
    sys.exit(__doc__)
PROGRAM, SOURCE = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
PIECES = SOURCE / "workflows" / "multicell"
sys.path[:0] = [str(PIECES), str(SOURCE / "examples")]
sys.dont_write_bytecode = True
import checks  # noqa: E402
import study  # noqa: E402
from multicell_runs import Condition, difference, pooled  # noqa: E402

TINY = {"seeds": 1, "epochs": 2, "options": "--made-images 48 --batch 16 --measure-every 1", "numbers": "4x2", "grid": [[2, 4], [1, 2]],
        "ratios": [1], "least_accuracy": 0}
CONFIG = {"size": "tiny", "data": "made", "sizes": {"tiny": TINY},
          "variants": {"standard": ["base", "InhPN", "NoConstraint", "Rectify", "NoOG_ECurrBN", "SumT_MulSub"], "standard_ei": ["base"]}}


def script(name, *arguments):
    """The script's exit status, output and complaints. It runs in this process: importing Matplotlib takes longer than most of them."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    sys.argv = [str(PIECES / name), *map(str, arguments)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tiny networks have silent neurons, and nothing to draw of them
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as end:
            code = end.code
    return code, out.getvalue(), err.getvalue()


def table(text):
    return {tuple(r[k] for k in ("run", "area", "type", "measure")): r["value"] for r in csv.DictReader(io.StringIO(text))}


class MadeUp:
    """A run that was never run, to try checks on."""

    def __init__(self, model="standard", variant="base", accuracy=85.0, decay=2e-4, channels=(8, 2), **measures):
        own, others = ("E", ["I"]) if model == "standard_ei" else ("PN", ["IG", "OG"])
        value = {"principal": 4, "others": 1, "dense": 1, "sparse": 0.2, **measures}
        self.rows = {("", "", "test_accuracy_percent"): accuracy}
        self.summary = {"model": model, "variant": variant, "weight_decay": decay, "channels": channels,
                        "areas": {a: {own: {"channels": 8}, **{n: {"channels": 2} for n in others}} for a in ("area3", "area4")}}
        self.metrics, self.arrays, self.channels = [], {}, channels
        for area in ("area3", "area4", "all"):
            for measure in checks.SELECTIVITY:
                self.rows.update({(area, own, measure): value["principal"], **{(area, n, measure): value["others"] for n in others}})
            self.rows.update({(area, f"{own}_{own}", "density"): value["sparse"],
                              **{(area, f"{n}_{own}", "density"): value["dense"] for n in others}})
            self.rows[area, "difference", "selectivity"] = value["principal"] - value["others"]
            self.rows[area, "difference", "density"] = value["dense"] - value["sparse"]
            for kind, number in (("principal", value["principal"]), ("interneurons", value["others"])):
                self.rows[area, kind, "image_skewness"] = number
            for kind, number in (("principal_principal", value["sparse"]), ("interneurons_principal", value["dense"])):
                self.rows[area, kind, "density"] = number


def condition(*runs, label="some"):
    for run in runs:
        run.summary.setdefault("epochs", 2)
    return Condition(label, label, list(runs))


def held(lines):
    return [value for _, _, _, some in lines for value in some.values()]


class Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.here = Path(tempfile.mkdtemp(prefix="eirnn-study-"))
        cls.study = study.Study(CONFIG)
        cls.runs = cls.study.all_runs()

        def train(run):
            command = f"'{PROGRAM}' {cls.study.command(run)} --threads 1 --out '{cls.here / run}' --resume --quiet"
            return subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)

        with ThreadPoolExecutor(2) as pool:
            for run, done in zip(cls.runs, pool.map(train, cls.runs)):
                assert done.returncode == 0 and not done.stdout, (run, done)
        code, cls.rows, err = script("rows.py", *(cls.here / run for run in cls.runs))
        assert (code, err) == (0, ""), err
        (cls.here / "results.csv").write_text(cls.rows)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.here)

    def test_what_a_study_consists_of(self):
        base = "standard.base.4x2.l2_2e-4.e2.s1"
        self.assertEqual(len(self.runs), len(set(self.runs)))
        self.assertEqual({r.split(".")[2] for r in self.study.of_figure("6")}, {"2x1", "2x2", "4x1", "4x2"})
        self.assertEqual({r.split(".")[2] for r in self.study.of_figure("ratios")}, {"4x1", "4x2"})
        self.assertEqual(self.study.of_figure("2"), [base])
        self.assertIn("standard.base.4x2.l2_0.e2.s1", self.study.of_figure("controls"))
        more = study.Study({**CONFIG, "sizes": {"tiny": {**TINY, "seeds": 2}}})
        self.assertEqual({r for r in more.all_runs() if r.endswith(".s1")}, set(self.runs))  # a new seed costs only itself
        with self.assertRaises(SystemExit):
            study.Study({**CONFIG, "size": "huge"})

    def test_the_study_has_every_variant_of_the_program(self):
        text = subprocess.run([PROGRAM, "--help"], stdout=subprocess.PIPE, timeout=60, check=True).stdout.decode()
        config = (PIECES / "config.yaml").read_text()
        for model in ("standard", "standard_ei"):
            known = re.search(rf"^Variants of {model}: (.*)\.$", text, re.M)[1].split(", ")
            listed = re.split(r",\s*", re.search(rf"^  {model}: \[(.*?)\]", config, re.M | re.S)[1])
            self.assertEqual(set(listed), set(known) - {"LastT_MulSub"})  # which is base
            drawn = study.Study({**CONFIG, "variants": {"standard": [], "standard_ei": [], model: known}})
            of_figures = {run for f in study.FIGURES for run in drawn.of_figure(f)}
            self.assertEqual({v for v in known if not any(f"{model}.{v}." in run for run in of_figures)} - {"LastT_MulSub"}, set())

    def test_rows_are_what_runs_say(self):
        rows = table(self.rows)
        for run in self.runs:
            s = json.loads((self.here / run / "summary.json").read_text())
            arrays = np.load(self.here / run / "measures.npz")
            self.assertEqual(float(rows[run, "", "", "test_accuracy_percent"]), s["test_accuracy_percent"])
            self.assertEqual(float(rows[run, "", "", "weight_decay"]), 0 if "l2_0." in run else 2e-4)
            for area, types in s["areas"].items():
                for name, measured in types.items():
                    for measure, value in measured.items():
                        got = rows[run, area, name, measure]
                        self.assertEqual(None if got == "" else float(got), value)
                for name, density in s["density"][area].items():
                    self.assertEqual(float(rows[run, area, name, "density"]), density)
                    # an edge of the histogram is the usual threshold
                    self.assertAlmostEqual(float(rows[run, area, name, "density_above_exp_-10"]), density, 12)
                    self.assertEqual(float(rows[run, area, name, "density_of_taps"]), float(arrays[f"{area}.{name}.density_of_taps"]))
                    others = [float(rows[run, area, name, f"density_above_exp_{k}"]) for k in range(-14, -5)]
                    self.assertEqual(others, sorted(others, reverse=True))
            areas = list(s["areas"])
            for place, chosen in (("area4", ["area4"]), ("all", areas)):
                whole, apart = pooled(s, chosen), difference(s, chosen)
                if whole:
                    self.assertEqual(float(rows[run, place, "interneurons", "image_skewness"]), whole[1])
                    self.assertAlmostEqual(float(rows[run, place, "difference", "selectivity"]), apart[0], 12)
                    self.assertAlmostEqual(float(rows[run, place, "difference", "density"]), apart[1], 12)
                self.assertAlmostEqual(float(rows[run, place, "difference", "density_above_exp_-10"]),
                                       float(rows[run, place, "difference", "density"]), 12)
        self.assertTrue(any(v not in ("", "0.0") for k, v in rows.items() if k[2:] == ("difference", "density_of_taps")))

    def test_every_figure(self):
        for figure in study.FIGURES:
            with self.subTest(figure=figure):
                runs = [self.here / run for run in self.study.of_figure(figure)]
                code, out, err = script("figures.py", "--figure", figure, "--least-accuracy", 0, "--out", self.here / "figures", *runs)
                self.assertEqual(code, 0, err)
                for suffix in (".png", ".svg"):
                    self.assertGreater((self.here / "figures" / f"figure_{figure}{suffix}").stat().st_size, 2000)
                said = json.loads((self.here / "figures" / f"figure_{figure}.json").read_text())
                self.assertTrue(said["lines"])
                for line in said["lines"]:
                    known = [c["holds"] for c in line["conditions"].values() if c["holds"] is not None]
                    self.assertEqual(line["holds"], all(known) if known else None)
        said = json.loads((self.here / "figures" / "figure_2.json").read_text())
        s = json.loads((self.here / self.study.of_figure("2")[0] / "summary.json").read_text())
        c = said["lines"][0]["conditions"]["standard base"]
        self.assertAlmostEqual(c["area3.PN-IG"][0], s["areas"]["area3"]["PN"]["gosi"] - s["areas"]["area3"]["IG"]["gosi"], 12)
        # The part of the table that lies in the folder of a run says the same.
        run = self.here / self.study.of_figure("2")[0]
        (run / "measures.csv").write_text(script("rows.py", run)[1])
        self.assertEqual(script("figures.py", "--figure", 2, "--out", self.here / "again", run)[0], 0)
        self.assertEqual((self.here / "again" / "figure_2.json").read_bytes(), (self.here / "figures" / "figure_2.json").read_bytes())

    def test_the_table_of_variants(self):
        code, out, err = script("figures.py", "--variants", "--table", self.here / "results.csv")
        self.assertEqual((code, err), (0, ""))
        names = [line.split("|")[1].strip() for line in out.splitlines()[2:]]
        self.assertEqual(len(names), len(self.runs))  # of one seed each
        self.assertLessEqual({"standard InhPN", "standard base L2 0", "standard_ei base"}, set(names))
        self.assertEqual({line.count("|") for line in out.splitlines()}, {9})

    def test_the_table_of_lines(self):
        drawn = [self.here / "lines" / f"figure_{figure}.json" for figure in ("2", "9", "controls")]
        for path in drawn:
            figure = path.stem.removeprefix("figure_")
            runs = [self.here / run for run in self.study.of_figure(figure)]
            self.assertEqual(script("figures.py", "--figure", figure, "--out", self.here / "lines", *runs)[0], 0)
        code, out, err = script("lines.py", *drawn)
        self.assertEqual((code, err), (0, ""))
        said = [line for path in drawn for line in json.loads(path.read_text())["lines"]]
        self.assertEqual(len(out.splitlines()), 2 + len(said))
        for text, line in zip(out.splitlines()[2:], said):
            self.assertIn(line["must"], text)
            self.assertEqual("| no" in text, line["holds"] is False)

    def test_faults(self):
        run = self.here / self.runs[0]
        self.assertEqual(script("rows.py")[0], 64)
        self.assertEqual(script("rows.py", self.here / "none")[0], 66)
        for arguments, status in (([], 64), (["--figure", "1", run], 64), (["--figure", 2], 64), (["--variants", run], 64),
                                  (["--figure", 2, self.here / "none"], 66), (["--figure", "ratios", run], 66), (["--help"], 0),
                                  (["--variants", "--table", self.here / "none.csv"], 66), (["--figure", 2, "--out", self.here / "results.csv",
                                                                                            run], 73)):
            self.assertEqual(script("figures.py", *arguments)[0], status, arguments)
        (self.here / "bad.csv").write_text("run,value\nx,1\n")
        self.assertEqual(script("figures.py", "--variants", "--table", self.here / "bad.csv")[0], 65)
        (self.here / "bad.json").write_text('{"figure": "2", "lines": [{"panel": "2A"}]}')
        for arguments, status in (([], 64), ([self.here / "none.json"], 66), ([self.here / "bad.json"], 65), ([self.here / "bad.csv"], 65)):
            self.assertEqual(script("lines.py", *arguments)[0], status, arguments)
        for arguments, status in (([], 64), (["sing"], 64), (["song", "--out"], 64), (["--help"], 0)):
            done = subprocess.run(["bash", SOURCE / "scripts" / "workflow.sh", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=60)
            self.assertEqual(done.returncode, status, arguments)
            self.assertIn(b"workflow.sh multicell", done.stdout + done.stderr)

    def test_checks_hold_where_they_should_only(self):
        good, flat = MadeUp(), MadeUp(principal=0.5, sparse=1, dense=0.9)
        for figure in ("2", "4"):
            self.assertEqual(set(held(checks.CHECKS[figure]([condition(good)], 60))), {True}, figure)
            self.assertEqual(set(held(checks.CHECKS[figure]([condition(flat)], 60))), {False}, figure)
        self.assertEqual(held([checks.sparser("", [condition(good), condition(flat, label="flat")])]), [True, False])
        # A difference that one of the networks has not is no difference of every network.
        self.assertEqual(held(checks.CHECKS["4"]([condition(good, flat)], 60)), [False])

        base = condition(good, label="base")
        dense = MadeUp(variant="InhPN", sparse=0.9)
        for run, expected in ((dense, True), (MadeUp(variant="InhPN"), False), (MadeUp(variant="InhPN", principal=0, sparse=0.9), False)):
            lines = checks.CHECKS["7"]([base, condition(run, label="other")], 60)
            self.assertEqual([some["other"] for _, _, _, some in lines if "other" in some], [expected] * 2)
        lines = checks.CHECKS["9"]([condition(MadeUp(accuracy=79.9), label="less"), condition(MadeUp(variant="AddIGCurrBN"), label="more")], 60)
        self.assertEqual([some for panel, must, _, some in lines if panel == "9C" and "80" in must], [{"less": None, "more": True}])
        for accuracy, variant, expected in ((81, "InhPN", True), (79, "InhPN", False), (86, "NoConstraint", True), (84, "NoConstraint", False)):
            lines = checks.CHECKS["12"]([base, condition(MadeUp(variant=variant, accuracy=accuracy), label="other")], 60)
            self.assertEqual(held(lines), [expected])
        grid = [condition(MadeUp(channels=(e, i), accuracy=60 + e / 2, principal=e, sparse=1 / e, dense=1 / i),
                          label=f"{e} {i}") for e in (2, 8, 32) for i in (2, 8, 32)]
        self.assertEqual(set(held(checks.CHECKS["6"](grid, 60))), {True})
        self.assertEqual(held(checks.CHECKS["11"](grid, 60)), [True])
        self.assertEqual(set(held(checks.CHECKS["6"](grid, 90))), {None})  # of no network anything can be said
        turned = [condition(MadeUp(channels=(i, e), accuracy=60 + e / 2, principal=e, sparse=1 / e), label=f"{e} {i}")
                  for e in (2, 8, 32) for i in (2, 8, 32)]
        self.assertEqual(held(checks.CHECKS["11"](turned, 60)), [False])
        self.assertEqual(held(checks.CHECKS["6"](turned, 60))[0], False)

    def test_intervals_are_of_the_means(self):
        low = [MadeUp(accuracy=a) for a in (70.0, 72.0, 74.0)]
        mean, lower, upper = checks.accuracy(condition(*low))
        self.assertEqual(mean, 72)
        self.assertTrue(70 <= lower < 72 < upper <= 74)
        self.assertEqual(checks.accuracy(condition(low[0])), [70, None, None])
        self.assertEqual(checks.accuracy(condition(MadeUp(accuracy=None))), [None] * 3)

    def test_hours(self):
        lines = {"standard": (0.001, 0.0), "standard_ei": (0.002, 0.0)}
        # 48 training and 4 test images; measured at the start, after both epochs and at the end
        images = 2 * (48 + 4 / 3) + 4 * (4 + 432) / 3
        self.assertAlmostEqual(study.hours(self.study, [self.runs[0]], lines), images * 0.001 / 3600)
        self.assertAlmostEqual(study.hours(self.study, self.study.of_figure("15") * 2, lines), 2 * images * 0.002 / 3600)
        # By hand: pairs of channels, and nine taps for each channel of a source and target.
        self.assertEqual(study.products("standard_ei", 1, 1), 4 * (256 * (33 * 2 + 2 + 9 * (4 * 33 + 2)) + 64 * (3 * 4 + 2 * 4 + 9 * (4 * 3 + 4))))
        self.assertGreater(study.products("standard", 64, 64), study.products("standard", 64, 16))
        found = study.seconds_per_image(PROGRAM, 1)
        self.assertEqual(set(found), {"standard", "standard_ei"})
        self.assertTrue(all(a >= 0 and b >= 0 and a + b > 0 for a, b in found.values()))


if __name__ == "__main__":
    sys.argv[1:3] = []
    unittest.main(verbosity=2)
