#!/usr/bin/env python3
"""What scripts/gpu.sh runs: builds and runs the CUDA tests, measures training steps on the GPU beside PyTorch, prints a table and writes
OUT/results.json. Nothing that fails stops what comes after it; every command has a time limit, and the file is written again after each.

    bench/on_device.py --out runs/gpu             on a machine with a GPU
    bench/on_device.py --rehearse [--all]         without one: Thrust's TBB system, small sizes, and what nvcc compiles is not run"""
import argparse
import concurrent.futures
import datetime
import glob
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CARRY = ROOT / "build" / "carry"
GALLERY = ROOT / "tests" / "cuda" / "gallery"
PEERS = ROOT / "bench" / "peers"
# Units, batch, steps. What matters most comes first: the time may end.
RATE = [(units, batch, {500: 300, 2000: 100}.get(units, 150)) for batch in (512, 20, 4096, 128) for units in (500, 100, 150, 2000)]
STANDARD = [512, 128, 20, 4096]
BEGIN = time.monotonic()


def since_begin():
    return time.monotonic() - BEGIN


def say(text):
    print(f"[{since_begin():6.1f} s] {text}", flush=True)


def output_of(command, limit=20):
    """Its standard output, or nothing."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=limit, cwd=ROOT).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def run(command, limit):
    """Status and output. 124: it took too long, and was ended with all that it had started."""
    try:
        process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, text=True,
                                   errors="replace", start_new_session=True)
    except OSError as error:
        return 127, str(error)
    try:
        return (process.communicate(timeout=limit)[0], process.returncode)[::-1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return 124, process.communicate()[0]


class Results:
    """The file of results, which is whole at any time."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "results.json"
        self.data = {"facts": {}, "builds": [], "tests": [], "rows": [], "ended": False}
        self.one_at_a_time = threading.RLock()  # units are built side by side

    def add(self, kind, entry):
        with self.one_at_a_time:
            self.data[kind].append(entry)
            self.save()

    def save(self):
        with self.one_at_a_time:
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(self.data, indent=1) + "\n")
            os.replace(part, self.path)


def facts_of(rehearsal):
    card, driver, capability, memory = (output_of(["nvidia-smi", "--query-gpu=name,driver_version,compute_cap,memory.total",
                                                   "--format=csv,noheader", "--id=0"]).split(", ") + [""] * 4)[:4]
    carried = (CARRY / "commit").read_text().strip() if (CARRY / "commit").exists() else ""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    return {
        "rehearsal": rehearsal,
        "card": card,
        "driver": driver,
        "capability": capability,
        "memory": memory,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": output_of(["git", "rev-parse", "HEAD"]) or carried or "unknown",
        "carried": carried,
        "nvcc": output_of(["nvcc", "--version"]).split("release ")[-1].split(",")[0],
        "g++": output_of(["g++", "-dumpfullversion"]),
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
    }


