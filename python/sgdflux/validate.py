"""Validation: densities of solver, paths and SGD, every check in units of its tolerance, the gap of SGD."""
import numpy as np
from matplotlib.lines import Line2D

from . import histogram, line, sweep
from .results import Estimate, ResultsError
from .sample import label_of
from .style import BLUE, GREEN, GREY, INK, SERIES, VERMILION, WIDTH, figure, math, number
from .title import put_title

FLOOR = 1e-4       # of a tolerance; smaller differences are drawn there
CEILING = 1e3      # larger ones there
DENSITIES = 2      # marginals side by side
ROW = 0.155        # inches of one check
MARKS = "osD^v"
RATIO = "|difference| / tolerance;  of densities ln $p$ / ln $p_{min}$"
SOURCES = (("exact", INK), ("paths", VERMILION), ("sgd", GREEN))  # what the solver is compared with, by names of checks
WORDS = {"exact": "exact result", "paths": "paths of the SDE", "sgd": "SGD"}


def draw(results):
    rows = len(results.member("checks"))
    heights = [2.7, 0.7 + ROW * max(rows, 10)]
    fig = figure(figsize=(WIDTH, sum(heights) + 0.4))
    top, bottom = fig.subfigures(2, 1, height_ratios=heights)
    draw_densities(top, results)
    if results.report.get("gap"):
        checks, gap = bottom.subplots(1, 2, width_ratios=[1, 1])
        draw_gap(gap, results)
    else:
        checks = bottom.subplots(1, 1)
    draw_checks(checks, results)
    put_title(fig, results, below=judged(results))
    return fig


def judged(results):
    failed = [check["name"] for check in results.member("checks") if not check["pass"]]
    text = f"{len(results.member('checks'))} checks, "
    return text + (f"{len(failed)} of them disagree: {', '.join(failed[:3])}" if failed else "all of them agree")


def groups(results):
    """Prefixes of the histograms in fields.h5 with their labels: paths, then SGD by increasing learning rate."""
    found = {path.split("marginal_error/")[0] for path in results.fields if "/marginal_error/" in path}
    rates = sorted({run["eta"] for run in (results.report.get("gap") or {}).get("runs", [])})
    sgd = sorted(group for group in found if group.startswith("sgd/"))
    labels = [rf"SGD, $\eta$ = {number(rates[int(group.split('/')[1]) - 1])}"
              if int(group.split("/")[1]) <= len(rates) else "SGD" for group in sgd]
    return [(group, "paths of the SDE") for group in found if group == "paths/"] + list(zip(sgd, labels))


def draw_densities(part, results):
    """One variable: linear and logarithmic; of several the first marginals."""
    if len(results.variables) == 1:
        names, scales = [sweep.main_quantity(results)] * 2, (False, True)
    else:
        names = results.variables[:DENSITIES]
        scales = (False,) * len(names)
    panels = part.subplots(1, len(names), squeeze=False)[0]
    for panel, name, logarithmic in zip(panels, names, scales):
        draw_density(panel, results, name, logarithmic)
    handles = [Line2D([], [], color=BLUE, label="solver"), *panels[0].get_legend_handles_labels()[0]]
    panels[0].legend(handles=handles, handlelength=1.2)


def draw_density(panel, results, name, logarithmic):
    line.panel(panel, [results.curve(name)], [BLUE], [None], logarithmic)
    found = groups(results)
    for k, (group, label) in enumerate(found):
        histogram.points(panel, counted(results, name, group), SERIES[1:][k % 4], label, turn=k / len(found),
                         fmt=MARKS[k % len(MARKS)])


def counted(results, name, group):
    """A histogram of a variable; of a derived quantity in one dimension by the ratio of the solver's densities."""
    if name in results.variables:
        return histogram.marginal(results, name, group)
    (axis,) = results.variables
    along, of = (results.field(f"density_of/{q}/density") for q in (axis, name))
    slope = np.divide(along, of, out=np.full_like(along, np.nan), where=of > 0)
    return histogram.marginal(results, axis, group).of(name, results.field(f"density_of/{name}/value"), slope)


def is_p_value(check):
    """Tests of a distribution: `a` is the p-value and the tolerance 1 minus the smallest one that agrees."""
    return check["name"].startswith("paths.density.")


def ratio(check):
    """|difference|/tolerance within what is drawn; a tolerance of 0 allows nothing. Of p-values that of ln p."""
    if is_p_value(check):
        p, least = check["a"], 1 - check["tolerance"]
        return float(np.clip(np.log(p) / np.log(least), FLOOR, CEILING)) if p > 0 and 0 < least < 1 else CEILING
    difference, tolerance = (np.nan if check[key] is None else abs(check[key]) for key in ("difference", "tolerance"))
    if np.isnan(difference) or tolerance == 0 and difference > 0:
        return CEILING
    return float(np.clip(difference / tolerance if tolerance > 0 else 0, FLOOR, CEILING))


def colour(check):
    return dict(SOURCES).get(check["name"].split(".")[0], BLUE)


