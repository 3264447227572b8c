#!/usr/bin/env python3
"""Tests the example program perceptual_decision from outside. Usage: perceptual_decision.py PROGRAM [TEST...]"""

import json
import os
import pty
import resource
import shutil
import signal
import struct
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
VARIANTS = ["dense", "fixed", "no_dale", "variable_duration", "reaction_time"]
SHORT = ["--max-trials", "400", "--test-trials", "2", "--quiet"]


def run(*arguments, **how):
    """The program's exit status and everything it said."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, **how)
    return done.returncode, done.stdout.decode()


class Test(unittest.TestCase):
    def setUp(self):
        self.here = Path(tempfile.mkdtemp(prefix="eirnn-example-"))

    def tearDown(self):
        subprocess.run(["chmod", "-R", "u+w", str(self.here)], check=False)
        shutil.rmtree(self.here)

    def short(self, out, *more, variant="dense"):
        return run("--variant", variant, "--seed", 3, "--out", self.here / out, *SHORT, *more)

    def train_until(self, out, condition, *more, output=subprocess.DEVNULL):
        """A long run, once its folder meets the condition."""
        command = [PROGRAM, "--variant", "dense", "--seed", "3", "--out", str(self.here / out), *more]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while not condition() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        self.assertTrue(condition(), "the run did not get under way")
        return process

    def begun(self, out):
        return lambda: (self.here / out / "checkpoint.safetensors").exists()

    def test_every_variant_writes_what_can_be_read(self):
        summaries, validations = [], []
        for variant in VARIANTS:
            with self.subTest(variant):
                self.assertEqual(self.short(variant, variant=variant)[0], 0)
                folder = self.here / variant
                s = json.loads((folder / "summary.json").read_text())
                summaries.append(s)
                self.assertEqual((s["variant"], s["seed"], s["backend"]), (variant, 3, "cpu"))
                self.assertEqual((s["trials"], s["reached_target"]), (400, False))
                self.assertEqual((s["dale_violations"], s["mask_violations"]), (0, 0))
                self.assertEqual(s["stop_reason"], "max_trials")
                self.assertEqual(s["target_performance_percent"], 85)
                self.assertLessEqual({"threads", "best_performance_percent", "seconds", "connectivity"}, set(s))
                lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
                self.assertEqual([line["trials"] for line in lines], [0, 400])
                validations += lines
                self.assertTrue(all(1 < line["performance_percent"] <= 100 for line in lines))  # 50 by chance: no fractions
                self.assertEqual(s["best_performance_percent"], min(lines, key=lambda line: line["loss"])["performance_percent"])
                self.assertAlmostEqual(s["recent_performance_percent"], np.mean([line["performance_percent"] for line in lines]))
                keys = {"trials", "loss", "rmse", "performance_percent", "omega", "gradient_norm", "spectral_radius", "guarded_steps",
                        "seconds"}
                self.assertEqual(set(lines[0]), keys)
                if variant != "reaction_time":  # a network that has hardly been trained may never cross the threshold
                    p = np.load(folder / "psychometric.npz")
                    self.assertEqual(list(p["coherence"]), [-51.2, -25.6, -12.8, -6.4, -3.2, 0, 3.2, 6.4, 12.8, 25.6, 51.2])
                    self.assertEqual(p["trials"].sum(), 22)
                    self.assertAlmostEqual(s["zero_coherence_choice1"], p["p_choice1"][5])
                    self.assertEqual(s["psychometric"]["p_choice1"], list(p["p_choice1"]))
                self.assertEqual((folder / "durations.npz").exists(), variant == "variable_duration")
                c = np.load(folder / "connectivity.npz")
                self.assertEqual(c["W_rec"].shape, (25, 25))
                w = read_safetensors(folder / "weights.safetensors")[0]
                cued = variant in ("variable_duration", "reaction_time")
                self.assertEqual(w["W_in"].shape, (100, 3 if cued else 2))
                self.assertEqual((w["W_rec"].shape, w["W_out"].shape), ((100, 100), (2, 100)))
                self.assertTrue((np.diag(w["W_rec"]) == 0).all())
                if variant == "no_dale":
                    self.assertTrue((w["W_rec"] > 0).any(axis=0).sum() > 50 and (w["W_rec"] < 0).any(axis=0).sum() > 50)
                else:
                    self.assertTrue((w["W_rec"][:, :80] >= 0).all() and (w["W_rec"][:, 80:] <= 0).all() and (w["W_in"] >= 0).all())
                    self.assertTrue((w["W_out"][:, 80:] == 0).all())
                if variant == "fixed":
                    self.assertTrue((w["W_rec"][:20, 20:40] == 0).all() and (w["W_rec"][20:40, :20] == 0).all())
                    self.assertTrue((w["W_in"][20:, 0] == 0).all() and (w["W_in"][:20, 1] == 0).all())
                    self.assertTrue((w["W_out"][0, 20:] == 0).all())
                order = c["order"].astype(int)
                np.testing.assert_array_equal(c["W_rec"], w["W_rec"][np.ix_(order, order)])
        self.assertEqual(faults("perceptual_decision", "summary.json", summaries), [])
        self.assertEqual(faults("perceptual_decision", "metrics.jsonl", validations), [])

    def test_threads_do_not_change_a_bit(self):
        for threads in (1, 2, 5):
            self.assertEqual(self.short(f"t{threads}", "--threads", threads)[0], 0)
        for name in ("weights.safetensors", "checkpoint.safetensors", "psychometric.npz", "connectivity.npz"):
            first = (self.here / "t1" / name).read_bytes()
            self.assertEqual(first, (self.here / "t2" / name).read_bytes(), name)
            self.assertEqual(first, (self.here / "t5" / name).read_bytes(), name)

    def test_the_serial_backend_agrees(self):
        few = ["--max-trials", "20", "--test-trials", "1", "--quiet"]
        for backend in ("cpu", "serial"):
            self.assertEqual(run("--variant", "dense", "--seed", 3, "--backend", backend, "--out", self.here / backend, *few)[0], 0)
        a, b = (read_safetensors(self.here / x / "weights.safetensors")[0]["W_rec"] for x in ("cpu", "serial"))
        np.testing.assert_allclose(a, b, atol=1e-5)

    def test_an_interrupted_run_goes_on_with_the_same_bits(self):
        limits = ["--max-trials", "2400", "--test-trials", "2"]
        self.assertEqual(run("--variant", "dense", "--seed", 3, "--out", self.here / "whole", *limits, "--quiet")[0], 0)
        signals = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGUSR1, 75)]
        for k, (number, status) in enumerate(signals):
            log = self.here / f"log{k}"
            with open(log, "wb") as out:
                process = self.train_until("cut", self.begun("cut"), *limits, *(["--resume"] if k else []), output=out)
                if k:  # the checkpoint is there from the start
                    time.sleep(0.3)
                process.send_signal(number)
                code = process.wait(60)
            if code == 0:
                break  # the machine was faster than the signal
            self.assertEqual(code, status)
            self.assertIn("--resume", log.read_text())
        self.assertGreaterEqual(k, 1)
        self.assertEqual(run("--variant", "dense", "--seed", 3, "--out", self.here / "cut", *limits, "--resume", "--quiet")[0], 0)
        for name in ("weights.safetensors", "checkpoint.safetensors", "psychometric.npz"):
            self.assertEqual((self.here / "whole" / name).read_bytes(), (self.here / "cut" / name).read_bytes(), name)
        metrics = [(self.here / name / "metrics.jsonl").read_text().splitlines() for name in ("whole", "cut")]
        self.assertEqual(*[[json.loads(line)["trials"] for line in lines] for lines in metrics])

    def test_a_second_interrupt_leaves_at_once(self):
        process = self.train_until("out", self.begun("out"), "--quiet")
        process.send_signal(signal.SIGSTOP)  # so that both signals are there before it can react to the first
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 130)

    def test_a_finished_run_is_not_trained_again(self):
        self.assertEqual(self.short("out")[0], 0)
        weights = (self.here / "out" / "weights.safetensors").read_bytes()
        (self.here / "out" / "summary.json").unlink()
        code, text = run("--variant", "dense", "--seed", 3, "--out", self.here / "out", *SHORT[:-1], "--resume")
        self.assertEqual(code, 0)
        self.assertIn("had finished after 400 trials", text)
        self.assertTrue((self.here / "out" / "summary.json").exists())
        self.assertEqual(weights, (self.here / "out" / "weights.safetensors").read_bytes())
        code, text = self.short("out", "--resume", variant="fixed")
        self.assertEqual(code, 64)
        code, text = run("--variant", "dense", "--seed", 4, "--out", self.here / "out", *SHORT, "--resume")
        self.assertEqual(code, 64)
        self.assertIn("seed = 3", text)
        self.assertEqual(weights, (self.here / "out" / "weights.safetensors").read_bytes())

    def contents(self, out):
        """Of all files; the lock, which is empty between runs, aside."""
        return {str(p.relative_to(self.here / out)): p.read_bytes() for p in (self.here / out).rglob("*") if p.is_file() and p.name != ".lock"}

    def refused(self, status, out, *arguments):
        """What is said by a run that must leave the folder as it is."""
        before = self.contents(out)
        code, text = run("--variant", "dense", "--out", self.here / out, "--test-trials", 2, "--quiet", *arguments)
        self.assertEqual(code, status, text)
        self.assertEqual(self.contents(out), before)
        return text

    def test_a_run_that_is_there_is_left_alone(self):
        self.assertEqual(self.short("out")[0], 0)
        shutil.copy(self.here / "out" / "weights.safetensors", self.here)
        for arguments in (["--max-trials", 400], ["--weights", self.here / "weights.safetensors"]):
            text = self.refused(73, "out", *arguments)
            for part in (str(self.here / "out"), "summary.json", ", checkpoint.safetensors", "--resume", "--overwrite"):
                self.assertIn(part, text)
        # Any of its files is enough, and a link is a file wherever it points.
        for name in {*self.contents("out"), "measures.npz", "diverged-20.safetensors", "durations.npz"}:
            part = self.here / f"only {name}"
            part.mkdir()
            (part / name).write_text("x") if name != "durations.npz" else (part / name).symlink_to("nowhere")
            text = self.refused(73, part.name)
            self.assertIn(f"got: {name};", text)
            self.assertEqual("--resume" in text, name.startswith("checkpoint"))
            self.assertIn("--overwrite", text)

    def foreign(self, out):
        """Files that no run writes, with names that come near."""
        (self.here / out / "old").mkdir(parents=True)
        for name in ("notes.txt", "diverged-.safetensors", "diverged-1.safetensors.txt", "diverged-x.safetensors", "checkpoint.safetensors.mine",
                     "weights.npz", "my.png", "old/checkpoint.safetensors"):
            (self.here / out / name).write_text(name)
        return self.contents(out)

    def test_overwriting_removes_the_run_and_nothing_else(self):
        self.assertEqual(self.short("fresh")[0], 0)
        foreign = self.foreign("out")
        (self.here / "out" / "psychometric.png").write_text("of nothing that is known here")
        self.assertEqual(self.short("out", variant="variable_duration")[0], 0)
        self.assertTrue((self.here / "out" / "psychometric.png").exists())
        for name in ("psychometric.svg", "durations.png", "learning_curve.png", "diverged-40.safetensors", "measures.npz"):
            (self.here / "out" / name).write_text("of the old run")
        code, text = run("--variant", "dense", "--seed", 3, "--out", self.here / "out", *SHORT[:-1], "--overwrite")
        self.assertEqual(code, 0, text)
        self.assertIn("out is removed", text)
        fresh = self.contents("fresh")
        self.assertEqual(set(self.contents("out")), set(fresh) | set(foreign))
        for name, data in {**foreign, **fresh}.items():
            if name not in ("metrics.jsonl", "summary.json"):  # these say how long it took
                self.assertEqual(self.contents("out")[name], data, name)
        self.assertEqual(self.short("new", "--overwrite")[0], 0)
        self.assertEqual(set(self.contents("new")), set(fresh))

    def test_overwriting_waits_until_the_new_run_is_known_to_be_right(self):
        self.assertEqual(self.short("out")[0], 0)
        weights = self.here / "out" / "weights.safetensors"
        self.refused(64, "out", "--overwrite", "--seed", "x")
        self.refused(64, "out", "--overwrite", "--resume")
        self.refused(66, "out", "--overwrite", "--weights", self.here / "none.safetensors")
        self.refused(65, "out", "--overwrite", "--weights", self.here / "out" / "checkpoint.safetensors")
        self.assertIn("of the run that is to be overwritten", self.refused(64, "out", "--overwrite", "--weights", weights))
        (self.here / "out" / "measures.npz").mkdir()
        (self.here / "out" / "measures.npz" / "mine").write_text("mine")
        self.refused(73, "out", "--overwrite")

    def test_resuming_where_there_is_no_checkpoint(self):
        self.assertEqual(self.short("whole")[0], 0)
        self.foreign("foreign")
        (self.here / "early").mkdir()
        (self.here / "early" / "metrics.jsonl").write_text('{"trials": 0, "performance": 50}\n')
        for out in ("none", "foreign", "early"):
            code, text = run("--variant", "dense", "--seed", 3, "--out", self.here / out, *SHORT[:-1], "--resume")
            self.assertEqual(code, 0, text)
            self.assertIn("the run starts at its beginning", text)
            self.assertEqual(self.contents(out)["checkpoint.safetensors"], self.contents("whole")["checkpoint.safetensors"])
            self.assertEqual(len(self.contents(out)["metrics.jsonl"].splitlines()), 2)
        (self.here / "whole" / "checkpoint.safetensors").rename(self.here / "aside")
        (self.here / "whole" / "checkpoint.safetensors.previous").unlink()
        self.assertIn("weights.safetensors", self.refused(66, "whole", "--resume"))

    def test_one_command_ends_a_run_that_is_killed_anywhere(self):
        command = ["--variant", "dense", "--seed", 3, "--resume", *SHORT, "--out"]
        self.assertEqual(run(*command, self.here / "whole")[0], 0)
        for k in range(12):
            process = subprocess.Popen([PROGRAM, *map(str, command), str(self.here / "out")])
            time.sleep(0.03 * k)
            process.kill()
            process.wait()
        self.assertEqual(run(*command, self.here / "out"), (0, ""))
        for name in ("weights.safetensors", "checkpoint.safetensors", "psychometric.npz"):
            self.assertEqual(self.contents("out")[name], self.contents("whole")[name], name)

    def test_a_damaged_checkpoint_falls_back_to_the_one_before(self):
        self.assertEqual(self.short("out")[0], 0)
        newest = self.here / "out" / "checkpoint.safetensors"
        data = bytearray(newest.read_bytes())
        weights = (self.here / "out" / "weights.safetensors").read_bytes()
        data[-20] ^= 4
        newest.write_bytes(data)
        code, text = self.short("out", "--resume")
        self.assertEqual(code, 0, text)
        self.assertIn("checkpoint.safetensors.previous is used", text)
        self.assertEqual(weights, (self.here / "out" / "weights.safetensors").read_bytes())
        newest.write_bytes(data[:1000])
        (self.here / "out" / "checkpoint.safetensors.previous").write_bytes(data)
        self.assertEqual(self.short("out", "--resume")[0], 65)

    def test_given_weights_are_tested_or_refused(self):
        self.assertEqual(self.short("out")[0], 0)
        weights, test = self.here / "out" / "weights.safetensors", ["--test-trials", "2", "--quiet", "--weights"]
        tested = lambda out, file: run("--variant", "dense", "--seed", 3, "--out", self.here / out, *test, file)
        self.assertEqual(tested("again", weights)[0], 0)
        for name in ("weights.safetensors", "psychometric.npz"):
            self.assertEqual((self.here / "out" / name).read_bytes(), (self.here / "again" / name).read_bytes(), name)
        self.assertEqual(run("--variant", "fixed", "--out", self.here / "other", *test, weights)[0], 65)
        self.assertEqual(tested("none", self.here / "none.safetensors")[0], 66)
        # An excitatory unit turned inhibitory, in a file that is otherwise in order: a plain safetensors file has no checksums.
        data = weights.read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8 : 8 + length])
        header["__metadata__"] = {k: v for k, v in header["__metadata__"].items() if k != "eirnn_format" and not k.startswith("xxh3")}
        begin = 8 + length + header["W_rec"]["data_offsets"][0] + 4 * (100 * 2 + 1)
        text = json.dumps(header).encode()
        broken = self.here / "broken.safetensors"
        value = struct.pack("<f", -0.5)
        broken.write_bytes(struct.pack("<Q", len(text)) + text + (data[8 + length : begin] + value + data[begin + 4 :]))
        code, message = tested("broken", broken)
        self.assertEqual(code, 65, message)
        self.assertIn("1 weights violate the sign of their source, first W_rec (2, 1) = -0.5", message)

    def test_usage_errors(self):
        self.assertEqual(run("--help")[0], 0)
        for arguments, part in [
            (["--variant", "dense", "--sed", "1", "--out", "x"], "did you mean --seed?"),
            (["--variant", "dens", "--out", "x"], "did you mean 'dense'?"),
            (["--variant", "dense", "--seed", "-1", "--out", "x"], "whole number"),
            (["--variant", "dense", "--seed", "18446744073709551616", "--out", "x"], "whole number"),
            (["--variant", "dense", "--test-trials", "0", "--out", "x"], "whole number"),
            (["--variant", "dense"], "--out"),
            (["--out", "x"], "--variant"),
            (["--variant", "dense", "--out", "x", "more"], "more"),
            (["--variant", "dense", "--out", "x", "--overwrite", "--resume"], "--resume excludes --overwrite"),
        ]:
            code, text = run(*arguments, cwd=self.here)
            self.assertEqual(code, 64, arguments)
            self.assertIn(part, text)
        self.assertEqual(os.listdir(self.here), [])

    def test_folders_that_cannot_be_used(self):
        (self.here / "file").write_text("not a folder")
        self.assertEqual(self.short("file")[0], 73)
        if os.geteuid() != 0:
            (self.here / "readonly").mkdir(mode=0o500)
            self.assertEqual(self.short("readonly")[0], 73)
        process = self.train_until("busy", self.begun("busy"), "--quiet")
        code, text = self.short("busy")
        process.kill()
        process.wait()
        self.assertEqual(code, 73)
        self.assertIn(f":{process.pid}", text)
        code, text = run("--variant", "dense", "--seed", 3, "--out", self.here / "busy", *SHORT[:-1], "--overwrite")
        self.assertEqual(code, 0)
        self.assertIn(f":{process.pid} is taken over", text)

    def test_odd_surroundings(self):
        odd = "Größe %n 'and' spaces"
        german = {**os.environ, "LC_ALL": "de_DE.UTF-8"}
        german.pop("HOME", None)
        self.assertEqual(run("--variant", "dense", "--seed", 3, "--out", self.here / odd, *SHORT, env=german)[0], 0)
        self.assertIn("percent_correct", json.loads((self.here / odd / "summary.json").read_text()))
        # A reader that goes away, and an output that is closed, do not end a run.
        command = [PROGRAM, "--variant", "dense", "--seed", "3", "--out", str(self.here / "pipe"), *SHORT[:-1]]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        process.stdout.close()
        self.assertEqual(process.wait(120), 0)
        command[6] = str(self.here / "closed")
        self.assertEqual(subprocess.run(["sh", "-c", '"$@" >&- 2>&-', "sh", *command], check=False).returncode, 0)
        for name in ("pipe", "closed"):
            weights = (self.here / name / "weights.safetensors").read_bytes()
            self.assertEqual(weights, (self.here / odd / "weights.safetensors").read_bytes())

    def test_progress_is_a_live_line_on_a_terminal_only(self):
        def said(term):
            try:
                reader, terminal = pty.openpty()
            except OSError as error:
                self.skipTest(f"there is no terminal: {error}")
            command = [PROGRAM, "--variant", "dense", "--seed", "3", "--out", str(self.here / term), *SHORT[:-1]]
            process = subprocess.Popen(command, stdout=terminal, stderr=terminal, env={**os.environ, "TERM": term})
            os.close(terminal)
            text = b""
            try:
                while part := os.read(reader, 4096):
                    text += part
            except OSError:
                pass
            self.assertEqual(process.wait(60), 0)
            return text

        live = said("xterm")
        self.assertIn(b"\rtraining: ", live)
        self.assertIn(b"ETA ", live)
        self.assertNotIn(b"\x1b", said("dumb"))
        code, text = self.short("quiet")
        self.assertEqual((code, text), (0, ""))

    def test_a_full_disk_ends_a_run_only_after_three_failures(self):
        # A limit on file sizes lets the lock and the metrics through, but no checkpoint.
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        command = ["--variant", "dense", "--seed", 3, "--out", self.here / "full", "--max-trials", 60000, "--quiet"]
        code, text = run(*command, preexec_fn=limit)
        self.assertEqual(code, 74, text)
        self.assertEqual(text.count("training goes on"), 2, text)
        self.assertIn("three times in a row", text)
        self.assertFalse([name for name in os.listdir(self.here / "full") if ".tmp." in name])


if __name__ == "__main__":
    sys.argv[1:2] = []
    unittest.main(verbosity=2)
