#!/usr/bin/python3
"""Variance over temperature for zero to three hidden layers and for several widths, against quadrature.

    /usr/bin/python3 examples/14_fluctuation_inversion/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from sgdflux.branch import Branch  # noqa: E402
from sgdflux.style import BLUE, GREEN, GREY, INK, PURPLE, SKY, VERMILION, WIDTH, figure, math, number  # noqa: E402

COLORS = [BLUE, VERMILION, GREEN, PURPLE, SKY]
EXACT = {"color": INK, "lw": 1.0, "dashes": (2.2, 2.2), "zorder": 5}
EVEN = np.linspace(np.arcsinh(-2e8), np.arcsinh(22), 60001)
NODES, WEIGHTS = 5 * np.sinh(EVEN), 5 * np.cosh(EVEN) * (EVEN[1] - EVEN[0])  # of s, for the trapezoidal rule
TABLE = {1: (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.33), 2: (0.1, 0.2, 0.5, 1), 3: (0.1, 0.2, 0.5, 1)}


def exponent(p, s):
    """f/(r g), the integrand of the logarithm of the density of s = ln v (docs/theory.md)."""
    m, v = p["depth"] + 1, np.exp(s)
    r = p["width"] ** (2 / m - 1) * np.exp((p["depth"] - 1) / m * s)
    return (p["beta1"] * v - p["beta2"]) / (r * (p["alpha1"] * v**2 - 2 * p["alpha2"] * v + p["alpha3"]))


def moments(p, T):
    """Mean and variance of v by quadrature of the exact density of s; Simpson's rule for the integral in it."""
    s, m, v = NODES, p["depth"] + 1, np.exp(NODES)
    with np.errstate(over="ignore", divide="ignore"):  # ln 0 far out on the left
        pieces = np.diff(s) * (exponent(p, s[1:]) + 4 * exponent(p, (s[1:] + s[:-1]) / 2) + exponent(p, s[:-1])) / 6
    middle = np.searchsorted(s, 0)
    inner = np.zeros_like(s)
    inner[middle + 1:] = np.cumsum(pieces[middle:])
    inner[:middle] = -np.cumsum(pieces[:middle][::-1])[::-1]
    g = p["alpha1"] * v**2 - 2 * p["alpha2"] * v + p["alpha3"]
    with np.errstate(over="ignore"):
        logarithm = -np.log(g) - (2 * (p["depth"] - 1) + 1) / m * s - inner / (m * T)
    density = np.exp(logarithm - logarithm.max())
    mass = density * WEIGHTS / np.sum(density * WEIGHTS)
    mean = np.sum(mass * v)
    return mean, np.sum(mass * (v - mean) ** 2)


def exact_variance(p, T):
    """nan where it is infinite or where there is no density."""
    if p["depth"] == 0:
        return T / (1 - 2 * T) if T < 0.5 else np.nan
    if p["depth"] == 1 and T >= p["beta2"] / p["alpha3"]:
        return np.nan
    return moments(p, T)[1]


def parameters(branch):
    return branch.results.report["model"]["parameters"]


def draw_variance(axes, branches, label, limit):
    for branch, color in zip(branches, COLORS):
        curve, p = branch.curve("cov.v.v"), parameters(branch)
        name = {"D": "depth", "d": "width"}[label]
        axes.plot(curve.at, curve.value, ".", color=color, ms=5, label=f"{math(label)} = {number(p[name])}")
        T = np.linspace(0.004, limit, 80) if p["depth"] != 1 else np.linspace(0.004, p["beta2"] / p["alpha3"], 80)[:-1]
        axes.plot(T, [exact_variance(p, t) for t in T], **EXACT)
    axes.plot([], [], label="exact", **EXACT)
    axes.set_xlabel(r"temperature $T = \eta/S$")
    axes.set_ylabel("variance of $v$")
    axes.set_ylim(0, 0.5)
    axes.set_xlim(0, limit)
    axes.legend(loc="upper right", ncol=2 if label == "D" else 3, handlelength=1.4, columnspacing=1.0)


def distances(branch):
    """Number of variances up to T = 0.4, largest distance from the exact ones, largest error estimate."""
    curve, p = branch.curve("cov.v.v"), parameters(branch)
    use = np.isfinite(curve.value) & (curve.at <= 0.4)
    exact = np.array([exact_variance(p, T) for T in curve.at[use]])
    return use.sum(), np.nanmax(np.abs(curve.value[use] - exact)), curve.error[use].max()


def peak(p):
    """Temperature and value of the largest exact variance."""
    T = np.linspace(0.05, 0.33, 141)
    variance = np.array([exact_variance(p, t) for t in T])
    k = variance.argmax()
    a, b, c = np.polyfit(T[k - 2:k + 3], variance[k - 2:k + 3], 2)
    return -b / (2 * a), c - b**2 / (4 * a)


def print_tables(branches):
    for branch in branches:
        p = parameters(branch)
        count, distance, error = distances(branch)
        said = f"D = {p['depth']}, d = {p['width']}: {count} variances up to T = 0.4, distance {distance:.2e}, " \
               f"error {error:.1e}"
        none = [(T, reason) for T, reason in reasons(branch)]
        print(said + (f"; none at T = {none[0][0]:.4g} ...: {none[0][1]}" if none else ""))
        for event in branch.events:
            print(f"  {event.kind} at T = {event.value:.10f} ± {event.error:.1e}")
        if p["depth"] and p["width"] == 1:
            T, variance = peak(p)
            print(f"  largest exact variance {variance:.6f} at T = {T:.4f}")


def reasons(branch):
    """Values of T at which the variance has no number though there is a density, and why."""
    for point in branch.points:
        entry = (point.get("observables") or {}).get("cov.v.v")
        if entry and entry["value"] is None:
            yield point["parameter"], entry.get("reason", "")


def main(folder):
    depths = [Branch(run) for run in (sgdflux.read(folder / "single"), *sgdflux.read(folder / "depth").runs)]
    widths = [Branch(run) for run in sgdflux.read(folder / "width").runs]
    print_tables(depths + widths)
    fig = figure(figsize=(WIDTH, 3.2))
    left, right = fig.subplots(1, 2)
    draw_variance(left, depths, "D", 0.6)
    draw_variance(right, widths, "d", 1.0)
    left.axvline(0.5, color=GREY, lw=0.8, dashes=(1, 1.5))
    left.annotate("$D = 0$:\ninfinite", (0.5, 0.3), xytext=(3, 0), textcoords="offset points", color=GREY, fontsize=8.5)
    right.set_ylabel("variance of $v$ at $D = 2$")
    right.set_ylim(0, 0.33)
    fig.savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
