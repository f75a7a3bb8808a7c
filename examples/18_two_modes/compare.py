#!/usr/bin/python3
"""Marginals of pairs with their currents, and slow eigenvalues, of two modes of momentum SGD with correlated noise.

    /usr/bin/python3 examples/18_two_modes/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402
from sgdflux import plane  # noqa: E402
from sgdflux.style import BLUE, GREEN, GREY, INK, VERMILION, WIDTH, figure, math  # noqa: E402

DASHED = {"colors": VERMILION, "linewidths": 1.1, "linestyles": "--"}
LEVELS = np.exp([-2.0, -0.5])  # of the exact density of a pair: two and one standard deviations
PLANES = [("theta1", "v1"), ("theta2", "v2"), ("theta1", "theta2"), ("v1", "v2"), ("theta1", "v2"), ("v1", "theta2")]


def covariance(run, a, b):
    """The exact one (docs/theory.md, equation 3.5)."""
    a, b = sorted((a, b), key=run.variables.index)
    return run.reference[f"cov.{a}.{b}"]


def draw_exact(axes, run, names):
    """Lines of one and two standard deviations of the Gaussian law."""
    sigma = np.array([[covariance(run, a, b) for b in names] for a in names])
    reach = [np.linspace(-4, 4, 200) * np.sqrt(sigma[d, d]) for d in (0, 1)]
    x, y = np.meshgrid(*reach)
    exponent = np.einsum("iab,ij,jab->ab", np.array([x, y]), np.linalg.inv(sigma), np.array([x, y]))
    axes.contour(x, y, np.exp(-0.5 * exponent), levels=LEVELS, **DASHED)


def draw_plane(axes, run, names):
    shown = run.plane(*names)
    plane.draw_density(axes, shown)
    plane.draw_streamlines(axes, shown, arrows=1)
    limits = axes.get_xlim(), axes.get_ylim()
    draw_exact(axes, run, names)
    axes.set(xlim=limits[0], ylim=limits[1])
    axes.locator_params(nbins=4)


def exact_eigenvalues(run):
    """-(n1 lambda1+ + n2 lambda1- + ...) of the first two orders (docs/theory.md, section 3)."""
    p = run.report["model"]["parameters"]
    friction = (1 - p["beta"]) / (p["eta"] * (1 + p["beta"]))
    stiffness = 2 * (np.ravel(p["rho"]) + p["weight_decay"]) / (p["eta"] * (1 + p["beta"]))
    root = np.emath.sqrt(friction**2 - stiffness + 0j)
    first = -np.concatenate([friction + root, friction - root])
    second = np.array([a + b for k, a in enumerate(first) for b in first[k:]])
    return np.concatenate([[0], first]), np.concatenate([[0], first, second])


def draw_eigenvalues(axes, run):
    _, exact = exact_eigenvalues(run)
    found = np.array([complex(e["re"], e["im"]) for e in run.report["eigenvalues"]])
    axes.plot(exact.real, exact.imag, "+", color=INK, ms=8, mew=0.8, label="exact, two orders")
    axes.plot(found.real, found.imag, "o", color=BLUE, ms=5, mfc="none", label="computed")
    axes.axhline(0, color=GREY, lw=0.5, zorder=0)
    axes.set_xlabel(r"$\mathrm{Re}\,\lambda$  (per unit time)")
    axes.set_ylabel(r"$\mathrm{Im}\,\lambda$  (radians per unit time)")
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def circulations(run):
    """(names, reported, exact) of all planes."""
    for a, b in PLANES:
        name = f"circulation.{a}.{b}"
        yield (a, b), sgdflux.Estimate.of(run.report["current"][name]), run.reference[name]


def draw_circulations(axes, run):
    rows = list(circulations(run))
    places = np.arange(len(rows))
    axes.bar(places, [found.value for _, found, _ in rows], color=GREEN, alpha=0.4, width=0.6, label="computed")
    axes.plot(places, [exact for _, _, exact in rows], "_", color=INK, ms=14, label="exact")
    axes.set_xticks(places, [f"{math(a)}, {math(b)}" for (a, b), _, _ in rows], rotation=40, ha="right")
    axes.set_yscale("symlog", linthresh=3e-3)
    axes.axhline(0, color=GREY, lw=0.5)
    axes.set_ylabel("circulation (per unit time)")
    axes.legend(loc="upper left")


def print_table(run, modes):
    for name in ("cov.theta1.theta2", "cov.v1.v2", "cov.theta1.v2", "cov.v1.v1"):
        found = run.observable(name)
        print(f"{name:20}{found.value:14.9f} ± {found.error:.0e}, exact {run.reference[name]:.9f}")
    for (a, b), found, exact in circulations(run):
        print(f"circulation {a} {b}".ljust(20) + f"{found.value:14.9f} ± {found.error:.0e}, exact {exact:.9f}")
    known = exact_eigenvalues(modes)[1]
    for e in modes.report["eigenvalues"]:
        z = complex(e["re"], e["im"])
        print(f"eigenvalue {z.real:.9f} {z.imag:+.9f}i ± {e['error']:.0e}, {abs(z - known).min():.0e} from an exact one")


def main(folder):
    run, modes = sgdflux.read(folder), sgdflux.read(folder / "spectrum")
    print_table(run, modes)
    fig = figure(figsize=(WIDTH, 6.6))
    top, below = fig.subfigures(2, 1, height_ratios=[4.4, 2.2])
    for panel, names in zip(top.subplots(2, 3).T.ravel(), PLANES):
        draw_plane(panel, run, names)
    left, right = below.subplots(1, 2)
    draw_circulations(left, run)
    draw_eigenvalues(right, modes)
    fig.savefig(folder / "picture.png")
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
