"""Densities along one quantity: of variables, of derived quantities, of several runs."""
import numpy as np
from matplotlib.lines import Line2D

from .smooth import refine
from .style import INK, math

INSIDE = 1 - 2e-3  # probability that the linear picture shows
DECADES = 1e3      # a density that varies by more than this where the probability is needs a logarithmic scale
DEEP = 1e-12       # how far below its maximum the logarithmic picture follows a density
TAIL = 1e-7        # probability left out at each end of a logarithmic axis of values
SMALLEST = 1e-9    # a quantity that collapses on 0 gets there over any number of decades; so many are shown
EXACT = {"color": INK, "lw": 1.0, "dashes": (2.2, 2.2), "zorder": 3}


def quantile(curve, level):
    """The value below which the probability `level` lies."""
    order = np.argsort(curve.value)
    below = np.cumsum(curve.mass[order]) / curve.mass.sum()
    return curve.value[order][min(np.searchsorted(below, level), below.size - 1)]


def typical_extremes(curve):
    """Smallest and largest density where all but a hundredth of the probability is."""
    order = np.argsort(curve.density)[::-1]
    kept = np.cumsum(curve.mass[order]) <= 0.99 * curve.mass.sum()
    held = curve.density[order][kept]
    return (held.min(), held.max()) if held.size else (curve.density.max(),) * 2


def spans_decades(curve):
    low, high = typical_extremes(curve)
    return high > DECADES * low


def value_spans_decades(curve):
    """Whether a quantity reaches close to 0 or far out, on cells that resolve its decades."""
    low, high = (quantile(curve, level) for level in (TAIL, 1 - TAIL))
    spacing = np.diff(np.sort(curve.value[np.isfinite(curve.value)]))
    return high > 100 * low and spacing[0] < 1e-2 * spacing.max()


def has_tails(curve):
    """Whether a logarithmic scale shows anything that a linear one does not."""
    return curve.density.min() < 1e-2 * curve.density.max()


def ceiling(curve, low, high):
    """Top of a linear picture: where a density diverges at an end, what it has reached a little inside."""
    margin = 0.02 * (high - low)
    inside = curve.density[(curve.value > low + margin) & (curve.value < high - margin)]
    whole, inner = curve.density.max(), inside.max(initial=0)
    return whole if whole < 3 * inner or inner == 0 else 1.6 * inner


def drawn(curve, density):
    """The points of a curve in order, smoothed where the density is positive and the values are distinct."""
    order = np.argsort(curve.value)
    value, density = curve.value[order], density[order]
    use = np.isfinite(density) & (density > 0) & np.append(np.diff(value) > 0, True)
    return refine(value[use]), np.exp(refine(np.log(density[use])))


def plot(axes, curve, color, label=None):
    """The computed density, and the exact one dashed over it where it is known."""
    axes.plot(*drawn(curve, curve.density), color=color, label=label)
    if np.isfinite(curve.exact).any():
        axes.plot(*drawn(curve, curve.exact), **EXACT)


def linear_limits(axes, curves):
    """Limits that show all but a small probability of every curve, and zero at the bottom."""
    edge = (1 - INSIDE) / 2
    low, high = min(quantile(c, edge) for c in curves), max(quantile(c, 1 - edge) for c in curves)
    margin = 0.04 * (high - low)
    start = 0 if min(c.value.min() for c in curves) >= 0 and low < 0.25 * high else low - margin
    axes.set_xlim(start, high + margin)
    axes.set_ylim(0, 1.12 * max(ceiling(c, start, high) for c in curves))


def logarithmic_limits(axes, curves):
    """Logarithmic densities down into the tails; a logarithmic axis of values too where they span decades."""
    if min(c.value.min() for c in curves) >= 0 and any(value_spans_decades(c) for c in curves):
        axes.set_xscale("log")
        low, high = min(quantile(c, TAIL) for c in curves), 3 * max(quantile(c, 1 - TAIL) for c in curves)
        low = max(low, SMALLEST * high)
        shown = [c.density[(c.value > low) & (c.value < high) & (c.density > 0)] for c in curves]
        top, bottom = (extreme(extreme(d) for d in shown) for extreme in (max, min))
        axes.set_ylim(max(bottom, DEEP * top), 3 * top)
    else:
        top = max(c.density.max() for c in curves)
        inside = np.concatenate([c.value[c.density > DEEP * top] for c in curves])
        low, high = inside.min(), inside.max()
        axes.set_ylim(DEEP * top, 3 * top)
    axes.set_xlim(low, high)
    axes.set_yscale("log")


def panel(axes, curves, colors, labels, logarithmic):
    """One panel with the densities of one quantity for one or several runs."""
    for curve, color, label in zip(curves, colors, labels):
        plot(axes, curve, color, label)
    (logarithmic_limits if logarithmic else linear_limits)(axes, curves)
    name = math(curves[0].name)
    axes.set_xlabel(name)
    axes.set_ylabel(f"density $p(${name}$)$")


def handles(axes, labelled, exact):
    """For a legend: the labels of the panel, and what the dashes are."""
    first = Line2D([], [], color=axes.lines[0].get_color(), label="computed")
    listed = axes.get_legend_handles_labels()[0] if labelled else [first]
    return listed + [Line2D([], [], label="exact", **EXACT)] * bool(exact)


def legend(axes, labelled, exact, **kwargs):
    axes.legend(handles=handles(axes, labelled, exact), **kwargs)


def has_exact(curves):
    return any(np.isfinite(c.exact).any() for c in curves)
