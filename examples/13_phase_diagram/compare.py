#!/usr/bin/python3
"""The events of branches over the noise of the labels against their closed forms; the phase diagram that they make.

    /usr/bin/python3 examples/13_phase_diagram/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from sgdflux import diagram, happening  # noqa: E402
from sgdflux.branch import Branch  # noqa: E402
from sgdflux.style import INK, WIDTH, figure  # noqa: E402

EDGE, ORIGIN, MODE = "normalisability", "origin-diverges", "mode-vanishes"
NAMES = {frozenset(): "I   $p(0) = 0$, one maximum", frozenset([ORIGIN]): "II   $p(0) = \\infty$,\none maximum",
         frozenset([ORIGIN, MODE]): "III   $p(0) = \\infty$, no maximum",
         frozenset([EDGE]): "IV   no density: all mass ends at $v = 0$"}
EXACT = {"color": INK, "lw": 0.9, "dashes": (1.5, 2.5), "zorder": 6}
LAST = np.sqrt(14 / 3)  # of sigma/k: above it the maximum vanishes as soon as the density diverges at 0


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


def draw(traced, runs, k):
    """Regimes between the traced lines, the events of the branches and the closed forms."""
    fig = figure(figsize=(0.85 * WIDTH, 4.4))
    axes = fig.subplots()
    diagram.draw(axes, diagram.completed(traced), "sigma", "T", diagram.crossings(traced.results), names=NAMES)
    sigma = np.linspace(*axes.get_xlim(), 801)
    for kind in (EDGE, ORIGIN, MODE):
        (dotted,) = axes.plot(sigma, exact(kind, sigma, k), label="exact", **EXACT)
    last = axes.get_xlim()[1]
    for noise, branch in ((noise, branch) for noise, branch in runs if noise <= last):
        for event in branch.events:
            axes.plot(noise, event.value, happening.MARKERS[event.kind], ms=6, mfc="white", mew=1.3, clip_on=False,
                      mec=happening.look(event.kind)[0], zorder=7)
    handles = diagram.handles([EDGE, ORIGIN, MODE])
    for handle, kind in zip(handles, (EDGE, ORIGIN, MODE)):
        handle.set(marker=happening.MARKERS[kind], ms=6, mfc="white", mew=1.3)
    axes.legend(handles=[*handles, dotted], ncol=4, loc="lower center", bbox_to_anchor=(0.5, 1.0), handlelength=3.2,
                columnspacing=1.4, title="lines: traced;  marks: found on branches", title_fontsize=8.5)
    axes.set_xlabel(r"$\sigma$, standard deviation of the noise of the labels")
    axes.set_ylabel(r"temperature $T = \eta/S$")
    return fig


def print_lines(traced, k):
    for line in traced.lines:
        there = exact(line.kind, line.second, k)
        print(f"{line.kind:16} traced: {line.second.size} points, sigma {line.second[0]:.6g} ... {line.second[-1]:.6g}: "
              f"distance up to {np.abs(line.value - there).max():.1e}, error estimates up to {line.error.max():.1e}")
    for entry in traced.results.report["crossings"]:
        value, error = entry["values"], entry["errors"]
        print(f"{' and '.join(entry['kinds'])} meet at sigma = {value['parameters.sigma']:.10f} ± "
              f"{error['parameters.sigma']:.1e}, T = {value['model.T']:.10f} ± {error['model.T']:.1e}; exact "
              f"{crossing(k):.10f}, {critical(crossing(k), k):.10f}")


def print_table(runs, k):
    print(f"{'sigma':>6}  {'event':16}{'T':>16}{'error':>10}{'exact':>16}{'distance':>11}")
    for sigma, branch in runs:
        for event in sorted(branch.events, key=lambda event: event.value):
            there = float(exact(event.kind, sigma, k))
            print(f"{sigma:6g}  {event.kind:16}{event.value:16.12f}{event.error:10.1e}{there:16.12f}"
                  f"{abs(event.value - there):11.1e}")


def main(folder):
    sweep = sgdflux.read(folder / "noise")
    runs = [(values[0], Branch(run)) for values, run in zip(sweep.values, sweep.runs)]
    k = runs[0][1].results.constants["k"]
    traced = Branch(sgdflux.read(folder / "lines"))
    print_table(runs, k)
    print_lines(traced, k)
    draw(traced, runs, k).savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
