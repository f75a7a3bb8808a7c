#!/usr/bin/python3
"""A grid of parameters on two groups of one rank each against one rank, in the same run.

    tools/benchmark_grid.py [--program build/sgdflux] [--cells N] [--rounds N] [--json FILE]

4 x 4 values of beta and eta of momentum SGD on linear regression, N^2 cells (default 112), order 8, with error estimates.
The two runs take turns; the best of N rounds counts for each, since whatever else the machine does only costs time. Seconds
are those of whole processes: mpirun, start of MPI, files written.
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
POINTS = 16
GRID = """[model]
name = momentum-regression
batch = 32
rho = 1
sigma2 = 1
[mesh]
theta = auto {cells}
v = auto {cells}
[sweep]
model.beta = linear(0.8, 0.95) 4
model.eta = linear(0.05, 0.2) 4
"""


def seconds(program, folder, ranks):
    """Of one run of the grid, and the summary that it leaves."""
    launcher = [] if ranks == 1 else ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)]
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMPI_MCA_mpi_yield_when_idle="1",
                       OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    command = [*launcher, program, "stationary", f"{folder}/run.ini", f"--output.dir={folder}/out", "--sweep.restart=off"]
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, check=False)
    took = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace')}")
    return took, json.loads((pathlib.Path(folder) / "out" / "report.json").read_text(encoding="utf-8"))["runs"]


def measure(program, cells=112, rounds=3):
    """Best seconds on one and on two ranks and their ratio; the numbers must be the same."""
    best = {1: float("inf"), 2: float("inf")}
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "run.ini").write_text(GRID.format(cells=cells), encoding="utf-8")
        for _ in range(rounds):
            runs = {}
            for ranks in best:
                took, runs[ranks] = seconds(program, folder, ranks)
                best[ranks] = min(best[ranks], took)
            if runs[1] != runs[2] or len(runs[1]) != POINTS:
                sys.exit("two ranks found other numbers than one")
    return {"points": POINTS, "cells": cells, "one_rank": best[1], "two_ranks": best[2], "ratio": best[1] / best[2]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.environ.get("SGDFLUX_PROGRAM", str(ROOT / "build" / "sgdflux")))
    parser.add_argument("--cells", type=int, default=112)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="file that the figures go to")
    arguments = parser.parse_args()
    found = measure(arguments.program, arguments.cells, arguments.rounds)
    print(f"{POINTS} points, {found['cells']}^2 cells: one rank {found['one_rank']:.2f} s, two ranks in two groups "
          f"{found['two_ranks']:.2f} s, {found['ratio']:.2f} times faster")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
