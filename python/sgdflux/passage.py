"""First-passage times, quasi-stationary densities, committors and reactive currents."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from . import dynamics, maps, sweep
from .results import ResultsError
from .style import BLUE, DENSITY, GREEN, GREY, INK, VERMILION, WIDTH, figure, math
from .title import put_title, stated

NAMES = {"mean_time": "mean time", "variance": "variance of time", "exit_rate": "exit rate", "rate": "transition rate"}
LEVELS = np.linspace(0.1, 0.9, 9)
IN_ROW = 3


def lighter(name, low, high):
    """A part of a known colour map, light enough for black lines over it."""
    return ListedColormap(plt.get_cmap(name)(np.linspace(low, high, 256)))


TIMES, COMMITTOR = lighter("YlGnBu", 0.0, 0.6), lighter("RdBu_r", 0.18, 0.82)


def draw(results):
    dimension = len(results.variables)
    if dimension > 2:
        raise ResultsError(f"{results.folder} has {dimension} variables: passages are drawn for one or two")
    panels = (LINES if dimension == 1 else MAPS)
    asked = [draw_panel for path, draw_panel in panels.items() if path in results.fields]
    if not asked:
        raise ResultsError(f"{results.folder / 'fields.h5'} has no mean time, quasi-stationary density or committor")
    fig = figure(figsize=(max(0.6, len(asked) / IN_ROW) * WIDTH, 2.9 if dimension == 1 else 3.1))
    for axes, draw_panel in zip(fig.subplots(1, len(asked), squeeze=False)[0], asked):
        draw_panel(axes, results)
    put_title(fig, results, below=";   ".join(answers(results)))
    return fig


def answers(results):
    """The numbers of the report in words; the variance is left to the picture."""
    found = {name: dynamics.estimate(results, name) for name in NAMES if name != "variance"}
    return [stated(NAMES[name], number) for name, number in found.items() if number]


def start(results):
    """The starting point of the passage, None if there is none."""
    text = str(results.report.get("settings", {}).get("passage.start") or "")
    try:
        return [float(word) for word in text.split()] or None
    except ValueError:
        return None  # a formula: the report's number says what came of it


def draw_time_line(axes, results):
    """The mean time from x, with the band of one standard deviation."""
    (name,) = results.variables
    x, mean = results.centres(name), results.field("mean_time")
    axes.plot(x, mean, color=BLUE, label="mean")
    if "variance_time" in results.fields:
        spread = np.sqrt(np.maximum(results.field("variance_time"), 0))
        axes.fill_between(x, np.maximum(mean - spread, 0), mean + spread, color=BLUE, alpha=0.15, lw=0,
                          label=r"$\pm$ standard deviation")
    if start(results):
        at = start(results)[0]
        axes.plot(at, np.interp(at, x, mean), "o", color=VERMILION, ms=5, label="start", zorder=4)
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncol=1, borderpad=0, handlelength=1.4)
    axes.set_xlabel(f"start {math(name)}")
    axes.set_ylabel("time to exit")


def draw_quasi_line(axes, results):
    """The quasi-stationary density, and the stationary one for comparison."""
    (name,) = results.variables
    x, density = results.centres(name), results.field("quasi_stationary")
    axes.plot(x, density, color=BLUE, label="quasi-stationary")
    axes.fill_between(x, 0, density, color=BLUE, alpha=0.12, lw=0)
    if "density" in results.fields:
        axes.plot(x, results.density, color=GREY, lw=1, label="stationary")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0, handlelength=1.4)
    shown(axes, x, [density, results.fields.get("density", density)])
    axes.set_xlabel(math(name))
    axes.set_ylabel("density")


def shown(axes, x, densities):
    inside = np.any([d > maps.VISIBLE * d.max() for d in densities], axis=0)
    axes.set_xlim(x[inside][0], x[inside][-1])
    axes.set_ylim(0, 1.08 * max(d.max() for d in densities))


def draw_committor_line(axes, results):
    """Both committors, and where the reactive paths are."""
    (name,) = results.variables
    x = results.centres(name)
    axes.plot(x, results.field("committor_forward"), color=BLUE, label="forward $q_+$")
    if "committor_backward" in results.fields:
        axes.plot(x, results.field("committor_backward"), color=VERMILION, label="backward $q_-$")
    if "reactive_density" in results.fields:
        reactive = results.field("reactive_density")
        axes.fill_between(x, 0, reactive / reactive.max(), color=GREEN, alpha=0.2, lw=0,
                          label="reactive density (scaled)")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0, handlelength=1.4)
    axes.set_ylim(0, 1.03)
    axes.set_xlabel(math(name))
    axes.set_ylabel("committor")


def window(results):
    """Where the densities are; the whole mesh where only times were asked for."""
    known = [results.field(path) for path in ("density", "quasi_stationary") if path in results.fields]
    return maps.Window(results, known)


def colourbar(axes, picture, **kwargs):
    bar = axes.figure.colorbar(picture, ax=axes, location="bottom", pad=0.02, aspect=25, **kwargs)
    bar.outline.set_visible(False)


def draw_time_map(axes, results):
    frame = window(results)
    mean = frame.sample(results.field("mean_time"))
    picture = frame.image(axes, mean, cmap=TIMES, vmin=0)
    frame.lines(axes, mean, 8, linewidths=0.5)
    if start(results):
        axes.plot(*start(results)[:2], "o", color=VERMILION, ms=5, mec="white", mew=0.6)
    axes.set_title("mean time to exit", fontsize=9)
    colourbar(axes, picture)


def draw_quasi_map(axes, results):
    frame = window(results)
    picture = frame.image(axes, frame.sample(results.field("quasi_stationary")), cmap=DENSITY, vmin=0)
    axes.set_title("quasi-stationary density", fontsize=9)
    colourbar(axes, picture)


def draw_committor_map(axes, results):
    """The forward committor with its level lines, and the streamlines of the reactive current."""
    frame = window(results)
    forward = frame.sample(results.field("committor_forward"))
    picture = frame.image(axes, forward, cmap=COMMITTOR, vmin=0, vmax=1)
    frame.lines(axes, forward, LEVELS, colors=GREY, linewidths=0.5)
    names = [f"reactive_current/{name}" for name in results.variables]
    if all(name in results.fields for name in names):
        frame.streams(axes, [results.field(name) for name in names], color=INK)
    axes.set_title("forward committor, reactive current", fontsize=9)
    colourbar(axes, picture, ticks=[0, 0.25, 0.5, 0.75, 1])


LINES = {"mean_time": draw_time_line, "quasi_stationary": draw_quasi_line, "committor_forward": draw_committor_line}
MAPS = {"mean_time": draw_time_map, "quasi_stationary": draw_quasi_map, "committor_forward": draw_committor_map}


def draw_sweep(results):
    """Times and rates over the varied parameter, on a logarithmic scale where they span decades."""
    runs, parameter = sweep.solved_runs(results), sweep.parameter(results)
    names = [name for name in NAMES if name != "variance" and any(dynamics.estimate(run, name) for run in runs)]
    if not names:
        raise ResultsError(f"{results.folder} has no run with a mean time or a rate")
    fig = figure(figsize=(max(0.6, len(names) / IN_ROW) * WIDTH, 2.8))
    for axes, name in zip(fig.subplots(1, len(names), squeeze=False)[0], names):
        found = [dynamics.estimate(run, name) for run in runs]
        values = np.array([estimate.value if estimate else np.nan for estimate in found])
        sweep.draw_estimates(axes, results, found, np.full(len(runs), np.nan), NAMES[name])
        if np.nanmin(values) > 0 and np.nanmax(values) > 30 * np.nanmin(values):
            axes.set_yscale("log")
            axes.set_ylim(np.nanmin(values) / 2, 2 * np.nanmax(values))
    put_title(fig, runs[-1], without=parameter)
    return fig
