#!/usr/bin/env python3
"""The runs of `perceptual_decision` as one Markdown table: tabulate_perceptual_decision.py DIR..."""
import json
import pathlib
import sys

if len(sys.argv) < 2:
    sys.exit(__doc__)
print("| variant | seed | training trials | last five validations, % | test, % | choice 1 at 0 % | mu, sigma | violations | seconds |")
print("|---|---|---|---|---|---|---|---|---|")
for folder in sys.argv[1:]:
    path = pathlib.Path(folder) / "summary.json"
    try:
        s = json.loads(path.read_text())
        p = s["psychometric"]
        print(f"| {s['variant']} | {s['seed']} | {s['trials']:,} | {s['recent_performance_percent']:.1f} | {s['percent_correct']:.1f} "
              f"| {s['zero_coherence_choice1']:.2f} | {p['fit_mean']:.1f}, {p['fit_sigma']:.1f} "
              f"| {s['dale_violations'] + s['mask_violations']} | {s['seconds']:.0f} |")
    except (OSError, ValueError, KeyError) as problem:
        sys.exit(f"{path}: {problem!r}; is this a folder of a finished run?")
