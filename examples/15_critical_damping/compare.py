#!/usr/bin/python3
"""Tracked eigenvalues over momentum and over the Hessian eigenvalue, with the closed form -(n1 lambda+ + n2 lambda-).

    /usr/bin/python3 examples/15_critical_damping/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from sgdflux import continuation, happening  # noqa: E402
from sgdflux.branch import Branch  # noqa: E402
from sgdflux.style import INK, WIDTH, figure, math  # noqa: E402

ORDERS = [(n, m) for n in range(4) for m in range(4) if 0 < n + m < 4]
EXACT = {"color": INK, "lw": 0.9, "dashes": (2.2, 2.2), "zorder": 5}


def roots(p):
    """lambda+ and lambda-: friction -+ i frequency of the linear oscillator (docs/theory.md, section 3)."""
    friction = (1 - p["beta"]) / (p["eta"] * (1 + p["beta"]))
    frequency = 2 * p["rho"] / (p["eta"] * (1 + p["beta"]))
    root = np.emath.sqrt(friction**2 - frequency + 0j)
    return friction + root, friction - root


def exact(p):
    """The eigenvalues of the first three orders."""
    plus, minus = roots(p)
    return np.array([-(n * plus + m * minus) for n, m in ORDERS])


def settings(branch, value):
    """eta, beta, rho at a value of the parameter."""
    p = branch.results.report["model"]["parameters"]
    first = {name: np.ravel(p[name])[0] for name in ("eta", "beta", "rho")}
    return {**first, branch.name: value}


def critical(branch):
    """Where (1 - beta)^2 = 2 eta (1 + beta) rho."""
    p = settings(branch, np.nan)
    if branch.name == "rho":
        return (1 - p["beta"]) ** 2 / (2 * p["eta"] * (1 + p["beta"]))
    x = p["eta"] * p["rho"]
    return 1 + x - np.sqrt(x * (x + 4))


def draw_branch(panels, branch):
    fine = np.unique(np.concatenate([np.linspace(branch.at.min(), branch.at.max(), 300),
                                     critical(branch) + np.linspace(-1e-2, 1e-2, 101)]))
    known = np.array([exact(settings(branch, value)) for value in fine])
    for axes, part in zip(panels, ("real", "imag")):
        for track, color, style in continuation.looks(branch.tracks):
            axes.plot(track.at, getattr(track.value, part), color=color, lw=1.8, ls=style, marker="o", ms=4,
                      label=f"branch {track.number}")
        axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())  # exact curves of higher orders may leave the panel
        for curve in getattr(known, part).T:
            axes.plot(fine, curve, **EXACT)
        happening.draw_lines(axes, branch.events)
        axes.set_xlabel({"beta": r"momentum $\beta$", "rho": r"Hessian eigenvalue $\rho$"}[branch.name])
        axes.set_ylabel({"real": r"$\mathrm{Re}\,\lambda$  (per unit time)",
                         "imag": r"$\mathrm{Im}\,\lambda$  (radians per unit time)"}[part])
    other = {"beta": "rho", "rho": "beta"}[branch.name]
    panels[0].set_title(f"{math(other)} = {settings(branch, 0)[other]:g}", loc="left", fontsize=9)


def draw(branches):
    fig = figure(figsize=(WIDTH, 5.2))
    top, below = fig.subfigures(2, 1, height_ratios=[5.0, 0.25])
    axes = top.subplots(2, 2)
    for panels, branch in zip(axes, branches):
        draw_branch(panels, branch)
    handles = max((panels[0].get_legend_handles_labels()[0] for panels in axes), key=len)
    dashed = axes[0][0].plot([], [], label="exact", **EXACT)
    line = happening.handles(branches[0].events[:1], branches[0].name)
    for one in line:
        one.set_label("critical damping, as located")
    below.legend(handles=handles + dashed + line, loc="center", ncol=7, handlelength=1.6, columnspacing=1.0)
    return fig


def misfits(branch):
    """Per point the largest distance of an eigenvalue from the nearest exact one, and whether all errors cover."""
    for point in branch.points:
        known = exact(settings(branch, point["parameter"]))
        rows = [(np.abs(complex(e["re"], e["im"]) - known).min(), e["error"])
                for e in point.get("eigenvalues") or [] if e["branch"] > 0]
        if rows:
            yield point["parameter"], max(d for d, _ in rows), all(d <= e for d, e in rows)


def swaps(branch):
    """Neighbouring points between which the first two tracks would fit the exact curves better when exchanged."""
    first, second = branch.tracks[:2]
    count = 0
    for k in range(1, min(first.at.size, second.at.size)):
        a, b = first.value[k - 1:k + 1], second.value[k - 1:k + 1]
        count += abs(a[1] - b[0]) + abs(b[1] - a[0]) < abs(a[1] - a[0]) + abs(b[1] - b[0])
    return count


def print_table(branch):
    there = critical(branch)
    for event in branch.events:
        print(f"over {branch.name}: {event.kind} ({event.subject}) at {event.value:.9f} ± {event.error:.1e}, exact "
              f"{there:.9f}")
    rows = list(misfits(branch))
    near = 0.02 * np.ptp(branch.at)
    far = [distance for value, distance, _ in rows if abs(value - there) > near]
    print(f"  {len(rows)} points: distances from the closed form up to {max(far):.1e} farther than {near:.3g} from the "
          f"critical value, {max(distance for _, distance, _ in rows):.1e} overall; errors cover at "
          f"{sum(covered for _, _, covered in rows)}; {swaps(branch)} exchanges")


def main(folder):
    branches = [Branch(sgdflux.read(folder / name)) for name in ("beta", "rho")]
    for branch in branches:
        print_table(branch)
    draw(branches).savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
