#!/usr/bin/python3
"""A branch of 100 steps in two variables against cold solves of its first point, in the same run.

    tools/benchmark_branch.py [--program build/sgdflux] [--cells N] [--rounds N] [--json FILE]

N^2 cells (default 128), order 8, error estimates on three grids at every point, no sensitivities. Cold solves are whole
runs of `stationary` with the same settings; all seconds are those of processes, the best of N rounds.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEPS = 100
BRANCHES = {
    "kinetic double well over its noise": ("""[model]
name = formula
variables = x v
parameters = Q = 0.2
drift.x = v
drift.v = x - x^3 - v
noise.v.1 = sqrt(2*Q)
[mesh]
x = auto {cells}
v = auto {cells}
""", "model.Q", 0.2, 0.5),
    "momentum SGD over beta": ("""[model]
name = momentum-regression
eta = 0.1
beta = 0.8
rho = 1
[mesh]
theta = auto {cells}
v = auto {cells}
""", "model.beta", 0.8, 0.9),
}


def seconds(command):
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1",
                       OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace')}")
    return time.perf_counter() - began


def measure_one(program, folder, name, cells, rounds):
    """Best seconds of a cold solve and of the branch, and what the branch says it did."""
    text, parameter, first, last = BRANCHES[name]
    settings = pathlib.Path(folder) / "run.ini"
    settings.write_text(text.format(cells=cells), encoding="utf-8")
    common = [str(settings), "--scheme.flux=order8", f"--output.dir={folder}/out"]
    step = (last - first) / STEPS
    branch = [program, "continue", *common, f"--continue.parameter={parameter}", f"--continue.from={first}",
              f"--continue.to={last}", f"--continue.step={step}", f"--continue.max_step={step}", "--continue.restart=off",
              "--continue.sensitivities=off", "--continue.densities=off"]
    cold = min(seconds([program, "stationary", *common]) for _ in range(3 * rounds))
    whole = min(seconds(branch) for _ in range(rounds))
    report = json.loads((pathlib.Path(folder) / "out" / "report.json").read_text(encoding="utf-8"))
    return {"branch": name, "cells": cells, "points": len(report["points"]), "cold": cold, "seconds": whole,
            "ratio": whole / cold, "solves": report["solves"]}


def measure(program, cells=128, rounds=2):
    with tempfile.TemporaryDirectory() as folder:
        return [measure_one(program, folder, name, cells, rounds) for name in BRANCHES]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.environ.get("SGDFLUX_PROGRAM", str(ROOT / "build" / "sgdflux")))
    parser.add_argument("--cells", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", help="file that the figures go to")
    arguments = parser.parse_args()
    found = measure(arguments.program, arguments.cells, arguments.rounds)
    for one in found:
        print(f"{one['branch']}, {one['cells']}^2: {one['points']} points in {one['seconds']:.1f} s, one cold solve "
              f"{one['cold']:.2f} s: {one['ratio']:.1f} cold solves; {one['solves']}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
