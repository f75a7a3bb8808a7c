#!/usr/bin/python3
"""Steps per second of true SGD on the two-layer network (S = 1, y = x + noise): the library against NumPy, same run.

    tools/benchmark_sgd.py

Both follow many paths side by side in blocks and both are given their best block size; time is processor time on one core.
Prints one line of JSON.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCHMARK = pathlib.Path(os.environ.get("SGDFLUX_BENCHMARKS", ROOT / "build" / "tests")) / "benchmark_sgd"


def numpy_rate(width, eta=0.01, seconds=0.4):
    """Steps per second of `width` paths: the same loop, in place, without temporary arrays."""
    random = np.random.default_rng(1)
    u, w = np.ones(width), np.ones(width)
    normal, g, du = np.empty((2, width)), np.empty(width), np.empty(width)
    steps, begin = 0, time.process_time()
    while time.process_time() - begin < seconds:
        for _ in range(20):
            random.standard_normal(out=normal)
            x, noise = normal
            np.multiply(u, w, out=g)
            g -= 1
            g *= x
            g -= noise
            g *= x
            g *= 2 * eta
            np.multiply(g, w, out=du)
            g *= u
            u -= du
            w -= g
        steps += 20
    assert np.isfinite(u).all() and abs((u * w).mean() - 0.99) < 0.1
    return steps * width / (time.process_time() - begin)


def measure():
    """Both at their best block size, and the ratio."""
    ours = json.loads(subprocess.run([BENCHMARK], check=True, capture_output=True, text=True).stdout)
    widths = {2**k: numpy_rate(2**k) for k in range(8, 17)}
    best = max(widths, key=widths.get)
    return {"sgdflux": ours["steps_per_second"], "sgdflux_width": ours["width"], "numpy": widths[best],
            "numpy_width": best, "ratio": ours["steps_per_second"] / widths[best]}


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    json.dump(measure(), sys.stdout)
    print()
