"""Eigenvalues in the complex plane and eigenfunctions, with phases in cyclic colours."""
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from . import dynamics, maps, sweep
from .style import BLUE, DENSITY, GREY, SERIES, VERMILION, WIDTH, figure, math, number
from .sweep import EXACT_POINTS
from .title import put_title

REAL = 1e-12       # imaginary parts below, in units of the largest eigenvalue, are none
SEEN = 5e-3        # of the panel: shorter error bars are hidden by the marker
NEGLIGIBLE = 1e-4  # of the largest density: functions are not shown where hardly anything ever is
CURVES = 4         # eigenfunctions over one variable
PALING = 0.6       # exponent of the modulus: below 1 so that hues are told apart where it is small
DIVERGING = "RdBu_r"


def draw(results):
    dimension, found = len(results.variables), dynamics.spectrum(results)
    if dimension == 1:
        fig = figure(figsize=(WIDTH, 2.9))
        left, middle, right = fig.subplots(1, 3)
        draw_values(left, results, found)
        draw_curves(middle, results, "right")
        draw_curves(right, results, "left")
    elif dimension == 2 and dynamics.modes(results) > 1:
        fig = figure(figsize=(WIDTH, 5.9))
        axes = fig.subplots(2, 2)
        draw_values(axes[0][0], results, found)
        draw_stationary(axes[0][1], results)
        draw_mode(axes[1], results)
    else:
        fig = figure(figsize=(0.7 * WIDTH, 3.2))
        draw_values(fig.subplots(), results, found)
    put_title(fig, results, below=slowest(results, found))
    return fig


def slowest(results, found):
    """The slowest mode in words."""
    oscillation = results.report.get("oscillation")
    if oscillation:
        robust = "robustly oscillatory" if oscillation.get("robust") else "not robustly oscillatory"
        return rf"$\lambda_1$ = {number(oscillation['re'])} $\pm$ {number(abs(oscillation['im']))}$\,i$:   " \
               f"quality {number(oscillation['quality'])}, {robust}"
    return rf"$\lambda_1$ = {number(found.value[1].real)}" if found.value.size > 1 else ""


def is_real(values):
    return values.size == 0 or np.abs(values.imag).max() <= REAL * np.abs(values).max()


def draw_values(axes, results, found):
    (draw_ladder if is_real(found.value) else draw_complex)(axes, results, found)


def draw_complex(axes, results, found):
    """The plane of eigenvalues, with the line that all others must lie left of for a robust oscillation."""
    axes.axhline(0, color=GREY, lw=0.5, zorder=0)
    axes.axvline(0, color=GREY, lw=0.5, zorder=0)
    axes.plot(found.rejected.real, found.rejected.imag, "x", color=GREY, ms=4.5, mew=0.9, zorder=1)
    axes.plot(found.exact.real, found.exact.imag, **EXACT_POINTS)
    axes.plot(found.value.real, found.value.imag, "o", color=BLUE, ms=4, zorder=3)
    limits(axes, np.concatenate([found.value, found.exact]))
    oscillation = results.report.get("oscillation")
    if oscillation:
        axes.axvline(2 * oscillation["re"], color=VERMILION, lw=0.9, dashes=(4, 2), zorder=0)
    error_bars(axes, found.value.real, found.value.imag, found.error, both=True)
    axes.set_xlabel(r"$\mathrm{Re}\,\lambda$")
    axes.set_ylabel(r"$\mathrm{Im}\,\lambda$  (radians per unit time)")
    key(axes, found, bool(oscillation))


