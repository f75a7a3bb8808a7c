"""Looks at what a folder holds and puts the panels together."""
import itertools

from . import continuation, correlate, evolve, grid, line, passage, plane, sample, spectrum, sweep, validate
from .results import ResultsError, Sweep
from .style import BLUE, GREEN, GREY, VERMILION, WIDTH, figure, math
from .title import put_title

ENOUGH = 4     # runs of a sweep from which on curves over the parameter make sense
TOO_MANY = 12  # densities in one panel
DYNAMICS = {"evolve": evolve, "spectrum": spectrum, "correlate": correlate, "passage": passage, "sample": sample,
            "validate": validate, "continue": continuation}
# Commands whose numbers make maps over two settings.
GRIDS = ("stationary", "evolve", "spectrum", "passage", "sample", "continue")
# Verdicts that leave something to look at: the picture says them.
DRAWABLE = {"sample": ("converged", "not-converged"), "validate": ("converged", "not-converged", "disagreement"),
            "continue": ("converged", "not-converged", "no-stationary-density", "several-ergodic-components")}


def draw(results, contours=()):
    """A matplotlib figure of a run or a sweep. `contours`: formulas drawn over the density of two variables."""
    if isinstance(results, Sweep):
        return draw_runs(results)
    command = known(results)
    if results.verdict not in DRAWABLE.get(command, ("converged",)):
        raise ResultsError(f"{results.folder} has nothing to draw: {results.verdict}: "
                           f"{results.report.get('reason', '')}")
    if contours and (command != "stationary" or len(results.variables) != 2):
        raise ResultsError(f"contours need two variables and their stationary density, {results.folder} has "
                           f"'{command}' with {len(results.variables)}")
    if len(contours) > 2:
        raise ResultsError("at most two contours are drawn, for they could not be told apart")
    return draw_stationary(results, contours) if command == "stationary" else DYNAMICS[command].draw(results)


def draw_runs(results):
    """Maps over two varied settings, curves over one."""
    command = known(results)
    if len(results.keys) == 2 and command in GRIDS:
        return grid.draw(results)
    return draw_sweep(results) if command == "stationary" else DYNAMICS[command].draw_sweep(results)


def known(results):
    """The command of a folder, if there is a picture for it."""
    command = results.command
    if command != "stationary" and command not in DYNAMICS:
        raise ResultsError(f"{results.folder} holds results of '{command}', for which there is no picture")
    return command


def draw_stationary(results, contours):
    dimension = len(results.variables)
    return draw_line(results) if dimension == 1 else draw_plane(results, contours) if dimension == 2 \
        else draw_corner(results)


def draw_line(results):
    """One variable: every quantity on a linear scale, and on a logarithmic one if there are tails to see."""
    curves = [results.curve(name) for name in results.quantities]
    scales = (False, True) if any(line.has_tails(curve) for curve in curves) else (False,)
    fig = figure(figsize=(WIDTH * (0.2 + 0.4 * len(scales)), 2.5 * len(curves) + 0.3))
    axes = fig.subplots(len(curves), len(scales), squeeze=False)
    for row, curve in zip(axes, curves):
        for panel, logarithmic in zip(row, scales):
            line.panel(panel, [curve], [BLUE], [None], logarithmic)
    line.legend(axes[0][0], False, line.has_exact(curves))
    put_title(fig, results)
    return fig


def draw_plane(results, contours=()):
    """Two variables: density with streamlines, both marginals along its sides."""
    a, b = results.variables
    shown = results.plane(a, b)
    fig = figure(figsize=(0.8 * WIDTH, 0.74 * WIDTH))
    grid = fig.add_gridspec(2, 3, width_ratios=[4, 1, 0.14], height_ratios=[1, 4], hspace=0.02, wspace=0.02)
    main = fig.add_subplot(grid[1, 0])
    top, side = fig.add_subplot(grid[0, 0]), fig.add_subplot(grid[1, 1])
    bar = fig.colorbar(plane.draw_density(main, shown), cax=fig.add_subplot(grid[1, 2]))
    bar.set_label(f"density $p(${math(a)}, {math(b)}$)$")
    bar.outline.set_visible(False)
    if plane.has_current(results.report):
        plane.draw_streamlines(main, shown)
    else:
        main.text(0.98, 0.02, "no current beyond its error", transform=main.transAxes, ha="right", va="bottom",
                  color=GREY, fontsize=8.5)
    for name, color, style in zip(contours, (VERMILION, GREEN), ("-", "--")):
        plane.draw_contours(main, results, shown, name, color, style)
    draw_sides(results, main, top, side)
    if contours:
        main.legend(loc="upper left", frameon=True, framealpha=0.9, edgecolor="none")
    put_title(fig, results)
    return fig


