"""Pictures of benchmark_scale.py: error over seconds, cost over cells, ranks."""
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
from sgdflux.style import BLUE, GREEN, GREY, INK, PURPLE, SERIES, VERMILION, WIDTH, figure  # noqa: E402

from benchmark_scale_pages import NAMES, efficiency, families, scipy_of  # noqa: E402

ORDERS = {2: BLUE, 4: GREEN, 6: PURPLE, 8: VERMILION}
LOOKS = {"well": (BLUE, "o"), "coupled": (GREEN, "s"), "modes": (VERMILION, "^"), "momentum": (PURPLE, "D")}
SCIPY = {"ls": (0, (2.2, 2.2)), "mfc": "white", "lw": 1.0, "ms": 4}


def size(found):
    """400^2, as mathematics: fonts lack the raised four."""
    return f"${found['cells']}^{found['dimension']}$"


def label(axes, x, y, text, color, offset=(6, 0), **kwargs):
    """A name beside the end of a curve."""
    axes.annotate(text, (x, y), xytext=offset, textcoords="offset points", color=color, fontsize=8, va="center", **kwargs)


def draw_precision(axes, figures, problem):
    for order, color in ORDERS.items():
        cases = [f for f in figures["precision"] if f["problem"] == problem and f["order"] == order]
        if cases:
            x, y = [f["solve"] for f in cases], [f["l1"] for f in cases]
            axes.plot(x, y, "o-", color=color, ms=4)
            label(axes, x[0], y[0], f"order {order}", color, (-6, 0), ha="right")
            label(axes, x[-1], y[-1], size(cases[-1]), color, (6, 4 if order == 6 else -1))
        for name, found in scipy_of(figures, problem, order).items():
            times = [f["assemble"] + f["solve"] for f in found]
            axes.plot(times, [f["l1"] for f in found], "o" if name == "lu" else "v", color=color, **SCIPY)
    axes.set(xscale="log", yscale="log", xlabel="solve (s, one core)", ylabel=r"$L^1$ error of the density")
    axes.set_title(NAMES[problem] + (", noise in both variables" if problem == "well" else ", noise in $v$ only"), loc="left", fontsize=9)
    low, high = axes.get_xlim()
    axes.set_xlim(low / (high / low)**0.18, high * (high / low)**0.06)  # room for the names
    axes.grid(lw=0.3, color="#dddddd")


def precision(figures):
    problems = [p for p in ("well", "momentum") if any(f["problem"] == p for f in figures["precision"])]
    fig = figure(figsize=(WIDTH, 3.4))
    top, below = fig.subfigures(2, 1, height_ratios=[3.1, 0.25])
    axes = top.subplots(1, len(problems), squeeze=False, sharey=True)[0]
    for panel, problem in zip(axes, problems):
        draw_precision(panel, figures, problem)
    for panel in axes[1:]:
        panel.set_ylabel("")
    handles = [axes[0].plot([], [], "o-", color=INK, ms=4, label="sgdflux")[0],
               axes[0].plot([], [], "o", color=INK, label="SciPy, SuperLU", **SCIPY)[0],
               axes[0].plot([], [], "v", color=INK, label="SciPy, GMRES with incomplete LU", **SCIPY)[0]]
    below.legend(handles=handles, loc="center", ncol=3)
    return fig


def cost_panel(axes, figures, value, ylabel):
    """value(case) over cells, the program and SciPy."""
    for family in families(figures["cost"]):
        color, mark = LOOKS[family[0]["problem"]]
        cells = [f["unknowns"] for f in family]
        axes.plot(cells, [value(f) for f in family], mark + "-", color=color, ms=4,
                  label=f"{NAMES[family[0]['problem']]}, order {family[0]['order']}")
        for one, below in ((family[0], 9), (family[-1], -10)):
            label(axes, one["unknowns"], value(one), size(one), color, (0, below), ha="center")
        for name, found in scipy_of(figures, family[0]["problem"], family[0]["order"]).items():
            axes.plot([f["cells"]**f["dimension"] for f in found], [value(scipy_case(f)) for f in found], mark if name == "lu" else "v",
                      color=color, **SCIPY)
    axes.set(xscale="log", yscale="log", xlabel="cells", ylabel=ylabel)
    axes.margins(0.08, 0.12)
    axes.grid(lw=0.3, color="#dddddd")


def scipy_case(found):
    return {**found, "unknowns": found["cells"]**found["dimension"], "solve": found["assemble"] + found["solve"]}


def cost(figures):
    fig = figure(figsize=(WIDTH, 3.4))
    top, below = fig.subfigures(2, 1, height_ratios=[3.0, 0.4])
    left, right = top.subplots(1, 2)
    cost_panel(left, figures, lambda f: f["solve"] / f["unknowns"] * 1e6, "solve (µs a cell, one core)")
    cost_panel(right, figures, lambda f: f["bytes"] / f["unknowns"], "peak memory (bytes a cell)")
    handles = left.get_legend_handles_labels()[0] + [left.plot([], [], "o", color=GREY, label="SciPy, SuperLU", **SCIPY)[0],
                                                     left.plot([], [], "v", color=GREY, label="SciPy, GMRES with ILU", **SCIPY)[0]]
    below.legend(handles=handles, loc="center", ncol=3)
    return fig


def rank_panel(axes, figures, kind, value, ideal, ylabel):
    shown = figures["ranks"][kind]
    for family in families(shown):
        color, mark = LOOKS[family[0]["problem"]]
        one = family[0]
        name = f"{NAMES[one['problem']]}, {size(one)}" + (" a rank" if kind == "weak" else "")
        axes.plot([f["ranks"] for f in family], [value(one, f) for f in family], mark + "-", color=color, ms=4, label=name)
    most = max(f["ranks"] for f in shown)
    axes.plot([1, most], ideal(most), color=GREY, lw=0.8, dashes=(1, 1.5), label="ideal")
    if most > figures["ranks"]["cores"]:
        axes.axvline(figures["ranks"]["cores"], color=GREY, lw=0.6)
        axes.text(figures["ranks"]["cores"], 0.02, " cores", transform=axes.get_xaxis_transform(), color=GREY, fontsize=8)
    counts = sorted({f["ranks"] for f in shown})
    axes.set_xscale("log", base=2)
    axes.set_xticks(counts, [str(c) for c in counts])
    axes.minorticks_off()
    axes.set(xlabel="ranks", ylabel=ylabel)
    axes.legend(fontsize=8)


def ranks(figures):
    fig = figure(figsize=(WIDTH, 2.9))
    left, right = fig.subplots(1, 2)
    rank_panel(left, figures, "strong", lambda one, f: one["solve"] / f["solve"], lambda most: [1, most], "times faster than one rank")
    rank_panel(right, figures, "weak", efficiency, lambda most: [1, 1], "efficiency, as many cells a rank")
    right.set_ylim(0, None)
    left.set_yscale("log", base=2)
    left.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return fig


PICTURES = {"precision": precision, "cost": cost, "ranks": ranks}
