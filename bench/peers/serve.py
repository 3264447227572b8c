"""What every peer does: prepare once, then measure when asked. A line "SECONDS" on the standard input is answered by a line of JSON
with the work per second, the median over the steps that fit."""
import json
import statistics
import sys
import time


def serve(step, count):
    """`step()` is one whole training step of `count` pieces of work; it returns when the step is done."""
    for _ in range(3):
        step()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        times, end = [], time.perf_counter() + float(line)
        while len(times) < 3 or time.perf_counter() < end:
            begin = time.perf_counter()
            step()
            times.append(time.perf_counter() - begin)
        print(json.dumps({"per_second": count / statistics.median(times)}), flush=True)
