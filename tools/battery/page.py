"""Tables of coverage and of how far errors are over-estimated."""
import pathlib
import time

import numpy as np

PAGE = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "battery.md"
HEADER = ["", "problems", "numbers", "covered", "median ratio", "90 %", "worst miss", "withheld"]


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
    return "| " + " | ".join([title, str(problems), str(len(counted)), f"{share:.1f} %", *numbers, missed,
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


def write(text):
    PAGE.write_text(text + "\n", encoding="utf-8")
