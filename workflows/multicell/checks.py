"""What figures of Sun et al. must show, as numbers of runs and whether they hold.

A check takes conditions, of `multicell_runs.py`, whose runs have `rows`: {(area, type, measure): value}. It gives lines: (panel, what must
be seen, {condition: numbers}, {condition: whether it holds}). A number over networks is [mean, lower, upper], with a 95 % bootstrap interval
where there are several; None where nothing can be said, for example of variants above an accuracy that none reaches. The paper says what
must be seen in words; the limits that stand beside them here are ours."""

import numpy as np
from figure_checks import modes, rank_correlation
from multicell_runs import USUAL_DECAY, interval, measured

SELECTIVITY = ("gosi", "orientation_skewness", "image_skewness")
PANELS = dict(zip(SELECTIVITY, "ABC"))


def numbers(values):
    """Without an interval where there is one network."""
    values = [v for v in values if v is not None and np.isfinite(v)]
    if len(values) < 2:
        return [*map(float, values), None, None, None][:3]
    return [float(x) for x in interval(values)]


def of(condition, area, kind, measure):
    return [run.rows.get((area, kind, measure)) for run in condition.runs]


def mean_of(condition, area, kind, measure):
    return numbers(of(condition, area, kind, measure))[0]


def minus(a, b):
    return [None if x is None or y is None else x - y for x, y in zip(a, b)]


def areas_of(condition):
    return list(condition.runs[0].summary.get("areas", {}))


def types_of(condition, area):
    """(principal neurons, the others)."""
    names = list(condition.runs[0].summary["areas"][area])
    return names[0], names[1:]


def above(value, limit=0):
    return None if value is None else bool(value > limit)


def every(held):
    held = list(held)
    return None if not held or None in held else all(held)


def accuracy(condition):
    return numbers(of(condition, "", "", "test_accuracy_percent"))


def is_base(condition):
    s = condition.runs[0].summary
    return s["variant"] == "base" and s.get("weight_decay", USUAL_DECAY) == USUAL_DECAY


def find(conditions, model, variant):
    return next((c for c in conditions if (c.runs[0].summary["model"], c.runs[0].summary["variant"]) == (model, variant)
                 and c.runs[0].summary.get("weight_decay", USUAL_DECAY) == USUAL_DECAY), None)


def line(panel, must, conditions, look):
    """`look` gives (numbers, whether it holds) of a condition."""
    found = {c.label: look(c) for c in conditions}
    return panel, must, {k: v[0] for k, v in found.items()}, {k: v[1] for k, v in found.items()}


# Parts that several figures have


def more_selective(panel, measure, conditions, areas=None, pooled=False):
    """Principal neurons above every other type, or above these together."""
    def look(c):
        said = {}
        for area in areas or areas_of(c):
            principal, others = types_of(c, area)
            own = of(c, area, principal, measure)
            said[f"{area}.{principal}"] = numbers(own)
            for name in others:
                said[f"{area}.{name}"] = numbers(of(c, area, name, measure))
                if not pooled:
                    said[f"{area}.{principal}-{name}"] = numbers(minus(own, of(c, area, name, measure)))
            if pooled:
                size = {name: c.runs[0].summary["areas"][area][name]["channels"] for name in others}
                mean = [sum(n * v for n, v in some) / sum(n for n, _ in some) if some else None for some in
                        ([(size[name], run.rows[area, name, measure]) for name in others if run.rows.get((area, name, measure)) is not None]
                         for run in c.runs)]
                said[f"{area}.{principal}-others"] = numbers(minus(own, mean))
        return said, every(above(v[0]) for k, v in said.items() if "-" in k)

    whom = "interneurons together" if pooled else "every type of interneurons"
    return line(panel, f"mean {measure.replace('_', ' ')} of principal neurons above that of {whom}", conditions, look)


