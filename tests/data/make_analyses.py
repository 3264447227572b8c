#!/usr/bin/env python3
"""Writes analyses.json beside this file: what NumPy and SciPy make of small arrays, for tests/analysis. Needs python3-scipy."""
import itertools
import json
import pathlib

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import curve_fit
from scipy.stats import linregress, norm, pearsonr

rng = np.random.default_rng(20160212)
out = {}


def put(name, **arrays):
    out[name] = {key: np.asarray(value).tolist() for key, value in arrays.items()}


# Smoothing along time: [sample], and a series that is shorter than the Gaussian.
x = rng.normal(size=30)
put("smooth", x=x, by_2=gaussian_filter1d(x, 2), by_0_7=gaussian_filter1d(x, 0.7), short=gaussian_filter1d(x[:5], 3))

# Ordinary least squares: rates [sample][trial][unit] on a design [trial][regressor].
design = np.column_stack([rng.normal(size=(40, 3)), np.ones(40)])
rates = rng.normal(size=(3, 40, 2))
put("regress", design=design, rates=rates,
    beta=np.moveaxis([np.linalg.lstsq(design, r, rcond=None)[0] for r in rates], 1, 0))  # [regressor][sample][unit]

# The axes of a task, unit by unit: the design of a unit that prefers choice 2 has turned variables.
trials, samples, units, components = 120, 4, 14, 12
choice, context, correct = (rng.choice([-1.0, 1.0], trials) for _ in range(3))
motion, colour = (rng.choice([-1.0, -0.3, 0.3, 1.0], trials) for _ in range(2))
preferred = rng.choice([-1, 1], units)
planted = rng.normal(size=(11, samples, units))


def regressors(sign):
    variables = [sign * choice, sign * motion, sign * colour, context]
    return np.column_stack(variables + [np.ones(trials)] + [a * b for a, b in itertools.combinations(variables, 2)])


rates = np.stack([np.stack([regressors(preferred[u]) @ planted[:, k, u] for u in range(units)], 1) for k in range(samples)])
rates = np.round(3 + rates + rng.normal(size=rates.shape), 4)  # [sample][trial][unit]
z = (rates - rates.mean((0, 1))) / rates.std((0, 1))
beta = np.zeros((11, samples, units))
for u in range(units):
    for k in range(samples):
        F = regressors(preferred[u]).T
        beta[:, k, u] = np.linalg.inv(F @ F.T) @ F @ z[k, :, u]
groups = {}  # averages by what every unit saw
for u in range(units):
    for n in range(trials):
        seen = (preferred[u] * choice[n], preferred[u] * motion[n], context[n])
        groups.setdefault(seen, {}).setdefault(u, []).append(rates[:, n, u])
conditions = sorted(groups)
averages = np.stack([np.stack([np.mean(groups[c][u], 0) for u in range(units)], 1) for c in conditions])  # [condition][sample][unit]
centred = averages - averages.mean((0, 1))
scaled = centred / averages.std((0, 1))
W = np.linalg.svd(scaled.reshape(-1, units))[2][:components]
denoised = beta @ (W.T @ W).T
longest = [int(np.argmax(np.linalg.norm(denoised[v], axis=1))) for v in range(4)]
Q, R = np.linalg.qr(np.stack([denoised[v, longest[v]] for v in range(4)], 1))
Q = Q * np.sign(np.diag(R))
projected = scaled @ Q
put("axes", choice=choice, motion=motion, colour=colour, context=context, preferred=preferred, rates=rates, beta=beta,
    conditions=conditions, averages=averages, denoised=denoised, longest=longest, axes=Q, projected=projected - projected.mean(0))

# Principal components of standardised variables; the largest entry of a component is positive.
x = rng.normal(size=(2, 15, 5)) @ rng.normal(size=(5, 5)) + 2  # [series][sample][unit]
flat = x.reshape(-1, 5)
a = (flat - flat.mean(0)) / flat.std(0)
s, Vh = np.linalg.svd(a, full_matrices=False)[1:]
Vh = Vh * np.sign(Vh[np.arange(5), np.argmax(np.abs(Vh), axis=1)])[:, None]
put("pca", x=x, component=Vh.T, variance=s**2 / len(flat), explained=s**2 / np.sum(s**2), trajectories=(a @ Vh.T).reshape(x.shape))

# Eigenvalues by decreasing modulus, the one above the real axis first.
w = rng.normal(size=(9, 9))
values = sorted(np.linalg.eigvals(w), key=lambda v: (-round(abs(v), 10), -v.imag))
put("eigenvalues", w=w, real=np.real(values), imag=np.imag(values))

# Tuning to f1 over seven conditions: [condition][sample][unit], from pure noise to a perfect line.
f = np.array([10.0, 14, 18, 22, 26, 30, 34])
rates = rng.normal(size=(7, 4, 6)) + 0.15 * f[:, None, None] * np.linspace(0, 3, 6)
fits = [[linregress(f, rates[:, k, u]) for u in range(6)] for k in range(4)]
slope = np.array([[r.slope for r in row] for row in fits])
put("linregress", f=f, rates=rates, slope=slope, intercept=[[r.intercept for r in row] for row in fits],
    p=[[r.pvalue for r in row] for row in fits], correlation=[pearsonr(slope[k], slope[1])[0] for k in range(4)])

# Percentiles, and psychometric functions of eight rates.
x = np.sort(rng.normal(size=37))
put("percentile", x=x, p=[0, 10, 50, 90, 97.5, 100], value=np.percentile(x, [0, 10, 50, 90, 97.5, 100]))
f = np.arange(9.0, 17)
curves = [np.clip(norm.cdf((f - 12.4) / s) + rng.normal(size=8) * 0.02, 0, 1) for s in (2.5, 3.0, 1.9)]
fits = [curve_fit(lambda x, mu, sigma: norm.cdf((x - mu) / sigma), f, c, [f.mean(), f.std()], ftol=1e-15, xtol=1e-15)[0] for c in curves]
put("psychometric", f=f, p=curves, mu=[m for m, _ in fits], sigma=[s for _, s in fits])

path = pathlib.Path(__file__).with_name("analyses.json")
path.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in out.items()) + "\n}\n")
