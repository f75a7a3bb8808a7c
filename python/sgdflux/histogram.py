"""Densities estimated from paths: points with the standard errors of their cells."""
import numpy as np

from .results import Curve

MOST = 40      # points in a panel; a fine mesh is thinned, for errors of merged cells are not known
CLEAR = 2.5    # a density of so many standard errors is worth a point on a logarithmic scale


class Histogram:
    """A marginal density from paths: Curve and standard errors."""

    def __init__(self, curve, error):
        self.curve, self.error = curve, error

    def of(self, name, value, slope):
        """The same of a monotone function of the variable: `value` at the centres, `slope` its derivative there."""
        size = np.abs(slope)
        curve = Curve(name, value, self.curve.density / size, np.full_like(value, np.nan), self.curve.mass)
        return Histogram(curve, self.error / size)


def marginal(results, name, group=""):
    """The histogram of a variable in fields.h5, or that of a `group` of them such as paths/ or sgd/1/."""
    density = results.field(f"{group}marginal/{name}")
    error = results.field(f"{group}marginal_error/{name}")
    return Histogram(Curve(name, results.centres(name), density, np.full_like(density, np.nan),
                           density * results.widths(name)), error)


def exponential(histogram, name):
    """The density of e^s from that of s."""
    value = np.exp(histogram.curve.value)
    return histogram.of(name, value, value)


def main(results):
    """The histogram of what people ask for: v of a network, else the first variable."""
    first = results.variables[0]
    found = marginal(results, first)
    return exponential(found, "v") if is_logarithm(results, first) else found


def is_logarithm(results, name):
    """Whether `name` is the s = ln v of a network, whose slope v is among the derived quantities."""
    return name == "s" and "v" in results.report["model"]["derived"]


def resolved(histogram):
    """Cells that are worth a point on a logarithmic scale."""
    return (histogram.curve.density > CLEAR * histogram.error) & np.isfinite(histogram.error)


def shown(histogram, limits, scale, turn=0.0):
    """Cells that get a point: visited ones within the limits, spread evenly along the axis.

    `turn`, 0 to 1, moves the points along by a part of their distance: several histograms do not hide each other.
    """
    curve, (low, high) = histogram.curve, sorted(limits)
    use = (curve.value >= low) & (curve.value <= high) & (curve.density > 0) & np.isfinite(histogram.error)
    cells = np.flatnonzero(use & resolved(histogram) if scale[1] == "log" else use)
    if cells.size <= MOST:
        return cells
    place = np.log(curve.value[cells]) if scale[0] == "log" else curve.value[cells]
    aims = np.linspace(place.min(), place.max(), MOST) + turn * np.ptp(place) / (MOST - 1)
    return np.unique(cells[np.abs(place[None, :] - aims[:, None]).argmin(1)])


def points(axes, histogram, color, label=None, turn=0.0, **style):
    """Density at the cells with one standard error, on whatever scale and limits the panel has."""
    cells = shown(histogram, axes.get_xlim(), (axes.get_xscale(), axes.get_yscale()), turn)
    style = {"fmt": "o", "ms": 2.6, "mew": 0, "elinewidth": 0.8, "zorder": 2, **style}
    axes.errorbar(histogram.curve.value[cells], histogram.curve.density[cells], histogram.error[cells], color=color,
                  ecolor=color, label=label, **style)