class Toolchain:
    """How units are compiled and programs linked."""

    def __init__(self, rehearsal, capability, folder):
        self.rehearsal, self.folder = rehearsal, folder
        self.includes = [f"-I{ROOT / 'include'}"]
        if (CARRY / "include").exists():
            self.includes += ["-isystem", CARRY / "include", "-isystem", CARRY / "include" / "eigen3"]
        nvcc = shutil.which("nvcc")
        # nvcc may be a script somewhere else
        self.roots = [r for r in (Path(nvcc).resolve().parents[1] if nvcc else None, os.environ.get("CUDA_HOME"), "/usr/local/cuda") if r]
        self.roots = [Path(r) / part for r in self.roots for part in (".", "targets/x86_64-linux")]
        self.cuda = bool(nvcc)
        self.architecture = f"sm_{capability.replace('.', '')}" if capability else "sm_90"
        self.launcher = ["ccache"] if rehearsal and shutil.which("ccache") else []
        self.tbb = self.find_tbb()
        self.cublas, self.cublas_include = self.find_cublas()

    def find_cublas(self):
        """The library itself, wherever the toolkit or the Python packages of NVIDIA have it, and where its header is if nvcc has it not."""
        if not self.cuda:
            return None, []
        packages = [Path(p) for p in glob.glob(f"{sys.prefix}/lib/python*/site-packages/nvidia/*")]
        places = [r / lib for r in self.roots for lib in ("lib64", "lib")] + [p / "lib" for p in packages]
        libraries = [f.resolve() for place in places for f in sorted(place.glob("libcublas.so*"))]
        has_header = lambda place: (place / "include" / "cublas_v2.h").exists()
        headers = [] if any(map(has_header, self.roots)) else [p / "include" for p in packages if has_header(p)]
        return (libraries[0] if libraries else None), [a for h in headers for a in ("-isystem", h)]

    def find_tbb(self):
        """What links oneTBB, if a program that uses it runs."""
        source = self.folder / "tbb.cpp"
        source.write_text("#include <tbb/parallel_for.h>\n#include <atomic>\n"
                          "int main() { std::atomic<int> n{}; tbb::parallel_for(0, 9, [&](int) { ++n; }); return n == 9 ? 0 : 1; }\n")
        carried = CARRY / "lib" / "libtbb.so.12"
        for link in ([carried, f"-Wl,-rpath,{carried.parent}"] if carried.exists() else None, ["-ltbb"]):
            if link:
                program = self.folder / "tbb"
                status, _ = run(["g++", "-std=c++20", *self.includes, source, "-o", program, *link], 60)
                if status == 0 and run([program], 20)[0] == 0:
                    return link
        return None

    def nvcc(self, level):
        return [*self.launcher, "nvcc", "-std=c++20", f"-arch={self.architecture}", "--expt-relaxed-constexpr", level, *self.includes, *self.cublas_include]

    def host_compiler(self, level):
        return [*self.launcher, "g++", "-std=c++20", level, *self.includes, "-x", "c++"]

    def device_compiler(self, level):
        if not self.rehearsal:
            return self.nvcc(level)
        places = [os.environ.get("THRUST", "/usr/include"), *(r / "include" / "cccl" for r in self.roots)]
        thrust = next((p for p in places if (Path(p) / "thrust" / "version.h").exists()), places[0])
        # The compiler has /usr/include by itself; named, it would come before the C++ library, which looks for C headers behind it.
        named = [] if Path(thrust) == Path("/usr/include") else ["-isystem", thrust]
        return [*self.host_compiler(level), *named, "-DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_TBB"]

    def link(self, objects, program):
        if self.rehearsal:
            return ["g++", *objects, "-o", program, *(self.tbb or ["-ltbb"])]
        # nvcc takes no library whose name ends in a number, but its linker does.
        libraries = [*(self.tbb or []), *([self.cublas, f"-Wl,-rpath,{self.cublas.parent}"] if self.cublas else ["-lcublas"])]
        return ["nvcc", f"-arch={self.architecture}", *objects, "-o", program,
                *(a if str(a).startswith("-l") else f"-Xlinker={str(a).removeprefix('-Wl,')}" for a in libraries)]


class Builds:
    def __init__(self, tools, folder, results, limit):
        self.tools, self.folder, self.results, self.limit = tools, folder, results, limit

    def command(self, name, command, remaining=None):
        begin = time.monotonic()
        status, text = run(command, max(1, min(self.limit, remaining if remaining is not None else self.limit)))
        self.results.add("builds", {"name": name, "status": status, "seconds": round(time.monotonic() - begin, 1),
                                    "output": text[-3000:] if status else ""})
        if status:
            say(f"not built: {name} (status {status})\n{text[-1500:]}")
        return status == 0

    def program(self, name, source, level, with_host):
        """Builds one; None if it cannot be."""
        device, host, program = (self.folder / f"{name}{end}" for end in (".device.o", ".host.o", ""))
        if not self.command(name, [*self.tools.device_compiler(level), "-c", source, "-o", device]):
            return None
        objects = [device]
        if with_host:
            flags = ["-DEIRNN_TEST_HOST", *([] if self.tools.tbb else ["-DEIRNN_TEST_WITHOUT_TBB"])]
            if not self.command(f"{name}, host", [*self.tools.host_compiler(level), *flags, "-c", source, "-o", host]):
                return None
            objects.append(host)
        return program if self.command(f"{name}, linked", self.tools.link(objects, program)) else None

    def test(self, name, source, level, with_host, limit=90):
        program = self.program(name, source, level, with_host)
        if not program:
            self.results.add("tests", {"unit": name, "right": False, "error": "not built"})
            return
        begin = time.monotonic()
        status, text = run([program], limit)
        took = round(time.monotonic() - begin, 1)
        found = [line for line in map(parsed, text.splitlines()) if line]
        for line in found:
            self.results.add("tests", {"unit": name, **line})
        if not found or status not in (0, 1):
            self.results.add("tests", {"unit": name, "right": status == 0, "status": status, "output": text[-2000:]})
        say(f"test {name}: status {status}, {took} s")
        for line in found:
            if not line.get("right"):
                say(f"  wrong: {json.dumps(line)}")
        if status and not found:
            say(text[-1500:])


