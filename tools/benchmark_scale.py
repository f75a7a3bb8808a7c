#!/usr/bin/python3
"""Work against precision, cost against cells, ranks, and the same problems in SciPy, in one run.

    tools/benchmark_scale.py [--parts WORDS] [--large] [--oversubscribe] [--runs N] [--json FILE] [--small]

Linear problems on fixed boxes of seven standard deviations (two modes: six), whose densities are known, without error
estimates. Seconds are the best of N runs, of up to 3N where solves are short (those of solves hold assembly), bytes the
peak of resident memory, of several ranks added up.
Parts: precision, cost, ranks, scipy, operator; a file that exists keeps the parts that were not asked for. --small takes
sizes that try the script out. tools/benchmark.py scale does the same and writes the sections of docs/benchmarks.md.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

from benchmark_scale_problems import PROBLEMS, settings

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("SGDFLUX_PROGRAM", str(ROOT / "build" / "sgdflux"))
FIGURES = ROOT / "build" / "benchmark_scale.json"
PARTS = ("precision", "cost", "ranks", "scipy", "operator")
PATIENCE = 60  # seconds that SciPy has for a case

# (problem, order, cells along every axis)
PRECISION = [("well", 2, (50, 100, 200, 400, 800, 1600)), ("well", 4, (32, 64, 128, 256, 512, 1024)),
             ("well", 6, (32, 64, 128, 256, 512)), ("well", 8, (32, 64, 128, 256, 512)),
             ("momentum", 2, (50, 100, 200, 400, 800)), ("momentum", 4, (32, 64, 128, 256, 512)),
             ("momentum", 6, (32, 64, 128, 256, 512)), ("momentum", 8, (32, 64, 128, 256))]
COST = [("well", 2, (400, 800, 1600, 3200)), ("coupled", 6, (32, 64, 96, 128)), ("modes", 8, (16, 24, 32, 40))]
LARGE = [("modes", 8, (64,))]
STRONG = [("well", 2, 1600), ("momentum", 8, 1024), ("modes", 8, 40)]
WEAK = [("well", 2, 800), ("modes", 8, 32)]  # on each rank
RANKS = (1, 2, 4)
MORE_RANKS = (3, 8)  # with --oversubscribe
# (problem, order, cells, solver of SciPy)
SCIPY = [("well", 2, n, "lu") for n in (50, 100, 200, 400, 800)] + [("well", 2, n, "ilu") for n in (100, 200, 400)] + \
        [("well", 8, n, "lu") for n in (32, 64, 128, 256)] + [("momentum", 2, n, "lu") for n in (50, 100, 200, 400)] + \
        [("momentum", 8, n, "lu") for n in (32, 64, 128, 256)] + [("coupled", 6, n, "ilu") for n in (16, 24, 32)]

SMALL = {"PRECISION": [("well", 2, (32, 64, 128)), ("well", 8, (32, 64)), ("momentum", 8, (32, 64))],
         "COST": [("well", 2, (50, 100, 200)), ("coupled", 6, (12, 16))], "LARGE": [],
         "STRONG": [("well", 2, 200)], "WEAK": [("well", 2, 100)],
         "SCIPY": [("well", 2, 50, "lu"), ("well", 2, 100, "lu"), ("well", 8, 32, "lu"), ("well", 8, 64, "lu"),
                   ("coupled", 6, 12, "ilu")]}


def environment(ranks=1):
    """Ranks that wait leave their core to others only where there are more of them than cores."""
    return dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", HWLOC_COMPONENTS="-gl",
                OMPI_MCA_mpi_yield_when_idle="1" if ranks > cores() else "0", OMPI_ALLOW_RUN_AS_ROOT="1",
                OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def cores():
    return len(os.sched_getaffinity(0))


def read(file):
    """A file of the operating system; nothing where its process has ended."""
    try:
        return pathlib.Path(file).read_text(encoding="utf-8")
    except OSError:
        return ""


class MemoryOfRanks:
    """Adds up the peaks of resident memory of the processes below one, as the operating system accounts them.

    Libraries and messages in shared memory count in every rank that has touched them.
    """

    def __init__(self, pid, name):
        self.pid, self.name, self.peaks, self.over = pid, name, {}, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.over.wait(0.1):
            for child in self.ranks():
                status = read(f"/proc/{child}/status")
                peak = re.search(r"VmHWM:\s*(\d+) kB", status)
                self.peaks[child] = max(self.peaks.get(child, 0), int(peak.group(1)) * 1024 if peak else 0)

    def ranks(self):
        """Of files alone: a program that is started to list processes would take its time from the ranks."""
        children = [int(pid) for task in pathlib.Path(f"/proc/{self.pid}/task").glob("*") for pid in read(task / "children").split()]
        return [pid for pid in children if read(f"/proc/{pid}/comm").strip() == self.name[:15]]

    def total(self):
        self.over.set()
        self.thread.join()
        return sum(self.peaks.values())


def run(command, ranks=1, patience=None):
    """Elapsed seconds, peak bytes and what a command printed; one rank stays on one core. None when it takes too long."""
    core = {min(os.sched_getaffinity(0))} if ranks == 1 else os.sched_getaffinity(0)
    launcher = [] if ranks == 1 else ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen([*launcher, *command], stdout=output, stderr=errors, env=environment(ranks),
                                   preexec_fn=lambda: os.sched_setaffinity(0, core))
        memory = MemoryOfRanks(process.pid, pathlib.Path(command[0]).name) if ranks > 1 else None
        stopper = threading.Timer(patience, process.kill) if patience else None
        if stopper:
            stopper.start()
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        if stopper:
            stopper.cancel()
        peak = memory.total() if memory else usage.ru_maxrss * 1024
        errors.seek(0)
        output.seek(0)
        if patience and took >= patience:
            return None
        if status != 0:
            sys.exit(f"{' '.join(command)} failed: {errors.read()}")
        return took, peak, output.read()


def finest_solve(report):
    """The last linear solve on the grid that was asked for: solver, iterations, residual; of its words in old reports."""
    solves = report.get("solves")
    if isinstance(solves, list) and solves:
        return max(enumerate(solves), key=lambda entry: (entry[1]["cells"], entry[0]))[1]
    words = report["scheme"].get("solver", "")
    count = re.search(r"(\d+) iterations", words)
    return {"solver": words, "iterations": int(count.group(1)) if count else None}


def tried(report):
    """Solvers on the grid that was asked for that did not converge."""
    solves = report.get("solves") if isinstance(report.get("solves"), list) else []
    largest = max((solve["cells"] for solve in solves), default=0)
    return [solve["solver"] for solve in solves if solve["cells"] == largest and not solve["converged"]]


def solve(problem, order, cells, runs, ranks=1):
    """Figures of one case."""
    with tempfile.TemporaryDirectory() as folder:
        ini = pathlib.Path(folder) / "run.ini"
        ini.write_text(settings(problem, cells), encoding="utf-8")
        command = [PROGRAM, "stationary", str(ini), f"--output.dir={folder}/out", f"--scheme.flux=order{order}",
                   "--scheme.estimate=off"]
        samples = []
        # Other programs disturb short solves most, the more so where ranks wait for each other.
        while len(samples) < runs or (len(samples) < 3 * runs and sum(sample[2] for sample in samples) < 10):
            took, peak, _ = run(command, ranks)
            report = json.loads((pathlib.Path(folder) / "out" / "report.json").read_text(encoding="utf-8"))
            within = report["seconds"]
            samples.append((took, peak, within.get("assemble", 0) + within["solve"], within["total"]))
    account = finest_solve(report)
    dimension = len(PROBLEMS[problem]["variables"])
    values = [entry["value"] for name, entry in sorted(report["observables"].items()) if name.startswith("cov.")]
    found = {"problem": problem, "order": order, "cells": cells, "dimension": dimension, "unknowns": cells**dimension,
             "ranks": ranks, "process": min(s[0] for s in samples), "solve": min(s[2] for s in samples),
             "total": min(s[3] for s in samples), "bytes": min(s[1] for s in samples), "iterations": account.get("iterations"),
             "solver": account.get("solver", ""), "residual": account.get("residual"), "tried": tried(report),
             "l1": report.get("reference", {}).get("l1"), "covariances": values}
    say(found)
    return found


def say(found):
    if found.get("failed"):
        print(f"  SciPy: {found['problem']}, order {found['order']}, {found['cells']}, {found['solver']}: {found['failed']}", flush=True)
        return
    l1 = "–" if found["l1"] is None else f"{found['l1']:.1e}"
    who = "SciPy" if "assemble" in found else f"{found['ranks']} rank(s)"
    print(f"  {who}: {found['problem']}, order {found['order']}, {found['cells']}: solve {found['solve']:.3f} s, process "
          f"{found['process']:.2f} s, {found['bytes'] / 1e6:.0f} MB, L1 {l1}, {found['solver']}"
          + (f", {found['iterations']} iterations" if found["iterations"] and "iterations" not in found["solver"] else ""), flush=True)


def precision(options):
    return [solve(problem, order, cells, options.runs) for problem, order, sizes in PRECISION for cells in sizes]


def cost(options):
    return [solve(problem, order, cells, 1 if cells >= 64 and order == 8 else options.runs)
            for problem, order, sizes in COST + (LARGE if options.large else []) for cells in sizes]


def ranks(options):
    """Strong scaling: the same cells on more ranks; weak: as many cells on each."""
    counts = [count for count in RANKS if count <= cores() or options.oversubscribe]
    counts = sorted({*counts, *(MORE_RANKS if options.oversubscribe else ())})
    strong = [solve(problem, order, cells, options.runs, count) for problem, order, cells in STRONG for count in counts]
    weak = [solve(problem, order, round(cells * count**(1 / len(PROBLEMS[problem]["variables"]))), options.runs, count)
            for problem, order, cells in WEAK for count in counts]
    return {"cores": cores(), "strong": strong, "weak": weak}


def scipy(_):
    """The same problems in SciPy, each in a process of its own; first whether its densities are right."""
    script = str(ROOT / "tools" / "benchmark_scale_scipy.py")
    if subprocess.run([sys.executable, script, "check"], env=environment(), check=False).returncode != 0:
        sys.exit("the densities of SciPy are not those of the problems")
    found = []
    for problem, order, cells, solver in SCIPY:
        result = run([sys.executable, script, problem, str(order), str(cells), solver], patience=PATIENCE)
        case = {"problem": problem, "order": order, "cells": cells, "solver": solver, "failed": f"more than {PATIENCE} s"}
        if result:
            case = {**json.loads(result[2]), "process": result[0], "bytes": result[1]}
        case["dimension"] = len(PROBLEMS[problem]["variables"])
        say(case)
        found.append(case)
    return found


def operator(_):
    """What tests/benchmark/operator.cpp prints: cells a second of the matrix-free operator, by order and dimension."""
    program = ROOT / "build" / "tests" / "benchmark_operator"
    if not os.access(program, os.X_OK):
        print(f"  {program} is not there; build the target benchmark_operator", flush=True)
        return None
    return json.loads(run([str(program)])[2])


MEASURES = {"precision": precision, "cost": cost, "ranks": ranks, "scipy": scipy, "operator": operator}


def measure(options):
    """Figures of the parts that were asked for, beside those that the file has; it is written after every part."""
    file = pathlib.Path(options.json)
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for part in options.parts:
        print(f"{part}:", flush=True)
        found[part] = MEASURES[part](options)
        found.setdefault("measured", {})[part] = {"date": time.strftime("%Y-%m-%d"), "runs": options.runs}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def add_options(parser):
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure; default: everything")
    parser.add_argument("--large", action="store_true", help="also 64 cells along each of four axes: minutes and gigabytes")
    parser.add_argument("--oversubscribe", action="store_true", help="more ranks than cores")
    parser.add_argument("--small", action="store_true", help="small sizes, to try the script out")
    parser.add_argument("--json", default=str(FIGURES), help="file that the figures go to, and stay in")


def take(options):
    """Sizes as the options say."""
    if options.small:
        globals().update(SMALL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    add_options(parser)
    options = parser.parse_args()
    take(options)
    measure(options)


if __name__ == "__main__":
    main()
