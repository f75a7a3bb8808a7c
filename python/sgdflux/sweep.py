"""Sweeps: observables over the parameter with error bars, exact curves, refused values; densities of all runs."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

from .results import ResultsError
from .style import BLUE, GREY, INK, SERIES, VERMILION, math, number, observable_label

EXACT_POINTS = {"marker": "o", "ls": "", "ms": 8, "mfc": "none", "mec": INK, "mew": 0.8, "zorder": 1}
FEW = 3  # up to so many runs are told apart by the colours of a series, more by a scale from dark to light


def colours(count):
    if count <= FEW:
        return SERIES[:count]
    return [plt.get_cmap("viridis")(t) for t in np.linspace(0.0, 0.88, count)]


def parameter(sweep):
    """The name of the one varied setting, model.T -> T."""
    if len(sweep.keys) != 1 or not all(isinstance(values[0], float) for values in sweep.values):
        raise ResultsError(f"{sweep.folder} varies {', '.join(sweep.keys)}: only sweeps over one number are drawn; "
                           "draw its numbered folders one by one")
    return sweep.keys[0].split(".", 1)[1]


def labels(sweep):
    name = math(parameter(sweep))
    return [f"{name} = {number(values[0])}" for values, _ in sweep.solved]


def main_quantity(results):
    """What people ask for: the last derived quantity in one dimension, else the first variable."""
    return results.quantities[-1] if len(results.variables) == 1 else results.variables[0]


def chosen_observables(results):
    """Mean, variance and mode of the main quantity, then the user's formulas; at most four."""
    name = main_quantity(results)
    wanted = [f"mean.{name}", f"cov.{name}.{name}", f"mode.{name}", *results.formulas]
    return [observable for observable in wanted if observable in results.observables][:4]


def solved_runs(sweep):
    runs = [run for _, run in sweep.solved]
    if not runs:
        verdicts = ", ".join(sorted(set(sweep.verdicts)))
        raise ResultsError(f"{sweep.folder} has no run with results to draw: {verdicts}")
    return runs


def draw_observable(axes, sweep, name):
    """An observable over the parameter; True if exact values are known."""
    exact = [run.reference.get(name, np.nan) for _, run in sweep.solved]
    return draw_estimates(axes, sweep, [run.observables.get(name) for _, run in sweep.solved], exact,
                          observable_label(name))


def draw_estimates(axes, sweep, found, exact, label):
    """Values with error bars (mostly smaller than the marker) and the exact values, rings, where known."""
    x = np.array([values[0] for values, _ in sweep.solved])
    value, error = (np.array([getattr(e, part) if e else np.nan for e in found]) for part in ("value", "error"))
    exact = np.array(exact)
    axes.plot(x, value, color=GREY, lw=0.6, zorder=0)
    axes.plot(x, exact, **EXACT_POINTS)
    axes.errorbar(x, value, error, fmt="o", ms=4, color=BLUE, elinewidth=0.9, capsize=2, zorder=2)
    axes.set_xlabel(math(parameter(sweep)))
    axes.set_ylabel(label)
    low, high = np.nanmin(value), np.nanmax(value)
    margin = 0.12 * (high - low) or 0.1 * abs(high) or 1
    axes.set_ylim(low - margin, high + margin)  # an error bar may leave the panel
    mark_refused(axes, sweep)
    return np.isfinite(exact).any()


def refused(sweep):
    """Values at which the program says that there is no stationary density."""
    return [values[0] for values, verdict in zip(sweep.values, sweep.verdicts) if verdict == "no-stationary-density"]


def critical(sweep):
    """The critical value of the swept parameter, if the exact result names one (T_c for T)."""
    known = {run.reference.get(f"{parameter(sweep)}_c") for _, run in sweep.solved} - {None}
    return known.pop() if len(known) == 1 else None


def mark_refused(axes, sweep):
    """Shades the side beyond the critical value, with crosses where the program refused."""
    critical_value, none = critical(sweep), refused(sweep)
    if critical_value is not None:
        axes.axvline(critical_value, color=VERMILION, lw=0.9)
    if not none:
        return
    start = critical_value if critical_value is not None else min(none)
    right = max(none) + 0.06 * (max(none) - min(values[0] for values in sweep.values))
    axes.axvspan(start, right, color=VERMILION, alpha=0.08, lw=0)
    axes.plot(none, np.zeros(len(none)), "x", color=VERMILION, ms=5, transform=axes.get_xaxis_transform(),
              clip_on=False, zorder=5)
    axes.set_xlim(right=right)


def key(sweep, exact):
    """What the marks of the observable panels mean."""
    handles = [Line2D([], [], marker="o", ls="", ms=4, color=BLUE, label="computed, with error")]
    if exact:
        handles.append(Line2D([], [], label="exact", **EXACT_POINTS))
    if critical(sweep) is not None:
        name = rf"${parameter(sweep)}_c$"
        handles.append(Line2D([], [], color=VERMILION, lw=0.9, label=f"{name} = {number(critical(sweep))}"))
    if refused(sweep):
        handles.append(Line2D([], [], marker="x", ls="", ms=5, color=VERMILION, label="no stationary density"))
    return handles


