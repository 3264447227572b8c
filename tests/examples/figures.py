#!/usr/bin/env python3
"""Tests scripts/figures.sh and the checks behind its figures. Usage: figures.py FOLDER_OF_PROGRAMS SOURCE_DIR [TEST...]"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np

PROGRAMS, SOURCE = (Path(a).resolve() for a in sys.argv[1:3]) if len(sys.argv) > 2 else sys.exit(__doc__)
sys.dont_write_bytecode = True
sys.path.insert(0, str(SOURCE / "examples"))
import figure_checks as checks  # noqa: E402


class Test(unittest.TestCase):
    def setUp(self):
        self.here = Path(tempfile.mkdtemp(prefix="eirnn-figures-"))

    def tearDown(self):
        shutil.rmtree(self.here)

    def command(self, *arguments):
        return ["bash", str(SOURCE / "scripts" / "figures.sh"), "song", "--out", str(self.here / "song"), "--programs", str(PROGRAMS),
                "--jobs", "2", *map(str, arguments)]

    def run_script(self, *arguments):
        done = subprocess.run(self.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        return done.returncode, done.stdout.decode()

    def lines(self, figure):
        said = json.loads((self.here / "song" / f"figure_{figure}.json").read_text())
        self.assertEqual(said["figure"], figure)
        return said["lines"]

    def test_a_figure_is_trained_for_and_drawn_once(self):
        code, text = self.run_script("--only", 5, "--seeds", 2, "--max-trials", 100)
        self.assertEqual(code, 0, text)
        self.assertIn("0 of 4 runs are finished", text)
        self.assertIn("4 of 4, 0 are left", text)
        for suffix in ("png", "svg"):
            self.assertGreater((self.here / "song" / f"figure_5.{suffix}").stat().st_size, 1000)
        lines = self.lines(5)
        self.assertEqual([line["panel"] for line in lines], ["5A", "5B"])
        for line in lines:  # wiring does not depend on training
            self.assertEqual((line["holds"], line["holds_in"], len(line["runs"])), (True, "2 of 2 runs", 2), line)
        self.assertEqual(lines[1]["runs"]["two_areas, seed 1"]["E_M_from_I_S"], 0)
        weights = self.here / "song" / "two_areas_1" / "weights.safetensors"
        before = weights.stat().st_mtime_ns
        code, text = self.run_script("--only", 5, "--seeds", 2, "--max-trials", 100)
        self.assertEqual(code, 0, text)
        self.assertIn("4 of 4 runs are finished", text)
        self.assertEqual(weights.stat().st_mtime_ns, before)

        # The plotting script alone.
        song = self.here / "song"

        def plot(*arguments):
            return subprocess.run(["/usr/bin/python3", SOURCE / "examples" / "plot_cognitive.py", *map(str, arguments)], cwd=self.here,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120).returncode

        self.assertEqual(plot("--trials", "--out", self.here / "drawn", song / "context_1", song / "two_areas_1"), 0)
        self.assertTrue((self.here / "drawn" / "trials.png").exists())
        self.assertEqual(plot("--figure", 5, song / "context_1"), 66)
        self.assertEqual(plot("--figure", 5, song / "context_1", self.here), 65)
        self.assertEqual(plot("--figure", 11, song / "context_1"), 64)
        self.assertEqual(plot(song / "context_1", song / "context_2"), 64)
        self.assertEqual(plot("--help"), 0)

    def test_after_a_kill_it_goes_on(self):
        process = subprocess.Popen(self.command("--only", 3, "--seeds", 1, "--max-trials", 20000), stdout=subprocess.DEVNULL,
                                   start_new_session=True)
        deadline = time.monotonic() + 60
        begun = lambda: list((self.here / "song").glob("*/checkpoint.safetensors"))
        while not begun() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.assertTrue(begun())
        code, text = self.run_script("--only", 3, "--seeds", 1, "--max-trials", 20000)
        self.assertEqual(code, 0, text)
        self.assertIn("3 of 3, 0 are left", text)
        self.assertEqual({line["panel"] for line in self.lines(3)}, {"3A", "3B", "3C"})
        fixed = next(line for line in self.lines(3) if line["panel"] == "3C")
        self.assertEqual((fixed["holds"], fixed["runs"]["fixed, seed 1"]["mask_violations"]), (False, 0))  # 20 000 trials are not enough

    def test_what_cannot_be_measured_is_said(self):
        self.run_script("--only", 7, "--seeds", 1, "--max-trials", 20)
        (self.here / "song" / "memory_1" / "tuning.npz").unlink(missing_ok=True)  # which such a network may lack anyway
        code, text = self.run_script("--only", 7, "--seeds", 1, "--max-trials", 20)
        self.assertEqual(code, 1, text)
        self.assertIn("cannot be drawn", text)
        self.assertFalse(self.lines(7)[0]["holds"])
        self.assertIn("tuning.npz", self.lines(7)[0]["runs"]["memory, seed 1"]["problem"])

    def test_usage(self):
        script = str(SOURCE / "scripts" / "figures.sh")
        for arguments, status in (([], 64), (["sing"], 64), (["song", "--only", "10"], 64), (["song", "--seeds"], 64),
                                  (["song", "--seeds", "x"], 64), (["song", "--colour", "1"], 64), (["--help"], 0)):
            done = subprocess.run(["bash", script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(done.returncode, status, arguments)
            self.assertIn(b"figures.sh song", done.stdout + done.stderr)

    def test_rank_correlation(self):
        self.assertAlmostEqual(checks.rank_correlation([1, 2, 3, 10], [0, 5, 6, 7]), 1)
        self.assertAlmostEqual(checks.rank_correlation([1, 2, 3], [3, 2, 1]), -1)
        self.assertAlmostEqual(checks.rank_correlation([1, 2, 2, 3], [1, 3, 2, 4]), 4.5 / np.sqrt(22.5))  # SciPy's 0.9487
        self.assertTrue(np.isnan(checks.rank_correlation([1, 1], [1, 2])))

    def test_modes_of_histograms(self):
        self.assertEqual(checks.modes([0, 1, 4, 9, 6, 3, 2, 1, 0]), 1)
        self.assertEqual(checks.modes([0, 5, 9, 9, 5, 0, 0, 0, 5, 8, 8, 5, 0]), 2)
        self.assertEqual(checks.modes([9, 6, 3, 2, 1, 0]), 1)

    def test_clusters_are_told_from_clouds(self):
        random = np.random.default_rng(3)
        cloud = random.standard_normal((120, 3))
        self.assertGreater(checks.clustering(cloud, 100)[1], 0.025)
        clusters = random.choice([-1.0, 1.0], (120, 3)) + 0.1 * random.standard_normal((120, 3))
        self.assertEqual(checks.clustering(clusters, 100)[1], 0)

    def test_clusters_that_input_weights_make_go_with_them(self):
        random = np.random.default_rng(4)
        weights = random.choice([0.0, 1.0], (90, 4))
        made = weights @ random.standard_normal((4, 3)) + 0.1 * random.standard_normal((90, 3))
        self.assertLess(checks.clustering(made, 100)[1], 0.01)
        found = checks.clustering_without_inputs(made, weights, shuffles=10)
        self.assertGreater(found["clouds_as_clustered_without_inputs"], 0.025)
        self.assertEqual(found["shuffles_as_unclustered"], 0)
        self.assertLess(found["deviations_without_inputs_of_other_units"], found["deviations_without_inputs"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
