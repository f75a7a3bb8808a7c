"""How events look: a colour and dashes for every kind, lines across panels, and what a legend says of them."""
import numpy as np
from matplotlib.lines import Line2D

from .style import GREEN, GREY, INK, PURPLE, SKY, VERMILION, math, number

LOOKS = {"normalisability": (VERMILION, (0, ())), "origin-diverges": (PURPLE, (0, (5, 2))),
         "mode-vanishes": (GREEN, (0, (6, 2, 1, 2))), "mode-appears": (GREEN, (0, (2, 1.5))),
         "real-to-complex": (INK, (0, (3, 2))), "gap-closes": (SKY, (0, (1, 1)))}
OWN = [(GREY, (0, (4, 1.5))), (INK, (0, (1, 1.5))), (SKY, (0, (6, 2)))]  # of the user's formulas
WORDS = {"normalisability": "edge of normalisability", "origin-diverges": "density at 0 diverges",
         "mode-vanishes": "mode vanishes", "mode-appears": "mode appears", "real-to-complex": "real to complex",
         "gap-closes": "gap closes"}
MARKERS = {"normalisability": "o", "origin-diverges": "^", "mode-vanishes": "s", "mode-appears": "v",
           "real-to-complex": "P", "gap-closes": "X"}
MOST_VALUES = 3  # of one kind in a legend


def look(kind, kinds=()):
    """Colour and dashes of a kind; those of the user in the order in which they come in `kinds`."""
    if kind in LOOKS:
        return LOOKS[kind]
    own = [k for k in kinds if k not in LOOKS]
    return OWN[own.index(kind) % len(OWN)] if kind in own else OWN[0]


def words(kind):
    return WORDS.get(kind, kind.replace("_", " "))


def kinds_of(events):
    return list(dict.fromkeys(event.kind for event in events))


def draw_lines(axes, events):
    """A vertical line for every event."""
    for event in events:
        color, dashes = look(event.kind, kinds_of(events))
        axes.axvline(event.value, color=color, ls=dashes, lw=1.0, zorder=1)


def handles(events, parameter):
    """For a legend: every kind with the values of the parameter at which it happens."""
    made = []
    for kind in kinds_of(events):
        values = [event.value for event in events if event.kind == kind]
        listed = ", ".join(number(value, 5) for value in values[:MOST_VALUES]) + (", …" if len(values) > MOST_VALUES
                                                                                  else "")
        color, dashes = look(kind, kinds_of(events))
        label = f"{words(kind)}: {math(parameter)} = {listed}"
        made.append(Line2D([], [], color=color, ls=dashes, lw=1.0, label=label))
    return made


def draw_marks(axes, branch, name):
    """A marker for every event on the curve of an observable; at the foot of the panel where the curve has no value."""
    curve = branch.curve(name)
    order = np.argsort(curve.at)
    order = order[np.isfinite(curve.value[order])]
    for event in branch.events:
        at, value = curve.at[order], curve.value[order]
        inside = order.size and at[0] <= event.value <= at[-1]
        height, transform = (np.interp(event.value, at, value), axes.transData) if inside else \
            (0, axes.get_xaxis_transform())
        axes.plot(event.value, height, MARKERS.get(event.kind, "D"), ms=4.5, mfc="white", transform=transform,
                  mec=look(event.kind, kinds_of(branch.events))[0], mew=1.1, zorder=6, clip_on=False)


def mark_handles(branches):
    """For a legend: the markers of draw_marks."""
    kinds = kinds_of([event for branch in branches for event in branch.events])
    return [Line2D([], [], ls="", marker=MARKERS.get(kind, "D"), ms=4.5, mfc="white", mec=look(kind, kinds)[0],
                   mew=1.1, label=words(kind)) for kind in kinds]
