#!/usr/bin/python3
"""Density, currents and slow eigenvalues of the three learners with the exact numbers.

    /usr/bin/python3 examples/17_three_dimensions/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from exact import Learners  # noqa: E402
from sgdflux import plane  # noqa: E402
from sgdflux.style import BLUE, GREY, INK, SERIES, WIDTH, figure, math  # noqa: E402

DASHED = {"color": INK, "lw": 1.1, "dashes": (3, 2), "zorder": 5}
MARKS = "os^Dv"


def draw_plane(axes, run):
    shown = run.plane("x", "y")
    plane.draw_density(axes, shown)
    plane.draw_streamlines(axes, shown)
    axes.set_aspect("equal")
    axes.set_title("two of them, the third integrated out", loc="left", fontsize=9)


def draw_marginal(axes, run, exact):
    curve = run.curve("x")
    axes.plot(curve.value, curve.density, "o", color=BLUE, ms=3, label="computed")
    axes.plot(*exact.marginal(), label="exact, whatever $w$", **DASHED)
    axes.set_xlabel(math("x"))
    axes.set_ylabel("$p(x)$")
    axes.set_ylim(0, 1.35 * curve.density.max())
    axes.legend(loc="upper center")
    axes.set_title("one of them", loc="left", fontsize=9)


def eigenvalues(run):
    found = [complex(e["re"], e["im"]) for e in run.report["eigenvalues"]]
    return np.array([z for z in found if abs(z) > 1e-6])


def draw_eigenvalues(axes, sweep):
    for (values, run), color, mark in zip(sweep.solved, SERIES, MARKS):
        found = eigenvalues(run)
        axes.plot(found.real, found.imag, mark, color=color, ms=5, mfc="none", label=f"$w = {values[0]:g}$")
    axes.axhline(0, color=GREY, lw=0.5, zorder=0)
    axes.set_xlabel(r"$\mathrm{Re}\,\lambda$  (per unit time)")
    axes.set_ylabel(r"$\mathrm{Im}\,\lambda$  (radians per unit time)")
    axes.set_xlim(None, 0)
    axes.legend(loc="upper right")
    axes.set_title("slow eigenvalues", loc="left", fontsize=9)


def print_table(run, exact):
    reported = {**run.observables, **{name: sgdflux.Estimate.of(entry) for name, entry in run.report["current"].items()
                                      if isinstance(entry, dict)}}
    for name, value in exact.numbers().items():
        found = reported[name]
        print(f"{name:20}{found.value:14.9f} ± {found.error:.0e}{value:14.9f}   {abs(found.value - value):.0e} apart")


def print_rates(sweep):
    for _, run in sweep.solved:
        rate = Learners(run.constants).slowest_rate()
        found = run.report["eigenvalues"][1]
        print(f"w = {run.constants['w']:g}: slowest rate {-found['re']:.6f} ± {found['error']:.0e}, by polynomials {rate:.6f}")


def main(folder):
    run, sweep = sgdflux.read(folder), sgdflux.read(folder / "spectrum")
    exact = Learners(run.constants)
    print_table(run, exact)
    print_rates(sweep)
    fig = figure(figsize=(WIDTH, 2.7))
    left, middle, right = fig.subplots(1, 3)
    draw_plane(left, run)
    draw_marginal(middle, run, exact)
    draw_eigenvalues(right, sweep)
    fig.savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
