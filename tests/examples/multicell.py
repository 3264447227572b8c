#!/usr/bin/env python3
"""Tests the example program multicell from outside, on tiny sets of made images. Usage: multicell.py PROGRAM [TEST...]"""

import json
import os
import re
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
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STANDARD = ["base", "InhPN", "NoConstraint", "LastT_MulMul", "LastT_MulSub", "LastT_SubMul", "LastT_SubSub", "SumT_MulMul", "SumT_MulSub",
            "SumT_SubMul", "SumT_SubSub", "NoOG_ECurrBN", "NoOG_ECurrBN_SSub", "NoOG_ECurrBN_SSub_SFG_RecurrI", "NoPNCellBN", "PNCellDrpt",
            "PNCellDrpt_AddOGDrpt", "AddIGCurrBN", "AddOGCurrBN", "Rectify", "OrdinaryConv"]
STANDARD_EI = ["base", "InhPN", "NoConstraint", "EI_CurrBN_ICurrBN"]
TINY = ["--made-images", 32, "--batch", 16, "--channels", "3,1", "--epochs", 2, "--measure-every", 0]
SAME = ("weights.safetensors", "checkpoint.safetensors", "measures.npz")


def run(*arguments, **how):
    """The program's exit status and everything it said."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, **how)
    return done.returncode, done.stdout.decode()


def metrics(folder):
    """Its lines without what the clock says."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key not in ("seconds", "images_per_second")} for line in lines]


