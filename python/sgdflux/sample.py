"""Monte Carlo paths: histograms with error bars, paths, correlations in time; means over time of a transient."""
import numpy as np
from matplotlib.lines import Line2D

from . import correlate, dynamics, histogram, line, plane, sweep
from .dynamics import decades
from .results import Estimate, Plane
from .style import BLUE, GREY, INK, SERIES, VERMILION, WIDTH, figure, math, observable_label
from .title import put_title

PATHS = 3        # drawn over each other
RECORDS = 600    # of each; more would be a solid band
IN_PLANE = 120   # of one path in a plane
SERIES_SHOWN = 4
RESOLVED = 4.0   # standard errors: a correlation that is smaller is noise
LAGS = 36        # points of a displacement
FADED = 0.35


def draw(results):
    if is_transient(results):
        fig = draw_transient(results)
    elif len(results.variables) == 2 and "density" in results.fields:
        fig = draw_plane(results)
    else:
        fig = draw_line(results)
    put_title(fig, results, below=counted(results))
    return fig


def is_transient(results):
    return str(results.report["settings"].get("sample.burn")) == "0"


def counted(results):
    """The method and how many paths there were; in words what went wrong with them."""
    paths = results.member("paths")
    text = f"{results.member('method')}, {paths['count']} paths"
    text += f", {paths['diverged']} of them diverged" if paths["diverged"] else ""
    return text if results.verdict == "converged" else f"{text};  {results.verdict}: {results.report.get('reason', '')}"


def quantities(results):
    """Recorded quantities, those of the model first: in one dimension the last derived one leads."""
    model = results.report["model"]
    known = model["derived"][::-1] + model["variables"] if len(model["variables"]) == 1 else \
        model["variables"] + model["derived"]
    recorded = [path.removeprefix("path/") for path in results.fields if path.startswith("path/")]
    return [name for name in known if name in recorded]


def draw_line(results):
    """One variable, or many: the main density, paths, autocorrelation and displacement of the main quantity."""
    fig = figure(figsize=(WIDTH, 4.6))
    density, paths, correlation, displacement = fig.subplots(2, 2).flatten()
    draw_histogram(density, histogram.main(results))
    name = quantities(results)[0] if quantities(results) else results.variables[0]
    draw_paths(paths, results, name)
    draw_correlations(correlation, results, [name])
    draw_displacements(displacement, results, [name])
    return fig


def draw_histogram(axes, found, color=BLUE, label=None):
    """Points with error bars, on a logarithmic scale where the probability itself spans decades."""
    set_limits(axes, [found], line.spans_decades(found.curve))
    histogram.points(axes, found, color, label)
    axes.set_xlabel(math(found.curve.name))
    axes.set_ylabel(f"density $p(${math(found.curve.name)}$)$")


def set_limits(axes, found, logarithmic):
    """Those of computed densities, but a logarithmic scale ends where the points do."""
    (line.logarithmic_limits if logarithmic else line.linear_limits)(axes, [one.curve for one in found])
    if logarithmic:
        density, value = (np.concatenate([getattr(one.curve, what)[histogram.resolved(one)] for one in found])
                          for what in ("density", "value"))
        axes.set_ylim(bottom=density.min(initial=axes.get_ylim()[1]) / 2)
        axes.set_xlim(right=min(axes.get_xlim()[1], 1.1 * value.max(initial=0)) if value.max(initial=0) > 0 else None)


def draw_paths(axes, results, name):
    """The first paths over time."""
    time, values = results.field("path/time"), results.field(f"path/{name}")
    last = min(RECORDS, time.size)
    for value, color in zip(values[:PATHS], SERIES):
        axes.plot(time[:last], value[:last], color=color, lw=0.7)
    axes.set_xlabel("time $t$")
    axes.set_ylabel(math(name))


def correlation(results, name, what):
    """covariance or displacement of a quantity over lags."""
    entry = results.member("correlations")[name]
    lags = dynamics.numbers(results, entry.get("lags"), f"lags of {name}")
    return dynamics.of_entry(results, f"{what} of {name}", lags, entry[what])


