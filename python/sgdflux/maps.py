"""Functions of two variables as pictures: resampled evenly, coloured, with level lines, arrows and phases."""
import numpy as np
from matplotlib.colors import ListedColormap

from .smooth import refine
from .style import INK, math

VISIBLE = 1e-3  # of the largest density: the picture ends where the density does
WEAK = 2e-2     # of the strongest current: no streamlines where it is weaker
POINTS = 320    # along each side of a picture
TURNS = {-np.pi: r"$-\pi$", -np.pi / 2: r"$-\frac{\pi}{2}$", 0: "$0$", np.pi / 2: r"$\frac{\pi}{2}$", np.pi: r"$\pi$"}


def hue_circle(lightness=68.0, chroma=38.0, swing=10.0, count=256):
    """Cyclic colours: a circle around grey in CIELAB, a little lighter on one side so that it reads without hue too."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    luminance = (lightness + swing * np.cos(angle - 1.8) + 16) / 116
    f = np.stack([luminance + chroma * np.cos(angle) / 500, luminance, luminance - chroma * np.sin(angle) / 200], 1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * [0.9505, 1.0, 1.089]
    to_rgb = [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
    linear = np.clip(xyz @ np.transpose(to_rgb), 0, 1)
    return np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


PHASES = ListedColormap(hue_circle(), name="phases")


class Window:
    """The part of the plane of two variables in which the given densities are not negligible; all of it for none."""

    def __init__(self, results, densities=()):
        self.names = results.variables[:2]
        self.centres = [results.centres(name) for name in self.names]
        faces = [results.faces(name) for name in self.names]
        inside = np.any([d > VISIBLE * d.max() for d in densities], axis=0) if len(densities) else \
            np.ones([c.size for c in self.centres], bool)
        ends = [np.flatnonzero(inside.any(axis=axis))[[0, -1]] + [0, 1] for axis in (1, 0)]
        self.limits = [f[e] for f, e in zip(faces, ends)]
        self.points = [np.linspace(*limits, POINTS) for limits in self.limits]

    def sample(self, field):
        """A field on the cells, on the even points of the window; first index along the first variable."""
        for axis in (1, 0):
            field = np.moveaxis(_sampled(np.moveaxis(field, axis, -1), self.centres[axis], self.points[axis]), -1, axis)
        return field

    def frame(self, axes):
        axes.set_xlim(self.limits[0])
        axes.set_ylim(self.limits[1])
        axes.set_xlabel(math(self.names[0]))
        axes.set_ylabel(math(self.names[1]))

    def image(self, axes, values, **kwargs):
        """Colours for sampled values, or for RGB in the last index."""
        picture = axes.imshow(np.swapaxes(values, 0, 1), origin="lower", extent=[*self.limits[0], *self.limits[1]],
                              aspect="auto", interpolation="bilinear", **kwargs)
        self.frame(axes)
        return picture

    def lines(self, axes, values, levels, **kwargs):
        return axes.contour(*self.points, np.swapaxes(values, 0, 1), levels=levels,
                            **{"colors": INK, "linewidths": 0.7, "linestyles": "-", **kwargs})

    def streams(self, axes, along, **kwargs):
        """Streamlines of a vector field given at the centres; wider where it is stronger."""
        u, v = (self.sample(component).T for component in along)
        scale = [np.ptp(limits) for limits in self.limits]
        size = np.hypot(u / scale[0], v / scale[1])
        weak = size < WEAK * size.max()
        u, v = (np.ma.masked_where(weak, c) for c in (u, v))
        axes.streamplot(*self.points, u, v, linewidth=0.4 + 1.2 * np.sqrt(size / size.max()), arrowsize=0.8,
                        **{"color": INK, "density": 0.7, **kwargs})
        self.frame(axes)


def _sampled(rows, centres, points):
    x, fine = refine(centres), refine(rows)
    return np.apply_along_axis(lambda row: np.interp(points, x, row), -1, fine)


def phase_colours(values, strength):
    """RGB: hue from the phase of complex values, paled to white where `strength` (0 ... 1) is small."""
    colour = PHASES((np.angle(values) + np.pi) / (2 * np.pi))[..., :3]
    return 1 - strength[..., None] * (1 - colour)


def isochrones(axes, window, values, seen, count=12):
    """Lines of equal phase of complex values, `count` to the turn, where `seen`."""
    for angle in np.arange(count) * 2 * np.pi / count:
        turned = values * np.exp(-1j * angle)
        line = np.ma.masked_where(~seen | (turned.real <= 0), turned.imag)
        if line.count() and line.min() < 0 < line.max():
            window.lines(axes, line, [0], linewidths=0.6)
