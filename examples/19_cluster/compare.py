#!/usr/bin/python3
"""Correlations and circulation of two modes over the correlation of their noise, with the exact law.

    /usr/bin/python3 examples/19_cluster/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from sgdflux.style import BLUE, GREEN, INK, VERMILION, WIDTH, figure, math  # noqa: E402

PAIRS = [("theta1", "theta2", BLUE, "o"), ("v1", "v2", GREEN, "s"), ("theta1", "v2", VERMILION, "^")]
DASHED = {"color": INK, "lw": 1.0, "dashes": (3, 2), "zorder": 5}
PLANE = "circulation.theta1.theta2"


def correlation(value, a, b):
    """Of two variables, from covariances by name."""
    return value(f"cov.{a}.{b}") / np.sqrt(value(f"cov.{a}.{a}") * value(f"cov.{b}.{b}"))


def draw_correlations(axes, at, runs):
    for a, b, color, mark in PAIRS:
        axes.plot(at, [correlation(lambda name, r=run: r.observable(name).value, a, b) for run in runs], mark, color=color, ms=5,
                  label=f"{math(a)}, {math(b)}")
        axes.plot(at, [correlation(run.reference.get, a, b) for run in runs], **DASHED)
    axes.plot([], [], label="exact", **DASHED)
    axes.set_xlabel("correlation of the noise")
    axes.set_ylabel("correlation of variables")
    axes.legend()


def draw_circulation(axes, at, runs):
    found = [sgdflux.Estimate.of(run.report["current"][PLANE]) for run in runs]
    axes.errorbar(at, [e.value for e in found], [e.error for e in found], fmt="o", color=BLUE, ms=5, capsize=2, label="computed")
    axes.plot(at, [run.reference[PLANE] for run in runs], label="exact", **DASHED)
    axes.set_xlabel("correlation of the noise")
    axes.set_ylabel(rf"circulation of $\theta_1$, $\theta_2$ (per unit time)")
    axes.legend()


def main(folder):
    solved = sgdflux.read(folder / "sweep").solved
    at, runs = [values[0] for values, _ in solved], [run for _, run in solved]
    for c, run in zip(at, runs):
        seconds = run.report["seconds"]
        print(f"c = {c:g}: {run.report['scheme']['solver']}, {seconds['total']:.1f} s; {PLANE} "
              f"{run.report['current'][PLANE]['value']:.7f}, exact {run.reference[PLANE]:.7f}")
    fig = figure(figsize=(WIDTH, 2.7))
    left, right = fig.subplots(1, 2)
    draw_correlations(left, at, runs)
    draw_circulation(right, at, runs)
    fig.savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