def sparser(panel, conditions):
    def look(c):
        said = {}
        for area in areas_of(c):
            principal, others = types_of(c, area)
            own = of(c, area, f"{principal}_{principal}", "density")
            said[f"{area}.{principal}_{principal}"] = numbers(own)
            for name in others:
                other = of(c, area, f"{name}_{principal}", "density")
                said[f"{area}.{name}_{principal}"] = numbers(other)
                said[f"{area}.{name}_{principal}-{principal}_{principal}"] = numbers(minus(other, own))
        return said, every(above(v[0]) for k, v in said.items() if "-" in k)

    return line(panel, "connections among principal neurons sparser than from every type of interneurons", conditions, look)


def differences_of(c, place="all"):
    return {"accuracy_percent": accuracy(c), "selectivity_difference": numbers(of(c, place, "difference", "selectivity")),
            "density_difference": numbers(of(c, place, "difference", "density"))}


def both_above(c, place="all"):
    said = differences_of(c, place)
    return said, every(above(said[k][0]) for k in ("selectivity_difference", "density_difference"))


def gone(c, base, place="all"):
    """Principal neurons are more selective, but the difference of densities is less than half of base's."""
    said = differences_of(c, place)
    usual = mean_of(base, place, "difference", "density") if base else None
    own = said["density_difference"][0]
    small = None if usual is None or own is None else bool(own < usual / 2)
    return {**said, "density_difference_of_base": usual}, every([above(said["selectivity_difference"][0]), small])


# Figures


def selectivity(conditions, _):
    return [more_selective("2" + PANELS[m], m, conditions) for m in SELECTIVITY]


def weights(conditions, _):
    base = [c for c in conditions if is_base(c)][:1]

    def share(kind):
        def look(c):
            arrays = c.runs[0].arrays
            counts = arrays.get(f"area3.{kind}.log_weight_histogram", np.zeros(0))
            return counts, c.runs[0].rows.get(("area3", kind, "density"))
        return look

    def all_weights(c):
        counts, _ = share("all")(c)
        found = modes(counts) if len(counts) else None
        return {"modes": found}, None if found is None else found > 1

    lines = [line("3A", "the log weights of all recurrent connections of area 3 have several modes", base, all_weights)]
    for panel, kind in (("3B", "PN_PN"), ("3C", "OG_PN"), ("3D", "IG_PN")):
        def look(c, kind=kind):
            _, dense = share(kind)(c)
            if dense is None:
                return {"below": None}, None
            return {"below": 1 - dense}, bool(dense < 0.75 if kind == "PN_PN" else dense > 0.5)
        lines.append(line(panel, "more than a quarter of the weights below the threshold" if kind == "PN_PN" else
                          "most of the weights above the threshold", base, look))
    return [*lines, sparser("3E", conditions)]


def quadrant(conditions, _):
    def look(c):
        said = differences_of(c)
        pairs = zip(of(c, "all", "difference", "selectivity"), of(c, "all", "difference", "density"))
        return said, every(None if None in pair else min(pair) > 0 for pair in pairs)

    return [line("4", "every network has both differences above 0", conditions, look)]


def by_epoch(run, value):
    return [(e["epoch"], value(e["measures"])) for e in run.metrics if "measures" in e]


def development(conditions, _):
    lines = []
    for measure, panel in (("orientation_skewness", "5A"), ("image_skewness", "5B"), ("density", "5C")):
        def look(c, measure=measure):
            said, held = {}, []
            for area in areas_of(c):
                principal, others = types_of(c, area)
                sign = -1 if measure == "density" else 1
                first, last, since = [], [], []
                for run in c.runs:
                    gaps = []
                    for epoch, m in by_epoch(run, lambda m: m):
                        own, other = measured(m, area, principal, measure), [measured(m, area, name, measure) for name in others]
                        gaps.append((epoch, None if own is None or None in other else sign * (own - np.mean(other))))
                    known = [g for g in gaps if g[1] is not None]
                    if len(known) < 2:
                        continue
                    start = [measured(run.metrics[0].get("measures", {}), area, name, measure) for name in (principal, *others)]
                    first.append(min(x for x in start if x is not None) if measure == "density" else
                                 np.mean([abs(x) for x in start if x is not None]) if any(x is not None for x in start) else None)
                    last.append(known[-1][1])
                    wrong = [epoch for epoch, gap in known if gap <= 0]
                    since.append(next((epoch for epoch, _ in known if epoch > (wrong[-1] if wrong else -1)), None))
                if not last:
                    return {}, None
                at_start = numbers(first)[0]
                said[area] = {("least_density_at_start" if measure == "density" else "mean_size_at_start"): numbers(first),
                              "difference_at_end": numbers(last), "apart_since_epoch": since}
                begins = None if at_start is None else at_start > 0.95 if measure == "density" else at_start < 1
                held.append(every([begins, bool(np.mean(last) > 0), None not in since and max(since) <= 30]))
            return said, every(held)

        start = "dense (above 0.95)" if measure == "density" else "hardly skewed (a mean size below 1)"
        lines.append(line(panel, f"at first all types are {start}; by epoch 30 principal neurons are apart from the others' mean, and stay "
                          "so", conditions, look))
    return lines


