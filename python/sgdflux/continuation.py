"""Branches of `continue`: observables, eigenvalues and densities over the parameter, with the events on the way."""
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import diagram, happening, waterfall
from .branch import Branch
from .results import ResultsError
from .style import BLUE, GREY, INK, SERIES, VERMILION, WIDTH, figure, math, number, observable_label
from .sweep import colours, parameter
from .title import put_title, varying

MOST_PANELS = 4    # observables
MOST_TICKS = 13    # tangents of the sensitivities along a curve
TICK = 0.1         # length of a tangent, of the panel
SEEN = 2e-3        # of the panel: narrower bands of error are hidden by the line
SYMBOLS = 60       # points of a branch from which on they are no longer marked one by one
LEGEND = {"handlelength": 1.8, "columnspacing": 1.2, "handletextpad": 0.5, "borderpad": 0}


def draw(results):
    """One branch: what there is of observables, eigenvalues, densities and lines of events, one below the other."""
    branch = Branch(results)
    parts = [(2.5, draw_observables)] * bool(chosen(branch)) + [(2.6, draw_eigenvalues)] * bool(branch.tracks)
    parts += [(waterfall.height(branch), waterfall.draw)] * waterfall.possible(branch)
    parts += [(3.4, diagram.draw_branch)] * bool(branch.lines)
    if not parts:
        raise ResultsError(f"{results.folder} has nothing to draw: no observables, eigenvalues, densities or lines")
    fig = figure(figsize=(WIDTH, sum(height for height, _ in parts) + 0.7))
    for place, (_, draw_part) in zip(rows(fig, [height for height, _ in parts]), parts):
        draw_part(place, branch)
    put_title(fig, results, without=varying(results, keys_of(branch)), below=summary(branch),
              exact=False)
    return fig


def keys_of(branch):
    """Settings that vary within a run."""
    return [branch.key, *[entry["second"] for entry in branch.results.report.get("lines") or []]]


def rows(fig, heights):
    return fig.subfigures(len(heights), 1, height_ratios=heights) if len(heights) > 1 else [fig]


def summary(branch):
    """Where the branch runs, and why it ended if not at the value that was asked for."""
    ended = branch.results.report.get("ended", "")
    count = f"{branch.at.size} point{'s' * (branch.at.size > 1)}"
    where = f"{math(branch.name)} from {number(branch.at[0])} to {number(branch.at[-1])}, {count}"
    return f"{where}: {ended}" if ended and not ended.startswith("reached ") else where


def main_quantity(results):
    """What people ask for: the last derived quantity in one dimension, else the first variable."""
    known = results.report["model"]
    return (known["variables"] + known["derived"])[-1] if len(known["variables"]) == 1 else known["variables"][0]


def chosen(branch):
    """Mean, variance and mode of the main quantity, then the user's formulas; those that change, if any does."""
    name = main_quantity(branch.results)
    wanted = [f"mean.{name}", f"cov.{name}.{name}", f"mode.{name}", *branch.results.formulas]
    known = [o for o in wanted if o in branch.observables and np.isfinite(branch.curve(o).value).any()]
    return ([o for o in known if changes(branch.curve(o))] or known)[:MOST_PANELS]


def changes(curve):
    """Whether an observable varies by more than its errors."""
    value = curve.value[np.isfinite(curve.value)]
    return value.size == 1 or np.ptp(value) > 2 * np.nanmax(curve.error, initial=0) + 1e-12 * np.abs(value).max()


def draw_observables(place, branch):
    names = chosen(branch)
    axes = place.subplots(1, len(names), squeeze=False)[0]
    curves = [branch.curve(name) for name in names]
    listed = marks(branch, curves)
    for panel, curve in zip(axes, curves):
        draw_curve(panel, curve)
        draw_tangents(panel, curve)
        frame(panel, branch)
        panel.set_ylabel(observable_label(curve.name))
        leave_room(panel, len(listed), 3)
    place.legend(handles=listed, loc="upper center", ncol=3, **LEGEND)