def draw_ladder(axes, results, found):
    """All eigenvalues real: decay rates over their numbers."""
    rate = -found.value.real
    axes.plot(np.arange(rate.size), rate, "o", color=BLUE, ms=4, zorder=3)
    axes.plot(np.arange(found.exact.size), -found.exact.real, **EXACT_POINTS)
    rejected = -found.rejected.real
    axes.plot(np.searchsorted(rate, rejected) - 0.5, rejected, "x", color=GREY, ms=4.5, mew=0.9)
    span = np.ptp(rate) or 1
    axes.set_ylim(-0.06 * span, rate.max() + 0.1 * span)
    error_bars(axes, np.arange(rate.size), rate, found.error)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("mode $k$")
    axes.set_ylabel(r"decay rate $-\lambda_k$")
    key(axes, found, False)


def limits(axes, values):
    """Room around the eigenvalues; rejected ones far away do not count."""
    for setter, part in ((axes.set_xlim, values.real), (axes.set_ylim, values.imag)):
        margin = 0.07 * (np.ptp(part) or 1)
        setter(part.min() - margin, part.max() + margin)


def visible(axes, line):
    """Whether any point of a line is inside the panel."""
    (left, right), (bottom, top), (x, y) = axes.get_xlim(), axes.get_ylim(), line.get_data()
    return bool(np.any((x > left) & (x < right) & (y > bottom) & (y < top)))


def error_bars(axes, x, y, error, both=False):
    """Only those that the marker does not hide."""
    long = error > SEEN * np.ptp(axes.get_ylim())
    if long.any():
        axes.errorbar(x[long], y[long], error[long], error[long] if both else None, fmt="none", ecolor=BLUE,
                      elinewidth=0.9, capsize=2, zorder=2)


def key(axes, found, oscillating):
    handles = [Line2D([], [], marker="o", ls="", ms=4, color=BLUE, label="computed")]
    if found.exact.size:
        handles.append(Line2D([], [], label="exact", **EXACT_POINTS))
    if any(visible(axes, line) for line in axes.lines if line.get_marker() == "x"):
        handles.append(Line2D([], [], marker="x", ls="", ms=4.5, color=GREY, label="rejected"))
    if oscillating:
        handles.append(Line2D([], [], color=VERMILION, lw=0.9, dashes=(4, 2), label=r"$2\,\mathrm{Re}\,\lambda_1$"))
    axes.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=len(handles), handlelength=1.2,
                columnspacing=1.0, handletextpad=0.4, borderpad=0)


def draw_curves(axes, results, side):
    """One variable: the slowest eigenfunctions, densities over their maxima, functions over their stationary rms."""
    x = results.centres(results.variables[0])
    seen = results.density > maps.VISIBLE * results.density.max()
    mass = results.density * results.widths(results.variables[0])
    for k in range(min(CURVES, dynamics.modes(results))):
        values = dynamics.eigenfunction(results, k, side)
        size = np.abs(values).max() if side == "right" else np.sqrt(np.sum(np.abs(values) ** 2 * mass) / mass.sum())
        values = values / size
        axes.plot(x[seen], values.real[seen], color=SERIES[k], label=f"$k$ = {k}")
        if np.iscomplexobj(values):
            axes.plot(x[seen], values.imag[seen], color=SERIES[k], lw=1, dashes=(3, 2))
    axes.axhline(0, color=GREY, lw=0.5, zorder=0)
    axes.set_xlabel(math(results.variables[0]))
    axes.set_ylabel("density / maximum" if side == "right" else "function / rms")
    axes.set_title("right eigenfunctions" if side == "right" else "left eigenfunctions", fontsize=9)
    if side == "right":
        axes.legend(handlelength=1.2, borderpad=0)


def draw_stationary(axes, results):
    window = maps.Window(results, [results.density])
    picture = window.image(axes, window.sample(results.density), cmap=DENSITY, vmin=0)
    axes.set_title("stationary density", fontsize=9)
    bar = axes.figure.colorbar(picture, ax=axes, pad=0.02)
    bar.outline.set_visible(False)


def draw_mode(axes, results):
    """Two variables: the slowest nonzero mode, as a density (right) and as a function (left)."""
    window = maps.Window(results, [results.density])
    right, left = (window.sample(dynamics.eigenfunction(results, 1, side)) for side in ("right", "left"))
    density = window.sample(results.density)
    seen = density > NEGLIGIBLE * density.max()
    (draw_phases if np.iscomplexobj(right) else draw_signs)(axes, window, right, left, seen)