def good(conditions, least):
    return [c for c in conditions if (accuracy(c)[0] or 0) > least]


def grid(conditions, least):
    used = good(conditions, least)
    rows = [(c.runs[0].summary["channels"], *(mean_of(c, "all", kind, m) for kind, m in (
        ("principal", "image_skewness"), ("interneurons", "image_skewness"), ("principal_principal", "density"),
        ("interneurons_principal", "density")))) for c in used]
    rows = [r for r in rows if None not in r]
    enough = len({r[0][0] for r in rows}) > 1 and len({r[0][1] for r in rows}) > 1
    e, i = [r[0][0] for r in rows], [r[0][1] for r in rows]
    rank = lambda x, k: rank_correlation(x, [r[k] for r in rows]) if enough else None
    name = f"{len(rows)} networks above {least:g} %"
    lines = []
    for panel, must, found, held in (
            ("6A", "image skewness of principal neurons rises with their number (rank correlation above 0.5)",
             {"with_principal": rank(e, 1), "with_interneurons": rank(i, 1)}, enough and above(rank(e, 1), 0.5)),
            ("6A", "that of interneurons is lower in every network", {"least_difference": min(r[1] - r[2] for r in rows) if rows else None},
             bool(rows) and min(r[1] - r[2] for r in rows) > 0),
            ("6B", "density among principal neurons falls with their number (rank correlation below -0.5)",
             {"with_principal": rank(e, 3), "with_interneurons": rank(i, 3)}, enough and above(-rank(e, 3), 0.5)),
            ("6B", "density from interneurons falls with theirs (rank correlation below 0)",
             {"with_principal": rank(e, 4), "with_interneurons": rank(i, 4)}, enough and above(-rank(i, 4)))):
        lines.append((panel, must, {name: found}, {name: held if enough else None}))
    return lines


def grid_accuracy(conditions, _):
    values = [(c.runs[0].summary["channels"], accuracy(c)[0]) for c in conditions]
    e, i = (rank_correlation([v[0][k] for v in values], [v[1] for v in values]) for k in (0, 1))
    return [("11", "accuracy depends on the number of principal neurons (rank correlation above 0.5, and above that with interneurons)",
             {"all": {"with_principal": e, "with_interneurons": i}}, {"all": bool(e > 0.5 and e > i)})]


def constraints(conditions, _):
    lines = []
    for place, panel in (("area3", "7A"), ("area4", "7B")):
        bases = [c for c in conditions if is_base(c)]
        others = [c for c in conditions if not is_base(c)]
        lines.append(line(panel, f"base: both differences above 0 in {place}", bases, lambda c, place=place: both_above(c, place)))
        lines.append(line(panel, f"InhPN and NoConstraint: selectivity difference above 0 in {place}, density difference less than half of "
                          "base's", others, lambda c, place=place: gone(c, find(bases, c.runs[0].summary["model"], "base"), place)))
    return lines


def tuning(conditions, _):
    return [("8A", "18 orientations, 6 spatial frequencies, 4 phases", {"gratings": {"number": 18 * 6 * 4}}, {"gratings": True}),
            more_selective("8B", "gosi", conditions, ["area3"])]


