"""What plot_multicell.py and tabulate_multicell.py read from the folders of runs; both say what is in them."""

import json
import re
import sys
import zipfile
from pathlib import Path

try:
    import numpy as np
except ImportError:
    np = None  # tables do without it, and plot_multicell.py says that it is missing

MEASURES = [("image_skewness", "image skewness", 2), ("orientation_skewness", "orientation skewness", 2), ("gosi", "gOSI", 3)]
USUAL_DECAY = 2e-4


class BadFile(Exception):
    """A file that is there but does not hold what it should."""


def read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise BadFile(f"{path}: not readable JSON ({problem})") from problem


def read_summary(folder):
    path = Path(folder) / "summary.json"
    summary = read_json(path)
    wanted = ("model", "variant", "seed", "epochs", "parameters", "test_accuracy_percent")
    lacking = [key for key in wanted if not isinstance(summary, dict) or key not in summary]
    if lacking:
        raise BadFile(f"{path}: lacks {', '.join(lacking)}; is this the folder of a finished run?")
    return summary


def principal(types):
    """The principal neurons among the types of an area: PN, or E in a network of two types."""
    return next((name for name in ("PN", "E") if name in types), None)


def warn(text):
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr)


def read_metrics(path):
    """The epochs of a run, in order; of an epoch that was written twice, the last."""
    epochs = {}
    for place, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            epochs[entry["epoch"]] = entry
        except (ValueError, KeyError, TypeError) as problem:
            raise BadFile(f"{path}: line {place} is not the record of an epoch ({problem!r})") from problem
    return [epochs[k] for k in sorted(epochs)]


def read_arrays(path):
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as problem:
        raise BadFile(f"{path}: not a readable NPZ file ({problem})") from problem


class Run:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.summary = read_summary(folder)
        self.metrics = self.optional("metrics.jsonl", read_metrics, [])
        self.arrays = self.optional("measures.npz", read_arrays, {})
        self.channels = tuple((area, name, m.get("channels")) for area, types in self.summary.get("areas", {}).items()
                              for name, m in types.items())

    def optional(self, name, read, otherwise):
        if (self.folder / name).is_file():
            return read(self.folder / name)
        warn(f"{self.folder} has no {name}; drawn without it")
        return otherwise

    def sizes(self):
        areas = dict.fromkeys(area for area, _, _ in self.channels)
        return ", ".join("/".join(str(n) for where, _, n in self.channels if where == area) for area in areas) or "not measured"


def slug(text):
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()


class Condition:
    """Networks of one model (`family`: with its variant and an unusual weight decay) and one number of channels."""

    def __init__(self, family, label, runs):
        self.family, self.label, self.runs = family, label, runs
        self.slug = slug(label)
        if len({run.summary["epochs"] for run in runs}) > 1:
            warn(f"{label}: the runs were not trained for the same number of epochs")

    def title(self):
        return f"{self.label} (n = {len(self.runs)})"


def conditions_of(runs):
    groups = {}
    for run in runs:
        decay = run.summary.get("weight_decay", USUAL_DECAY)
        groups.setdefault((run.summary["model"], run.summary["variant"], decay, run.channels), []).append(run)

    def plain(model, variant, decay, _):
        name = str(model) if str(variant) in (str(model), "") else f"{model} {variant}"
        return name + ("" if decay == USUAL_DECAY else f" L2 {decay:g}")

    families = [plain(*key) for key in groups]
    # the channels tell conditions apart that have the same name
    return [Condition(family, family + (f" {members[0].sizes()}" if families.count(family) > 1 else ""), members)
            for family, members in zip(families, groups.values())]


def interval(values):
    """Mean of the values that are there, and its 95 % percentile bootstrap interval."""
    values = np.array([v for v in values if v is not None and np.isfinite(v)], float)
    if values.size == 0:
        return np.nan, np.nan, np.nan
    means = np.random.default_rng(1).choice(values, (10_000, values.size)).mean(axis=1)
    return (values.mean(), *np.percentile(means, [2.5, 97.5]))


def measured(source, area, name, key):
    """One measure of a type, or the density of its projection to the principal neurons; None where it has no value."""
    types = source.get("areas", {}).get(area, {})
    if key == "density":
        return source.get("density", {}).get(area, {}).get(f"{name}_{principal(types)}")
    return types.get(name, {}).get(key)


def pooled_skewness(source, areas):
    """Image skewness of principal neurons and of interneurons, each pooled over the units of all types and areas that respond differently to
    images; None where there are none."""
    means = {True: [], False: []}
    for area in areas:
        types = source.get("areas", {}).get(area, {})
        for name, m in types.items():
            if m.get("image_skewness") is not None and m.get("channels") is not None:
                means[name == principal(types)].append((m["image_skewness"], m["channels"] - (m.get("silent") or 0)))
    return weighted(means)


def pooled_density(source, areas):
    """Density among principal neurons and from interneurons to them, each pooled over the connections of all types and areas; None where a
    part is missing."""
    connections = {True: [], False: []}
    for area in areas:
        types = source.get("areas", {}).get(area, {})
        target = principal(types)
        for name, m in types.items():
            density = measured(source, area, name, "density")
            if target is None or density is None or m.get("channels") is None:
                return None
            connections[name == target].append((density, m["channels"] * types[target]["channels"]))
    return weighted(connections)


def weighted(groups):
    """Means of (value, weight) of the two groups."""
    if any(not sum(n for _, n in group) for group in groups.values()):
        return None
    return tuple(sum(v * n for v, n in groups[key]) / sum(n for _, n in groups[key]) for key in (True, False))


def pooled(source, areas):
    """Both; None where a part is missing."""
    parts = pooled_skewness(source, areas), pooled_density(source, areas)
    return None if None in parts else parts[0] + parts[1]


def difference(source, areas):
    """(selectivity, density) of principal neurons against interneurons; None where a part is missing."""
    parts = pooled(source, areas)
    return parts and (parts[0] - parts[1], parts[3] - parts[2])
