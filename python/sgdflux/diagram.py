"""Phase diagrams: lines of events in two parameters, the regimes between them shaded and named."""
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D

from . import happening
from .branch import Line
from .style import INK, math, number

POINTS = 241       # along each side, to tell regimes apart
SMALLEST = 0.004   # of the picture: smaller regimes are shaded but not named
PALE = ["#ffffff", "#dcecf7", "#d9efe6", "#fbe3d3", "#f3e1ee", "#e3f2fb", "#f4f0d4", "#e6e6e6"]
EMPTY = "#d5d5d5"  # no stationary density
EDGE = "normalisability"


def draw_branch(place, branch):
    """The traced lines of one run, with their crossings."""
    second = branch.results.report["lines"][0]["second"]
    draw(place.subplots(), completed(branch), second.split(".", 1)[-1], branch.name, crossings(branch.results),
         above=beyond_is_above(branch))


def completed(branch):
    """The lines of a run with the crossings that lie on them."""
    found = crossings(branch.results)
    second = branch.results.report["lines"][0]["second"]
    return [with_points(line, [(values[second], values[branch.key]) for names, values in found if lies_on(line, names)])
            for line in branch.lines]


def lies_on(line, names):
    """Whether a crossing of the lines `names`, each "kind" or "kind of subject", is one of this line."""
    return line.kind in names or f"{line.kind} of {line.subject}" in names


def with_points(line, points):
    """A line that goes through more points, those that are not far beyond its ends."""
    reach = 1.5 * np.diff(line.second).max(initial=0)
    near = [(s, v, 0.0) for s, v in points if np.abs(line.second - s).min() <= reach]
    rows = np.array([*zip(line.second, line.value, line.error), *near], dtype=float)
    return Line(line.kind, line.subject, *rows[np.argsort(rows[:, 0], kind="stable")].T)


def joined(runs):
    """Lines through the events of runs [(value of the other parameter, Branch)]: the n-th of a kind in each."""
    found = {}
    for second, branch in sorted(runs, key=lambda pair: pair[0]):
        counted = {}
        for event in branch.events:
            n = counted[event.kind, event.subject] = counted.get((event.kind, event.subject), 0) + 1
            found.setdefault((event.kind, event.subject, n), []).append((second, event.value, event.error))
    return [Line(kind, subject, *np.array(rows, dtype=float).T) for (kind, subject, _), rows in found.items()
            if len(rows) > 1]


def region(runs):
    """((second from, to), (parameter from, to)) that the runs cover."""
    seconds = [values[0] for values, _ in runs]
    at = np.concatenate([branch.at for _, branch in runs])
    return (min(seconds), max(seconds)), (at.min(), at.max())


def beyond_is_above(branch):
    """Whether the values without a density lie above those with one, along the parameter."""
    if branch.refused.any() and branch.solved.any():
        return bool(branch.at[branch.refused].mean() > branch.at[branch.solved].mean())
    return True


def crossings(results):
    """(names of the lines, {key: value}) of the points where two lines cross."""
    return [(entry["kinds"], entry["values"]) for entry in results.report.get("crossings") or []]


def extent(lines):
    """A region that holds all lines."""
    second = np.concatenate([line.second for line in lines])
    value = np.concatenate([line.value[np.isfinite(line.value)] for line in lines])
    margin = 0.12 * (np.ptp(value) or abs(value[0]) or 1)
    low = value.min() - margin
    return (second.min(), second.max()), (0.0 if value.min() > 0 > low else low, value.max() + margin)


