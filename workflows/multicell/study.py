"""What the study consists of: networks and their runs, which figure needs which, and how long all take on this machine."""

import json
import subprocess
import tempfile
from pathlib import Path

L2 = "2e-4"
GATES = ["LastT_MulMul", "LastT_SubMul", "LastT_SubSub", "SumT_MulMul", "SumT_MulSub", "SumT_SubMul", "SumT_SubSub"]
PATH = ["NoOG_ECurrBN", "NoOG_ECurrBN_SSub", "NoOG_ECurrBN_SSub_SFG_RecurrI"]
NORMALISED = ["NoPNCellBN", "PNCellDrpt", "PNCellDrpt_AddOGDrpt", "AddIGCurrBN", "AddOGCurrBN"]
SIGNS = ["base", "InhPN", "NoConstraint"]
FIGURES = [*map(str, range(2, 16)), "ratios", "controls"]


class Study:
    def __init__(self, config):
        self.size = config["size"]
        if self.size not in config["sizes"]:
            raise SystemExit(f"there is no size {self.size} in config.yaml: {', '.join(config['sizes'])}")
        self.how = config["sizes"][self.size]
        self.variants = config["variants"]
        self.data = str(config["data"])

    def runs(self, model, variants, numbers=None, l2=L2):
        """The names of runs, of all seeds: MODEL.VARIANT.NUMBERS.L2.EPOCHS.SEED."""
        return [f"{model}.{variant}.{numbers or self.how['numbers']}.l2_{l2}.e{self.how['epochs']}.s{seed}"
                for variant in variants if variant in self.variants[model] for seed in range(1, self.how["seeds"] + 1)]

    def grid(self):
        return [run for p in self.how["grid"][0] for i in self.how["grid"][1] for run in self.runs("standard", ["base"], f"{p}x{i}")]

    def ratios(self):
        principal, usual = self.how["numbers"].split("x")
        return [run for i in sorted({int(usual), *self.how["ratios"]}) for run in self.runs("standard", ["base"], f"{principal}x{i}")]

    def of_figure(self, figure):
        standard, ei = (lambda *names: self.runs("standard", names)), (lambda *names: self.runs("standard_ei", names))
        base = standard("base")
        signs = standard(*SIGNS) + ei(*SIGNS)
        return {"4": base + ei("base"), "5": base, "6": self.grid(), "7": signs, "11": self.grid(), "12": signs,
                "9": base + standard(*GATES, *PATH, *NORMALISED) + ei("base", "EI_CurrBN_ICurrBN"), "10": base + ei("base"),
                "13": standard("base", "InhPN"), "14": standard("base", "NoConstraint"), "15": ei("base"), "ratios": self.ratios(),
                "controls": standard("base", "Rectify", "OrdinaryConv") + self.runs("standard", ["base"], l2="0") + ei("base")
                + self.runs("standard_ei", ["base"], l2="0")}.get(figure, base)

    def all_runs(self):
        every = [run for model, variants in self.variants.items() for run in self.runs(model, variants)]
        return list(dict.fromkeys(every + [run for figure in FIGURES for run in self.of_figure(figure)]))

    def command(self, run):
        """The options that make a run, but for the program, threads and the folder."""
        model, variant, numbers, l2, epochs, seed = run.split(".")
        own = "".join(f" {option} {next((v for name, v in values.items() if variant.startswith(name)), values['others'])}"
                      for option, values in self.how.get("by_variant", {}).items())
        return (f"--data '{self.data}' --model {model} --variant {variant} --channels {numbers.replace('x', ',')} --epochs {epochs[1:]} "
                f"--weight-decay {l2[3:]} --seed {seed[1:]} {self.how['options']}{own}")

    def option(self, name, otherwise):
        words = self.how["options"].split()
        return float(words[words.index(name) + 1]) if name in words else otherwise


def products(model, principal, interneurons):
    """Multiplications of an image in the recurrent areas (separable kernels; the others cost every network the same)."""
    total, below = 0, 32
    for positions, p, i in ((256, principal, interneurons), (64, 2 * principal, 2 * interneurons)):
        pairs = ((below + p) * (p + i) + i * (p + i)) if model == "standard_ei" else (below + p) * (2 * p + 2 * i) + 2 * i * p
        total += 4 * positions * (pairs + 9 * (4 * (below + p) + 2 * i))
        below = p
    return total


def seconds_per_image(program, threads):
    """Of training, as a line in `products`: from four short trainings here."""
    lines = {}
    for model in ("standard", "standard_ei"):
        points = []
        for principal, interneurons in ((16, 4), (64, 16)):
            with tempfile.TemporaryDirectory(prefix="eirnn-speed-") as folder:
                subprocess.run([program, "--data", "made", "--made-images", "640", "--test-images", "1", "--batch", "64", "--epochs", "1",
                                "--measure-every", "0", "--model", model, "--channels", f"{principal},{interneurons}", "--threads",
                                str(threads), "--out", folder, "--quiet", "--resume"], check=True)
                last = json.loads((Path(folder) / "metrics.jsonl").read_text().splitlines()[-1])
            points.append((products(model, principal, interneurons), 1 / last["images_per_second"]))
        (x, y), (u, v) = points
        slope = max((v - y) / (u - x), 0)
        lines[model] = (max(y - slope * x, 0), slope)
    return lines


def hours(study, runs, lines):
    """Of one processor, for these runs. A test costs a third of a training step per image; a measurement is a test of all images and of
    the 432 gratings."""
    made = study.option("--made-images", 24_000)
    total = (made, made // 10) if study.data == "made" else (50_000, 10_000)
    train, test = min(study.option("--train-images", total[0]), total[0]), min(study.option("--test-images", total[1]), total[1])
    every = study.option("--measure-every", 10)
    seconds = 0
    for run in runs:
        model, _, numbers, _, epochs, _ = run.split(".")
        epochs, (fixed, slope) = int(epochs[1:]), lines[model]
        measured = 2 + (epochs // every if every else 0)
        images = epochs * (train + test / 3) + measured * (test + 432) / 3
        seconds += images * (fixed + slope * products(model, *map(int, numbers.split("x"))))
    return seconds / 3600