def draw_sides(results, main, top, side):
    """The marginals on the scales of the plane they belong to."""
    a, b = results.variables
    plane.draw_marginal(top, results.curve(a))
    plane.draw_marginal(side, results.curve(b), upright=True)
    top.set_xlim(main.get_xlim())
    side.set_ylim(main.get_ylim())
    for panel, name in ((top, a), (side, b)):
        panel.tick_params(labelbottom=panel is side, labelleft=panel is top)
        (panel.set_ylabel if panel is top else panel.set_xlabel)(f"$p(${math(name)}$)$")
        panel.locator_params(nbins=3, axis="y" if panel is top else "x")
    if line.has_exact([results.curve(a)]):
        line.legend(top, False, True, loc="upper left", handlelength=1.6)


def draw_corner(results):
    """Three or four variables: marginals on the diagonal, planes with integrated currents below it."""
    names = results.variables
    fig = figure(figsize=(WIDTH, 0.95 * WIDTH))
    axes = fig.subplots(len(names), len(names))
    for row, column in itertools.product(range(len(names)), repeat=2):
        panel = axes[row][column]
        if row < column:
            panel.set_axis_off()
        elif row == column:
            plane.draw_marginal(panel, results.curve(names[row]))
            panel.set_xlabel(math(names[row]))
            panel.set_ylabel(f"$p(${math(names[row])}$)$")
        else:
            shown = results.plane(names[column], names[row])
            plane.draw_density(panel, shown)
            if plane.has_current(results.report):
                plane.draw_streamlines(panel, shown, arrows=1)
    if line.has_exact([results.curve(names[0])]):
        axes[0][1].legend(handles=line.handles(axes[0][0], False, True), loc="center left")
    put_title(fig, results)
    return fig


def draw_sweep(results):
    """Observables over the parameter where there are enough runs, and the densities of all runs."""
    parameter = sweep.parameter(results)
    runs = sweep.solved_runs(results)
    observables = sweep.chosen_observables(runs[0]) if len(runs) >= ENOUGH else []
    rows = [2.4] * bool(observables) + [2.9]
    fig = figure(figsize=(WIDTH, sum(rows) + 0.5))
    parts = fig.subfigures(len(rows), 1, height_ratios=rows) if len(rows) > 1 else [fig]
    if observables:
        draw_observables(parts[0], results, observables)
    draw_densities(parts[-1], results, runs[:: max(1, -(-len(runs) // TOO_MANY))])
    put_title(fig, runs[-1], without=parameter)
    return fig


def draw_observables(part, results, names):
    axes = part.subplots(1, len(names), squeeze=False)[0]
    exact = [sweep.draw_observable(panel, results, name) for panel, name in zip(axes, names)]
    for panel in axes:
        panel.set_title(" ", fontsize=13)  # room for the legend
    part.legend(handles=sweep.key(results, any(exact)), loc="upper center", ncol=4)


def draw_densities(part, results, runs):
    """The main quantity of every run, linear and logarithmic."""
    name = sweep.main_quantity(runs[0])
    curves, colors = [run.curve(name) for run in runs], sweep.colours(len(runs))
    left, right = part.subplots(1, 2)
    texts = dict(zip((run.folder for _, run in results.solved), sweep.labels(results)))
    for panel, logarithmic in ((left, False), (right, True)):
        line.panel(panel, curves, colors, [texts[run.folder] for run in runs], logarithmic)
    line.legend(left, True, line.has_exact(curves), loc="upper right", ncol=1 + (len(runs) > 6))
