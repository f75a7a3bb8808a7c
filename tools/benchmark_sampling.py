#!/usr/bin/python3
"""Speed of sampled paths against NumPy on the same core in the same run.

    tools/benchmark_sampling.py [--program build/tests/benchmark_sampling] [--rounds N] [--json FILE]

The program and the NumPy reference take turns on one core; the best of N rounds counts for each. NumPy writes into arrays
that exist already, at the block size that is best for it, with its fastest generator of normal numbers. Path-steps are also
set against the bare rate of uniform doubles, both of Random123's Philox4x32-10 in a plain loop and of the program's own
loop for the same numbers. Both make
Euler-Maruyama steps of
  the log-coordinate network of depth 1, ds = -4 (f + T g) dt + 4 sqrt(T g) dW, f = e^s - 1, g = 2 (e^s - 1)^2 + 1, T = 0.1
  (the program, unlike NumPy, also checks the size of every step and divides those that are too large), and of
  momentum-regression with its standard parameters, dtheta = v dt, dv = -(stiffness theta + friction v) dt + c dW.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCKS = (256, 512, 1024, 2048, 4096, 8192, 16384, 65536)
GENERATORS = (np.random.SFC64, np.random.PCG64)
ETA, BETA, BATCH = 0.1, 0.9, 32  # the program's standard parameters of momentum-regression


class Network:
    """Blocks of paths of the log-coordinate network."""

    def __init__(self, paths, bits):
        self.random = np.random.Generator(bits(1))
        self.s, self.f, self.g, self.xi = np.zeros((4, paths))

    def step(self, dt=0.001, temperature=0.1):
        s, f, g, xi = self.s, self.f, self.g, self.xi
        self.random.standard_normal(out=xi)
        np.exp(s, out=f)
        f -= 1
        np.multiply(f, f, out=g)
        g *= 2 * temperature
        g += temperature
        f += g
        f *= -4 * dt
        np.sqrt(g, out=g)
        g *= 4 * dt**0.5
        g *= xi
        s += f
        s += g


class Momentum:
    """Blocks of paths of SGD with momentum on one mode of a linear regression."""

    def __init__(self, paths, bits):
        self.random = np.random.Generator(bits(1))
        self.theta, self.v, self.work, self.xi = np.zeros((4, paths))
        self.stiffness = 2 / (ETA * (1 + BETA))
        self.friction = 2 * (1 - BETA) / (ETA * (1 + BETA))
        self.strength = 2 / ((ETA * BATCH) ** 0.5 * (1 + BETA))

    def step(self, dt=0.01):
        theta, v, work, xi = self.theta, self.v, self.work, self.xi
        self.random.standard_normal(out=xi)
        xi *= self.strength * dt**0.5
        np.multiply(theta, -self.stiffness * dt, out=work)
        work += xi
        np.multiply(v, dt, out=xi)
        theta += xi
        v *= 1 - self.friction * dt
        v += work


def rate(kind, paths, bits, seconds=0.1):
    """Path-steps per second of one block size."""
    block = kind(paths, bits)
    steps = max(2_000_000 // (10 * paths), 1)
    best, begin = 0.0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        for _ in range(steps):
            block.step()
        best = max(best, steps * paths / (time.perf_counter() - start))
    return best


def best_rate(kind):
    """NumPy's best: (path-steps per second, paths in a block) over block sizes and generators."""
    return max((rate(kind, paths, bits), paths) for paths in BLOCKS for bits in GENERATORS)


def measure(program, rounds):
    best, numpy_best = {}, {"network": (0.0, 0), "momentum": (0.0, 0)}
    for _ in range(rounds):
        found = json.loads(subprocess.run([program, "0.3"], check=True, capture_output=True, text=True).stdout)
        best = {name: max(value, best.get(name, 0.0)) for name, value in found.items()}
        for name, kind in (("network", Network), ("momentum", Momentum)):
            numpy_best[name] = max(numpy_best[name], best_rate(kind))
    for name, (value, paths) in numpy_best.items():
        best[f"{name}_numpy"], best[f"{name}_numpy_block"] = value, paths
        best[f"{name}_against_numpy"] = best[f"{name}_euler"] / value
        best[f"{name}_against_random123"] = best[f"{name}_euler"] / best["random123_doubles"]
        best[f"{name}_against_doubles"] = best[f"{name}_euler"] / best["uniform_doubles"]
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / "build" / "tests" / "benchmark_sampling"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="file that the figures go to")
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        sys.exit(f"{arguments.program} is not there; build the target benchmark_sampling")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found = measure(arguments.program, arguments.rounds)
    for name, value in found.items():
        if "against" in name:
            print(f"{name:28} {value:10.2f}")
        elif "block" in name:
            print(f"{name:28} {value:10d} paths")
        else:
            print(f"{name:28} {value / 1e6:10.1f} million per second")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
