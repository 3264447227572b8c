#!/usr/bin/env bash
# side_by_side.sh ROOT PROGRAMS: the script that compares speeds runs, with benchmarks that are built already and without peers, and
# writes the rows that it promises; their numbers fit each other.
set -euo pipefail
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
python3 "$1/bench/side_by_side.py" --quick --built "$2" --peers none --workloads rnn100 --out "$out"
python3 - "$out/results.json" <<'END'
import json
import sys

rows = json.load(open(sys.argv[1]))
of_peers = {"peer", "processes", "peer_per_second", "ratio"}
assert [r["threads"] for r in rows] == [1, 2], rows
for r in rows:
    assert set(r) == {"workload", "threads", "per_second", "peak_gflops", "peak_share", "fastest_share"} | of_peers, r
    assert r["workload"] == "rnn100" and all(r[k] is None for k in of_peers), r
    operations = 6 * (100 * 104 + 2 * 80) * 150  # forward, adjoint and gradient of every weight and input weight, and of the readout of E
    share = r["per_second"] * operations / (1e9 * r["peak_gflops"])
    assert r["peak_share"] > 0 and 0.5 < share / r["peak_share"] < 2, (r, share)  # wide: of medians, on a machine that tests keep busy
END