def parsed(line):
    try:
        value = json.loads(line)
        return value if isinstance(value, dict) else None
    except ValueError:
        return None


class Served:
    """A program that answers a line with a line of JSON. It is started again, twice, when it ends or does not answer."""

    def __init__(self, name, command, folder):
        self.command, self.starts, self.process, self.facts = command, 0, None, {}
        self.errors = folder / f"{name}.errors"
        self.start()

    def start(self):
        self.starts += 1
        self.pending, self.ready = b"", False
        try:
            with self.errors.open("w") as errors:
                self.process = subprocess.Popen([str(c) for c in self.command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                                cwd=ROOT)
        except OSError:
            self.process = None

    def line(self, limit):
        """The next line of JSON, or None."""
        end = time.monotonic() + limit
        while self.process:
            while b"\n" in self.pending:
                line, self.pending = self.pending.split(b"\n", 1)
                if (value := parsed(line.decode(errors="replace"))) is not None:
                    return value
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                return None
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                return None
            self.pending += piece
        return None

    def wait(self, limit):
        """Until it is ready. False: it has ended; None: not yet."""
        end = time.monotonic() + limit
        while not self.ready:
            value = self.line(end - time.monotonic())
            if value is None and time.monotonic() >= end:
                return None
            if value is None:
                return False
            self.ready = bool(value.pop("ready", False))
            self.facts |= value
        return True

    def ask(self, request, limit):
        if limit <= 1:
            return {"error": "no time left"}
        if not self.process and self.starts < 3:
            self.start()
        if not self.process:
            return {"error": "cannot be started"}
        ready = self.wait(limit)
        if ready is None:
            return {"error": "not ready in time"}
        if ready:
            try:
                self.process.stdin.write(request.encode() + b"\n")
                self.process.stdin.flush()
                if (value := self.line(limit)) is not None:
                    return value
            except OSError:
                pass
        status = self.process.poll()
        self.close()
        said = self.errors.read_text(errors="replace")[-500:] if self.errors.exists() else ""
        return {"error": "no answer in time" if status is None else f"ended with status {status}", "said": said}

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None


def measure(rows, programs, results, seconds, deadline, limit_of_one):
    """Every row in turns: ours, then each peer."""
    for kind, sizes in rows:
        label = dict(zip(("units", "batch", "steps"), sizes)) if kind == "rate" else {"batch": sizes[0]}
        for program in programs:
            if kind not in program.kinds:
                continue
            left = deadline - since_begin()
            words = [str(n) for n in sizes] + [str(seconds)]
            if not program.ours:
                words.insert(0, kind)
            # the widest networks take longest to make, and have a program of their own
            served = program.served.get(f"{kind} {sizes[0]}") or program.served[kind]
            answer = served.ask(" ".join(words), min(limit_of_one, left))
            results.add("rows", {"workload": kind, **label, "program": program.name, **answer})
            if left > 1:
                say(f"{kind} {label}: {program.name}: " + (f"{answer['per_second']:.4g}/s" if "per_second" in answer else answer.get("error", "?")))


class Program:
    def __init__(self, name, ours, served):
        self.name, self.ours, self.served, self.kinds = name, ours, served, served.keys()


def table(results):
    rows, names = {}, []
    for r in results.data["rows"]:
        key = (r["workload"], r.get("units", ""), r["batch"], r.get("steps", ""))
        rows.setdefault(key, {})[r["program"]] = r
        if r["program"] not in names:
            names.append(r["program"])
    facts = results.data["facts"]
    peak = facts.get("multiprocessors", 0) * 128 * 2 * facts.get("clock_mhz", 0) / 1e6  # TFLOP/s of single precision, 128 lanes each
    print(f"\ntrials or images a second; in brackets eirnn's as a multiple of it. Peak of multiply-adds: {peak:.1f} TFLOP/s")
    peers = [n for n in names if n != "eirnn"]
    print(f"{'workload':9} {'units':>5} {'batch':>5} {'steps':>5} {'eirnn':>10} {'TFLOP/s':>8} {'of peak':>8}" + "".join(f" {n:>22}" for n in peers))
    for (kind, units, batch, steps), found in rows.items():
        ours = found.get("eirnn", {})
        rate = ours.get("per_second")
        flops = rate * ours["megaflop"] / 1e6 if rate else 0
        line = f"{kind:9} {units:>5} {batch:>5} {steps:>5} " + (f"{rate:10.4g} {flops:8.3f}" if rate else f"{'-':>10} {'-':>8}")
        line += f" {100 * flops / peak:6.1f} %" if peak and rate else f" {'-':>8}"
        for n in peers:
            theirs = found.get(n, {}).get("per_second")
            text = "-" if not theirs else f"{theirs:.4g}" + (f" ({rate / theirs:.2f})" if rate else "")
            line += f" {text:>22}"
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder of results.json (runs/gpu, runs/gpu_rehearsal)")
    parser.add_argument("--build", type=Path, help="folder of what is built (build/gpu, build/rehearsal)")
    parser.add_argument("--limit", type=float, default=455, help="seconds, all in all")
    parser.add_argument("--rehearse", action="store_true", help="without a GPU")
    parser.add_argument("--all", action="store_true", help="rehearse all units")
    parser.add_argument("--units", help="only these of tests/cuda/gallery, by comma")
    parser.add_argument("--no-peers", action="store_true", help="leave PyTorch out")
    a = parser.parse_args()
    out = (a.out or ROOT / "runs" / ("gpu_rehearsal" if a.rehearse else "gpu")).resolve()
    folder = (a.build or ROOT / "build" / ("rehearsal" if a.rehearse else "gpu")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(out)
    facts = results.data["facts"] = facts_of(a.rehearse)
    say(json.dumps(facts))
    tools = Toolchain(a.rehearse, facts["capability"], folder)
    facts["cpu_backend"] = "cpu" if tools.tbb else "serial, for want of oneTBB"
    facts["cublas"] = str(tools.cublas)
    results.save()
    if not a.rehearse and not facts["card"]:
        say("nvidia-smi shows no GPU; programs will say so too")

    units = sorted(GALLERY.glob("*.cu"))
    if a.rehearse and not a.all:
        units = [GALLERY / "gated.cu", GALLERY / "residual.cu"]
    if a.units:
        units = [GALLERY / f"{name}.cu" for name in a.units.split(",")]
    level = "-O0" if a.rehearse else "-O1"
    hurried = bool(facts["card"]) and not a.rehearse
    build_limit = 240 if hurried else 900
    builds = Builds(tools, folder, results, build_limit)
    workers = max(1, facts["cores"] if not a.rehearse else min(2, facts["cores"]))
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    # The benchmarks first: their networks can be made while the rest is compiled.
    bench = {n: pool.submit(builds.program, f"bench_{n}", ROOT / "bench" / "cuda" / f"{n}.cu", "-O1" if a.rehearse else "-O3", False)
             for n in ("rate", "standard")}
    tests = [pool.submit(builds.test, unit.stem, unit, level, True) for unit in units]
    if not a.rehearse:
        tests += [pool.submit(builds.test, n, ROOT / "tests" / "cuda" / f"{n}.cu", level, False) for n in ("primitives", "compare")]
    elif tools.cuda:
        # What only nvcc sees, compiled; code for the GPU at its lowest level, which takes half the time.
        quick = ["-Xcompiler=-O0", "-Xptxas=-O0"]
        for unit in units if a.all else [ROOT / "bench" / "cuda" / "rate.cu", GALLERY / "predictive.cu"]:
            tests.append(pool.submit(builds.command, f"{unit.stem}, nvcc alone",
                                     [*tools.nvcc("-O0"), *quick, "-c", unit, "-o", folder / f"{unit.stem}.nvcc.o"]))
    else:
        say("no nvcc: nothing is compiled for a GPU")
    arguments = {"rate": ["20"], "standard": []} if a.rehearse else {"rate": ["500", "100", "150"], "rate 2000": ["2000"], "standard": []}
    programs = {n: f.result() for n, f in bench.items()}
    ours = Program("eirnn", True, {n: Served(n.replace(" ", "_"), [p, *words], folder) for n, words in arguments.items()
                                   if (p := programs[n.split()[0]])})
    concurrent.futures.wait(tests, timeout=max(1, 250 - since_begin()) if hurried else None)
    for t in tests:
        t.cancel()
        if t.done() and not t.cancelled() and t.exception():
            say(f"a step failed: {t.exception()!r}")
    say("built")

    rows = [("rate", (20, 4, 10)), ("standard", (2,))] if a.rehearse else [("rate", r) for r in RATE] + [("standard", (b,)) for b in STANDARD]
    if not a.rehearse:
        rows.insert(4, rows.pop(-4))  # Standard at 512 among the first
    seconds = 0.2 if a.rehearse else 0.7
    torch = "" if a.no_peers else output_of([sys.executable, "-c", "import torch; print(torch.__version__, torch.cuda.is_available())"], 90)
    facts["torch"] = torch or "none"
    peers, late = [], []
    if torch and (a.rehearse or torch.endswith("True")):
        def peer(how, kinds=("rate", "standard")):
            served = Served(f"torch_{how}", [sys.executable, PEERS / "torch_on_device.py", how, *(["cpu"] if a.rehearse else [])], folder)
            return Program(f"torch {how}", False, dict.fromkeys(kinds, served))

        peers = [peer("eager"), peer("cudnn", ("rate",))] if a.rehearse else [peer("eager"), peer("graphs"), peer("cudnn", ("rate",))]
        late = [] if a.rehearse else ["compile_graphs", "compile"]
    else:
        say("PyTorch is not there, or sees no GPU: nothing to compare with")
    deadline = a.limit if not a.rehearse else 1e9
    measure(rows, [ours, *peers], results, seconds, deadline if not late else min(deadline, 360), 40)
    for p in ours.served.values():
        facts |= p.facts
    for p in [ours, *peers]:
        for s in p.served.values():
            s.close()
    # torch.compile last, since nobody knows how long it takes: what it does not reach stays empty.
    for how in late:
        one = peer(how)
        measure(rows, [one], results, seconds, min(deadline, since_begin() + (deadline - since_begin()) / (1 if how == late[-1] else 2)), 90)
        one.served["rate"].close()
    results.data["ended"] = True
    facts["seconds"] = round(since_begin(), 1)
    results.save()
    table(results)
    wrong = [t for t in results.data["tests"] if not t.get("right")] + [b for b in results.data["builds"] if b["status"]]
    measured = any("per_second" in r for r in results.data["rows"] if r["program"] == "eirnn")
    right = len(results.data["tests"]) - sum(not t.get("right") for t in results.data["tests"])
    print(f"\n{right} of {len(results.data['tests'])} networks and programs right; {results.path}")
    for t in wrong:
        print("wrong:", json.dumps({k: v for k, v in t.items() if k != "output"}))
    sys.stdout.flush()
    os._exit(0 if not wrong and measured else 1)  # without waiting for what takes too long


if __name__ == "__main__":
    main()