def draw_phases(axes, window, right, left, seen):
    """A rotating mode: hue is phase; the density pales with its modulus, the function carries its isochrones."""
    strength = np.abs(right) / np.abs(right).max()
    window.image(axes[0], maps.phase_colours(right, strength**PALING))
    window.lines(axes[0], strength, [0.1, 0.3, 0.5, 0.7, 0.9], linewidths=0.5)
    axes[0].set_title("right eigenfunction: phase, modulus (lines)", fontsize=9)
    window.image(axes[1], maps.phase_colours(left, seen.astype(float)))
    maps.isochrones(axes[1], window, left, seen)
    axes[1].set_title("left eigenfunction: phase, isochrones", fontsize=9)
    bar = axes[1].figure.colorbar(ScalarMappable(Normalize(-np.pi, np.pi), maps.PHASES), ax=axes[1], pad=0.02,
                                  ticks=list(maps.TURNS))
    bar.ax.set_yticklabels(maps.TURNS.values())
    bar.set_label("phase (radians)")
    bar.outline.set_visible(False)


def draw_signs(axes, window, right, left, seen):
    """A real mode: what flows from the red to the blue parts, and the function that tells them apart."""
    left = np.where(seen, left, np.nan)
    for panel, values, text in ((axes[0], right, "right eigenfunction"), (axes[1], left, "left eigenfunction")):
        values = values / np.nanmax(np.abs(values))
        picture = window.image(panel, values, cmap=DIVERGING, vmin=-1, vmax=1)
        window.lines(panel, np.ma.masked_invalid(values), [0])
        panel.set_title(text, fontsize=9)
    bar = axes[1].figure.colorbar(picture, ax=axes[1], pad=0.02)
    bar.set_label("value / maximum")
    bar.outline.set_visible(False)


def draw_sweep(results):
    """Branches of eigenvalues over the varied parameter, real and imaginary parts."""
    runs, parameter = sweep.solved_runs(results), sweep.parameter(results)
    pairs = sorted(((values[0], dynamics.spectrum(run)) for values, run in results.solved), key=lambda pair: pair[0])
    rings = {**EXACT_POINTS, "ms": 6}
    fig = figure(figsize=(WIDTH, 3.1))
    for axes, part, text in zip(fig.subplots(1, 2), ("real", "imag"), ("Re", "Im")):
        for (x, found), (next_x, following) in zip(pairs, pairs[1:]):
            for a, b in neighbours(found.value, following.value):
                axes.plot([x, next_x], [getattr(a, part), getattr(b, part)], color=GREY, lw=0.6, zorder=0)
        for x, found in pairs:
            axes.plot(np.full(found.exact.size, x), getattr(found.exact, part), **rings)
            axes.plot(np.full(found.value.size, x), getattr(found.value, part), "o", color=BLUE, ms=3)
        axes.set_xlabel(math(parameter))
        axes.set_ylabel(rf"$\mathrm{{{text}}}\,\lambda$")
    marks = [Line2D([], [], marker="o", ls="", ms=3, color=BLUE, label="computed")]
    if any(found.exact.size for _, found in pairs):
        marks.append(Line2D([], [], label="exact", **rings))
    fig.axes[0].legend(handles=marks, loc="lower left", bbox_to_anchor=(0, 1), ncol=2, borderpad=0)
    put_title(fig, runs[-1], without=parameter)
    return fig


def neighbours(first, second):
    """Pairs of eigenvalues of two neighbouring parameters that are nearest to each other, seen from both sides."""
    distance = np.abs(first[:, None] - second[None, :])
    nearest = distance.argmin(axis=1)
    return [(first[i], second[j]) for i, j in enumerate(nearest) if distance[:, j].argmin() == i]
