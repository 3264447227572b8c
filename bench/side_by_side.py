#!/usr/bin/env python3
"""Training steps of eirnn and of other programs, measured in turns on this machine. Builds what it needs, installs the peers into a virtual
environment when they are asked for, prints a table and writes OUT/results.json: a list of {workload, threads, per_second, peak_gflops,
peak_share, fastest_share, peer, processes, peer_per_second, ratio}; the last four are null in rows of eirnn alone. Rates are medians;
fastest_share is the share of the peak in the fastest tenth of the steps, what a processor does that is not shared with others.

    bench/side_by_side.py --out runs/bench                              eirnn alone
    bench/side_by_side.py --peers torch,jax --out runs/bench
    bench/side_by_side.py --quick --peers torch --workloads standard --out runs/bench

Every variant of a peer (eager, compiled, ...) runs as one process and as two with one thread each, which share no core."""
import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PEERS = Path(__file__).resolve().parent / "peers"
DENSE = {"rnn100": (100, 20, 150), "rnn150": (150, 50, 150), "rnn500": (500, 20, 300)}
WORKLOADS = [*DENSE, "standard", "standard_ei"]
PACKAGES = {"torch": ["torch", "numpy"], "jax": ["jax"], "nn4n": ["nn4n"]}


def ours(workload):
    """Program and filter of a workload."""
    if workload in DENSE:
        units, batch, steps = DENSE[workload]
        return "dense", f"training_step/units:{units}/batch:{batch}/steps:{steps}/omega:0/"
    return "standard", f"^{workload}/batch:128/"


def variants(workload, peer, quick):
    """Commands of a peer, without the number of threads."""
    if workload in DENSE:
        size = [str(n) for n in DENSE[workload]]
        known = {"torch": ["eager", "script"], "jax": ["scan", "unrolled"], "nn4n": ["layer"]}  # torch.compile of a trial takes minutes
        return [[f"{peer}_dense.py", how, *size] for how in known[peer]]
    if workload == "standard" and peer == "torch":
        return [["torch_standard.py", how, "128"] for how in (["eager"] if quick else ["eager", "compile"])]
    return []


def clean_environment():
    return {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}


class Served:
    """One peer: a program that measures when asked, on `cores`."""

    def __init__(self, python, command, threads, cores):
        environment = clean_environment() | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "KMP_BLOCKTIME": "0"}
        self.process = subprocess.Popen([python, PEERS / command[0], *command[1:], str(threads)], stdin=subprocess.PIPE, env=environment,
                                        stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, cores))
        self.answer()

    def answer(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError(f"a peer stopped with status {self.process.wait()}")

    def ask(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Peer:
    """One variant of a peer as one or two processes."""

    def __init__(self, python, command, processes):
        cores = sorted(os.sched_getaffinity(0))
        self.name, self.processes = f"{command[0].removesuffix('.py')} {command[1]}", processes
        self.served = []
        sets = [set(cores[:2])] if processes == 1 else [{c} for c in cores[:processes]]
        for where in sets:
            self.served.append(Served(python, command, 2 if processes == 1 else 1, where))
        self.seen = []

    def measure(self, seconds):
        for s in self.served:
            s.ask(seconds)
        self.seen.append(sum(s.answer()["per_second"] for s in self.served))

    def close(self):
        for s in self.served:
            s.close()


def measure_ours(programs, workload, seconds):
    """A list of (threads, counters)."""
    program, pattern = ours(workload)
    options = [f"--benchmark_filter={pattern}", f"--benchmark_min_time={seconds}", "--benchmark_format=json"]
    out = subprocess.run([programs / program, *options], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         env=clean_environment()).stdout
    found = json.loads(out)["benchmarks"]
    return [(int(b["name"].split("threads:")[1].split("/")[0]), b) for b in found]


def prepare(arguments):
    if not arguments.built:
        options = ["-DEIRNN_BUILD_TESTS=OFF", "-DEIRNN_BUILD_EXAMPLES=OFF", "-B", arguments.build]
        subprocess.run(["cmake", "--fresh", "--preset", "release", *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cmake", "--build", arguments.build], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        arguments.built = arguments.build / "bench"
    if not arguments.peers:
        return None
    place = arguments.build / "peers"
    python = place / "bin" / "python"
    whole = place / "whole"  # is there while no installation is under way: one that was interrupted is made again
    if not whole.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
    whole.unlink(missing_ok=True)
    wanted = [p for peer in arguments.peers for p in PACKAGES[peer]]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    whole.touch()
    return python


def main():
    def listed(known):
        def split(text):
            chosen = [] if text == "none" else text.split(",")
            if unknown := [c for c in chosen if c not in known]:
                raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
            return chosen

        return split

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few and short rounds, no torch.compile")
    parser.add_argument("--peers", type=listed(list(PACKAGES)), default=[], help="none or a list of torch, jax, nn4n")
    parser.add_argument("--workloads", type=listed(WORKLOADS), default=WORKLOADS, help=f"a list of {', '.join(WORKLOADS)}")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "bench", help="folder for programs and peers")
    parser.add_argument("--built", type=Path, help="folder of benchmarks that are built already, for those of --build")
    parser.add_argument("--out", type=Path, required=True, help="folder for results.json")
    arguments = parser.parse_args()
    python = prepare(arguments)
    rounds, seconds = (3, 1) if arguments.quick else (7, 2)
    results = []
    for workload in arguments.workloads:
        peers = [Peer(python, command, processes) for peer in arguments.peers for command in variants(workload, peer, arguments.quick)
                 for processes in (1, 2)]
        seen = {}
        for _ in range(rounds):
            for threads, counters in measure_ours(arguments.built, workload, seconds):
                seen.setdefault(threads, []).append(counters)
            for peer in peers:
                peer.measure(seconds)
        for peer in peers:
            peer.close()
        rates = sorted((peer.name, peer.processes, statistics.median(peer.seen)) for peer in peers)
        for threads, counters in sorted(seen.items()):
            middle = lambda name: statistics.median(c[name] for c in counters)
            row = dict(workload=workload, threads=threads, per_second=middle("per_second"), peak_gflops=middle("peak_gflops"),
                       peak_share=middle("peak_share"), fastest_share=max(c["fastest_share"] for c in counters),
                       peer=None, processes=None, peer_per_second=None, ratio=None)
            results.append(row)
            if threads == max(seen):
                results += [row | dict(peer=name, processes=processes, peer_per_second=rate, ratio=row["per_second"] / rate)
                            for name, processes, rate in rates]
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"{'workload':12} {'threads':>7} {'per second':>11} {'of the peak':>12} {'fastest':>8}   "
          f"{'peer':24} {'processes':>9} {'per second':>11} {'ratio':>6}")
    for r in results:
        other = f"   {r['peer']:24} {r['processes']:9} {r['peer_per_second']:11.1f} {r['ratio']:6.2f}" if r["peer"] else ""
        share = f"{100 * r['peak_share']:10.1f} % {100 * r['fastest_share']:6.1f} %"
        print(f"{r['workload']:12} {r['threads']:7} {r['per_second']:11.1f} {share}{other}")


if __name__ == "__main__":
    main()
