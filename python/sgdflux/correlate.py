"""Autocorrelation, power spectrum, and displacement with its local exponent; runs of a sweep over each other."""
import numpy as np
from matplotlib.lines import Line2D

from . import dynamics, sweep
from .dynamics import decades
from .line import EXACT
from .style import BLUE, GREY, WIDTH, figure, math
from .title import put_title

SLOPES = (1, 2)  # diffusive and ballistic
EXPONENTS = (-1.2, 3.2)  # oscillations take the exponent far beyond; they leave the panel
ABOVE = 3.0      # reference lines start so far above the first displacement


def draw(results):
    return compose([results], [BLUE], [None])


def draw_sweep(results):
    runs = sweep.solved_runs(results)
    return compose(runs, sweep.colours(len(runs)), sweep.labels(results), without=sweep.parameter(results))


def compose(runs, colors, texts, without=""):
    fig = figure(figsize=(WIDTH, 4.6))
    left, right = fig.subfigures(1, 2)
    correlation, power = left.subplots(2, 1)
    displacement, exponent = right.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    draw_correlation(correlation, runs, colors, texts)
    draw_power(power, runs, colors, texts)
    draw_displacement(displacement, runs, colors, texts)
    draw_exponent(exponent, runs, colors)
    legend(displacement, any(has_exact(run) for run in runs))
    put_title(fig, runs[-1], without=without, below=observable(runs[-1]))
    return fig


def observable(results):
    formula = results.report.get("settings", {}).get("correlate.observable")
    text = math(formula) if formula in results.variables else formula
    return f"$f$ = {text}" if formula else ""


def has_exact(results):
    return bool(np.isfinite(dynamics.series(results, "displacement").exact).any())


def curve(axes, shown, color, text=None, positive=False):
    """A series with the band of its error, the exact one dashed; `positive`: for a logarithmic scale."""
    value = np.where(shown.value > 0, shown.value, np.nan) if positive else shown.value
    axes.plot(shown.at, value, color=color, label=text)
    low = shown.value - shown.error
    low = np.where(low > 0, low, value) if positive else low
    axes.fill_between(shown.at, low, shown.value + shown.error, color=color, alpha=0.25, lw=0)
    if np.isfinite(shown.exact).any():
        axes.plot(shown.at, shown.exact, **EXACT)


def draw_correlation(axes, runs, colors, texts):
    found = [dynamics.series(run, "autocorrelation") for run in runs]
    axes.axhline(0, color=GREY, lw=0.5, zorder=0)
    for shown, color, text in zip(found, colors, texts):
        curve(axes, shown, color, text)
    if decades(found[0].at):
        axes.set_xscale("log")
    axes.set_xlabel("time $t$")
    axes.set_ylabel("autocorrelation $C(t)$")


def draw_power(axes, runs, colors, texts):
    for run, color, text in zip(runs, colors, texts):
        curve(axes, dynamics.power_spectrum(run), color, text, positive=True)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(r"frequency $\omega$ (radians per unit time)")
    axes.set_ylabel(r"power spectrum $S(\omega)$")


def draw_displacement(axes, runs, colors, texts):
    found = [dynamics.series(run, "displacement") for run in runs]
    for shown, color, text in zip(found, colors, texts):
        curve(axes, shown, color, text, positive=True)
    axes.set_xscale("log")
    axes.set_yscale("log")
    draw_slopes(axes, found)
    axes.set_ylabel(r"displacement $\langle (f_t - f_0)^2\rangle$")


def draw_slopes(axes, found):
    """Grey lines of slope 1 and 2 from above the first point, as far as the panel goes."""
    start = min(shown.at[0] for shown in found)
    values = np.concatenate([shown.value[shown.value > 0] for shown in found])
    first = ABOVE * max(shown.value[0] for shown in found)
    axes.set_ylim(values.min() / 2, 6 * values.max())
    top, right = 3 * values.max(), max(shown.at[-1] for shown in found)
    for slope in SLOPES:
        end = min(start * (top / first) ** (1 / slope), right)
        if end > 3 * start:
            axes.plot([start, end], [first, first * (end / start) ** slope], color=GREY, lw=0.8, dashes=(1, 1.5))
            axes.annotate(r"$\propto t$" if slope == 1 else r"$\propto t^2$", (end, first * (end / start) ** slope),
                          xytext=(-3, 2), textcoords="offset points", ha="right", va="bottom", color=GREY, fontsize=8.5)


def draw_exponent(axes, runs, colors):
    for level in (0, *SLOPES):
        axes.axhline(level, color=GREY, lw=0.8 if level else 0.5, dashes=(1, 1.5), zorder=0)
    found = [dynamics.series(run, "exponent") for run in runs]
    for shown, color in zip(found, colors):
        curve(axes, shown, color)
    values = np.concatenate([shown.value[np.isfinite(shown.value)] for shown in found])
    axes.set_ylim(max(min(-0.15, values.min() - 0.1), EXPONENTS[0]), min(max(2.2, values.max() + 0.1), EXPONENTS[1]))
    axes.set_xlabel("time $t$")
    axes.set_ylabel("exponent $c(t)$")


def legend(axes, exact):
    handles = axes.get_legend_handles_labels()[0]
    if exact:
        handles = handles or [Line2D([], [], color=BLUE, label="computed")]
        handles = [*handles, Line2D([], [], label="exact", **EXACT)]
    if handles:
        axes.legend(handles=handles, loc="lower right", ncol=1 + (len(handles) > 6), handlelength=1.6)