def draw(axes, lines, second, parameter, found=(), region=None, above=True, names=None):
    """Lines over (second, parameter) with the crossings `found`. `above`: where no density is, seen from the edge;
    `names`: of regimes, by the frozenset of the kinds that have been passed there."""
    (left, right), (bottom, top) = region or extent(lines)
    grid = np.linspace(left, right, POINTS), np.linspace(bottom, top, POINTS)
    codes, kinds = regimes(lines, *grid, above)
    shade(axes, codes, kinds, grid, names)
    for line in lines:
        color, dashes = happening.look(line.kind, kinds)
        axes.plot(line.second, line.value, color=color, ls=dashes, lw=1.5, zorder=4)
    mark_crossings(axes, found, second, parameter)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_xlabel(math(second))
    axes.set_ylabel(math(parameter))
    axes.legend(handles=handles(kinds), loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=min(len(kinds), 4),
                handlelength=2.2, borderpad=0.2)


def handles(kinds):
    return [Line2D([], [], color=happening.look(kind, kinds)[0], ls=happening.look(kind, kinds)[1],
                   label=happening.words(kind)) for kind in kinds]


def regimes(lines, second, value, above=True):
    """Integer codes over (value, second): bit k where kind k has been passed; 2^(number of kinds): no density."""
    kinds = list(dict.fromkeys(line.kind for line in lines))
    codes = np.zeros((value.size, second.size), dtype=int)
    for bit, kind in enumerate(kinds):
        for line in (one for one in lines if one.kind == kind):
            height = np.interp(second, line.second, line.value, left=np.nan, right=np.nan)
            passed = value[:, None] > height[None, :] if above or kind != EDGE else value[:, None] < height[None, :]
            codes[passed] |= 1 << bit
    if EDGE in kinds:
        codes[codes & 1 << kinds.index(EDGE) > 0] = 1 << len(kinds)
    return codes, kinds


def title(code, kinds, names):
    """The name of a regime: one that was given for the set of its kinds, else what has happened."""
    passed = frozenset([EDGE]) if code >> len(kinds) else \
        frozenset(kind for bit, kind in enumerate(kinds) if code >> bit & 1)
    if names and passed in names:
        return names[passed]
    if passed == {EDGE}:
        return "no stationary density"
    return "\n".join(happening.words(kind) for kind in kinds if kind in passed) or "before all events"


def shade(axes, codes, kinds, grid, names):
    """A pale colour for every regime, its name where there is most room."""
    found = np.unique(codes)
    palette = [EMPTY if code >> len(kinds) else PALE[k % len(PALE)] for k, code in enumerate(found)]
    numbered = np.searchsorted(found, codes)
    axes.imshow(numbered, origin="lower", extent=[grid[0][0], grid[0][-1], grid[1][0], grid[1][-1]], aspect="auto",
                cmap=ListedColormap(palette), vmin=-0.5, vmax=found.size - 0.5, interpolation="nearest", zorder=0)
    for code in found:
        if (codes == code).mean() > SMALLEST:
            row, column = roomiest(codes == code)
            axes.text(grid[0][column], grid[1][row], title(code, kinds, names), ha="center", va="center", fontsize=8.5,
                      color=INK, zorder=5)


def roomiest(inside):
    """The cell of a set that is farthest from its outside, wide rooms being better than high ones."""
    left = inside.astype(int)
    while left.any():
        last = left
        padded = np.pad(left, ((1, 1), (3, 3)))
        left = padded[1:-1, 3:-3] * padded[:-2, 3:-3] * padded[2:, 3:-3] * padded[1:-1, :-6] * padded[1:-1, 6:]
    rows, columns = np.nonzero(last)
    middle = np.hypot(rows - rows.mean(), columns - columns.mean()).argmin()
    return rows[middle], columns[middle]


def mark_crossings(axes, crossings, second, parameter):
    """Rings with the coordinates beside them."""
    for _, values in crossings:
        short = {key.split(".", 1)[-1]: value for key, value in values.items()}
        x, y = short[second], short[parameter]
        axes.plot(x, y, "o", ms=7, mfc="none", mec=INK, mew=1.1, zorder=6)
        axes.annotate(f"{math(second)} = {number(x, 5)}\n{math(parameter)} = {number(y, 5)}", (x, y), xytext=(8, 8),
                      textcoords="offset points", fontsize=8, color=INK, zorder=6)
