"""Densities over the parameter: offset curves and a map of the logarithm for one variable, small pictures for two."""
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from . import happening, line, plane
from .results import Plane
from .smooth import refine
from .style import BLUE, SKY, math, number

CURVES = 22    # offset curves
RISE = 2.2     # height of the tallest one, in distances between two of them
SMALL = 8      # pictures of two variables
COLUMNS = 4
DEPTH = 6      # decades of the map below the maximum of each density
POINTS = 400   # along the quantity of the map
MIDDLE = 0.9   # of the curves decide where the axis of the quantity ends
MAP = LinearSegmentedColormap.from_list("depth", ["#ffffff", "#d5e6f3", "#8fbfe0", "#3f8fc6", "#0b5a94", "#04263f"])


def possible(branch):
    """Whether there are densities of one or two variables to see change."""
    return len(branch.densities) > 1 and len(branch.results.variables) <= 2


def height(branch):
    """Inches."""
    if len(branch.results.variables) == 1:
        return 3.4
    return 0.35 + 1.75 * -(-min(len(branch.densities), SMALL) // COLUMNS)


def draw(place, branch):
    (draw_curves if len(branch.results.variables) == 1 else draw_planes)(place, branch)


def draw_curves(place, branch, quantity=None, limits=None):
    """One variable: offset curves beside the map, with the parameter upwards in both."""
    states = sorted(branch.densities, key=lambda pair: pair[0])
    quantity = quantity or states[0][1].quantities[-1]
    pairs = [(at, state.curve(quantity)) for at, state in states]
    limits = limits or ends([curve for _, curve in pairs])
    left, right = place.subplots(1, 2, sharey=True)
    draw_offset(left, thinned(pairs, CURVES), limits)
    shown = draw_map(right, pairs, limits)
    for event in branch.events:
        color, dashes = happening.look(event.kind, happening.kinds_of(branch.events))
        for axes in (left, right):
            axes.axhline(event.value, color=color, ls=dashes, lw=1.0, zorder=50)
    for axes in (left, right):
        axes.set_xlabel(math(quantity))
        axes.set_xlim(limits)
    name = math(quantity)
    left.set_ylabel(f"{math(branch.name)}   (curves: $p(${name}$)$, each over its height)")
    bar = place.colorbar(shown, ax=right, pad=0.02)
    bar.set_label(rf"$\log_{{10}}\, p(${name}$)$ / maximum")
    bar.outline.set_visible(False)


def thinned(pairs, most):
    """About `most` pairs or fewer, so far apart along the parameter that none is crowded."""
    least = (pairs[-1][0] - pairs[0][0]) / most
    kept = pairs[:1]
    for pair in pairs[1:]:
        if pair[0] - kept[-1][0] >= least * (1 - 1e-9):
            kept.append(pair)
    return kept


def spread(pairs, most):
    """At most `most` pairs, first and last among them, spread evenly over the parameter."""
    at = np.array([value for value, _ in pairs])
    wanted = np.linspace(at[0], at[-1], min(most, at.size))
    return [pairs[k] for k in np.unique(np.abs(at[None, :] - wanted[:, None]).argmin(axis=1))]


def ends(curves):
    """An interval that holds nearly all probability of most curves."""
    edge = (1 - line.INSIDE) / 2
    low = np.quantile([line.quantile(curve, edge) for curve in curves], 1 - MIDDLE)
    high = np.quantile([line.quantile(curve, 1 - 5 * edge) for curve in curves], MIDDLE)
    positive = min(curve.value.min() for curve in curves) >= 0
    return (0.0, high) if positive and low < 0.25 * high else (low - 0.04 * (high - low), high + 0.04 * (high - low))


def tops(curve, limits):
    """The height that counts as 1: of a density that diverges at an end, what it reaches a little inside."""
    inside = (curve.value >= limits[0]) & (curve.value <= limits[1])
    return line.ceiling(curve, *limits) if inside.any() else curve.density.max()


def draw_offset(axes, pairs, limits):
    """Curves that stand on their values of the parameter, nearer ones before the others."""
    at = np.array([value for value, _ in pairs])
    unit = RISE * np.median(np.diff(at))
    for k, (value, curve) in enumerate(pairs):
        x, density = within(*line.drawn(curve, curve.density), limits)
        y = value + unit * np.minimum(density / tops(curve, limits), 1)
        axes.fill_between(x, value, y, color="white", lw=0, zorder=3 + 2 * (at.size - k))
        axes.fill_between(x, value, y, color=SKY, alpha=0.25, lw=0, zorder=3 + 2 * (at.size - k))
        axes.plot(x, y, color=BLUE, lw=1.0, zorder=4 + 2 * (at.size - k))
    axes.set_ylim(at[0] - 0.3 * unit, at[-1] + 1.1 * unit)


def within(x, density, limits):
    """The part of a curve up to the first point beyond the limits: cubics through far wider cells may turn back."""
    beyond = np.flatnonzero(x > limits[1])
    return (x[:beyond[0] + 1], density[:beyond[0] + 1]) if beyond.size else (x, density)


def draw_map(axes, pairs, limits):
    """The logarithm of each density over its maximum, interpolated between neighbouring values of the parameter."""
    x = np.linspace(*limits, POINTS)
    rows = np.array([depth(curve, x, limits) for _, curve in pairs])
    at = np.array([value for value, _ in pairs])
    return axes.pcolormesh(x, at, rows, shading="gouraud", cmap=MAP, vmin=-DEPTH, vmax=0, rasterized=True)


def depth(curve, x, limits):
    """log10 of p over its top at the places x; -DEPTH where it is smaller or there is no cell."""
    order = np.argsort(curve.value)
    value, density = curve.value[order], curve.density[order] / tops(curve, limits)
    use = np.isfinite(density) & (density > 10.0**(-2 * DEPTH))
    if use.sum() < 2:
        return np.full_like(x, -DEPTH)
    logarithm = np.interp(x, refine(value[use]), refine(np.log10(density[use])), left=-2 * DEPTH, right=-2 * DEPTH)
    return np.clip(logarithm, -DEPTH, 0)


def draw_planes(place, branch):
    """Two variables: the density at some values of the parameter, all on the same axes."""
    states = spread(sorted(branch.densities, key=lambda pair: pair[0]), SMALL)
    count = -(-len(states) // COLUMNS)
    panels = place.subplots(count, min(COLUMNS, len(states)), sharex=True, sharey=True, squeeze=False)
    shown = [as_plane(state) for _, state in states]
    for axes, one, (at, _) in zip(panels.flat, shown, states):
        plane.draw_density(axes, one)
        axes.set_title(f"{math(branch.name)} = {number(at)}", fontsize=9)
    for axes in panels.flat[len(states):]:
        axes.set_axis_off()
    corners = np.array([[f[[part.start, part.stop]] for f, part in zip(one.faces, plane.frame(one))] for one in shown])
    panels[0][0].set_xlim(corners[:, 0].min(), corners[:, 0].max())
    panels[0][0].set_ylim(corners[:, 1].min(), corners[:, 1].max())
    for axes in panels.flat:
        axes.label_outer()


def as_plane(state):
    """The density of a point on its cells, without a current."""
    names = state.variables
    widths = [state.widths(name) for name in names]
    return Plane(tuple(names), tuple(state.centres(n) for n in names), tuple(state.faces(n) for n in names),
                 np.outer(*widths), state.density, None, None)