def leave_room(axes, count, columns):
    """An empty title as high as a legend of so many entries."""
    axes.set_title("\n".join(" " * -(-count // columns)), fontsize=12)


def draw_curve(axes, curve, color=BLUE, label=None, symbols=True):
    """The observable with its band of error."""
    dense = np.isfinite(curve.value).sum() > SYMBOLS or not symbols
    axes.plot(curve.at, curve.value, color=color, lw=1.2, marker=None if dense else ".", ms=3.5, label=label, zorder=3)
    limit(axes, curve.value)
    axes.fill_between(curve.at, curve.value - curve.error, curve.value + curve.error, color=color, alpha=0.25, lw=0)


def limit(axes, values):
    """Limits around everything drawn so far and these values; bands of error may leave the panel."""
    shown = np.concatenate([[v for line in axes.lines for v in np.atleast_1d(line.get_ydata())], values])
    shown = shown[np.isfinite(shown)]
    if shown.size:
        margin = 0.08 * np.ptp(shown) or 0.1 * abs(shown[0]) or 1
        axes.set_ylim(shown.min() - margin, shown.max() + margin)


def draw_tangents(axes, curve):
    """What the sensitivities say of the slope, at some of the points."""
    known = np.flatnonzero(np.isfinite(curve.slope) & np.isfinite(curve.value))
    if not known.size:
        return
    width, height = np.ptp(curve.at) or 1, np.ptp(axes.get_ylim())
    for k in spread(curve.at, known, MOST_TICKS):
        half = TICK / 2 / np.hypot(1 / width, curve.slope[k] / height)
        x = curve.at[k] + np.array([-half, half])
        axes.plot(x, curve.value[k] + curve.slope[k] * (x - curve.at[k]), color=INK, lw=0.8, zorder=4)


def spread(at, known, most):
    """At most `most` of the points `known` that are spread evenly over the parameter."""
    wanted = np.linspace(at[known[0]], at[known[-1]], most)
    return np.unique(known[np.abs(at[known][None, :] - wanted[:, None]).argmin(axis=1)])


def frame(axes, branch):
    """Events, the values without a density, and the parameter along the axis."""
    happening.draw_lines(axes, branch.events)
    for left, right in gaps(branch):
        axes.axvspan(left, right, color=VERMILION, alpha=0.08, lw=0, zorder=0)
    axes.margins(x=0.03)
    axes.set_xlabel(math(branch.name))


def gaps(branch):
    """Intervals of the parameter without a stationary density: from a located edge, or from the last point with one."""
    order = np.argsort(branch.at)
    at, refused = branch.at[order], branch.refused[order]
    edges = [event.value for event in branch.events if event.kind == "normalisability"]
    starts = np.flatnonzero(refused & ~np.append(False, refused[:-1]))
    ends = np.flatnonzero(refused & ~np.append(refused[1:], False))
    for first, last in zip(starts, ends):
        yield bound(at, edges, first - 1, first), bound(at, edges, last + 1, last)


def bound(at, edges, outside, inside):
    """The edge between two neighbouring points, or the one that is inside."""
    if not 0 <= outside < at.size:
        return at[inside]
    low, high = sorted((at[outside], at[inside]))
    return next((edge for edge in edges if low <= edge <= high), at[inside])


def marks(branch, curves):
    """What a legend says."""
    made = [Line2D([], [], color=BLUE, lw=1.2, marker=".", ms=3.5, label="computed")]
    if any(np.nanmax(c.error, initial=0) > SEEN * (np.nanmax(c.value) - np.nanmin(c.value)) for c in curves):
        made.append(Patch(color=BLUE, alpha=0.25, lw=0, label="error estimate"))
    if any(np.isfinite(c.slope).any() for c in curves):
        made.append(Line2D([], [], color=INK, lw=0.8, label="sensitivity (slope)"))
    if branch.refused.any():
        made.append(Patch(color=VERMILION, alpha=0.08, lw=0, label="no stationary density"))
    return made + happening.handles(branch.events, branch.name)


def draw_eigenvalues(place, branch):
    """Real and imaginary parts, one colour for every branch."""
    axes = place.subplots(1, 2)
    listed = len(branch.tracks) + (0 if chosen(branch) else len(happening.kinds_of(branch.events)))
    for panel, name, text in zip(axes, ("real", "imag"), ("Re", "Im")):
        for track, color, style in looks(branch.tracks):
            value = getattr(track.value, name)
            panel.plot(track.at, value, color=color, ls=style, lw=1.4, label=f"branch {track.number}", zorder=3)
            limit(panel, value)
            panel.fill_between(track.at, value - track.error, value + track.error, color=color, alpha=0.2, lw=0)
        frame(panel, branch)
        panel.axhline(0, color=GREY, lw=0.5, zorder=0)
        panel.set_ylabel(rf"$\mathrm{{{text}}}\,\lambda$" + ("  (radians per unit time)" if name == "imag" else
                                                            "  (per unit time)"))
        leave_room(panel, listed, 5)
    handles = axes[0].get_legend_handles_labels()[0]
    handles += [] if chosen(branch) else happening.handles(branch.events, branch.name)
    place.legend(handles=handles, loc="upper center", ncol=min(listed, 5), **LEGEND)


def looks(tracks):
    """A colour for each track; dashes where colours come again."""
    return [(track, SERIES[k % len(SERIES)], ("-", (0, (4, 1.5)), (0, (1, 1)))[k // len(SERIES) % 3])
            for k, track in enumerate(tracks)]


def draw_sweep(results):
    """Branches for several values of another setting, one colour each; their events as lines in both parameters."""
    runs = [(values, Branch(run)) for values, run in zip(results.values, results.runs) if run is not None]
    if not runs:
        raise ResultsError(f"{results.folder} has no run with results to draw")
    second = parameter(results)
    names = chosen(runs[0][1])
    lines = diagram.joined([(values[0], branch) for values, branch in runs])
    heights = [2.7] * bool(names) + [3.4] * bool(lines)
    if not heights:
        raise ResultsError(f"{results.folder} has nothing to draw: neither observables nor events")
    fig = figure(figsize=(WIDTH, sum(heights) + 0.5))
    places = rows(fig, heights)
    if names:
        draw_families(places[0], runs, names, second)
    if lines:
        diagram.draw(places[-1].subplots(), lines, second, runs[0][1].name, region=diagram.region(runs))
    put_title(fig, runs[-1][1].results, without=varying(runs[-1][1].results, [results.keys[0], runs[0][1].key]),
              exact=False)
    return fig


def draw_families(place, runs, names, second):
    axes = place.subplots(1, len(names), squeeze=False)[0]
    listed = [Line2D([], [], color=color, label=f"{math(second)} = {number(values[0])}")
              for (values, _), color in zip(runs, colours(len(runs)))]
    listed += happening.mark_handles([branch for _, branch in runs])
    for panel, name in zip(axes, names):
        for (_, branch), color in zip(runs, colours(len(runs))):
            if name in branch.observables:
                draw_curve(panel, branch.curve(name), color, symbols=False)
                happening.draw_marks(panel, branch, name)
        panel.set_xlabel(math(runs[0][1].name))
        panel.set_ylabel(observable_label(name))
        leave_room(panel, len(listed), 4)
    place.legend(handles=listed, loc="upper center", ncol=4, **LEGEND)
