#!/usr/bin/python3
"""The lines of events over the noise of the labels against their closed forms; the phase diagram that they make.

    /usr/bin/python3 examples/13_phase_diagram/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from sgdflux import diagram  # noqa: E402
from sgdflux.branch import Branch  # noqa: E402
from sgdflux.style import INK, WIDTH, figure  # noqa: E402

EDGE, ORIGIN, MODE = "normalisability", "origin-diverges", "mode-vanishes"
NAMES = {frozenset(): "I   $p(0) = 0$, one maximum", frozenset([ORIGIN]): "II   $p(0) = \\infty$,\none maximum",
         frozenset([ORIGIN, MODE]): "III   $p(0) = \\infty$, no maximum",
         frozenset([EDGE]): "IV   no density: all mass ends at $v = 0$"}
LAST = np.sqrt(14 / 3)  # of sigma/k: above it the maximum vanishes as soon as the density diverges at 0
EXACT = {"color": INK, "lw": 0.9, "dashes": (1.5, 2.5), "zorder": 6}


def critical(sigma, k):
    return k / (2 * k**2 + sigma**2)


def star(sigma, k):
    """T*, where the maximum meets the minimum between it and 0."""
    return (4 * k + np.sqrt(42) * sigma) / (4 * (21 * sigma**2 - 8 * k**2))


def crossing(k):
    """sigma where T* = T_c: 4(21 x^2 - 8) = (4 + sqrt(42) x)(2 + x^2) with x = sigma/k, between 2/3 and 1."""
    roots = np.roots([np.sqrt(42), 4 - 84, 2 * np.sqrt(42), 8 + 32])
    (x,) = [root.real for root in roots if abs(root.imag) < 1e-9 and 2 / 3 < root.real < 1]
    return k * x


def exact(kind, sigma, k):
    """The temperature of an event, nan where there is none."""
    if kind == EDGE:
        return critical(sigma, k)
    if kind == ORIGIN:
        return critical(sigma, k) / 3
    there = np.where(sigma < LAST * k, star(sigma, k), critical(sigma, k) / 3)
    return np.where(sigma >= crossing(k) * (1 - 1e-9), there, np.nan)


def draw(branch, k):
    fig = figure(figsize=(0.85 * WIDTH, 4.4))
    axes = fig.subplots()
    diagram.draw(axes, diagram.completed(branch), "sigma", "T", diagram.crossings(branch.results), names=NAMES)
    sigma = np.linspace(*axes.get_xlim(), 600)
    for kind in (EDGE, ORIGIN, MODE):
        (dashed,) = axes.plot(sigma, exact(kind, sigma, k), label="exact", **EXACT)
    axes.legend(handles=[*diagram.handles([EDGE, ORIGIN, MODE]), dashed], loc="lower center", ncol=4,
                bbox_to_anchor=(0.5, 1.0), handlelength=2.2, columnspacing=1.4)
    axes.set_xlabel(r"$\sigma$, standard deviation of the noise of the labels")
    axes.set_ylabel(r"temperature $T = \eta/S$")
    return fig


def print_table(branch, k):
    print(f"{'line':18}{'points':>7}{'sigma from':>12}{'to':>8}{'largest distance':>18}{'largest error':>15}")
    for line in branch.lines:
        there = exact(line.kind, line.second, k)
        print(f"{line.kind:18}{line.second.size:7}{line.second[0]:12.5g}{line.second[-1]:8.5g}"
              f"{np.abs(line.value - there).max():18.2e}{line.error.max():15.2e}")
    sigma = branch.results.constants["sigma"]
    for event in branch.events:
        print(f"{event.kind} at sigma = {sigma:g}: T = {event.value:.10f} ± {event.error:.1e}, exact "
              f"{float(exact(event.kind, sigma, k)):.10f}")
    for kinds, values in diagram.crossings(branch.results):
        print(f"{' = '.join(kinds)} at sigma = {values['parameters.sigma']:.8f}, T = {values['model.T']:.8f}; exact "
              f"{crossing(k):.8f}, {critical(crossing(k), k):.8f}")


def main(folder):
    branch = Branch(sgdflux.read(folder))
    k = branch.results.constants["k"]
    print_table(branch, k)
    draw(branch, k).savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