def resolved_until(shown):
    """The lag up to which a correlation is more than noise, and a bit."""
    seen = np.flatnonzero(np.abs(shown.value) > RESOLVED * shown.error)
    return shown.at[min(seen[-1] * 5 // 4 + 4, shown.at.size - 1)] if seen.size else shown.at[-1]


def draw_correlations(axes, results, names, colors=SERIES):
    found = [correlation(results, name, "covariance") for name in names]
    last = max(resolved_until(shown) for shown in found)
    axes.axhline(0, color=GREY, lw=0.5, zorder=0)
    for shown, name, color in zip(found, names, colors):
        use = shown.at <= last
        axes.plot(shown.at[use], shown.value[use], color=color, marker="o", ms=1.8, lw=0.8)
        low, high = shown.value - shown.error, shown.value + shown.error
        axes.fill_between(shown.at[use], low[use], high[use], color=color, alpha=FADED, lw=0)
    if decades(found[0].at[found[0].at <= last]):
        axes.set_xscale("symlog", linthresh=found[0].at[found[0].at > 0][0])
    axes.set_xlabel("lag $t$")
    axes.set_ylabel(f"$C(t)$ of {', '.join(math(name) for name in names)}")


def thinned(shown):
    """Lags that are spread evenly over their logarithms."""
    use = np.flatnonzero((shown.at > 0) & (shown.value > 0))
    if use.size > LAGS:
        place = np.log(shown.at[use])
        use = use[np.unique(np.abs(place[None, :] - np.linspace(place[0], place[-1], LAGS)[:, None]).argmin(1))]
    return dynamics.Series(shown.name, *(column[use] for column in (shown.at, shown.value, shown.error, shown.exact)))


def draw_displacements(axes, results, names, colors=SERIES):
    """Mean squared displacements with their standard errors, and lines of slope 1 and 2."""
    found = [thinned(correlation(results, name, "displacement")) for name in names]
    for shown, name, color in zip(found, names, colors):
        axes.errorbar(shown.at, shown.value, shown.error, fmt="o", ms=2.6, mew=0, elinewidth=0.8, color=color)
        if len(names) > 1:
            axes.annotate(math(name), (shown.at[-1], shown.value[-1]), xytext=(0, -4), textcoords="offset points",
                          ha="right", va="top", color=color)
    axes.set_xscale("log")
    axes.set_yscale("log")
    correlate.draw_slopes(axes, found)
    axes.set_xlabel("lag $t$")
    axes.set_ylabel("displacement" if len(names) > 1 else rf"displacement of {math(names[0])}")


def as_plane(results):
    """The histogram of two variables; what flows is not known cell by cell."""
    a, b = results.variables
    none = np.zeros((0, 0))
    return Plane((a, b), (results.centres(a), results.centres(b)), (results.faces(a), results.faces(b)),
                 results.field("cell_volume"), results.density, none, none)


def draw_plane(results):
    """Two variables: the histogram with paths over it, autocorrelations and displacements."""
    fig = figure(figsize=(WIDTH, 5.4))
    grid = fig.add_gridspec(3, 2, width_ratios=[3, 2])
    main = fig.add_subplot(grid[:, 0])
    draw_image(main, as_plane(results))
    draw_paths_in_plane(main, results)
    names = results.variables
    for row, (name, color) in enumerate(zip(names, SERIES)):
        draw_correlations(fig.add_subplot(grid[row, 1]), results, [name], [color])
    draw_displacements(fig.add_subplot(grid[2, 1]), results, names)
    return fig


def draw_image(axes, shown):
    """Cells as they were counted: no smoothing that would hide the noise."""
    colours = {"cmap": plane.DENSITY, "vmin": 0, "rasterized": True}
    axes.pcolormesh(shown.faces[0], shown.faces[1], shown.density.T, **colours)
    rows, columns = plane.frame(shown)
    axes.set_xlim(shown.faces[0][[rows.start, rows.stop]])
    axes.set_ylim(shown.faces[1][[columns.start, columns.stop]])
    axes.set_xlabel(math(shown.names[0]))
    axes.set_ylabel(math(shown.names[1]))


def draw_paths_in_plane(axes, results, paths=2):
    """The beginnings of a few paths, each with a dot where it starts."""
    a, b = (results.field(f"path/{name}") for name in results.variables)
    for x, y, color in zip(a[:paths], b[:paths], (INK, VERMILION)):
        axes.plot(x[:IN_PLANE], y[:IN_PLANE], color=color, lw=0.6)
        axes.plot(x[:1], y[:1], "o", color=color, ms=3.5)


def over_time(results):
    """What a transient shows: the user's formulas, then the model's quantities."""
    series = results.member("series")
    names = [name for name in [*results.formulas, *quantities(results)] if name in series]
    return names[:SERIES_SHOWN]


def series(results, name):
    found = results.member("series")
    times = dynamics.numbers(results, found.get("times"), "times of the series")
    return dynamics.of_entry(results, f"series of {name}", times, found[name])


def draw_transient(results):
    """Means over time with error bands, thin paths behind them."""
    names = over_time(results)
    rows = -(-len(names) // 2)
    fig = figure(figsize=(WIDTH, 0.4 + 2.3 * rows))
    panels = fig.subplots(rows, min(2, len(names)), squeeze=False).flatten()
    for panel, name in zip(panels, names):
        draw_mean(panel, results, name)
    for panel in panels[len(names):]:
        panel.set_axis_off()
    panels[0].legend(handles=[Line2D([], [], color=BLUE, label="mean, with its standard error"),
                              Line2D([], [], color=GREY, lw=0.6, label="single paths")])
    return fig


def draw_mean(axes, results, name, color=BLUE, label=None, paths=PATHS):
    """One series with its band; single paths only where the quantity itself was recorded."""
    shown = series(results, name)
    if f"path/{name}" in results.fields:
        for value in results.field(f"path/{name}")[:paths]:
            axes.plot(results.field("path/time"), value, color=GREY, lw=0.4, alpha=0.8, zorder=0)
    axes.fill_between(shown.at, shown.value - shown.error, shown.value + shown.error, color=color, alpha=FADED, lw=0)
    axes.plot(shown.at, shown.value, color=color, label=label)
    axes.set_xlabel("time $t$")
    axes.set_ylabel(f"mean of {math(name)}")


def draw_sweep(results):
    """Moments over the parameter with standard errors and the densities of all runs; of transients, their means."""
    runs = sweep.solved_runs(results)
    fig = (draw_transients if is_transient(runs[0]) else draw_moments)(results, runs)
    put_title(fig, runs[-1], without=sweep.parameter(results), below=runs[-1].member("method"))
    return fig


def moments(runs):
    """Mean and variance of the main quantity: raw ones where every error can be trusted, clipped ones elsewhere."""
    name = (quantities(runs[0]) or runs[0].variables)[0]
    trusted = all(not run.observable(f"cov.{name}.{name}").reason for run in runs)
    pair = [f"mean.{name}", f"cov.{name}.{name}"] if trusted else [f"clipped.mean.{name}", f"clipped.var.{name}"]
    return [*pair, *runs[0].formulas][:3]


def label_of(name):
    """clipped.var.v -> clipped variance of v."""
    if name.startswith("clipped."):
        kind, quantity = name.split(".")[1:]
        return f"clipped {'variance' if kind == 'var' else kind} of {math(quantity)}"
    return observable_label(name)


def draw_moments(results, runs):
    fig = figure(figsize=(WIDTH, 5.2))
    top, bottom = fig.subfigures(2, 1, height_ratios=[2.4, 2.9])
    names = moments(runs)
    lost = any(run.member("paths")["diverged"] for run in runs)
    panels = top.subplots(1, len(names) + lost)
    for panel, name in zip(panels, names):
        sweep.draw_estimates(panel, results, [run.observables.get(name) for run in runs],
                             [run.reference.get(name, np.nan) for run in runs], label_of(name))
    if lost:
        shares = [Estimate(100 * run.member("paths")["diverged"] / run.member("paths")["count"], 0) for run in runs]
        sweep.draw_estimates(panels[-1], results, shares, [np.nan] * len(runs), "paths that diverged (%)")
    draw_histograms(bottom.subplots(1, 2), results, [histogram.main(run) for run in runs])
    return fig


def draw_histograms(panels, results, found):
    for panel, logarithmic in zip(panels, (False, True)):
        set_limits(panel, found, logarithmic)
        for k, (color, text) in enumerate(zip(sweep.colours(len(found)), sweep.labels(results))):
            histogram.points(panel, found[k], color, text, turn=k / len(found))
        name = math(found[0].curve.name)
        panel.set_xlabel(name)
        panel.set_ylabel(f"density $p(${name}$)$")
    panels[0].legend(ncol=1 + (len(found) > 6))


def draw_transients(results, runs):
    names = over_time(runs[0])
    rows = -(-len(names) // 2)
    fig = figure(figsize=(WIDTH, 0.4 + 2.5 * rows))
    panels = fig.subplots(rows, min(2, len(names)), squeeze=False).flatten()
    for panel, name in zip(panels, names):
        for run, color, text in zip(runs, sweep.colours(len(runs)), sweep.labels(results)):
            draw_mean(panel, run, name, color, text, paths=0)
    for panel in panels[len(names):]:
        panel.set_axis_off()
    panels[0].legend(ncol=1 + (len(runs) > 6))
    return fig
