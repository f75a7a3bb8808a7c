"""Two variables: the density with streamlines of the current over it, and the marginals beside it."""
import numpy as np
from matplotlib.colors import LogNorm

from .formula import evaluate
from .line import linear_limits, plot, spans_decades
from .results import Curve, Estimate
from .smooth import refine, refine_plane
from .style import BLUE, DENSITY, INK, math

VISIBLE = 1e-3     # of the largest density: the picture ends where the density does
LINES = 9          # streamlines between the extremes of the stream function
TURN = 0.618       # arrows start so much further along the next line: the golden ratio never lines them up
CONTOURS = np.array([0.12, 0.42, 0.92])  # contour lines of a formula between its minimum and the first open one
SHORTEST = 0.12    # of the panel: shorter lines get no arrow
LINES = 9          # streamlines between the extremes of the stream function
TURN = 0.618       # arrows start so much further along the next line: the golden ratio never lines them up
CONTOURS = np.array([0.12, 0.42, 0.92])  # contour lines of a formula between its minimum and the first open one
SHORTEST = 0.12    # of the panel: shorter lines get no arrow
STEADY = 1e-3      # largest divergence of a current that is more than rounding, in the report's units


def frame(plane):
    """Index ranges of both axes outside of which the density is negligible."""
    inside = plane.density > VISIBLE * plane.density.max()
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def has_current(report):
    """Whether the current is more than its error: by the entropy it produces, else by how it circulates or flows."""
    current = report.get("current") or {}
    produced = Estimate.of(current.get("entropy_production") or {})
    moved = [Estimate.of(entry) for name, entry in current.items() if name.startswith(("circulation.", "net."))]
    return any(abs(e.value) > 2 * e.error for e in ([produced] if np.isfinite(produced.value) else moved))


def draw_density(axes, plane):
    """Colours in physical coordinates, logarithmic where the probability itself spans decades."""
    density = plane.density
    whole = Curve("", density.ravel(), density.ravel(), density.ravel(), (density * plane.area).ravel())
    norm = LogNorm(density.max() * 1e-6, density.max(), clip=True) if spans_decades(whole) else None
    limits = {} if norm else {"vmin": 0}
    x, y = (refine(centres) for centres in plane.centres)
    mesh = axes.pcolormesh(x, y, np.maximum(refine_plane(density, 6), 0).T, shading="gouraud", cmap=DENSITY, norm=norm,
                           rasterized=True, **limits)
    rows, columns = frame(plane)
    axes.set_xlim(plane.faces[0][[rows.start, rows.stop]])
    axes.set_ylim(plane.faces[1][[columns.start, columns.stop]])
    axes.set_xlabel(math(plane.names[0]))
    axes.set_ylabel(math(plane.names[1]))
    return mesh


def levels(stream):
    """Evenly spaced levels of the stream function: the same probability flows between any two neighbours."""
    step = np.ptp(stream) / LINES
    return stream.min() + step * (np.arange(LINES) + 0.5)


def draw_streamlines(axes, plane, arrows=2):
    """Streamlines of the current with arrows: the closer the lines, the more probability flows."""
    stream = refine_plane(plane.stream)
    lines = axes.contour(*(refine(faces, 4) for faces in plane.faces), stream.T, levels=levels(stream), colors=INK,
                         linewidths=0.8, linestyles="-")
    scale = np.diff(axes.transLimits.inverted().transform([(0, 0), (1, 1)]), axis=0)[0]
    for number, points in enumerate(points for level in lines.allsegs for points in level):
        draw_arrows(axes, plane, points, scale, arrows, offset=(number * TURN) % 1)


def draw_arrows(axes, plane, points, scale, count, offset):
    """Arrow heads along one line, spread evenly, in the direction of the current; `scale` is the size of the panel."""
    length = np.concatenate([[0], np.cumsum(np.hypot(*(np.diff(points, axis=0) / scale).T))])
    if length[-1] < SHORTEST:
        return
    places = (np.arange(count) + offset) / count * length[-1]
    for start, end in zip(*(np.stack([np.interp(at, length, c) for c in points.T], 1) for at in
                            (places - 1e-3, places + 1e-3))):
        forward = runs_along(plane, (start + end) / 2, end - start)
        axes.annotate("", *((end, start) if forward else (start, end)), annotation_clip=True,
                      arrowprops={"arrowstyle": "-|>,head_width=0.16,head_length=0.34", "color": INK, "lw": 0.6,
                                  "shrinkA": 0, "shrinkB": 0})


def runs_along(plane, point, direction):
    """Whether the current of the cell at `point` points along `direction` rather than against it."""
    i, j = (min(max(np.searchsorted(f, x) - 1, 0), f.size - 2) for f, x in zip(plane.faces, point))
    current = (plane.flux_a[i, j] + plane.flux_a[i + 1, j]) / np.diff(plane.faces[1])[j], \
              (plane.flux_b[i, j] + plane.flux_b[i, j + 1]) / np.diff(plane.faces[0])[i]
    sizes = np.array([np.ptp(c[part]) for c, part in zip(plane.centres, frame(plane))])
    return np.dot(current / sizes, direction / sizes) > 0


def draw_contours(axes, results, plane, name, color, style):
    """Contour lines of a formula, one of [observe] by its name or one written out; they close within the picture."""
    x, y = np.meshgrid(*(refine(centres) for centres in plane.centres), indexing="ij")
    values = evaluate(results.formulas.get(name, name), {**results.constants, plane.names[0]: x, plane.names[1]: y})
    values = np.broadcast_to(values, x.shape)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    seen = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
    rim = seen & ~(np.roll(seen, 1, 0) & np.roll(seen, -1, 0) & np.roll(seen, 1, 1) & np.roll(seen, -1, 1))
    low, high = values[seen].min(), values[rim].min()
    levels = low + (high - low) * CONTOURS if high > low else np.linspace(low, values[seen].max(), 6)[1:-1]
    axes.contour(x, y, values, levels=levels, colors=color, linewidths=1.4, linestyles=[style])
    axes.plot([], [], color=color, ls=style, lw=1.4, label=name.replace("_", " "))


def draw_marginal(axes, curve, upright=False):
    """A slim panel with one marginal; `upright` runs the variable along the vertical."""
    plot(axes, curve, BLUE)
    linear_limits(axes, [curve])
    value, density = axes.lines[0].get_data()
    height = axes.get_ylim()
    if upright:
        for line in axes.lines:
            line.set_data(line.get_ydata(), line.get_xdata())
        axes.set_xlim(height)
    fill = axes.fill_betweenx if upright else axes.fill_between
    fill(value, 0, density, color=BLUE, alpha=0.12, lw=0)
