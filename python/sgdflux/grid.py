"""Runs over two settings: every number as a map of both, with the verdicts where there is none."""
import numpy as np
from matplotlib.patches import Patch, Rectangle

from . import happening
from .branch import Branch
from .results import Estimate, ResultsError
from .style import GREY, INK, VERMILION, WIDTH, figure, math, observable_label
from .title import put_title, varying

COLUMNS = 3
MOST = 6             # maps
NUMBERS = ("mean_time", "exit_rate", "rate")  # of passage, beside the observables
LABELS = {"mean_time": "mean time", "exit_rate": "exit rate", "rate": "transition rate",
          "decay": r"decay rate $-\mathrm{Re}\,\lambda_1$", "frequency": r"frequency $|\mathrm{Im}\,\lambda_1|$"}
COLOURS = "viridis"
WORDS = {"no-stationary-density": "no stationary density", "several-ergodic-components": "several components",
         "not-converged": "not converged"}
HATCHES = ("////", "xxxx", "....", "\\\\\\\\")


def draw(sweep):
    """A map for each of the main numbers over the two varied settings."""
    found = numbers(sweep)
    if not found:
        raise ResultsError(f"{sweep.folder} has no numbers to draw over {' and '.join(sweep.keys)}")
    columns = min(len(found), COLUMNS)
    count = -(-len(found) // columns)
    height = 2.5 * count
    fig = figure(figsize=(WIDTH * max(0.55, columns / COLUMNS), height + 0.8))
    maps, below = fig.subfigures(2, 1, height_ratios=[height, 0.3])
    panels = maps.subplots(count, columns, squeeze=False)
    for axes, (name, values) in zip(panels.flat, found.items()):
        draw_map(axes, sweep, name, values)
    for axes in panels.flat[len(found):]:
        axes.set_axis_off()
    draw_key(below, sweep)
    first = next(run for run in sweep.runs if run is not None)
    put_title(fig, first, without=varying(first, sweep.keys), exact=False)
    return fig


def places(sweep):
    """The distinct values of both settings, ascending, and the row and column of every run."""
    if not all(isinstance(value, float) for values in sweep.values for value in values):
        raise ResultsError(f"{sweep.folder} varies {' and '.join(sweep.keys)}, which are not both numbers; draw its "
                           "numbered folders one by one")
    pairs = np.array(sweep.values)
    (x, columns), (y, rows) = (np.unique(pairs[:, k], return_inverse=True) for k in (0, 1))
    return x, y, rows, columns


def numbers(sweep):
    """Name -> array over (second setting, first setting) of up to MOST numbers, nan where a run has none."""
    x, y, rows, columns = places(sweep)
    found = {}
    for run, row, column in zip(sweep.runs, rows, columns):
        for name, value in ({} if run is None else scalars(run)).items():
            found.setdefault(name, np.full((y.size, x.size), np.nan))[row, column] = value
    return dict([(name, value) for name, value in found.items() if np.isfinite(value).any()][:MOST])


def scalars(run):
    """The single numbers that a run is about: observables of the main quantity, formulas, times, rates, the gap."""
    if run.command == "continue":
        return events(run)
    entries = run.report.get("final") or run.report.get("observables") or {}  # `evolve` has series besides
    observables = {name: Estimate.of(entry).value for name, entry in entries.items()}
    model = run.report["model"]
    main = (model["variables"] + model["derived"])[-1] if len(model["variables"]) == 1 else model["variables"][0]
    wanted = [f"mean.{main}", f"cov.{main}.{main}", f"mode.{main}", *run.formulas]
    found = {name: observables[name] for name in wanted if name in observables}
    found |= {name: Estimate.of(run.report[name]).value for name in NUMBERS if isinstance(run.report.get(name), dict)}
    values = run.report.get("eigenvalues") or []
    if len(values) > 1:
        found |= {"decay": -values[1]["re"], "frequency": abs(values[1]["im"])}
    return found


def events(run):
    """Where each kind of event happens first on a branch."""
    branch = Branch(run)
    return {f"{math(branch.name)}: {happening.words(event.kind)}": event.value for event in reversed(branch.events)}


def edges(values):
    """Ends of cells around the values, halfway between neighbours; by ratios where these are even."""
    if values.size == 1:
        return values[0] + np.array([-0.5, 0.5]) * (abs(values[0]) or 1), "linear"
    if values[0] > 0 and evenness(np.log(values)) < 0.2 * evenness(values):
        return np.exp(edges(np.log(values))[0]), "log"
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]]), "linear"


