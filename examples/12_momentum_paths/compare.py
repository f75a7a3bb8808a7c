#!/usr/bin/python3
"""Paths with and without replacement over the density, and displacements with error bars against the SDE's.

    /usr/bin/python3 examples/12_momentum_paths/compare.py FOLDER
"""
import sys
from pathlib import Path

import numpy as np
from matplotlib.lines import Line2D

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "python"))
import sgdflux  # noqa: E402
from sgdflux import plane, sample  # noqa: E402
from sgdflux.style import BLUE, GREY, INK, VERMILION, WIDTH, figure  # noqa: E402

RECORDS = 45                             # of the paths that are drawn
LAGS = 30                                # points of a displacement
TABLE = (2, 10, 30, 100, 300)         # steps at which the displacement is printed
RANGES = ((2, 8), (8, 32), (32, 300))    # steps between which exponents are taken


def noise_of_data():
    """rho, mean e^2, and the gradient noise along the steepest eigenvector q: mean of (q.x)^2 e^2 over rho."""
    table = np.genfromtxt(HERE.parent / "data" / "digits.csv", delimiter=",", names=True)
    x = np.stack([table[name] for name in table.dtype.names if name != "digit"], 1)
    x, y = x[:, x.std(0) > 0], table["digit"]
    x, y = (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std()
    value, vectors = np.linalg.eigh(x.T @ x / len(x))
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return value[-1], np.mean(residual**2), np.mean((x @ vectors[:, -1] * residual) ** 2) / value[-1]


def displacement(results):
    """Steps, displacement of theta, error: of paths from their correlations, of the solver from its series."""
    eta = results.report["model"]["parameters"]["eta"]
    if results.command == "sample":
        found = sample.correlation(results, "theta", "displacement")
        use = found.at > 0
        return np.rint(found.at[use] / eta), found.value[use], found.error[use]
    entry = results.report["observables"]["displacement"]
    return np.array(results.report["times"]) / eta, np.array(entry["value"]), np.array(entry["error"])


def at_steps(curve, steps):
    """Displacement and error at given steps, between the recorded ones by straight lines in logarithms."""
    step, value, error = curve
    return (np.exp(np.interp(np.log(steps), np.log(step), np.log(column))) for column in (value, error))


def exponents(curve):
    """Slopes of ln displacement over ln steps between the ends of each range, and their errors."""
    value, error = at_steps(curve, np.array(RANGES))
    length = np.log([high / low for low, high in RANGES])
    slope = np.log(value[:, 1] / value[:, 0]) / length
    return slope, np.hypot(*(error / value).T) / length


def farthest(results, number):
    """A path from where it is farthest out, in units of the standard deviations."""
    path = [results.field(f"path/{name}")[number] for name in ("theta", "v")]
    size = sum((values / values.std()) ** 2 for values in path)
    start = size[:-RECORDS].argmax()
    return [values[start:start + RECORDS] for values in path]


def spread(curve):
    """Steps that are spread evenly over their logarithms."""
    place = np.log(curve[0])
    use = np.unique(np.abs(place[None, :] - np.linspace(place[0], place[-1], LAGS)[:, None]).argmin(1))
    return [column[use] for column in curve]


def draw_plane(axes, results, limits, title):
    shown = sample.as_plane(results)
    axes.pcolormesh(shown.faces[0], shown.faces[1], shown.density.T, cmap=plane.DENSITY, vmin=0, rasterized=True)
    for number, color in ((0, INK), (1, VERMILION)):
        theta, v = farthest(results, number)
        axes.plot(theta, v, color=color, lw=0.7)
        axes.plot(theta[:1], v[:1], "o", color=color, ms=3)
    axes.set_xlim(-limits[0], limits[0])
    axes.set_ylim(-limits[1], limits[1])
    axes.set_title(title)
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(r"$\theta$")


def draw_displacements(axes, solved, sampled):
    names = (r"SDE, noise $\sigma^2\rho$ of the model", "SDE, noise of the data in this direction")
    for curve, name, style in zip(solved, names, ((0, (4, 2)), "-")):
        axes.plot(*curve[:2], color=INK, lw=1.0, ls=style, label=name)
    for curve, name, color in zip(sampled, ("SGD with replacement", "SGD without replacement"), (BLUE, VERMILION)):
        axes.errorbar(*spread(curve), fmt="o", ms=3, color=color, elinewidth=0.9, label=name)
    for power, text in ((1, r"$\propto k$"), (2, r"$\propto k^2$")):
        end = 45 if power == 1 else 9
        start = 4e-6
        axes.plot([1, end], [start, start * end**power], color=GREY, lw=0.8, dashes=(1, 1.5))
        axes.annotate(text, (end, start * end**power), color=GREY, fontsize=8.5)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("steps $k$")
    axes.set_ylabel(r"$\langle (\theta_{n+k} - \theta_n)^2\rangle$")
    axes.legend(loc="lower right", fontsize=8)


def draw(runs, solved, curves):
    fig = figure(figsize=(WIDTH, 6.2))
    top, bottom = fig.subfigures(2, 1, height_ratios=[1, 1.15])
    left, right = top.subplots(1, 2, sharex=True, sharey=True)
    limits = [runs[0].faces(name)[-1] for name in ("theta", "v")]
    draw_plane(left, runs[0], limits, "with replacement")
    draw_plane(right, runs[1], limits, "without replacement")
    left.set_ylabel("$v$")
    draw_displacements(bottom.subplots(), solved, curves)
    return fig


def print_table(named):
    print(f"{'displacement after k steps':32}" + "".join(f"{k:>20}" for k in TABLE))
    for name, curve in named:
        print(f"{name:32}" + "".join(f"{v:>12.4e}({e:.0e})" for v, e in zip(*at_steps(curve, np.array(TABLE)))))
    print(f"{'exponent over steps':32}" + "".join(f"{f'{low} - {high}':>20}" for low, high in RANGES))
    for name, curve in named:
        print(f"{name:32}" + "".join(f"{c:>13.3f} ± {e:.3f}" for c, e in zip(*exponents(curve))))


def main(folder):
    runs = [sgdflux.read(folder / name) for name in ("with", "without")]
    solved = [displacement(run) for _, run in sgdflux.read(folder / "displacement").solved]
    curves = [displacement(run) for run in runs]
    print("rho = {:.10g}, mean of e^2 = {:.10g}, noise along q divided by rho = {:.10g}".format(*noise_of_data()))
    print_table(list(zip(("SDE, model's noise", "SDE, noise of the data", "SGD with replacement",
                          "SGD without replacement"), solved + curves)))
    draw(runs, solved, curves).savefig(folder / "picture.png", dpi=160)
    print(f"picture: {folder / 'picture.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