def draw_checks(axes, results):
    """Every check as a dot: left of the line it agrees. Crosses disagree."""
    checks = results.member("checks")
    axes.axvspan(1, 2 * CEILING, color=VERMILION, alpha=0.07, lw=0)
    axes.axvline(1, color=VERMILION, lw=0.9)
    for row, check in enumerate(checks):
        at = ratio(check)
        axes.plot([FLOOR, at], [row, row], color=GREY, lw=0.4, zorder=0)
        axes.plot(at, row, "o" if check["pass"] else "X", color=colour(check) if check["pass"] else VERMILION,
                  ms=4 if check["pass"] else 7)
    axes.set_yticks(range(len(checks)), [readable(check["name"]) for check in checks], fontsize=7)
    axes.set_ylim(len(checks) - 0.3, -0.7)
    axes.set_xscale("log")
    largest = max((ratio(check) for check in checks), default=1)
    axes.set_xlim(FLOOR / 1.5, max(3, 2 * largest))
    axes.set_xlabel(RATIO)


def readable(name):
    """paths.density.chi_squared.v -> paths: density chi squared v."""
    source, _, rest = name.partition(".")
    return f"{'SGD' if source == 'sgd' else source}: {rest.replace('_', ' ').replace('.', ' ')}"


def of_quantity(results, entry):
    """eta, relative gap and its error of one quantity."""
    runs = [run for run in results.member("gap")["runs"] if run["quantity"] == entry]
    values = [[run["eta"], run["relative"]["value"], run["relative"]["error"]] for run in runs]
    return np.array([[np.nan if v is None else v for v in value] for value in values], dtype=float).T


def polynomial(fit):
    """The fitted curve."""
    limit, slope, curvature = (fit[name]["value"] or 0.0 for name in ("limit", "slope", "curvature"))
    return lambda x: limit + slope * x + curvature * x**2


def draw_gap(axes, results):
    """(SGD - SDE)/scale at every learning rate, fitted curves, and where they end as eta goes to 0."""
    quantities = list(dict.fromkeys(run["quantity"] for run in results.member("gap")["runs"]))
    fits = {fit["quantity"]: fit for fit in results.member("gap")["limits"]}
    last = max(run["eta"] for run in results.member("gap")["runs"])
    axes.axhline(0, color=GREY, lw=0.6, zorder=0)
    for k, name in enumerate(quantities):
        color, shift = SERIES[k % len(SERIES)], (k - (len(quantities) - 1) / 2) * 0.012 * last
        eta, gap, error = of_quantity(results, name)
        axes.errorbar(eta + shift, gap, error, fmt=MARKS[k % len(MARKS)], ms=4, color=color, elinewidth=0.9, capsize=2,
                      label=label_of(name))
        if name in fits:
            draw_fit(axes, fits[name], color, shift, last)
    axes.set_xlim(-0.08 * last, 1.08 * last)
    axes.set_xlabel(r"learning rate $\eta$, at the same $T$")
    axes.set_ylabel("(SGD − SDE) / scale")
    axes.legend(title=r"hollow: fitted limit $\eta\to 0$", title_fontsize=8.5)


def draw_fit(axes, fit, color, shift, last):
    x = np.linspace(0, last, 60)
    axes.plot(x, polynomial(fit)(x), color=color, lw=0.8, dashes=(3, 2))
    limit = Estimate.of(fit["limit"])
    axes.errorbar(shift, limit.value, limit.error, fmt="o", ms=5, mfc="white", color=color, elinewidth=0.9, capsize=2,
                  zorder=4)


def draw_sweep(results):
    """All checks of every model or run: a row of dots each."""
    labels, runs = named_runs(results)
    if not runs:
        raise ResultsError(f"{results.folder} has no run with checks to draw")
    fig = figure(figsize=(WIDTH, 1.2 + 0.34 * len(runs)))
    axes = fig.subplots()
    axes.axvspan(1, 2 * CEILING, color=VERMILION, alpha=0.07, lw=0)
    axes.axvline(1, color=VERMILION, lw=0.9)
    for row, run in enumerate(runs):
        for check in run.member("checks"):
            axes.plot(ratio(check), row, "o" if check["pass"] else "X", ms=4 if check["pass"] else 7, alpha=0.8,
                      color=colour(check) if check["pass"] else VERMILION, mew=0)
    axes.set_yticks(range(len(runs)), labels)
    axes.set_ylim(len(runs) - 0.4, -0.6)
    axes.set_xscale("log")
    axes.set_xlim(FLOOR / 1.5, max(3, 2 * max(ratio(check) for run in runs for check in run.member("checks"))))
    axes.set_xlabel(RATIO)
    put_suite_legend(fig, axes, runs)
    return fig


def put_suite_legend(fig, axes, runs):
    checks = [check for run in runs for check in run.member("checks")]
    failed = sum(not check["pass"] for check in checks)
    handles = [Line2D([], [], marker="o", ls="", ms=4, color=color, label=f"solver and {WORDS[source]}")
               for source, color in SOURCES if any(colour(check) == color for check in checks)]
    fig.suptitle(f"{len(checks)} checks of {len(runs)} runs, " + (f"{failed} disagree" if failed else "all agree"),
                 fontsize=9.5)
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncol=len(handles), columnspacing=1.2)


def named_runs(results):
    """Labels and results of all runs that have checks: names of models, or values of what was varied."""
    labels, runs = [], []
    for entry, run in zip(results.report["runs"], results.runs):
        if run is None or not run.report.get("checks"):
            continue
        varied = ", ".join(f"{math(key.split('.', 1)[-1])} = {value}" for key, value in
                           entry.get("settings", {}).items())
        labels.append(varied or entry["directory"].replace("-", " "))
        runs.append(run)
    return labels, runs
