#!/usr/bin/python3
"""E|u^2 - w^2| over time for SGD, gradient descent and isotropic noise; a start with the wrong sign.

    /usr/bin/python3 examples/11_law_of_balance/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from sgdflux import sample  # noqa: E402
from sgdflux.style import BLUE, GREEN, GREY, INK, VERMILION, WIDTH, figure  # noqa: E402

NAMES = {"sgd": ("SGD", BLUE), "descent": ("gradient descent", GREEN), "langevin": ("isotropic noise", VERMILION)}
SIGNS = {"wrong_sign": ("two weights, $v = uw$", BLUE), "single": ("one weight", VERMILION)}


def predicted_rates(run):
    """By how much ln|u^2 - w^2| falls per unit time, from the moments of data and v.

    The SDE: 4 T E[g(v)], with the variance of the gradient 2x(vx - y). SGD: a step multiplies u^2 - w^2 by
    1 - (eta times that gradient)^2, so that the square of the mean gradient counts as well: 4 T E[g + f^2].
    """
    p = run.report["model"]["parameters"]
    mean, variance = run.observable("mean.v").value, run.observable("cov.v.v").value
    noise = p["alpha1"] * (variance + mean**2) - 2 * p["alpha2"] * mean + p["alpha3"]
    slope = p["beta1"]**2 * variance + (p["beta1"] * mean - p["beta2"])**2
    return 4 * p["T"] * noise, 4 * p["T"] * (noise + slope)


def measured_rate(run):
    """By how much E ln|u^2 - w^2| falls over the run, per unit time; all paths start at the same place."""
    shown = sample.series(run, "logarithm")
    length = shown.at[-1] - shown.at[0]
    return (shown.value[0] - shown.value[-1]) / length, shown.error[-1] / length


def draw_balance(axes, runs, rate):
    for name, (label, color) in NAMES.items():
        shown = sample.series(runs[name], "unequal")
        axes.errorbar(shown.at, shown.value, np.nan_to_num(shown.error), fmt="o", ms=2.6, mew=0, elinewidth=0.8,
                      color=color, label=label)
    shown = sample.series(runs["sgd"], "unequal")
    axes.plot(shown.at, shown.value[0] * np.exp(-rate * shown.at), color=INK, lw=1, dashes=(4, 2), zorder=1,
              label=r"$\exp(-4T\,\mathrm{E}[g+f^2]\,t)$")
    axes.set_yscale("log")
    axes.set_xlabel("time $t$")
    axes.set_ylabel(r"$\mathrm{E}\,|u^2 - w^2|$")
    axes.legend(loc="lower left")


def draw_signs(axes, runs):
    for name, (label, color) in SIGNS.items():
        sample.draw_mean(axes, runs[name], "v", color, f"mean of {label}", paths=2)
    axes.axhline(0, color=GREY, lw=0.5)
    goal = runs["single"].report["model"]["parameters"]
    goal = goal["beta2"] / goal["beta1"]
    axes.axhline(goal, color=INK, lw=0.8, dashes=(4, 2))
    axes.annotate("least loss", (15, goal), xytext=(0, -10), textcoords="offset points", ha="right", fontsize=8.5)
    axes.set_ylabel("$v$, started at −0.5")
    axes.legend(loc="center right")


def main(folder):
    runs = {name: sgdflux.read(folder / name) for name in (*NAMES, *SIGNS)}
    law, rate = predicted_rates(runs["sgd"])
    print("decay rate of ln|u^2 - w^2| under SGD: {:.5f} ± {:.5f}".format(*measured_rate(runs["sgd"]))
          + f", predicted {rate:.5f}; law of balance of the SDE {law:.5f}")
    for name in NAMES:
        shown = sample.series(runs[name], "unequal")
        print(f"{NAMES[name][0]:18} E|u^2 - w^2| from {shown.value[0]:.5f} to {shown.value[-1]:.5f} ± "
              f"{shown.error[-1]:.5f} at t = {shown.at[-1]:g}")
    for name in SIGNS:
        shown = sample.series(runs[name], "v")
        print(f"{name:18} mean of v at t = {shown.at[-1]:g}: {shown.value[-1]:.5g} ± {shown.error[-1]:.2g}")
    fig = figure(figsize=(WIDTH, 3.2))
    left, right = fig.subplots(1, 2)
    draw_balance(left, runs, rate)
    draw_signs(right, runs)
    fig.savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