def evenness(values):
    """0 for even distances."""
    distances = np.diff(values)
    return np.ptp(distances) / distances.mean()


def draw_map(axes, sweep, name, values):
    x, y, rows, columns = places(sweep)
    (across, x_scale), (up, y_scale) = edges(x), edges(y)
    shown = axes.pcolormesh(across, up, np.ma.masked_invalid(values), cmap=COLOURS, rasterized=True)
    for verdict, hatch in hatches(sweep).items():
        for one, row, column in zip(sweep.verdicts, rows, columns):
            if one == verdict:
                corner = across[column], up[row]
                axes.add_patch(Rectangle(corner, across[column + 1] - corner[0], up[row + 1] - corner[1], fill=False,
                                         ec=VERMILION, lw=0, hatch=hatch))
    draw_borders(axes, sweep, across, up)
    axes.set(xscale=x_scale, yscale=y_scale, xlim=across[[0, -1]], ylim=up[[0, -1]])
    axes.set_xlabel(math(sweep.keys[0].split(".", 1)[1]))
    axes.set_ylabel(math(sweep.keys[1].split(".", 1)[1]))
    axes.set_title(LABELS.get(name) or (name if "$" in name else observable_label(name)))
    axes.figure.colorbar(shown, ax=axes, pad=0.02).outline.set_visible(False)


def draw_borders(axes, sweep, across, up):
    """A line wherever the verdict changes from one cell to its neighbour."""
    _, _, rows, columns = places(sweep)
    kinds = sorted(set(sweep.verdicts)) if sweep.command != "continue" else []
    if not kinds:
        return
    code = np.full((up.size - 1, across.size - 1), -1)
    code[rows, columns] = [kinds.index(verdict) for verdict in sweep.verdicts]
    for row, column in np.argwhere(code[:, 1:] != code[:, :-1]):
        axes.plot(across[[column + 1] * 2], up[[row, row + 1]], color=INK, lw=1.4, solid_capstyle="projecting")
    for row, column in np.argwhere(code[1:] != code[:-1]):
        axes.plot(across[[column, column + 1]], up[[row + 1] * 2], color=INK, lw=1.4, solid_capstyle="projecting")


def hatches(sweep):
    """A hatch for every verdict but `converged`; a branch may end in any of them."""
    return {} if sweep.command == "continue" else dict(zip(sorted(set(sweep.verdicts) - {"converged"}), HATCHES))


def draw_key(place, sweep):
    listed = [Patch(facecolor="none", edgecolor=VERMILION, lw=0, hatch=hatch, label=WORDS.get(verdict, verdict))
              for verdict, hatch in hatches(sweep).items()]
    if lacking(sweep):
        listed.append(Patch(facecolor="white", edgecolor=GREY, lw=0.6, label="no such value"))
    if listed:
        place.legend(handles=listed, loc="center", ncol=len(listed))


def lacking(sweep):
    """Whether a run has a density, but not all of the numbers that others have."""
    _, _, rows, columns = places(sweep)
    solved = [(row, column) for verdict, row, column in zip(sweep.verdicts, rows, columns)
              if verdict == "converged" or sweep.command == "continue"]
    return any(np.isnan(values[place]) for values in numbers(sweep).values() for place in solved)