class Test(unittest.TestCase):
    def setUp(self):
        self.here = Path(tempfile.mkdtemp(prefix="eirnn-example-"))

    def tearDown(self):
        shutil.rmtree(self.here)

    def tiny(self, out, *more, model="standard", variant="base", options=TINY):
        return run("--data", "made", "--model", model, "--variant", variant, "--seed", 3, "--out", self.here / out, *options, *more)

    def same(self, one, other, names=SAME):
        for name in names:
            self.assertEqual((self.here / one / name).read_bytes(), (self.here / other / name).read_bytes(), name)

    def test_the_variants_are_all_that_help_names(self):
        code, text = run("--help")
        self.assertEqual(code, 0)
        for model, variants in (("standard", STANDARD), ("standard_ei", STANDARD_EI)):
            self.assertEqual(re.search(rf"^Variants of {model}: (.*)\.$", text, re.M)[1].split(", "), variants)

    def test_every_variant_writes_what_can_be_read(self):
        summaries, epochs = [], []
        for model, variant in [("standard", v) for v in STANDARD] + [("standard_ei", v) for v in STANDARD_EI]:
            with self.subTest(model=model, variant=variant):
                folder = self.here / f"{model}_{variant}"
                code, text = self.tiny(folder.name, "--epochs", 1, "--quiet", model=model, variant=variant, options=TINY[:6])
                self.assertEqual((code, text), (0, ""))
                kinds = ("E", "I") if model == "standard_ei" else ("PN", "IG") if "NoOG" in variant else ("PN", "IG", "OG")
                summaries.append(json.loads((folder / "summary.json").read_text()))
                self.check_summary(summaries[-1], model, variant, kinds)
                epochs += [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
                lines = metrics(folder)
                self.assertEqual([line["epoch"] for line in lines], [0, 1])
                self.assertTrue(0 <= lines[1]["train_accuracy_percent"] <= 100 and 0 <= lines[1]["test_accuracy_percent"] <= 100)
                for key, images in (("train_accuracy_percent", 32), ("test_accuracy_percent", 3)):  # whole images, so no fractions
                    self.assertAlmostEqual(lines[1][key] * images / 100, round(lines[1][key] * images / 100), 4)
                self.assertEqual(summaries[-1]["test_accuracy_percent"], lines[1]["test_accuracy_percent"])
                self.assertTrue(1 < lines[1]["train_loss"] < 20 and lines[0]["train_loss"] is None)
                self.assertEqual((lines[0]["learning_rate"], set(lines[1]["measures"])), (0.05, {"areas", "density"}))
                arrays = np.load(folder / "measures.npz")
                for kind in kinds:
                    self.assertEqual(arrays[f"area4.{kind}.tuning"].shape, (6 if kind == kinds[0] else 2, 18))
                    self.assertEqual(arrays[f"area3.{kind}_{kinds[0]}.density"].shape, ())
                among = f"area3.{kinds[0]}_{kinds[0]}"
                self.assertEqual(arrays[f"{among}.log_weight_histogram"].sum() + arrays[f"{among}.zero_weights"], 9)
                self.check_weights(folder / "weights.safetensors", model, variant)
        for other, same in (("LastT_MulSub", True), ("SumT_MulSub", False), ("LastT_SubSub", False)):
            a, b = (read_safetensors(self.here / f"standard_{variant}" / "weights.safetensors")[0] for variant in ("base", other))
            self.assertEqual(all((a[name] == b[name]).all() for name in a), same, other)

        self.assertTrue(any((line[key] or 0) > 1 for line in epochs for key in ("train_accuracy_percent", "test_accuracy_percent")))
        self.assertEqual(faults("multicell", "summary.json", summaries), [])
        self.assertEqual(faults("multicell", "metrics.jsonl", epochs), [])

    def check_summary(self, s, model, variant, kinds):
        self.assertEqual((s["model"], s["variant"], s["seed"], s["channels"], s["epochs"]), (model, variant, 3, [3, 1], 1))
        self.assertLessEqual({"parameters", "test_accuracy_percent", "seconds", "threads", "eirnn_version"}, set(s))
        self.assertEqual((s["backend"], s["data"], s["train_images"], s["test_images"]), ("cpu", "made", 32, 3))
        self.assertEqual(list(s["areas"]), ["area3", "area4"])
        for n, (area, types) in enumerate(s["areas"].items(), 1):
            self.assertEqual([(name, m["channels"]) for name, m in types.items()], [(k, n * (3 if k == kinds[0] else 1)) for k in kinds])
            self.assertTrue(all(0 <= m["silent"] <= m["channels"] for m in types.values()))
            self.assertTrue(all(m["gosi"] is None or 0 <= m["gosi"] <= 1 for m in types.values()))
            self.assertEqual(set(s["density"][area]), {f"{k}_{kinds[0]}" for k in kinds})
            self.assertTrue(all(0 <= d <= 1 for d in s["density"][area].values()))

    def check_weights(self, path, model, variant):
        w, metadata = read_safetensors(path)
        self.assertEqual((metadata["model"], metadata["variant"], metadata["channels"]), (model, variant, "3,1"))
        inside = {n: v for n, v in w.items() if re.match(r"area[34]\..*<-(?!X)\w+\.kernel$", n)}
        self.assertGreaterEqual(len(inside), 8)
        signs = [(v >= 0).all() or (v <= 0).all() for v in inside.values()]
        self.assertEqual(all(signs), variant != "NoConstraint")
        if variant == "OrdinaryConv":
            self.assertTrue(all(v.shape[2:] == (3, 3) for v in inside.values()))
        else:
            self.assertTrue(all(n.replace(".kernel", ".depthwise") in w for n in inside))
        for name in inside:
            self.assertEqual(w[name].shape, w[name + ".raw"].shape)
            if variant == "Rectify":
                np.testing.assert_array_equal(np.abs(w[name]), np.maximum(w[name + ".raw"], 0))
            elif variant != "NoConstraint":
                np.testing.assert_array_equal(np.abs(w[name]), np.abs(w[name + ".raw"]))

    def test_threads_do_not_change_a_bit(self):
        for threads in (1, 2):
            self.assertEqual(self.tiny(f"t{threads}", "--threads", threads, "--quiet")[0], 0)
        self.same("t1", "t2")
        self.assertEqual(metrics(self.here / "t1"), metrics(self.here / "t2"))

    def test_the_other_backends_agree(self):
        few = ["--made-images", 8, "--batch", 4, "--channels", "3,1", "--epochs", 1, "--measure-every", 0, "--quiet"]
        for model in ("standard", "standard_ei"):
            found = {}
            for backend in ("cpu", "serial", "thrust"):
                code, text = self.tiny(model + backend, "--backend", backend, model=model, options=few)
                if code == 71 and "without the Thrust backend" in text:
                    continue
                self.assertEqual((code, text), (0, ""))
                found[backend] = read_safetensors(self.here / (model + backend) / "weights.safetensors")[0]
            for name, value in found["cpu"].items():
                for other in found:
                    np.testing.assert_allclose(found[other][name], value, rtol=1e-3, atol=1e-4, err_msg=f"{other}: {name}")

    def test_an_interrupted_run_goes_on_with_the_same_bits(self):
        options = ["--made-images", 400, "--batch", 8, "--channels", "3,1", "--epochs", 3, "--schedule", "short", "--measure-every", 2]
        self.assertEqual(self.tiny("whole", "--quiet", options=options)[0], 0)
        begun = lambda: (self.here / "cut" / "checkpoint.safetensors").exists()
        between = 0
        for k, (number, status) in enumerate([(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9), (signal.SIGUSR1, 75)]):
            command = ["--data", "made", "--model", "standard", "--seed", 3, "--out", self.here / "cut", *options]
            command += ["--resume"] if k else []
            with open(self.here / f"log{k}", "wb") as out:
                process = subprocess.Popen([PROGRAM, *map(str, command)], stdout=out, stderr=subprocess.STDOUT)
                deadline = time.monotonic() + 60
                while not begun() and process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.01)
                time.sleep(0.5)
                process.send_signal(number)
                code = process.wait(60)
            if code == 0:
                break  # the machine was faster than the signal
            self.assertEqual(code, status)
            if number != signal.SIGKILL:
                self.assertIn("--resume", (self.here / f"log{k}").read_text())
            between += b"loss_so_far" in (self.here / "cut" / "checkpoint.safetensors").read_bytes()
        self.assertGreaterEqual(k, 1)
        self.assertGreaterEqual(between, 1, "no interruption inside an epoch")
        self.assertEqual(self.tiny("cut", "--resume", "--quiet", options=options), (0, ""))
        self.same("whole", "cut")
        self.assertEqual(metrics(self.here / "whole"), metrics(self.here / "cut"))
        self.assertEqual([line["epoch"] for line in metrics(self.here / "cut")], [0, 1, 2, 3])
        self.assertEqual(["measures" in line for line in metrics(self.here / "cut")], [True, False, True, True])
        rates = [line["learning_rate"] for line in metrics(self.here / "cut")]
        np.testing.assert_allclose(rates, [0.05, 0.05, 0.005, 0.00005])

    def test_a_finished_run_is_measured_again_or_made_longer(self):
        # A schedule in steps: the other one is a share of all epochs, so a longer run would be another run from the start.
        tiny = [*TINY, "--schedule", "paper"]
        self.assertEqual(self.tiny("out", "--quiet", options=tiny)[0], 0)
        (self.here / "out" / "summary.json").unlink()
        (self.here / "out" / "metrics.jsonl").unlink()
        code, text = self.tiny("out", "--resume", options=tiny)
        self.assertEqual(code, 0)
        self.assertIn("had finished after 2 epochs", text)
        self.assertTrue((self.here / "out" / "summary.json").exists())
        self.assertEqual([line["epoch"] for line in metrics(self.here / "out")], [0, 1, 2])
        common = {"--seed": 3, **dict(zip(tiny[::2], tiny[1::2]))}
        for wrong, code in (({"--seed": 4}, 64), ({"--batch": 8}, 64), ({"--made-images": 48}, 64), ({"--epochs": 1}, 64),
                            ({"--schedule": "short"}, 64), ({"--channels": "4,1"}, 65)):
            options = [x for pair in {**common, **wrong}.items() for x in pair]
            got, text = run("--data", "made", "--model", "standard", "--out", self.here / "out", "--resume", *options)
            self.assertEqual(got, code, text)
            self.assertIn("checkpoint", text)
        longer = [3 if x == 2 else x for x in tiny]
        self.assertEqual(self.tiny("out", "--resume", "--quiet", options=longer), (0, ""))
        self.assertEqual(self.tiny("whole", "--quiet", options=longer), (0, ""))
        self.same("out", "whole")

    def test_a_damaged_checkpoint_falls_back_to_the_one_before(self):
        self.assertEqual(self.tiny("out", "--quiet")[0], 0)
        newest = self.here / "out" / "checkpoint.safetensors"
        data = bytearray(newest.read_bytes())
        shutil.copytree(self.here / "out", self.here / "whole")
        data[-20] ^= 4
        newest.write_bytes(data)
        code, text = self.tiny("out", "--resume")
        self.assertEqual(code, 0, text)
        self.assertIn("checkpoint.safetensors.previous is used", text)
        self.same("out", "whole")
        newest.write_bytes(data)
        (self.here / "out" / "checkpoint.safetensors.previous").write_bytes(data)
        self.assertEqual(self.tiny("out", "--resume")[0], 65)
        self.assertEqual(self.tiny("out", "--overwrite", "--quiet"), (0, ""))
        self.same("out", "whole")
        self.assertEqual(metrics(self.here / "out"), metrics(self.here / "whole"))

    def test_a_run_that_is_there_is_left_alone(self):
        contents = lambda: {p.name: p.read_bytes() for p in (self.here / "out").iterdir() if p.name != ".lock"}
        (self.here / "out").mkdir()
        (self.here / "out" / "notes.txt").write_text("mine")
        code, text = self.tiny("out", "--resume")
        self.assertEqual(code, 0)
        self.assertIn("the run starts at its beginning", text)
        (self.here / "out" / "durations.npz").write_text("of another program's run")
        before = contents()
        for status, *arguments in ((73,), (64, "--resume", "--overwrite"), (64, "--overwrite", "--variant", "InhPM"),
                                   (64, "--overwrite", "--channels", "0,1"), (65, "--resume", "--channels", "4,1")):
            options = TINY if "--channels" not in arguments else TINY[:4] + TINY[6:]
            code, text = run("--data", "made", "--model", "standard", "--seed", 3, "--out", self.here / "out", *options, *arguments)
            self.assertEqual(code, status, text)
            self.assertEqual(contents(), before)
            if status == 73:
                for part in (str(self.here / "out"), "measures.npz", "--resume", "--overwrite"):
                    self.assertIn(part, text)
        self.assertEqual(run("--data", self.here / "none", "--model", "standard", "--out", self.here / "out", "--overwrite")[0], 66)
        self.assertEqual(contents(), before)
        code, text = self.tiny("out", "--overwrite")
        self.assertEqual(code, 0)
        self.assertIn("out is removed", text)
        self.assertEqual(set(contents()), set(before) - {"durations.npz"})
        (self.here / "out" / "checkpoint.safetensors").unlink()
        (self.here / "out" / "checkpoint.safetensors.previous").unlink()
        self.assertEqual(self.tiny("out", "--resume")[0], 66)

    def test_what_it_says(self):
        code, text = self.tiny("out")
        self.assertEqual(code, 0)
        for part in ("epoch 0: test accuracy", "epoch 2: loss ", "trained for 2 epochs", "everything is in"):
            self.assertIn(part, text)
        self.assertNotIn("\x1b", text)
        done = subprocess.run([sys.executable, "-B", "tabulate_multicell.py", str(self.here / "out")], cwd=EXAMPLES, capture_output=True,
                              timeout=60, check=True)
        self.assertIn("| standard | base | 3 | 2 |", done.stdout.decode())

    def test_images_of_a_folder(self):
        folder = self.here / "cifar"
        folder.mkdir()
        random = np.random.default_rng(1)
        for name in [f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]:
            records = random.integers(0, 256, (6, 3073), dtype=np.uint8)
            records[:, 0] = range(6)
            (folder / f"{name}.bin").write_bytes(records.tobytes())
        limits = ["--train-images", 20, "--test-images", 4, "--batch", 10, "--channels", "2,1", "--epochs", 1, "--measure-every", 0]
        code, text = run("--data", folder, "--model", "standard", "--out", self.here / "out", *limits)
        self.assertEqual(code, 0, text)
        summary = json.loads((self.here / "out" / "summary.json").read_text())
        self.assertEqual((summary["data"], summary["train_images"], summary["test_images"]), ("CIFAR-10", 20, 4))
        (folder / "data_batch_3.bin").unlink()
        code, text = run("--data", folder, "--model", "standard", "--out", self.here / "other", *limits)
        self.assertEqual(code, 66)
        self.assertIn("no data_batch_3.bin", text)
        self.assertFalse((self.here / "other").exists())
        self.assertEqual(run("--data", self.here / "none", "--model", "standard", "--out", self.here / "other")[0], 66)

    def own(self, data, out, *more):
        """A tiny run on images of one's own: its summary."""
        code, text = run("--data", data, "--model", "standard", "--out", self.here / out, "--batch", 8, "--channels", "2,1", "--epochs", 1,
                         "--measure-every", 0, *more)
        self.assertEqual(code, 0, text)
        return json.loads((self.here / out / "summary.json").read_text()), text

    def test_images_of_an_npz_file(self):
        random = np.random.default_rng(1)
        images, labels = random.integers(0, 256, (50, 20, 24, 2), dtype=np.uint8), np.arange(50) % 3
        np.savez_compressed(self.here / "own.npz", images=images, labels=labels)
        summary, text = self.own(self.here / "own.npz", "split")
        self.assertIn("45 training and 5 test images, 20 x 24 x 2, 3 classes; in the middle of 32 x 32 pixels", text)
        self.assertEqual([summary[key] for key in ("data", "image", "classes", "train_images", "test_images")],
                         ["NPZ", [32, 32, 2], 3, 45, 5])
        w, _ = read_safetensors(self.here / "split" / "weights.safetensors")
        shapes = [v.shape for v in w.values()]
        self.assertTrue(any(shape[:2] == (16, 2) for shape in shapes), shapes)  # area 1 sees two channels
        self.assertTrue(any(shape[:2] == (3, 4) for shape in shapes), shapes)  # three classes are read from four principal neurons
        self.own(self.here / "own.npz", "split", "--resume")  # the same images are drawn again
        # The same images on black of the full size are the same set, whatever they are called and however they lie in the file.
        large = np.zeros((50, 32, 32, 2), np.uint8)
        large[:, 6:26, 4:28] = images
        for name, pixels in (("own", images), ("large", np.asfortranarray(large))):
            np.savez(self.here / f"{name}_2.npz", images=pixels, labels=labels.astype(np.int16), test_images=pixels[:7],
                     test_labels=labels[:7].astype(np.uint8))
            summary, _ = self.own(self.here / f"{name}_2.npz", name)
            self.assertEqual((summary["train_images"], summary["test_images"]), (50, 7))
        self.same("own", "large")
        # Grey images have no axis of channels.
        np.savez(self.here / "grey.npz", images=large[..., 0], labels=labels)
        self.assertEqual(self.own(self.here / "grey.npz", "grey")[0]["image"], [32, 32, 1])

    def test_larger_images_are_seen_by_the_network_for_imagenet(self):
        random = np.random.default_rng(3)
        images, labels = random.integers(0, 256, (12, 33, 100, 3), dtype=np.uint8), np.arange(12) % 12
        np.savez(self.here / "large.npz", images=images, labels=labels, test_images=images[:2], test_labels=labels[:2])
        options = ["--batch", 4, "--channels", "2,1", "--epochs", 1, "--measure-every", 0, "--train-images", 8]
        for model, kinds in (("standard", ["PN", "IG", "OG"]), ("standard_ei", ["E", "I"])):
            code, text = run("--data", self.here / "large.npz", "--model", model, "--out", self.here / model, *options)
            self.assertEqual(code, 0, text)
            self.assertIn("12 classes; in the middle of 128 x 128 pixels", text)
            s = json.loads((self.here / model / "summary.json").read_text())
            self.assertEqual((s["image"], s["classes"], s["weight_decay"], s["schedule"]), ([128, 128, 3], 12, 1e-4, "paper"))
            sizes = {area: {name: m["channels"] for name, m in types.items()} for area, types in s["areas"].items()}
            small, double = dict(zip(kinds, (2, 1, 1))), dict(zip(kinds, (4, 2, 2)))
            self.assertEqual(sizes, {"area3": small, "area4": small, "area5": double})
        code, text = run("--data", "made", "--made-side", 128, "--made-images", 8, "--out", self.here / "made", *options)
        self.assertEqual(code, 0, text)
        self.assertEqual(json.loads((self.here / "made" / "summary.json").read_text())["image"], [128, 128, 3])
        code, text = run("--data", "made", "--made-side", 128, "--made-images", 8, "--out", self.here / "made", "--resume", *options)
        self.assertEqual(code, 0, text)
        self.assertIn("had finished after 1 epochs", text)
        code, text = run("--data", self.here / "large.npz", "--variant", "InhPN", "--out", self.here / "other", *options)
        self.assertEqual((code, "use the variant base" in text), (64, True), text)

    def test_images_of_idx_files(self):
        random = np.random.default_rng(2)
        folder = self.here / "idx"
        folder.mkdir()
        for part, n in (("train", 24), ("t10k", 6)):
            images, labels = random.integers(0, 256, (n, 28, 28), dtype=np.uint8), (np.arange(n) % 6).astype(np.uint8)
            for name, array in (("images-idx3", images), ("labels-idx1", labels)):
                head = bytes([0, 0, 8, array.ndim]) + b"".join(extent.to_bytes(4, "big") for extent in array.shape)
                (folder / f"{part}-{name}-ubyte").write_bytes(head + array.tobytes())
        summary, text = self.own(folder, "out", "--train-images", 16)
        self.assertIn("28 x 28 x 1, 6 classes", text)
        self.assertEqual([summary[key] for key in ("data", "image", "classes", "train_images", "test_images")],
                         ["IDX", [32, 32, 1], 6, 16, 6])
        (folder / "t10k-labels-idx1-ubyte").unlink()
        code, text = run("--data", folder, "--out", self.here / "other")
        self.assertEqual(code, 66)
        self.assertIn("t10k-labels-idx1-ubyte", text)

    def test_own_images_that_do_not_fit(self):
        images, labels = np.zeros((20, 32, 32, 3), np.uint8), np.arange(20) % 4
        for name, arrays, part in (("no_labels", {"images": images}, "no labels among images"),
                                   ("large", {"images": np.zeros((20, 129, 32), np.uint8), "labels": labels}, "at most 128 x 128"),
                                   ("first", {"images": np.zeros((20, 3, 32, 32), np.uint8), "labels": labels}, "moveaxis"),
                                   ("flat", {"images": np.zeros((20, 3072), np.uint8), "labels": labels}, "number of dimensions"),
                                   ("real", {"images": images / 255, "labels": labels}, "uint8"),
                                   ("words", {"images": images, "labels": labels.astype(float)}, "whole numbers"),
                                   ("below", {"images": images, "labels": labels - 1}, "image 0"),
                                   ("above", {"images": images, "labels": labels + 253}, "got: 256"),
                                   ("few", {"images": images, "labels": labels[:19]}, "one label for each"),
                                   ("nine", {"images": images[:9], "labels": labels[:9]}, "too few images"),
                                   ("half", {"images": images, "labels": labels, "test_images": images}, "no test_labels"),
                                   ("sizes", {"images": images, "labels": labels, "test_images": images[:, 1:], "test_labels": labels},
                                    "differ in size")):
            np.savez(self.here / f"{name}.npz", **arrays)
            code, text = run("--data", self.here / f"{name}.npz", "--out", self.here / "out")
            self.assertEqual((code, part in text), (65, True), (name, code, text))
        self.assertEqual(run("--data", self.here / "none.npz", "--out", self.here / "out")[0], 66)
        self.assertFalse((self.here / "out").exists())

    def test_a_part_of_the_test_images_during_training(self):
        options = ["--made-images", 100, "--batch", 50, "--channels", "3,1", "--epochs", 3, "--measure-every", 0, "--quiet"]
        self.assertEqual(self.tiny("all", options=options), (0, ""))
        self.assertEqual(self.tiny("part", "--test-during", 3, options=options), (0, ""))
        self.same("all", "part", ["weights.safetensors"])
        whole, part = metrics(self.here / "all"), metrics(self.here / "part")
        self.assertEqual(whole[3], part[3])  # at the end they are tested on all
        for line in part[:3]:
            self.assertAlmostEqual(line["test_accuracy_percent"] * 3 / 100, round(line["test_accuracy_percent"] * 3 / 100), 4)
        self.assertNotEqual([line["test_loss"] for line in whole[:3]], [line["test_loss"] for line in part[:3]])
        for out in ("all", "part"):
            (self.here / out / "summary.json").unlink()
        self.assertEqual(self.tiny("part", "--test-during", 3, "--resume", options=options), (0, ""))
        self.assertEqual(metrics(self.here / "part"), part)

    def test_weight_decay(self):
        w = {}
        for out, decay in (("usual", 2e-4), ("default", None), ("none", 0)):
            self.assertEqual(self.tiny(out, "--quiet", *([] if decay is None else ["--weight-decay", decay]))[0], 0)
            w[out] = read_safetensors(self.here / out / "weights.safetensors")[0]
            self.assertEqual(json.loads((self.here / out / "summary.json").read_text())["weight_decay"], 2e-4 if decay is None else decay)
        self.same("usual", "default")
        self.assertTrue(any((w["usual"][name] != w["none"][name]).any() for name in w["usual"]))
        code, text = self.tiny("none", "--resume")
        self.assertEqual(code, 64, text)

    def test_usage_errors(self):
        base = ["--data", "made", "--model", "standard", "--out", "x"]
        for arguments, part in [
            ([*base, "--sed", "1"], "did you mean --seed?"),
            (["--data", "made", "--model", "standart", "--out", "x"], "did you mean 'standard'?"),
            ([*base, "--variant", "InhPM"], "did you mean 'InhPN'?"),
            (["--data", "made", "--model", "standard_ei", "--variant", "Rectify", "--out", "x"], "--variant of standard_ei"),
            ([*base, "--variant", "InhPN", "--backend", "serial"], "base only"),
            ([*base, "--channels", "64"], "two whole numbers"),
            ([*base, "--channels", "64,0"], "two whole numbers"),
            ([*base, "--epochs", "0"], "whole number"),
            ([*base, "--batch", "1e3"], "whole number"),
            ([*base, "--made-side", "64"], "'64' is not known"),
            ([*base, "--weight-decay", "-1"], "not a number from 0"),
            ([*base, "--schedule", "long"], "'long' is not known"),
            (["--data", "made", "--model", "standard"], "--out"),
            ([*base, "more"], "more"),
        ]:
            code, text = run(*arguments, cwd=self.here)
            self.assertEqual(code, 64, arguments)
            self.assertIn("multicell: ", text)
            self.assertIn(part, text)
        self.assertEqual(os.listdir(self.here), [])

    def test_a_folder_in_use(self):
        process = subprocess.Popen([PROGRAM, "--data", "made", "--model", "standard", "--out", str(self.here / "busy"), "--quiet"])
        deadline = time.monotonic() + 60
        while not (self.here / "busy" / ".lock").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        code, text = self.tiny("busy")
        process.kill()
        process.wait()
        self.assertEqual(code, 73)
        self.assertIn(f":{process.pid}", text)
        code, text = self.tiny("busy", "--overwrite")
        self.assertEqual(code, 0)
        self.assertIn(f":{process.pid} is taken over", text)


if __name__ == "__main__":
    sys.argv[1:2] = []
    unittest.main(verbosity=2)
