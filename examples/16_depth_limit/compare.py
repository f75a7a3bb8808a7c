#!/usr/bin/python3
"""Densities of ever deeper networks against their limit, exponents of their tails, and the scaling law.

    /usr/bin/python3 examples/16_depth_limit/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from sgdflux import line, sweep  # noqa: E402
from sgdflux.branch import Branch  # noqa: E402
from sgdflux.style import BLUE, GREEN, GREY, INK, VERMILION, WIDTH, figure, number  # noqa: E402

NODES = np.linspace(-12, 60, 200001)  # of s = ln v, for quadrature of the limit
TAIL = 0.6, 0.9                       # shares of the largest s of a mesh between which the tail's slope is taken
DASHED = {"color": INK, "lw": 1.1, "dashes": (3, 2), "zorder": 5}


def limit(p, stiffness, s=NODES):
    """ln of the limiting density of s = ln v, up to a constant; `stiffness` is (width/depth) / T (docs/theory.md)."""
    v, a1, a2, a3, b1, b2 = np.exp(s), *(p[name] for name in ("alpha1", "alpha2", "alpha3", "beta1", "beta2"))
    root = np.sqrt(a1 * a3 - a2**2)
    k1 = stiffness * (a3 * b1 - 2 * a2 * b2) / a3**2
    g = a1 * v**2 - 2 * a2 * v + a3
    angle = (a2 * a3 * b1 - 2 * a2**2 * b2 + a1 * a3 * b2) / (a3**2 * root) * np.arctan((a1 * v - a2) / root)
    return (-2 - k1) * s + (k1 / 2 - 1) * np.log(g) - stiffness * (b2 / (a3 * v) + angle)


def normalised(p, stiffness):
    """The limiting density of s on NODES."""
    logarithm = limit(p, stiffness)
    density = np.exp(logarithm - logarithm.max())
    return density / np.trapz(density, NODES)


def moments(p, stiffness):
    density, v = normalised(p, stiffness), np.exp(NODES)
    mean = np.trapz(density * v, NODES)
    return mean, np.trapz(density * (v - mean) ** 2, NODES)


def distance(run):
    """Integral of |density - limit| over s, on the cells of the run."""
    curve, p = run.curve("s"), run.report["model"]["parameters"]
    density = normalised(p, p["width"] / p["depth"] / p["T"])
    return np.sum(np.abs(curve.density - np.interp(curve.value, NODES, density)) * run.widths("s"))


def slope(run):
    """d ln p(v) / d ln v far out, by the density alone."""
    curve = run.curve("v")
    s = np.log(curve.value)
    use = (s > TAIL[0] * s.max()) & (s < TAIL[1] * s.max())
    return np.polyfit(s[use], np.log(curve.density[use]), 1)[0]


def draw_densities(axes, runs, colors):
    p = runs[-1].report["model"]["parameters"]
    for run, color in zip(runs, colors):
        curve = run.curve("v")
        axes.plot(*line.drawn(curve, curve.density), color=color, label=f"$D = d$ = {number(depth(run))}")
    v = np.exp(NODES)
    axes.plot(v, normalised(p, 1 / p["T"]) / v, label=r"limit $D \to \infty$", **DASHED)
    axes.set_xlim(0, 2.2)
    axes.set_ylim(0, 2.2)
    axes.set_xlabel("$v$")
    axes.set_ylabel("density $p(v)$")
    axes.legend(handlelength=1.4, fontsize=7.5)


def depth(run):
    return run.report["model"]["parameters"]["depth"]


def draw_distances(axes, runs):
    depths = np.array([depth(run) for run in runs])
    p = runs[0].report["model"]["parameters"]
    mean = [abs(run.observable("mean.v").value - moments(p, 1 / p["T"])[0]) for run in runs]
    axes.loglog(depths, [distance(run) for run in runs], "o-", color=BLUE, ms=4, label="$L^1$ distance of densities")
    axes.loglog(depths, mean, "s-", color=VERMILION, ms=4, label="distance of means")
    axes.loglog(depths[2:], 0.6 * np.log(depths[2:]) / depths[2:], color=GREY, lw=0.8, dashes=(1, 1.5),
                label=r"$\propto \ln D / D$")
    axes.set_xlabel("depth $D$")
    axes.legend()


def draw_exponents(axes, runs):
    depths = np.array([depth(run) for run in runs])
    fine = np.geomspace(depths[0], depths[-1], 200)
    axes.semilogx(fine, -5 + 3 / (fine + 1), label="$-5 + 3/(D+1)$", **DASHED)
    axes.semilogx(depths, [slope(run) for run in runs], "o", color=BLUE, ms=5, label="slope of the computed density")
    axes.axhline(-5, color=GREY, lw=0.6)
    axes.set_xlabel("depth $D$")
    axes.set_ylabel("tail exponent of $p(v)$")
    axes.legend()


def draw_scaling(axes, branches):
    """Means over T * depth / width."""
    for branch, color, mark in zip(branches, (BLUE, GREEN, VERMILION), "os^"):
        p = branch.results.report["model"]["parameters"]
        curve = branch.curve("mean.v")
        ratio = p["width"] / p["depth"]
        axes.plot(np.log(curve.at / ratio), curve.value, mark, color=color, ms=5, mfc="none",
                  label=f"$d/D$ = {number(ratio)}")
    p = branches[0].results.report["model"]["parameters"]
    scaled = np.geomspace(0.02, 2, 60)
    axes.plot(np.log(scaled), [moments(p, 1 / x)[0] for x in scaled], label=r"limit $D \to \infty$", **DASHED)
    axes.set_xlabel("$T D / d$")
    axes.set_ylabel(f"mean of $v$ at $D = {p['depth']}$")
    axes.set_xticks(np.log([0.01, 0.1, 1]), ["0.01", "0.1", "1"])
    axes.legend()


def spread_of_scaling(branches):
    """The largest difference between the means of two ratios at equal T * depth / width."""
    grid = np.geomspace(0.05, 0.5, 50)
    found = []
    for branch in branches:
        p, curve = branch.results.report["model"]["parameters"], branch.curve("mean.v")
        fit = np.polynomial.Polynomial.fit(np.log(curve.at * p["depth"] / p["width"]), curve.value, 8)
        found.append(fit(np.log(grid)))
    return np.ptp(found, axis=0).max()


def print_table(runs):
    p = runs[0].report["model"]["parameters"]
    print(f"{'depth':>6}{'mean':>12}{'variance':>12}{'L1 to limit':>14}{'slope of tail':>16}{'exact':>10}")
    for run in runs:
        mean, variance = run.observable("mean.v").value, run.observable("cov.v.v").value
        print(f"{depth(run):6g}{mean:12.6f}{variance:12.6f}{distance(run):14.4e}{slope(run):16.6f}"
              f"{-5 + 3 / (depth(run) + 1):10.6f}")
    print(f"{'limit':>6}" + "".join(f"{moment:12.6f}" for moment in moments(p, 1 / p["T"])) + f"{'':>30}{-5:10.6f}")


def main(folder):
    runs = [run for _, run in sgdflux.read(folder / "density").solved]
    branches = [Branch(run) for run in sgdflux.read(folder / "scaling").runs]
    print_table(runs)
    print(f"means at D = {depth(branches[0].results)} for {len(branches)} ratios of width to depth, at equal T D/d: "
          f"at most {spread_of_scaling(branches):.2g} apart")
    fig = figure(figsize=(WIDTH, 5.4))
    (densities, distances), (exponents, scaling) = fig.subplots(2, 2)
    draw_densities(densities, runs, sweep.colours(len(runs)))
    draw_distances(distances, runs)
    draw_exponents(exponents, runs)
    draw_scaling(scaling, branches)
    fig.savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