def variants(conditions, _):
    lines = []
    for panel, names in PARTS_OF_9.items():
        some = [c for c in conditions if (c.runs[0].summary["model"], c.runs[0].summary["variant"]) in names]
        lines.append(line(panel, "a variant with more than 80 % accuracy has both differences above 0 (null: it has less)", some,
                          lambda c: (differences_of(c), both_above(c)[1] if (accuracy(c)[0] or 0) > 80 else None)))
        lines.append(line(panel, "whatever its accuracy", some, both_above))
    return lines


PARTS_OF_9 = {
    "9A": [("standard", v) for v in ("base", "LastT_MulMul", "LastT_SubMul", "LastT_SubSub", "SumT_MulMul", "SumT_MulSub", "SumT_SubMul",
                                     "SumT_SubSub")],
    "9B": [("standard", v) for v in ("base", "NoOG_ECurrBN", "NoOG_ECurrBN_SSub", "NoOG_ECurrBN_SSub_SFG_RecurrI")]
    + [("standard_ei", "base")],
    "9C": [("standard", v) for v in ("base", "NoPNCellBN", "PNCellDrpt", "PNCellDrpt_AddOGDrpt", "AddIGCurrBN", "AddOGCurrBN")]
    + [("standard_ei", v) for v in ("base", "EI_CurrBN_ICurrBN")]}


def learning(conditions, _):
    def fast(c):
        early, end = [], []
        for run in c.runs:
            tested = {e["epoch"]: e.get("test_accuracy_percent") for e in run.metrics}
            if max(tested, default=0) > 10 and tested.get(10) is not None:
                early.append(tested[10]), end.append(tested[max(tested)])
        return {"epoch_10": numbers(early), "end": numbers(end)}, bool(np.mean(early) > 0.75 * np.mean(end)) if early else None

    def steps(c):
        rises = []
        for run in c.runs:
            tested, rate = ([e.get(key) for e in run.metrics] for key in ("test_accuracy_percent", "learning_rate"))
            fall = next((k for k in range(2, len(rate)) if rate[k] < rate[k - 1]), len(rate))
            before, after = tested[max(fall - 3, 0):fall], tested[fall + 1:fall + 2]
            if after and None not in before + after:
                rises.append(after[0] - np.mean(before))
        return {"rise": numbers(rises)}, above(numbers(rises)[0])

    return [line("10", "more than three quarters of the last accuracy after 10 epochs (null: no more were run)", conditions, fast),
            line("10", "the epoch after the first fall of the learning rate is better than the three before it", conditions, steps)]


def signs(conditions, _):
    def look(c):
        base = find(conditions, c.runs[0].summary["model"], "base")
        usual, own = accuracy(base)[0] if base else None, accuracy(c)[0]
        said = {"accuracy_percent": accuracy(c), "of_base": usual}
        if usual is None or own is None:
            return said, None
        return said, bool(abs(own - usual) < 5 if c.runs[0].summary["variant"] == "InhPN" else own > usual)

    return [line("12", "InhPN within 5 points of base, NoConstraint above it", [c for c in conditions if not is_base(c)], look)]


def inhibitory(conditions, _):
    base, other = find(conditions, "standard", "base"), [c for c in conditions if not is_base(c)]
    return [*(more_selective("13" + PANELS[m], m, other, pooled=True) for m in SELECTIVITY),
            line("13D", "the density difference is less than half of base's, both areas pooled", other, lambda c: gone(c, base))]


def unconstrained(conditions, _):
    base, other = find(conditions, "standard", "base"), [c for c in conditions if not is_base(c)]

    def densities(c):
        said = {f"{area}.{kind}": numbers(of(c, area, kind, "density")) for area in areas_of(c) for kind in ("PN_PN", "OG_PN")}
        means = {k: v[0] for k, v in said.items()}
        if None in means.values():
            return said, None
        return said, all(v < 0.1 if "OG" in k else v > 0.9 for k, v in means.items())

    return [*(more_selective("14" + PANELS[m], m, other, pooled=True) for m in SELECTIVITY),
            line("14D", "density above 0.9 among principal neurons, below 0.1 from OG", other, densities),
            line("14D", "the density difference is less than half of base's, both areas pooled", other, lambda c: gone(c, base))]


