"""What each figure of Song, Yang & Wang (2016) must show, as numbers of a run and whether they hold.

A check takes a run (its `summary` and `npz(name)`) and gives lines: (panel, what must be seen, numbers, whether it holds). The paper says
what must be seen in words; the limits that stand beside them here are ours."""

import numpy as np

PATHS = [[4, 5, 1, 0], [4, 3, 1, 2], [4, 3, 7, 8], [4, 5, 7, 6], [4, 5, 1, 2], [4, 3, 1, 0], [4, 3, 7, 6], [4, 5, 7, 8]]


def dot_position(k):
    return np.array([-0.5 + 0.5 * (k % 3), -0.5 + 0.5 * (2 - k // 3)])


def rank_correlation(x, y):
    """Spearman's; numbers that are equal share their mean rank."""
    def ranks(v):
        v = np.asarray(v, float)
        return np.array([(v < a).sum() + ((v == a).sum() - 1) / 2 for a in v])

    a, b = ranks(x), ranks(y)
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else float("nan")


def example_decision(run):
    d = run.npz("example.npz")
    stimulus = d["inputs"][0].max(axis=1) > 0
    low, high = d["inputs"][0][stimulus][:, :2].mean(axis=0)[::-1]
    final = d["outputs"][0, -1]
    return [("1", "in a trial towards choice 1 its input is the larger one, and so is its output in the end",
             {"input_1": high, "input_2": low, "output_1": final[0], "output_2": final[1]}, high > low and final[0] > final[1])]


def psychometric(run):
    d = run.npz("psychometric.npz")
    percent, zero = float(d["percent_correct"]), float(d["p_choice1"][d["coherence"] == 0][0])
    numbers = {"percent_correct": percent, "choice_1_at_zero": zero, "fit_mean": float(d["fit_mean"]), "fit_sigma": float(d["fit_sigma"])}
    holds = bool(d["fit_converged"]) and 80 <= percent <= 92 and 0.3 <= zero <= 0.7
    return "sigmoid choices; 80 to 92 % correct over nonzero coherences, 30 to 70 % choice 1 at 0", numbers, holds


def variable_duration(run):
    lines = [("2A, 2B", "inputs and targets of a trial are drawn", {}, "targets" in run.npz("example.npz").files), ("2C", *psychometric(run))]
    d = run.npz("durations.npz")
    gain = d["percent_correct"][:, -1] - d["percent_correct"][:, 0]
    lines.append(("2E", "from the shortest to the longest tenth of the stimuli the lowest coherence gains more than 10 points, the highest "
                  "less than 10", {"gain_lowest": gain[0], "gain_highest": gain[-1]}, gain[0] > 10 > gain[-1]))
    t = run.npz("traces.npz")
    at = np.searchsorted(t["time"], 300)
    strong = np.argsort(-np.abs(t["d_prime"]))[: len(t["d_prime"]) // 10]
    order = [abs(rank_correlation(t["coherence"], t["rates"][:, at, u])) for u in strong]
    lines.append(("2G", "300 ms after onset the rates of the tenth of the units with the largest d' are ordered by signed coherence: a rank "
                  "correlation above 0.9 in half of them", {"median_rank_correlation": np.median(order)}, np.median(order) > 0.9))
    return lines


def modes(counts):
    """Maxima of a histogram, smoothed over three bins, that are more than a twentieth of the largest above the gap between them."""
    c = np.convolve(np.pad(np.asarray(counts, float), 2), np.ones(3) / 3, mode="valid")
    found, rising, low = 0, True, c[0]
    high = c[0]
    for x in c[1:]:
        if rising:
            high = max(high, x)
            if x < high - c.max() / 20:
                found, rising, low = found + 1, False, x
        else:
            low = min(low, x)
            if x > low + c.max() / 20:
                rising, high = True, x
    return found


def reaction_time(run):
    lines = [("2D", *psychometric(run))]
    d = run.npz("reaction_times.npz")
    peaks, falls = modes(d["histogram_counts"]), bool((np.diff(d["mean"]) < 0).all())
    inside = bool((d["mean"] > 100).all() and (d["mean"] < 1000).all())
    lines.append(("2F", "mean reaction times fall with coherence and lie between 100 and 1000 ms; their histogram has one mode and a tail to "
                  "the right", {"mean": d["mean"], "skewness": float(d["skewness"]), "modes": peaks,
                                "mean_error": float(d["mean_error"]), "mean_correct": float(d["mean_correct"])},
                  falls and inside and peaks == 1 and float(d["skewness"]) > 0))
    t = run.npz("traces.npz")
    unit = int(np.argmax(t["d_prime"]))
    rates, towards = t["rates"][:, :, unit], t["coherence"] > 0
    spread = lambda k: np.ptp(rates[towards, k]) / (rates[towards, k].mean() - rates[~towards, k].mean())
    now, before = spread(np.searchsorted(t["time"], 0)), spread(np.searchsorted(t["time"], -200))
    lines.append(("2H", "at the answer the rates of the unit with the largest d' differ between positive coherences by less than a quarter of "
                  "what they differ between directions", {"spread_at_answer": now, "spread_200_ms_before": before}, now < 0.25))
    return lines


def no_dale(run):
    c = run.summary["connectivity"]
    m = c["recurrent_means"]
    numbers = {"same": m["unit_to_unit_same"], "different": m["unit_to_unit_different"], "input_own": c["input_own_choice"],
               "input_other": c["input_other_choice"]}
    return [("3A", "mean weights are positive within groups and negative between them, and inputs divide among them", numbers,
             numbers["same"] > 0 > numbers["different"] and numbers["input_own"] > numbers["input_other"])]


def dense(run):
    c = run.summary["connectivity"]
    m = c["recurrent_means"]
    names = ["E_to_E_same", "E_to_E_different", "I_to_E_same", "I_to_E_different"]
    numbers = {**{n: m[n] for n in names}, **{n: c[n] for n in ("input_own_choice", "input_other_choice", "output_own_choice",
                                                               "output_other_choice")}}
    holds = (m[names[0]] > m[names[1]] and m[names[3]] < m[names[2]] and c["input_own_choice"] > c["input_other_choice"]
             and c["output_own_choice"] > c["output_other_choice"])
    return [("3B", "excitation is weaker between groups than within, inhibition stronger; inputs and outputs divide among the groups", numbers,
             holds)]


def fixed(run):
    s = run.summary
    numbers = {"percent_correct": s["percent_correct"], "mask_violations": s["mask_violations"]}
    return [("3C", "the imposed structure is kept and the target is reached", numbers, bool(s.get("reached_target")) and not s["mask_violations"])]


def nearest_angles(directions):
    """Of every direction, the mean angle to its three nearest neighbours."""
    v = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    angle = np.arccos(np.clip(v @ v.T, -1, 1))
    np.fill_diagonal(angle, np.inf)
    return np.sort(angle, axis=1)[:, :3].mean(axis=1)


def clustering(coefficients, draws=400, random=None):
    """The median of these angles, the share of Gaussian clouds of the same covariance in which it is as small, and by how many standard
    deviations of the clouds it is larger than theirs (negative: clustered)."""
    random = random or np.random.default_rng(1)
    mean, covariance = coefficients.mean(axis=0), np.cov(coefficients.T)
    median = np.median(nearest_angles(coefficients))
    made = np.array([np.median(nearest_angles(random.multivariate_normal(mean, covariance, len(coefficients)))) for _ in range(draws)])
    return float(median), float(np.mean(made <= median)), float((median - made.mean()) / made.std())


def without_linear_effect(coefficients, of):
    """What a linear regression of the coefficients on other numbers of the same units leaves."""
    design = np.c_[of, np.ones(len(of))]
    return coefficients - design @ np.linalg.lstsq(design, coefficients, rcond=None)[0]


def clustering_without_inputs(coefficients, weights, shuffles=40):
    """Of coefficients without the linear effect of the units' input weights [unit][channel], the share and the deviations of `clustering`;
    then the mean deviations without the effect of the weights of other units, and in how many of these shuffles they are as large."""
    random = np.random.default_rng(1)
    _, share, own = clustering(without_linear_effect(coefficients, weights))
    others = np.array([clustering(without_linear_effect(coefficients, weights[random.permutation(len(weights))]), 50, random)[2]
                       for _ in range(shuffles)])
    return {"clouds_as_clustered_without_inputs": share, "deviations_without_inputs": own,
            "deviations_without_inputs_of_other_units": float(others.mean()), "shuffles_as_unclustered": float(np.mean(others >= own))}


def context(run):
    choices, s = run.npz("choices.npz"), run.npz("state_space.npz")
    rise = {f"{c}_context_{f}": choices[f"{c}_context_{f}_p_choice1"][-1] - choices[f"{c}_context_{f}_p_choice1"][0]
            for c in ("motion", "colour") for f in ("motion", "colour")}
    relevant = min(rise["motion_context_motion"], rise["colour_context_colour"])
    irrelevant = max(abs(rise["motion_context_colour"]), abs(rise["colour_context_motion"]))
    lines = [("4A", "from one end of the coherences to the other choice 1 rises by more than 90 points in the relevant feature and changes by "
              "less than 20 in the other", {"rise_" + k: v for k, v in rise.items()}, relevant > 0.9 and irrelevant < 0.2)]
    # Columns of by_motion and by_colour: choice, coherence, context; of the projections: choice, motion, colour, context.
    numbers, holds = {}, True
    for axis, feature, own in ((1, "motion", 1), (2, "colour", -1)):
        by, projected = s["by_" + feature], s["projected_by_" + feature]
        mean, end = projected.mean(axis=1), projected[:, -1]
        for name, here in (("relevant", by[:, 2] == own), ("irrelevant", by[:, 2] == -own)):
            first, second = here & (by[:, 0] > 0), here & (by[:, 0] < 0)
            apart = end[first, 0].mean() - end[second, 0].mean()
            order = (rank_correlation(by[here, 1], mean[here, axis]) if name == "relevant" else
                     np.mean([rank_correlation(by[g, 1], mean[g, axis]) for g in (first, second)]))
            numbers[f"{feature}_{name}_order"] = order
            separated = end[first, 0].min() > end[second, 0].max()
            holds &= bool(separated and order > 0.9)
            if name == "irrelevant":
                moved = np.mean([np.ptp(end[g, 0]) for g in (first, second)]) / apart
                numbers[f"{feature}_irrelevant_shift_along_choice"] = moved
                holds &= bool(moved < 0.25)
            numbers[f"{feature}_{name}_separated_by_choice"] = bool(separated)
    lines.append(("4B", "choices are apart on the choice axis at the end of the stimulus; either feature is ordered on its own axis, relevant or "
                  "not (rank correlation above 0.9); the irrelevant one moves the state along the choice axis by less than a quarter of what "
                  "choices are apart", numbers, holds))
    axes = s["axes"]
    strong = np.abs(axes) > 0.5 / np.sqrt(len(axes))
    mixed = int((strong.sum(axis=1) >= 2).sum())
    lines.append(("4C", "four units or more with mixed selectivity: two or more coefficients above half of the root mean square",
                  {"active_units": len(axes), "mixed": mixed}, mixed >= 4))
    positive = (axes > 0).mean(axis=0)
    median, share, deviations = clustering(axes[:, 1:])
    # Where they cluster, the weights from the inputs, which are trained too, may be the reason.
    without = clustering_without_inputs(axes[:, 1:], run.npz("connectivity.npz")["W_in"][s["unit"].astype(int)])
    lines.append(("4D", "more than 90 % of the choice coefficients are positive, between 20 and 80 % of the others",
                  {"positive_choice": positive[0], "positive_motion": positive[1], "positive_colour": positive[2],
                   "positive_context": positive[3]}, bool(positive[0] > 0.9 and ((positive[1:] > 0.2) & (positive[1:] < 0.8)).all())))
    lines.append(("4D", "the directions of the units' coefficients of motion, colour and context are no more clustered than those of Gaussian "
                  "clouds of the same covariance: in more than 0.025 of the clouds the angles between neighbours are as small",
                  {"median_angle": median, "clouds_as_clustered": share, "deviations": deviations, **without}, share > 0.025))
    return lines


def blocks(run):
    """[(to, from)]: the share of nonzero weights between populations, without self-connections."""
    c, names = run.npz("connectivity.npz"), run.summary["populations"]
    w = c["W_rec"].astype(float)
    parts = {n: slice(int(b), int(b + k)) for n, b, k in zip(names, c["population_begin"], c["population_size"])}
    dense = {}
    for to in names:
        for source in names:
            part = w[parts[to], parts[source]]
            dense[to, source] = float((part != 0).sum() / (part.size - (len(part) if to == source else 0)))
    return parts, dense


def unstructured(run):
    _, dense_parts = blocks(run)
    return [("5A", "without structure every block has weights", {f"{a}_from_{b}": v for (a, b), v in dense_parts.items()},
             min(dense_parts.values()) > 0)]


def structured(run):
    c = run.npz("connectivity.npz")
    parts, dense_parts = blocks(run)
    forbidden = {f"{a}_from_{b}": dense_parts[a, b] for a, b in (("E_S", "I_M"), ("I_S", "I_M"), ("E_M", "I_S"), ("I_M", "I_S"))}
    feedback = {f"{a}_from_E_M": dense_parts[a, "E_M"] for a in ("E_S", "I_S")}
    forward = {f"{a}_from_E_S": dense_parts[a, "E_S"] for a in ("E_M", "I_M")}
    outside = {"inputs_to_motor": float(sum((c["W_in"][parts[p]] != 0).sum() for p in ("E_M", "I_M"))),
               "outputs_from_others": float(sum((c["W_out"][:, parts[p]] != 0).sum() for p in ("E_S", "I_S", "I_M")))}
    holds = not any(forbidden.values()) and not any(outside.values()) and 0 < max(feedback.values()) < 0.25 and min(forward.values()) > 0.25
    return [("5B", "no inhibition between the areas, no input to the motor area, no output but from its excitatory units; feedback is sparse, "
             "below 0.25 of the connections, and the forward projection denser", {**forbidden, **feedback, **forward, **outside}, holds)]


def multisensory(run):
    s, d = run.summary, run.npz("example.npz")
    sigma = s["fit_sigma"]
    kinds = s["selective_units"]
    during = d["inputs"].max(axis=(0, 2)) > 0
    shown = d["inputs"][:, during, :2].mean(axis=1)
    return [("6A", "the inputs that rise with the rate are above those of the boundary at 13 events/s, in the senses that are used", {
                "visual": shown[0], "auditory": shown[1], "both": shown[2], "boundary": 0.8},
             bool(shown[0, 0] > 0.8 and shown[0, 1] == 0 and shown[1, 0] == 0 and shown[1, 1] > 0.8 and (shown[2] > 0.8).all())),
            ("6B", "the psychometric function of both senses is steeper than either alone", {
                "sigma_" + k: v for k, v in sigma.items()} | {"optimal_sigma": s.get("optimal_sigma"), "percent_correct": s["percent_correct"]},
             sigma["both"] < min(sigma["visual"], sigma["auditory"])),
            ("6C", "there are units selective for the choice, for the modality, and for both", kinds, min(kinds.values()) > 0)]


def memory(run):
    t, percent = run.npz("tuning.npz"), np.array(run.summary["condition_percent_correct"], float)
    d = run.npz("example.npz")
    f1, delay, end, f2, _ = (int(k) for k in t["marks"])
    end_of_f1 = np.searchsorted(t["time"], 500)
    with_f1, with_delay, tuned, slope = (t[k] for k in ("correlation_with_f1", "correlation_with_delay", "fraction_significant", "slope"))
    steady, turning = (int(u) for u in t["example_unit"])
    least = tuned[end_of_f1:end].min()
    return [("7A", "a pair of inputs in both orders is drawn", {"trials": d["inputs"].shape[0]}, d["inputs"].shape[0] == 2),
            ("7B", "every condition is right in 85 % of the trials or more", {"percent_correct": percent}, bool((percent >= 85).all())),
            ("7C", "over units, the tuning loses its correlation with that in the first stimulus during the delay (below 0.5 at its end, and "
             "lower than at its beginning), and keeps that with the middle of the delay (above 0.7 at its end)",
             {"with_f1_at_beginning": with_f1[end_of_f1], "with_f1_at_end": with_f1[end], "with_delay_at_end": with_delay[end]},
             bool(with_f1[end] < 0.5 and with_f1[end] < with_f1[end_of_f1] and with_delay[end] > 0.7)),
            ("7D", "a unit whose tuning is positive from the first stimulus to the second, and one whose tuning turns to negative there",
             {"steady_least_slope": slope[f1:f2 + 1, steady].min(), "turning_slope_f1": slope[f1, turning], "turning_slope_f2": slope[f2, turning],
              "p_f1": t["p"][f1, turning], "p_f2": t["p"][f2, turning]},
             bool(slope[f1:f2 + 1, steady].min() > 0 and slope[f1, turning] > 0 > slope[f2, turning])),
            ("7E", "half of the units or more are tuned in the first stimulus; in the delay their share goes below that and stays above 5 %",
             {"in_f1": tuned[f1], "least_in_delay": least, "middle_of_delay": tuned[delay], "end_of_delay": tuned[end]},
             bool(tuned[f1] >= 0.5 and 0.05 < least < tuned[f1]))]


def sequence(run):
    s, summary, eye = run.npz("state_space.npz"), run.summary, run.npz("example.npz")
    marks = s["marks"]
    numbers, holds = {}, True
    for move in (1, 2):
        k = np.searchsorted(s["time"], (marks[move] + marks[move + 1]) / 2)
        place = s["trajectories"][:, k, :2]
        distance = np.linalg.norm(place[:, None] - place[None], axis=2)
        same = np.array([[a[:move + 1] == b[:move + 1] for b in PATHS] for a in PATHS])
        within = distance[same & ~np.eye(8, dtype=bool)].mean() / distance[~same].mean()
        numbers[f"within_over_between_move_{move}"] = within
        holds &= bool(within < 1)
    k = np.searchsorted(s["time"], (marks[3] + marks[4]) / 2)
    place = s["trajectories"][:, k, :2]
    distance = np.linalg.norm(place[:, None] - place[None], axis=2)[~np.eye(8, dtype=bool)]
    numbers["least_over_mean_distance_move_3"] = distance.min() / distance.mean()
    numbers["explained_by_two"] = float(s["explained"][:2].sum())
    # In the middle of each move, of a block in another order than the first.
    right = [np.argmin([np.linalg.norm(dot_position(d) - path[np.searchsorted(eye["time"], marks[m] + 250)]) for d in range(9)])
             == PATHS[int(n)][m] for n, path in zip(eye["sequence"][8:], eye["eye"][8:]) for m in (1, 2, 3)]
    return [("8C", "halfway through the first and the second move, trajectories that have had the same moves are nearer to each other than those "
             "that have not, in the plane of two principal components", numbers, holds),
            ("8D", "the eye goes to the targets (95 % of them halfway through a move), in any order of the sequences, and back to the centre "
             "between trials, where nothing is asked for (a mean distance below 0.25)",
             {"halfway_percent": summary["halfway_performance_percent"], "halfway_percent_of_another_order": 100 * float(np.mean(right)),
              "wait_end_distance": summary["wait_end_distance"], "rmse": summary["test_rmse"]},
             bool(summary["halfway_performance_percent"] >= 95 and np.mean(right) >= 0.95 and summary["wait_end_distance"] < 0.25))]


UNITS = {"dense": 100, "fixed": 100, "no_dale": 100, "variable_duration": 100, "reaction_time": 100, "context": 150, "two_areas": 150,
         "multisensory": 150, "memory": 500, "sequence": 200}


def learned(run):
    s = run.summary
    numbers = {"units": UNITS[run.kind], "trials": s.get("trials"), "minutes": s.get("training_seconds", 0) / 60, "last_rmse": s.get("last_rmse"),
               "recent_performance_percent": s.get("recent_performance_percent")}
    return [("9 " + run.kind, "the target is reached", numbers, bool(s.get("reached_target")))]


# Of each figure: what kinds of runs it is drawn from, and what is looked at in each.
CHECKS = {1: {"dense": example_decision}, 2: {"variable_duration": variable_duration, "reaction_time": reaction_time},
          3: {"no_dale": no_dale, "dense": dense, "fixed": fixed}, 4: {"context": context},
          5: {"context": unstructured, "two_areas": structured}, 6: {"multisensory": multisensory}, 7: {"memory": memory},
          8: {"sequence": sequence}, 9: {kind: learned for kind in UNITS}}
