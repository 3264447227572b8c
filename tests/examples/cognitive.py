#!/usr/bin/env python3
"""Tests the example program cognitive from outside. Usage: cognitive.py PROGRAM [TEST...]"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
from documented_keys import faults  # noqa: E402
from read_safetensors import read_safetensors  # noqa: E402

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else sys.exit(__doc__)
FILES = {"summary.json", "metrics.jsonl", "weights.safetensors", "checkpoint.safetensors", "checkpoint.safetensors.previous", "example.npz",
         "connectivity.npz"}
# Per task: units, inputs, outputs, trials of a step, trials of one sweep.
TASKS = {
    "context": (150, 6, 2, 50, 73),
    "two_areas": (150, 6, 2, 50, 73),
    "multisensory": (150, 4, 2, 20, 25),
    "memory": (500, 2, 2, 20, 11),
    "sequence": (200, 17, 2, 1, 8),
    "sine": (100, 0, 1, 1, 1),
}


def run(*arguments):
    """The program's exit status and everything it said."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    return done.returncode, done.stdout.decode()


class Test(unittest.TestCase):
    def setUp(self):
        self.here = Path(tempfile.mkdtemp(prefix="eirnn-example-"))

    def tearDown(self):
        shutil.rmtree(self.here)

    def short(self, task, out, trials, *more):
        return run("--task", task, "--seed", 3, "--threads", 1, "--out", self.here / out, "--max-trials", trials, "--quiet",
                   "--validation-trials", TASKS[task][4], "--test-trials", 1, *more)

    def test_every_task_trains_and_is_saved(self):
        summaries, metrics = [], []
        for task, (units, inputs, outputs, batch, _) in TASKS.items():
            with self.subTest(task):
                # The long trials of memory and sequence begin with huge gradients, which is worth a warning.
                self.assertEqual(self.short(task, task, 2 * batch)[0], 0)
                s = json.loads((self.here / task / "summary.json").read_text())
                self.assertEqual((s["task"], s["seed"], s["trials"], s["reached_target"]), (task, 3, 2 * batch, False))
                lines = [json.loads(line) for line in (self.here / task / "metrics.jsonl").read_text().splitlines()]
                self.assertEqual([line["trials"] for line in lines], [0, 2 * batch])
                summaries.append(s)
                metrics += lines
                # Trials that follow each other may grow without bound before anything is learned: null.
                self.assertTrue(lines[0]["loss"] is None and task == "sequence" or lines[0]["loss"] != lines[1]["loss"])
                w = read_safetensors(self.here / task / "weights.safetensors")[0]
                self.assertEqual((w["W_rec"].shape, w["W_out"].shape), ((units, units), (outputs, units)))
                if inputs:
                    self.assertEqual(w["W_in"].shape, (units, inputs))
                c = np.load(self.here / task / "connectivity.npz")
                np.testing.assert_array_equal(c["W_rec"], w["W_rec"])
                self.assertEqual((c["population_size"].sum(), len(s["populations"])), (units, len(c["population_begin"])))
                self.assertEqual((s["dale_violations"], s["mask_violations"]), (0, 0))
                e = np.load(self.here / task / "example.npz")
                self.assertEqual((e["inputs"].shape[2], e["outputs"].shape[2]), (inputs, outputs))
                # What a network that has hardly been trained cannot show is not there.
                self.assertLessEqual(FILES, {p.name for p in (self.here / task).iterdir()})
        self.assertEqual(faults("cognitive", "summary.json", summaries), [])
        self.assertEqual(faults("cognitive", "metrics.jsonl", metrics), [])

    def test_perceptual_decisions_too(self):
        summaries = []
        for task in ("dense", "fixed", "no_dale", "variable_duration", "reaction_time"):
            with self.subTest(task):
                code, text = run("--task", task, "--seed", 3, "--threads", 1, "--out", self.here / task, "--max-trials", 400, "--test-trials", 2,
                                 "--quiet")
                self.assertEqual(code, 0, text)
                s = json.loads((self.here / task / "summary.json").read_text())
                self.assertEqual((s.pop("task"), s.pop("test_dt"), s["trials"]), (task, 0.5, 400))
                s["variant"] = task
                summaries.append(s)
                self.assertLessEqual({"example.npz", "connectivity.npz", "weights.safetensors"}, {p.name for p in (self.here / task).iterdir()})
        # They say what the program of their own says of them.
        self.assertEqual([f for f in faults("perceptual_decision", "summary.json", summaries)], [])

    def test_a_stopped_run_goes_on_with_the_same_numbers(self):
        command = [PROGRAM, "--task", "multisensory", "--seed", "3", "--threads", "1", "--validation-trials", "25", "--out",
                   str(self.here / "stopped"), "--quiet"]
        process = subprocess.Popen(command)
        deadline = time.monotonic() + 120
        while not (self.here / "stopped" / "checkpoint.safetensors").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=120), 143)
        # Enough for the steps that were done before the signal arrived.
        self.assertEqual(self.short("multisensory", "stopped", 2000, "--resume")[0], 0)
        self.assertEqual(self.short("multisensory", "straight", 2000)[0], 0)
        w, v = (read_safetensors(self.here / out / "weights.safetensors")[0] for out in ("stopped", "straight"))
        for name in w:
            self.assertTrue((w[name] == v[name]).all(), name)

    def test_exit_statuses(self):
        self.assertEqual(run("--task", "contxt", "--out", self.here)[0], 64)
        self.assertIn("did you mean 'context'", run("--task", "contxt", "--out", self.here)[1])
        self.assertEqual(run("--task", "context")[0], 64)
        self.assertEqual(run("--task", "context", "--out", self.here, "--validation-trials", 10)[0], 64)
        (self.here / "file").write_text("")
        self.assertEqual(run("--task", "sine", "--out", self.here / "file")[0], 73)
        self.assertEqual(self.short("sine", "sine", 1, "--resume")[0], 0)  # there is nothing to go on with yet
        self.assertEqual(self.short("sine", "sine", 1)[0], 73)
        self.assertEqual(self.short("sine", "sine", 1, "--overwrite")[0], 0)
        self.assertEqual(self.short("sequence", "sine", 1, "--resume")[0], 65)
        self.assertEqual(run("--help")[0], 0)

    def test_what_a_run_can_be_told(self):
        for more in (("--carry", "never"), ("--freeze", "W_out_of_nowhere"), ("--target", 101)):
            self.assertEqual(self.short("multisensory", "wrong", 20, *more)[0], 64, more)
        self.assertEqual(self.short("sequence", "wrong", 1, "--target", 50)[0], 64)
        # Any validation exceeds 2 percent: it ends before the first step.
        self.assertEqual(self.short("multisensory", "soon", 20, "--target", 2)[0], 0)
        s = json.loads((self.here / "soon" / "summary.json").read_text())
        self.assertEqual((s["trials"], s["reached_target"], s["target_performance_percent"]), (0, True, 2))
        self.assertEqual(self.short("multisensory", "frozen", 100, "--freeze", "W_out", "--freeze", "x0")[0], 0)
        self.assertEqual(self.short("multisensory", "trained", 100)[0], 0)
        first, frozen, trained = (read_safetensors(self.here / out / "weights.safetensors")[0] for out in ("soon", "frozen", "trained"))
        self.assertTrue((frozen["x0"] == first["x0"]).all() and (trained["x0"] != first["x0"]).any())
        self.assertTrue((frozen["W_rec"] != first["W_rec"]).any())
        # Going on needs the same words.
        self.assertEqual(self.short("multisensory", "frozen", 120, "--resume")[0], 64)
        self.assertEqual(self.short("sequence", "reset", 2, "--carry", "never")[0], 0)
        self.assertEqual(self.short("sequence", "reset", 3, "--resume")[0], 64)

    def test_weights_are_tested_without_training(self):
        self.assertEqual(self.short("multisensory", "trained", 20)[0], 0)
        weights = self.here / "trained" / "weights.safetensors"
        test = ["--seed", 3, "--test-trials", 1, "--threads", 1, "--quiet", "--weights"]
        self.assertEqual(run("--task", "multisensory", "--out", self.here / "again", *test, weights)[0], 0)
        for name in ("weights.safetensors", "choices.npz", "connectivity.npz"):
            self.assertEqual((self.here / "trained" / name).read_bytes(), (self.here / "again" / name).read_bytes(), name)
        self.assertEqual(run("--task", "multisensory", "--out", self.here / "coarse", "--test-dt", 20, *test, weights)[0], 0)
        self.assertEqual(json.loads((self.here / "coarse" / "summary.json").read_text())["test_dt"], 20)
        for step in (0, 7):  # no duration is a multiple of 7
            self.assertEqual(run("--task", "multisensory", "--out", self.here / "coarser", "--test-dt", step, *test, weights)[0], 64)
        self.assertEqual(run("--task", "context", "--out", self.here / "other", *test, weights)[0], 65)
        self.assertEqual(run("--task", "context", "--out", self.here / "other", *test, self.here / "none")[0], 66)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
