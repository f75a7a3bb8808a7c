"""Relaxation: densities at several times, means and variances over time, annealed parameters."""
import numpy as np

from . import dynamics, line, maps, sweep
from .dynamics import decades
from .formula import evaluate
from .results import Estimate, ResultsError
from .smooth import refine
from .style import DENSITY, INK, SERIES, VERMILION, WIDTH, figure, math, number, observable_label
from .title import put_title

CURVES = 8        # densities over one variable
PANELS = 8        # densities over two variables, four to a row
IN_ROW = 3        # panels of observables side by side
ALIKE = 15        # observables whose sizes differ by less share a panel
LOST = 1e-6       # mass that absorbing walls took before its curve is worth a panel
FLAT = 3          # an initial peak so much higher than the typical one leaves the linear panel


def draw(results):
    dimension = len(results.variables)
    groups = observed(results)
    below = -(-(len(groups) + len(schedules(results))) // IN_ROW)
    shots = dynamics.snapshots(results, CURVES if dimension == 1 else PANELS)
    height = 2.8 if dimension == 1 else 1.75 * -(-len(shots) // 4) + 0.35
    fig = figure(figsize=(WIDTH, height + 2.2 * below + 0.4))
    top, bottom = fig.subfigures(2, 1, height_ratios=[height, 2.2 * below]) if below else (fig, None)
    (draw_curves if dimension == 1 else draw_planes)(top, results, shots)
    if below:
        draw_observables(bottom, results, groups, below)
    put_title(fig, results, below=annealing(results))
    return fig


def annealing(results):
    """The schedules in words."""
    return ";  ".join(f"{math(name)}$(t)$ = {text}" for name, text in schedules(results).items())


def schedules(results):
    return {k.removeprefix("evolve.schedule."): v for k, v in results.report.get("settings", {}).items()
            if k.startswith("evolve.schedule.")}


def draw_curves(part, results, shots):
    """One variable: densities over each other, linear and logarithmic."""
    name = sweep.main_quantity(results) if results.quantities else results.variables[0]
    curves = [dynamics.curve_of(results, density, name) for _, density in shots]
    texts = [f"$t$ = {number(time, 3)}" for time, _ in shots]
    colors = sweep.colours(max(len(shots), sweep.FEW + 1))[:len(shots)]
    left, right = part.subplots(1, 2)
    for panel, logarithmic in ((left, False), (right, True)):
        line.panel(panel, curves, colors, texts, logarithmic)
    typical = np.median([curve.density.max() for curve in curves])
    left.set_ylim(0, min(left.get_ylim()[1], FLAT * typical))
    line.legend(left, True, False, loc="best", ncol=1 + (len(shots) > 6))


def draw_planes(part, results, shots):
    """Two variables (or the first two of more): densities in units of their maxima, with the path of the mean."""
    a, b = results.variables[:2]
    densities = [results.integrated(density, [a, b]) for _, density in shots]
    window = maps.Window(results, densities)
    columns = min(4, len(shots))
    axes = part.subplots(-(-len(shots) // columns), columns, sharex=True, sharey=True, squeeze=False)
    for panel, (time, _), density in zip(axes.flat, shots, densities):
        picture = window.image(panel, window.sample(density / density.max()), cmap=DENSITY, vmin=0, vmax=1)
        draw_path(panel, results, time)
        panel.set_title(f"$t$ = {number(time, 3)}", fontsize=9, pad=3)
        panel.label_outer()
    for panel in axes.flat[len(shots):]:
        panel.set_axis_off()
    bar = part.colorbar(picture, ax=axes, pad=0.01, aspect=30)
    bar.set_label("density / its maximum")
    bar.outline.set_visible(False)


def draw_path(axes, results, time):
    """The mean from the beginning to `time`, with a dot where it is."""
    a, b = results.variables[:2]
    if not {f"mean.{a}", f"mean.{b}"} <= set(dynamics.over_time(results)):
        return
    x, y = (dynamics.series(results, f"mean.{name}") for name in (a, b))
    shown = x.at <= time * (1 + 1e-12)
    axes.plot(refine(x.value[shown]), refine(y.value[shown]), color=VERMILION, lw=0.9)
    axes.plot(x.value[shown][-1:], y.value[shown][-1:], "o", color=VERMILION, ms=3.5)


def observed(results):
    """Observables in groups that share a panel: means, (co)variances, the user's formulas, lost mass."""
    names = dynamics.over_time(results)
    of = results.variables if len(results.variables) > 1 or not results.quantities else [sweep.main_quantity(results)]
    means = [f"mean.{q}" for q in of]
    spreads = [f"cov.{a}.{b}" for i, a in enumerate(of) for b in of[i:]]
    groups = [*alike(results, [n for n in means if n in names]), *alike(results, [n for n in spreads if n in names]),
              *([name] for name in results.formulas if name in names)]
    if "mass" in names and np.nanmin(dynamics.series(results, "mass").value) < 1 - LOST:
        groups.append(["mass"])
    return groups


def alike(results, names):
    """All in one group if their sizes are similar, else each one on its own."""
    sizes = [np.nanmax(np.abs(dynamics.series(results, name).value)) for name in names]
    together = names and (len(names) > IN_ROW or max(sizes) < ALIKE * min(sizes))
    return [names] if together else [[name] for name in names]


def draw_observables(part, results, groups, rows):
    annealed = schedules(results)
    count = len(groups) + len(annealed)
    axes = part.subplots(rows, min(count, IN_ROW), squeeze=False).flatten()
    for panel, names in zip(axes, groups):
        draw_series(panel, [dynamics.series(results, name) for name in names], [short(name) for name in names], SERIES)
        panel.set_ylabel(title(names))
        decorate(panel)
    for panel, (name, text) in zip(axes[len(groups):], annealed.items()):
        draw_schedule(panel, results, name, text)
    for panel in axes[count:]:
        panel.set_axis_off()


def draw_series(axes, found, texts, colors):
    """Observables over time with bands of their errors (mostly thinner than the line), the exact ones dashed."""
    for shown, text, color in zip(found, texts, colors * -(-len(found) // len(colors))):
        axes.plot(shown.at, shown.value, color=color, label=text)
        axes.fill_between(shown.at, shown.value - shown.error, shown.value + shown.error, color=color, alpha=0.25, lw=0)
        if np.isfinite(shown.exact).any():
            axes.plot(shown.at, shown.exact, **line.EXACT)
    if decades(found[0].at):
        axes.set_xscale("log")
    axes.set_xlabel("time $t$")


def decorate(axes):
    """A legend where there is something to tell apart, with what the dashes are."""
    exact = any(drawn.get_color() == INK for drawn in axes.lines)
    several = len(axes.get_legend_handles_labels()[0]) > 1
    low, high = axes.get_ylim()
    if several or exact:
        axes.set_ylim(low, high + 0.12 * (high - low))
        line.legend(axes, several, exact, handlelength=1.4)


def short(name):
    """mean.v -> v, cov.x.v -> x, v: the panel's label says the rest."""
    return ", ".join(math(part) for part in dict.fromkeys(name.split(".")[1:])) or name


def title(names):
    if len(names) == 1:
        return observable_label(names[0])
    return "means" if names[0].startswith("mean.") else "variances, covariances"


def draw_schedule(axes, results, name, text):
    """A parameter over time; a formula that numpy cannot follow is in the title only."""
    times = dynamics.numbers(results, results.member("times"), "times")
    at = np.geomspace(times[times > 0][0], times[-1], 400) if decades(times) else np.linspace(0, times[-1], 400)
    try:
        axes.plot(at, np.broadcast_to(evaluate(text, {**results.constants, "t": at}), at.shape), color=INK)
    except ResultsError:
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center")
    if decades(times):
        axes.set_xscale("log")
    axes.set_xlabel("time $t$")
    axes.set_ylabel(math(name))


def draw_sweep(results):
    """Means and variances over time of every run; where they end over the parameter, or the paths of the means."""
    runs = sweep.solved_runs(results)
    plane = len(runs[0].variables) > 1
    fig = figure(figsize=(WIDTH, 5.2))
    first = (draw_sweep_plane if plane else draw_sweep_line)(fig, results, runs)
    exact = any(drawn.get_color() == INK for drawn in first.lines)
    first.legend(handles=line.handles(first, True, exact), ncol=1 + (len(runs) > 5))
    put_title(fig, runs[-1], without=sweep.parameter(results), below=annealing(runs[-1]))
    return fig


def draw_runs(axes, runs, name, results):
    """One observable over time, of every run."""
    found = [dynamics.series(run, name) for run in runs]
    draw_series(axes, found, sweep.labels(results), sweep.colours(len(runs)))
    axes.set_ylabel(observable_label(name))
    return found


def draw_sweep_line(fig, results, runs):
    """One variable: over time, and where it ends. The panel for the legend."""
    quantity = sweep.main_quantity(runs[0]) if runs[0].quantities else runs[0].variables[0]
    names = [n for n in (f"mean.{quantity}", f"cov.{quantity}.{quantity}", *runs[0].formulas)
             if n in dynamics.over_time(runs[0])][:IN_ROW]
    axes = fig.subplots(2, len(names), squeeze=False)
    for column, name in enumerate(names):
        found = draw_runs(axes[0][column], runs, name, results)
        last = [Estimate(s.value[-1], s.error[-1]) for s in found]
        sweep.draw_estimates(axes[1][column], results, last, [s.exact[-1] for s in found],
                             f"{observable_label(name)} at the end")
    return axes[0][-1]


def draw_sweep_plane(fig, results, runs):
    """Two variables (or the first two of more): the paths of the means, means and covariances over time."""
    a, b = runs[0].variables[:2]
    axes = fig.subplots(2, 3).flatten()
    for run, color in zip(runs, sweep.colours(len(runs))):
        x, y = (dynamics.series(run, f"mean.{name}") for name in (a, b))
        axes[0].plot(refine(x.value), refine(y.value), color=color)
        axes[0].plot(x.value[:1], y.value[:1], "o", color=INK, ms=3.5)
    axes[0].set_xlabel(observable_label(f"mean.{a}"))
    axes[0].set_ylabel(observable_label(f"mean.{b}"))
    for panel, name in zip(axes[1:], (f"mean.{a}", f"mean.{b}", f"cov.{a}.{a}", f"cov.{a}.{b}", f"cov.{b}.{b}")):
        draw_runs(panel, runs, name, results)
    return axes[1]
