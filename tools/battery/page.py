"""Tables of coverage and of how far errors are over-estimated."""
import pathlib
import time

import numpy as np

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "battery.md"
HEADER = ["", "problems", "numbers", "covered", "exact", "median ratio", "90 %", "worst miss", "withheld"]


def row_text(row):
    return (f"{row.verdict:9} {row.problem} {row.family}, {row.kind}, {row.flux}: {row.name} = {row.value} truth {row.truth} "
            f"error {row.error:.2e} reported {row.reported if row.reported is None else format(row.reported, '.2e')}")


def kind_of(name):
    if name.startswith("eigenvalue"):
        return "eigenvalues"
    if name in ("wave", "energy", "height"):
        return "smooth formulas"
    if name in ("kink", "jump", "half", "right"):
        return "formulas with kinks and jumps"
    return {"mean": "means", "cov": "covariances", "mode": "modes", "net": "net fluxes", "circulation": "circulations",
            "entropy_production": "entropy production", "density": "densities (L¹)"}[name.split(".")[0]]


def line(title, rows, problems):
    counted = [r for r in rows if r.verdict in ("covered", "missed", "agreed", "invented")]
    good = [r for r in counted if r.verdict in ("covered", "agreed")]
    ratios = [r.ratio for r in rows if r.verdict in ("covered", "missed") and not r.rounding]
    worst = min((r.ratio for r in rows if r.verdict == "missed"), default=None)
    share = 100 * len(good) / len(counted) if counted else float("nan")
    numbers = [f"{np.median(ratios):.2g}", f"{np.quantile(ratios, .9):.2g}"] if ratios else ["–", "–"]
    missed = "–" if worst is None else f"{worst:.2g}"
    return "| " + " | ".join([title, str(problems), str(len(counted)), f"{share:.1f} %", str(sum(r.rounding for r in counted)), *numbers, missed,
                              str(sum(r.verdict == "withheld" for r in rows))]) + " |"


def table(groups):
    lines = ["| " + " | ".join(HEADER) + " |", "|" + "---|" * len(HEADER)]
    return "\n".join(lines + [line(title, rows, len({r.problem for r in rows})) for title, rows in groups])


def grouped(rows, key):
    names = sorted({key(r) for r in rows})
    return [(name, [r for r in rows if key(r) == name]) for name in names]


def tables(problems, rows, verdicts, brief=False):
    refused = [name for name, verdict in verdicts.items() if verdict not in ("converged", "not-converged")]
    doubted = [name for name, verdict in verdicts.items() if verdict == "not-converged"]
    families = [(name, [r for r in rows if r.family == name]) for name in dict.fromkeys(p.family for p in problems)]
    parts = [f"{len(problems)} problems; not converged by the program's own account: {len(doubted)} ({', '.join(doubted) or 'none'}); "
             f"refused: {len(refused)} ({', '.join(refused) or 'none'}).",
             "## By family", table([*families, ("all", rows)]),
             "## By kind of number", table(grouped(rows, lambda r: kind_of(r.name))),
             "## By mesh", table(grouped(rows, lambda r: r.kind)),
             "## By flux asked for", table(grouped(rows, lambda r: r.flux))]
    return "\n\n".join(parts[:3] if brief else parts)


INTRODUCTION = """# Battery: reported errors against true ones

`./dev battery` writes this page ([`tools/battery`](../tools/battery)); a part of the problems is the test `python.battery_test`. {when}.

Problems are drawn from a fixed seed. Their answers come from closed forms, or from Gauss quadrature and a trapezoidal rule in extended precision of
densities known in closed form, never from the program: [`lines.py`](../tools/battery/lines.py) in one variable, [`planes.py`](../tools/battery/planes.py) in
several. Half of the meshes are automatic; *roomy* ones hold the mass, *short* ones cut the density off where it is e⁻⁵ to e⁻¹⁴ of its peak (3 to 5 standard deviations of a
Gaussian), *coarse* ones have 14 to 40 cells an axis. Formulas of the user are smooth, with a kink, or with a jump at a random place.

- **numbers**: means, covariances, modes, formulas, net fluxes, circulations, entropy production, the L¹ error of the density, eigenvalues.
- **covered**: |value − truth| ≤ reported error, give or take four units in the last place of the number's scale. A number where none exists (an infinite variance) would be a miss; `null` where none
  exists counts as covered. For the density, the distance Σ|p − p_exact|·volume over the cells plus the exact probability outside of the mesh must not exceed the reported `l1_error`.
- **ratio**: reported over true error, median and 90 % quantile, of numbers whose true error exceeds 1e-12 of their scale, to which linear systems are solved. Smaller true errors are left out
  there (they count for coverage): a mean that symmetry makes exact says nothing of an estimator. **exact**: how many were left out.
- **worst miss**: the smallest ratio among the misses. **withheld**: `null`, with a reason, where a number exists (an integrand that does not fall off towards a mesh end); neither covered nor missed.

"""


def write(text):
    introduction = INTRODUCTION.format(when=time.strftime("%Y-%m-%d"))
    PAGE.write_text(introduction + text + "\n", encoding="utf-8")