def simple(conditions, _):
    return [*(more_selective("15" + PANELS[m], m, conditions) for m in SELECTIVITY), sparser("15D", conditions)]


def ratios(conditions, _):
    panels = (("P0 7A", "orientation_skewness"), ("P0 7B", "image_skewness"))
    lines = [more_selective(panel, m, conditions, pooled=True) for panel, m in panels]
    numbers_of = [c.runs[0].summary["channels"][1] for c in conditions]
    for kind, must, held in (("interneurons_principal", "density from interneurons falls with their number (rank correlation below -0.5)",
                              lambda v: rank_correlation(numbers_of, v) < -0.5),
                             ("principal_principal", "density among principal neurons is flat (a range below 0.1)",
                              lambda v: np.ptp(v) < 0.1)):
        values = [mean_of(c, "all", kind, "density") for c in conditions]
        known = len(values) > 2 and None not in values
        lines.append(("P0 7C", must, {"all": dict(zip((c.label for c in conditions), values))},
                      {"all": bool(held(values)) if known else None}))

    def path(c):
        """Of the way in each direction, the share that is made when half of the selectivity difference is there."""
        first, start = [], []
        for run in c.runs:
            points = [p for p in (run.difference_of(e["measures"]) for e in run.metrics if "measures" in e) if p is not None]
            if len(points) > 2 and points[-1][0] != 0 and points[-1][1] != 0:
                reached = next(p for p in points if p[0] >= points[-1][0] / 2 or p is points[-1])
                first.append(reached[1] / points[-1][1])
                start.append(points[0][0] / points[-1][0])
        return {"density_share_at_half_selectivity": numbers(first), "selectivity_share_at_start": numbers(start)}, \
            bool(np.mean(first) < 0.5) if first else None

    must = "when half of the selectivity difference is there, less than half of the density difference is"
    return [*lines, line("P0 7D", must, conditions, path)]


def controls(conditions, _):
    bases = [c for c in conditions if is_base(c)]
    thresholds = [f"density_above_exp_{k}" for k in (-12, -11, -10, -9, -8)]

    def robust(names):
        def look(c):
            said = {name: numbers(of(c, "all", "difference", name)) for name in names}
            return said, every(above(v[0]) for v in said.values())
        return look

    lines = [line("threshold", "the density difference is above 0 with thresholds from exp(-12) to exp(-8)", bases, robust(thresholds)),
             line("no spatial average", "and where single weights of the kernels are counted", bases, robust(["density_of_taps"]))]
    for variant, must, held in (("Rectify", "relu in place of the absolute value is less accurate by more than 5 points", lambda d: d < -5),
                                ("OrdinaryConv", "ordinary kernels are as accurate, within 5 points", lambda d: abs(d) < 5)):
        base = find(conditions, "standard", "base")

        def look(c, held=held, base=base):
            usual, own = accuracy(base)[0] if base else None, accuracy(c)[0]
            return {"accuracy_percent": accuracy(c), "of_base": usual}, None if usual is None or own is None else bool(held(own - usual))

        lines.append(line(variant, must, [c for c in conditions if c.runs[0].summary["variant"] == variant], look))

    def dense(c):
        said = {kind: numbers(of(c, "all", kind, "density")) for kind in ("principal_principal", "interneurons_principal")}
        return said, every(above(v[0], 0.9) for v in said.values())

    return [*lines, line("no L2", "without L2 connections from both kinds of neurons are nearly all there (above 0.9)",
                         [c for c in conditions if c.runs[0].summary.get("weight_decay") == 0], dense)]


CHECKS = {"2": selectivity, "3": weights, "4": quadrant, "5": development, "6": grid, "7": constraints, "8": tuning, "9": variants,
          "10": learning, "11": grid_accuracy, "12": signs, "13": inhibitory, "14": unconstrained, "15": simple, "ratios": ratios,
          "controls": controls}
