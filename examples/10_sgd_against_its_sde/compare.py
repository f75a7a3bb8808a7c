#!/usr/bin/python3
"""Density of v by the solver and by SGD at three learning rates; mean and variance over T.

    /usr/bin/python3 examples/10_sgd_against_its_sde/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from sgdflux import histogram, line, validate  # noqa: E402
from sgdflux.style import BLUE, GREEN, GREY, INK, PURPLE, VERMILION, WIDTH, figure, number  # noqa: E402

COLORS = (GREEN, VERMILION, PURPLE)
RANGE = (0.5, 1.55)  # of v in the picture
CENTRE = 0.35        # standard deviations of s around its mode


def clipped(curve, interval):
    """Mean and variance of min(max(v, low), high) under the solver's density."""
    values, weights = np.clip(curve.value, *interval), curve.mass / curve.mass.sum()
    mean = np.sum(weights * values)
    return mean, np.sum(weights * (values - mean) ** 2)


def rows(folder):
    """Of every T: the solver's clipped moments, those of SGD with their errors, how many paths exploded."""
    solver = {values[0]: run for values, run in sgdflux.read(folder / "density").solved}
    for (T,), run in sgdflux.read(folder / "sgd").solved:
        found = [run.observable(f"clipped.{kind}.v") for kind in ("mean", "var")]
        yield T, clipped(solver[T].curve("v"), run.member("clip")["v"]), found, run.member("paths")


def learning_rates(results):
    return [pair for pair in validate.groups(results) if pair[0] != "paths/"]


def centre(results):
    """Probability within CENTRE standard deviations of the mode, SGD/SDE - 1, with its error, by learning rate."""
    curve = results.curve("s")
    reach = CENTRE * results.observable("cov.s.s").value ** 0.5
    use, width = abs(curve.value - results.observable("mode.s").value) < reach, results.widths("s")
    expected = curve.mass[use].sum()
    for group, _ in learning_rates(results):
        found = histogram.marginal(results, "s", group)
        yield (found.curve.density * width)[use].sum() / expected - 1, \
            np.hypot.reduce((found.error * width)[use]) / expected


def draw_densities(axes, below, results):
    """Above the densities, below what SGD has more than the SDE."""
    curve = results.curve("v")
    axes.plot(*line.drawn(curve, curve.density), color=BLUE, label="SDE, solver")
    below.axhline(0, color=BLUE, lw=1.5)
    axes.set_xlim(RANGE)
    axes.set_ylim(0)
    sgd = learning_rates(results)
    for k, ((group, label), color) in enumerate(zip(sgd, COLORS)):
        found = validate.counted(results, "v", group)
        histogram.points(axes, found, color, label, turn=k / len(sgd))
        cells = histogram.shown(found, RANGE, ("linear", "linear"), k / len(sgd))
        below.errorbar(found.curve.value[cells], (found.curve.density - curve.density)[cells], found.error[cells],
                       fmt="o", ms=2.6, mew=0, elinewidth=0.8, color=color)
    axes.legend(loc="upper right", handlelength=1.2)
    axes.set_ylabel("density $p(v)$")
    below.set_ylabel("SGD − SDE")
    below.set_xlabel("$v$")


def draw_moment(axes, found, which, label, scale):
    """A moment over T; `scale` divides it."""
    T = np.array([row[0] for row in found])
    sde = np.array([row[1][which] for row in found]) / scale(T)
    value, error = (np.array([getattr(row[2][which], part) for row in found]) / scale(T) for part in ("value", "error"))
    axes.plot(T, sde, color=BLUE, marker=".", label="SDE, solver")
    axes.errorbar(T, value, error, fmt="o", ms=4, color=GREEN, elinewidth=0.9, capsize=2, label=r"SGD, $\eta = T$")
    axes.margins(y=0.08)
    for row in found if which else []:
        if row[3]["diverged"]:
            axes.annotate(f"{row[3]['diverged']} of {row[3]['count']}\nexploded", (row[0], value[T == row[0]][0]),
                          xytext=(-6, 0), textcoords="offset points", ha="right", va="center", color=GREY, fontsize=8)
    axes.set_ylabel(label)
    axes.set_xlabel(r"$T = \eta/S$")


def draw(results, found):
    fig = figure(figsize=(WIDTH, 4.6))
    left, right = fig.subfigures(1, 2, width_ratios=[1.15, 1])
    densities, difference = left.subplots(2, 1, sharex=True, height_ratios=[2, 1.1])
    draw_densities(densities, difference, results)
    mean, variance = right.subplots(2, 1, sharex=True)
    draw_moment(mean, found, 0, "mean of $v$", np.ones_like)
    draw_moment(variance, found, 1, "(clipped) variance of $v$ / $T$", lambda T: T)
    mean.set_xlabel("")
    mean.legend()
    densities.set_title(f"$T$ = {number(results.report['model']['parameters']['T'])}")
    return fig


def main(folder):
    results, found = sgdflux.read(folder / "validate"), list(rows(folder))
    print(f"{'T':>6}{'mean: SDE':>14}{'SGD':>22}{'variance: SDE':>16}{'SGD':>24}{'exploded':>10}")
    for T, (mean, variance), (first, second), paths in found:
        print(f"{T:6g}{mean:14.6f}{first.value:13.6f} ± {first.error:.6f}{variance:16.6f}{second.value:15.6f} ± "
              f"{second.error:.6f}{paths['diverged']:>6} of {paths['count']}")
    for fit in results.member("gap")["limits"]:
        limit, slope = (sgdflux.Estimate.of(fit[part]) for part in ("limit", "slope"))
        print(f"gap of {fit['quantity']}: {limit.value:.5f} ± {limit.error:.5f} at eta -> 0, "
              f"slope {slope.value:.3f} ± {slope.error:.3f}")
    eta = sorted({run["eta"] for run in results.member("gap")["runs"]})
    shares = list(centre(results))
    line_of = np.polyfit(eta, [share for share, _ in shares], 1)
    listed = ", ".join(f"{share:.4f} ± {error:.4f}" for share, error in shares)
    print(f"probability around the mode, SGD/SDE - 1: {listed}; {line_of[1]:.4f} at eta -> 0")
    draw(results, found).savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
