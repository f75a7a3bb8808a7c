#!/usr/bin/python3
"""Whole-process benchmarks of build/sgdflux on one core; writes docs/benchmarks.md.

    tools/benchmark.py [--runs N] [--only WORD]
    tools/benchmark.py scale [OPTIONS OF benchmark_scale.py] [--redraw]

Every figure is the median over N runs (after one that is not counted) of a process pinned to one core: elapsed seconds and
the peak of resident memory as the operating system accounts them, from the start of the program to its exit, files written.
`scale` writes the sections about scale and their pictures, which the rest of the benchmarks leaves as they are.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("SGDFLUX_PROGRAM", ROOT / "build" / "sgdflux"))
PAGE = ROOT / "docs" / "benchmarks.md"

WELL = """[model]
name = ornstein-uhlenbeck
drift_matrix = 1 -3; 3 1
noise_matrix = 1.4142135623730951 0; 0 1.4142135623730951
[mesh]
x1 = linear(-7, 7) {cells}
x2 = linear(-7, 7) {cells}
"""
INERTIAL = """[model]
name = momentum-regression
eta = .1
beta = .9
batch = 32
rho = 1
sigma2 = 1
[mesh]
theta = auto {cells}
v = auto {cells}
"""
COUPLED = """[model]
name = ornstein-uhlenbeck
drift_matrix = 1 .5 0; -.5 1.2 .3; 0 -.2 .8
noise_matrix = 1 0 0; 0 .8 0; 0 0 1.1
[mesh]
x1 = auto {cells}
x2 = auto {cells}
x3 = auto {cells}
"""
SKEWED = """[model]
name = ornstein-uhlenbeck
drift_matrix = 1 -2; 2 1
noise_matrix = 1.2411 -0.0678; 0.678 0.12411
[mesh]
x1 = linear(-4.5, 4.5) {cells}
x2 = linear(-4.5, 4.5) {cells}
"""
NETWORK = """[model]
name = diagonal-network
depth = 1
T = 0.2
[mesh]
s = auto {cells}
"""
TWO_NEURONS = """[model]
name = ornstein-uhlenbeck
drift_matrix = 1 .5 0 .1; -.5 1.2 .3 0; 0 -.2 .8 .25; -.1 0 .2 1.1
noise_matrix = 1 0 0 0; 0 .8 0 0; 0 0 1.1 0; 0 0 0 .9
[mesh]
x1 = linear(-4.17, 4.17) {cells}
x2 = linear(-3.3, 3.3) {cells}
x3 = linear(-5.29, 5.29) {cells}
x4 = linear(-3.76, 3.76) {cells}
"""
OSCILLATOR = """[model]
name = formula
variables = x y
parameters = D=0.04
drift.x = x*(1 - x^2 - y^2) - y*(1 - .3*(x^2 + y^2))
drift.y = y*(1 - x^2 - y^2) + x*(1 - .3*(x^2 + y^2))
noise.x.1 = sqrt(2*D)
noise.y.2 = sqrt(2*D)
[mesh]
x = linear(-2.4, 2.4) {cells}
y = linear(-2.4, 2.4) {cells}
[spectrum]
count = 3
"""
DOUBLE_WELL = """[model]
name = formula
variables = x
drift.x = x - x^3
noise.x.1 = sqrt(.5)
[mesh]
x = linear(-3.5, 3.5) {cells}
[spectrum]
count = 3
[passage]
start = -1
exit = x - 1
"""
DYNAMICS = INERTIAL + """[spectrum]
count = 15
[evolve]
initial = point(.3 0; .05 .2)
until = 5
outputs = 20
[correlate]
observable = theta
times = log(1e-2, 1e2) 60
"""


def pinned_run(command):
    """Elapsed seconds and peak resident bytes of one process on one core."""
    core = min(os.sched_getaffinity(0))
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment,
                               preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status != 0:
        sys.exit(f"{' '.join(command)} failed: {errors.decode(errors='replace')}")
    return seconds, usage.ru_maxrss * 1024


def measure(template, cells, flags, runs, command="stationary"):
    """Medians over runs, and the report of the last one."""
    with tempfile.TemporaryDirectory() as folder:
        ini = pathlib.Path(folder) / "run.ini"
        ini.write_text(template.format(cells=cells))
        words = [str(PROGRAM), command, str(ini), f"--output.dir={folder}/out", *flags]
        samples = [pinned_run(words) for _ in range(runs + 1)][1:]
        report = json.loads((pathlib.Path(folder) / "out" / "report.json").read_text())
    return {"seconds": statistics.median(s for s, _ in samples), "bytes": statistics.median(b for _, b in samples), "report": report}


def row(name, result):
    report = result["report"]
    inner = report["seconds"]
    l1 = report.get("reference", {}).get("l1")
    return [name, f"{result['seconds']:.2f}", f"{result['bytes'] / 1e6:.0f}", f"{inner.get('assemble', 0):.3f}",
            f"{inner.get('solve', 0):.3f}", "–" if l1 is None else f"{l1:.1e}", report["scheme"].get("solver", "")]


def eigenvalue_error(exact):
    """Largest relative error of the eigenvalues that belong to `exact`, for the table of dynamics."""
    def text(report):
        found = [complex(e["re"], e["im"]) for e in report["eigenvalues"]]
        return f"λ: {max(min(abs(z - w) for z in found) / abs(w) for w in exact):.0e}"
    return text


def reference_eigenvalue_error(report):
    found = [complex(e["re"], e["im"]) for e in report["eigenvalues"]]
    exact = [complex(e["re"], e["im"]) for e in report["reference"]["eigenvalues"]]
    return f"λ: {max(min(abs(z - w) for z in found) / abs(w) for w in exact if w):.0e}"


def series_error(report):
    exact = report["reference"]["observables"]
    found = report["observables"]
    scale = {name: max(abs(v) for v in exact[name]) or 1 for name in exact}
    return "moments: %.0e" % max(abs(a - b) / scale[name] for name in exact for a, b in zip(found[name]["value"], exact[name]))


def displacement_error(report):
    exact = report["reference"]["displacement"]
    return "displacement: %.0e" % max(abs(a / b - 1) for a, b in zip(report["observables"]["displacement"]["value"], exact))


def mean_time_error(report):
    return f"mean time: {abs(report['mean_time']['value'] / 14.277736637 - 1):.0e}"


HEADER = ["case", "process s", "MB", "assemble s", "solve s", "L¹ error", "solver"]
ORDER2 = ["--scheme.flux=order2"]
OFF = ["--scheme.estimate=off"]

TABLES = {
    "Harmonic well with rotation": (
        "dx = −x dt + 3 y dt + √2 dW₁, dy = −y dt − 3 x dt + √2 dW₂ on ±7 standard deviations. Bounds set when the project began: "
        "order 2 at 400² in 1 s and 250 MB without error estimates, 3 s with; the same L¹ error by order 8 in 0.1 s of solver time.",
        [("order 2, 400², no estimates", WELL, 400, ORDER2 + OFF), ("order 2, 400², with estimates", WELL, 400, ORDER2),
         ("order 8, 40², no estimates", WELL, 40, OFF), ("order 8, 40², with estimates", WELL, 40, [])]),
    "Cost against cells, order 2": (
        "The same well, no estimates: algebraic multigrid from 20 000 cells on.",
        [(f"{n}²", WELL, n, ORDER2 + OFF) for n in (100, 200, 400, 800)]),
    "Cost against cells, order 8, noise in one variable": (
        "Momentum SGD on linear regression (no noise in θ), no estimates: LU of the operator, above 20 000 cells LU of the second-order "
        "generator as preconditioner.",
        [(f"{n}²", INERTIAL, n, OFF) for n in (64, 96, 128, 256)]),
    "Positive fluxes": (
        "No estimates. Noise of anisotropy 100 turned by half a radian with a rotating drift, and momentum SGD as above.",
        [(f"turned noise, {flux}, {n}²", SKEWED, n, OFF + [f"--scheme.flux={flux}"])
         for flux, n in (("monotone", 96), ("monotone", 192), ("limited", 96), ("order8", 96))] +
        [(f"momentum, {flux}, 96²", INERTIAL, 96, OFF + [f"--scheme.flux={flux}"]) for flux in ("monotone", "limited", "order8")]),
    "One variable": (
        "Two-layer network, T = .2, automatic mesh, with estimates.",
        [(f"{n}", NETWORK, n, []) for n in (200, 800, 3200, 12800)]),
    "Three and four variables": (
        "Coupled Ornstein–Uhlenbeck processes with non-symmetric drift, order 8, no estimates.",
        [(f"{n}³", COUPLED, n, OFF) for n in (16, 24, 32, 48)] + [("20⁴", TWO_NEURONS, 20, OFF)]),
}

SLOWEST = complex(-.048146069429, .698040133509)
DYNAMICS_TABLE = (
    "Dynamics", "Order 8. Relative errors against exact numbers (moments relative to their largest value over time). Bound set when the "
    "project began: the slowest pair of the noisy Stuart–Landau oscillator to 1e-8 at about 100² in 2 s.",
    [("slowest pair of Stuart–Landau, 100², no estimates", "spectrum", OSCILLATOR, 100, OFF, eigenvalue_error([SLOWEST])),
     ("the same with estimates", "spectrum", OSCILLATOR, 100, [], eigenvalue_error([SLOWEST])),
     ("15 slowest of momentum SGD, 96², no estimates", "spectrum", DYNAMICS, 96, OFF, reference_eigenvalue_error),
     ("the same with estimates", "spectrum", DYNAMICS, 96, [], reference_eigenvalue_error),
     ("21 times of momentum SGD, 96², with estimates", "evolve", DYNAMICS, 96, [], series_error),
     ("60 times and frequencies, 64², with estimates", "correlate", DYNAMICS, 64, [], displacement_error),
     ("double well, 300 cells, with estimates", "spectrum", DOUBLE_WELL, 300, [], eigenvalue_error([-.187170418089, -1.501028417712])),
     ("mean passage time, 400 cells, with estimates", "passage", DOUBLE_WELL, 400, [], mean_time_error)])


def dynamics_table(runs):
    title, text, cases = DYNAMICS_TABLE
    lines = [f"## {title}", "", text, "", "| case | process s | MB | error | solver |", "|---|---|---|---|---|"]
    for name, command, template, cells, flags, error in cases:
        result = measure(template, cells, flags, runs, command)
        report = result["report"]
        cellsrow = [name, f"{result['seconds']:.2f}", f"{result['bytes'] / 1e6:.0f}", error(report), report["scheme"].get("solver", "")]
        print(title, *cellsrow, sep="  ", flush=True)
        lines.append("| " + " | ".join(cellsrow) + " |")
    return lines + [""]


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown processor")
    return f"{model}, one core, {time.strftime('%Y-%m-%d')}"


def table(title, text, cases, runs):
    lines = [f"## {title}", "", text, "", "| " + " | ".join(HEADER) + " |", "|" + "---|" * len(HEADER)]
    for name, template, cells, flags in cases:
        cellsrow = row(name, measure(template, cells, flags, runs))
        print(title, *cellsrow, sep="  ", flush=True)
        lines.append("| " + " | ".join(cellsrow) + " |")
    return lines + [""]


SAMPLING_TITLE = "Monte Carlo"


def sampling_table():
    """Path-steps per second against vectorised NumPy at its best block size, in the same run."""
    import benchmark_sampling
    import benchmark_sgd
    paths = benchmark_sampling.measure(str(ROOT / "build" / "tests" / "benchmark_sampling"), 5)
    sgd = benchmark_sgd.measure()
    million = lambda value: f"{value / 1e6:.0f}"
    rows = [("doubles, Random123 in a plain loop", paths["random123_doubles"], None, None),
            ("doubles, the program's own loop", paths["uniform_doubles"], None, None),
            ("normals", paths["normals"], None, None)]
    for name, label in (("network", "network in s = ln v, Euler, dt = .001"), ("momentum", "momentum, Euler")):
        rows.append((label, paths[f"{name}_euler"], paths[f"{name}_numpy"], paths["random123_doubles"]))
    rows += [("network in s, Euler, dt = .01 (more steps are divided)", paths["network_euler_coarse"], None, None),
             ("network in s, Platen", paths["network_platen"], None, None),
             ("momentum, BAOAB", paths["momentum_baoab"], None, None), ("momentum, exact", paths["momentum_exact"], None, None),
             ("SGD, two-layer network, one row a step", sgd["sgdflux"], sgd["numpy"], None)]
    lines = [f"## {SAMPLING_TITLE}", "", "Millions of numbers or path-steps a second on one core; NumPy does the same steps vectorised "
             "over paths at its best block size and generator, in turns with the program.", "",
             "| case | million/s | NumPy | ratio | share of the doubles of Random123 |", "|---|---|---|---|---|"]
    for label, value, numpy, doubles in rows:
        cellsrow = [label, million(value), million(numpy) if numpy else "", f"{value / numpy:.2f}" if numpy else "",
                    f"{value / doubles:.2f}" if doubles else ""]
        print(SAMPLING_TITLE, *cellsrow, sep="  ", flush=True)
        lines.append("| " + " | ".join(cellsrow) + " |")
    return lines + [""]


GRID_TITLE = "Grids of parameters"


def grid_table(rounds):
    """A grid of 16 points on two groups of one rank each against one rank, in turns."""
    import benchmark_grid
    found = benchmark_grid.measure(str(PROGRAM), rounds=rounds)
    cellsrow = [f"{found['points']} points of momentum SGD over β and η, {found['cells']}², order 8, with estimates",
                f"{found['one_rank']:.2f}", f"{found['two_ranks']:.2f}", f"{found['ratio']:.2f}"]
    print(GRID_TITLE, *cellsrow, sep="  ", flush=True)
    return [f"## {GRID_TITLE}", "", f"Two ranks on two cores, each computing points by itself, against one rank; whole processes in turns, the best of {rounds} "
            "counts for each. The numbers of both are the same to the last digit. Bound set when the project began: 1.7 times faster.", "",
            "| case | one rank s | two ranks s | ratio |", "|---|---|---|---|", "| " + " | ".join(cellsrow) + " |", ""]


BRANCH_TITLE = "Branches"


def branch_table(rounds):
    """100 steps of a branch in two variables, in units of a cold solve."""
    import benchmark_branch
    rows = []
    for found in benchmark_branch.measure(str(PROGRAM), rounds=rounds):
        solves = found["solves"]
        rows.append([f"{found['branch']}, {found['cells']}², order 8, {found['points']} points", f"{found['seconds']:.1f}",
                     f"{found['cold']:.2f}", f"{found['ratio']:.1f}", str(solves["cold"]), str(solves["warm"]),
                     str(solves["iterations"])])
        print(BRANCH_TITLE, *rows[-1], sep="  ", flush=True)
    return [f"## {BRANCH_TITLE}", "", "`continue` in equal steps with error estimates on three grids at every point, without sensitivities, against "
            f"runs of `stationary` at its first point; whole processes, the best of {rounds}. Factorisations and solves that reuse one count over "
            "all three grids. Bound set when the project began: 25 cold solves for 100 points.", "",
            "| case | branch s | cold solve s | cold solves | factorisations | reuses | iterations |", "|---|---|---|---|---|---|---|",
            *("| " + " | ".join(row) + " |" for row in rows), ""]


def scale_begins(lines):
    """Where the sections about scale begin, which are the last ones of the page."""
    from benchmark_scale_pages import MARK
    return next((i for i, line in enumerate(lines) if line.startswith(MARK)), len(lines))


def page_lines():
    return PAGE.read_text(encoding="utf-8").split("\n") if PAGE.exists() else []


def write_scale(words):
    """Measures scale, or takes what was measured, and puts it into the page."""
    import benchmark_scale
    import benchmark_scale_pages as pages
    parser = argparse.ArgumentParser(prog="benchmark.py scale", description=benchmark_scale.__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--redraw", action="store_true", help="measure nothing: page and pictures from the figures of the file")
    benchmark_scale.add_options(parser)
    options = parser.parse_args(words)
    if options.redraw:
        options.parts = []
    benchmark_scale.take(options)
    figures = benchmark_scale.measure(options)
    if options.small:
        return print("small sizes: the page is left alone")
    pages.draw(figures, ROOT / "docs" / "pictures")
    if "ranks" in figures:
        pages.put_cluster_table(figures, ROOT / "examples" / "19_cluster" / "README.md")
    page = page_lines()
    PAGE.write_text("\n".join(page[:scale_begins(page)] + pages.sections(figures)), encoding="utf-8")


def main():
    if sys.argv[1:2] == ["scale"]:
        return write_scale(sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="run only tables whose title contains this; the page is then left alone")
    options = parser.parse_args()
    page = ["# Benchmarks", "", f"`./dev bench` writes this page. {machine()}. Medians of {options.runs} runs of the whole process, "
            "files included; `assemble` and `solve` are the program's own account of parts of it. "
            "How far reported errors are from true ones: [battery.md](battery.md).", ""]
    for title, (text, cases) in TABLES.items():
        if options.only.lower() in title.lower():
            page += table(title, text, cases, options.runs)
    if options.only.lower() in DYNAMICS_TABLE[0].lower():
        page += dynamics_table(options.runs)
    if options.only.lower() in SAMPLING_TITLE.lower():
        page += sampling_table()
    if options.only.lower() in GRID_TITLE.lower():
        page += grid_table(options.runs)
    if options.only.lower() in BRANCH_TITLE.lower():
        page += branch_table(options.runs)
    if not options.only:
        old = page_lines()
        PAGE.write_text("\n".join(page + old[scale_begins(old):]), encoding="utf-8")


if __name__ == "__main__":
    main()
