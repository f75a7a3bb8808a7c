"""What benchmark_scale.py measured, as sections of docs/benchmarks.md and as pictures.

    tools/benchmark_scale_pages.py FIGURES.json FOLDER     pictures into FOLDER, sections to standard output
"""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))
MARK = "## Scale"  # titles of all sections begin with it

NAMES = {"well": "rotation well", "momentum": "momentum SGD", "coupled": "three coupled variables", "modes": "two momentum modes"}
POWER = {2: "²", 3: "³", 4: "⁴"}


def case(found):
    return f"{NAMES[found['problem']]}, order {found['order']}, {found['cells']}{POWER[found['dimension']]}"


def exponent(value):
    return "–" if value is None else f"{value:.1e}"


def seconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def solver(found):
    """With what was tried before it on this grid."""
    before = f" (after {', '.join(found['tried'])})" if found.get("tried") else ""
    return found["solver"] + before


def rows(header, lines):
    return ["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *("| " + " | ".join(line) + " |" for line in lines), ""]


def measured(figures, part):
    when = figures["measured"][part]
    return f"{when['date']}, the best of {when['runs']}."


def scipy_of(figures, problem, order):
    """Cases of SciPy by solver, those that finished."""
    cases = [c for c in figures.get("scipy", []) if c["problem"] == problem and c["order"] == order and "failed" not in c]
    return {name: [c for c in cases if c["solver"] == name] for name in ("lu", "ilu") if any(c["solver"] == name for c in cases)}


def precision_section(figures):
    lines = [[case(f), seconds(f["solve"]), seconds(f["process"]), f"{f['bytes'] / 1e6:.0f}", exponent(f["l1"]), solver(f)]
             for f in figures["precision"]]
    return [f"{MARK}: work against precision", "",
            "The rotation well of the first table (noise in both variables) and momentum SGD (noise in v only) on fixed boxes of ±7 standard deviations, "
            "without error estimates; L¹ distance from the exact Gaussian over the seconds of assembly and solve. "
            f"{measured(figures, 'precision')}", "",
            "![L1 error over solve seconds by order, with SciPy](pictures/scale_precision.png)", "",
            *rows(["case", "solve s", "process s", "MB", "L¹ error", "solver"], lines)]


def cost_section(figures):
    lines = [[case(f), f"{f['unknowns'] / 1e6:.3g}", seconds(f["process"]), seconds(f["solve"]), f"{f['solve'] / f['unknowns'] * 1e6:.2f}",
              f"{f['bytes'] / 1e6:.0f}", f"{f['bytes'] / f['unknowns']:.0f}", str(f["iterations"] or "–"), exponent(f["l1"]),
              exponent(f["residual"]), solver(f)] for f in figures["cost"]]
    return [f"{MARK}: cost against cells", "",
            "One core, no estimates; boxes of ±7 standard deviations, of ±6 for the two modes, which have central fluxes without damping. "
            "Bytes a cell are the peak of the process over the cells: small grids pay for the program itself. Residuals are "
            f"those of the solve, relative to ‖DP‖. {measured(figures, 'cost')}", "",
            "![Solve seconds and memory per cell over cells](pictures/scale_cost.png)", "",
            *rows(["case", "million cells", "process s", "solve s", "µs a cell", "MB", "bytes a cell", "iterations", "L¹ error", "residual", "solver"],
                  lines)]


def difference(found, first):
    """Largest difference of a covariance from that of one rank, relative to the largest of them."""
    scale = max(map(abs, first["covariances"]))
    return max(abs(a - b) for a, b in zip(found["covariances"], first["covariances"])) / scale


def families(cases):
    """Cases of one problem, by ranks."""
    names = dict.fromkeys(c["problem"] for c in cases)
    return [sorted((c for c in cases if c["problem"] == name), key=lambda c: c["ranks"]) for name in names]


def ranks_section(figures):
    strong, weak = [], []
    for family in families(figures["ranks"]["strong"]):
        strong += [[case(f), str(f["ranks"]), seconds(f["process"]), seconds(f["solve"]), f"{family[0]['solve'] / f['solve']:.2f}",
                    f"{f['bytes'] / 1e6:.0f}", str(f["iterations"] or "–"), f"{difference(f, family[0]):.0e}"] for f in family]
    for family in families(figures["ranks"]["weak"]):
        weak += [[case(f), str(f["ranks"]), seconds(f["process"]), seconds(f["solve"]), f"{efficiency(family[0], f):.2f}",
                  f"{f['bytes'] / 1e6:.0f}", str(f["iterations"] or "–")] for f in family]
    return [f"{MARK}: ranks", "",
            f"{figures['ranks']['cores']} cores. Memory is the sum over ranks of their peaks, in which shared libraries count in each. "
            f"The last column of the first table is the largest difference of a covariance from that of one rank. {measured(figures, 'ranks')} "
            "What to expect of more ranks than were at hand: [scaling.md](scaling.md).", "",
            "![Speed-up with the same cells on more ranks, efficiency with as many cells on each](pictures/scale_ranks.png)", "",
            *rows(["strong: the same cells", "ranks", "process s", "solve s", "times faster", "MB", "iterations", "difference"], strong),
            *rows(["weak: as many cells on each rank", "ranks", "process s", "solve s", "efficiency", "MB", "iterations"], weak)]


def put_cluster_table(figures, page):
    """The first table of ranks into a page that has a place for it."""
    begin, end = "<!-- ranks -->\n", "\n<!-- end of ranks -->"
    text = page.read_text(encoding="utf-8")
    section = ranks_section(figures)
    first = next(i for i, line in enumerate(section) if line.startswith("| strong"))
    lines = [f"{figures['ranks']['cores']} cores, {figures['measured']['ranks']['date']}.", "", *section[first:section.index("", first)]]
    before, after = text[:text.index(begin) + len(begin)], text[text.index(end):]
    page.write_text(before + "\n".join(lines) + after, encoding="utf-8")


def scipy_section(figures):
    names = {"lu": "SuperLU", "ilu": "GMRES with incomplete LU"}
    lines = [[case(f), names[f["solver"]], *((f["failed"], "", "", "", "") if "failed" in f else
              (seconds(f["assemble"]), seconds(f["solve"]), f"{f['bytes'] / 1e6:.0f}", exponent(f["l1"]), exponent(f["residual"])))]
             for f in figures["scipy"]]
    return [f"{MARK}: the same in SciPy", "",
            "The same rows as sums of Kronecker products of sparse matrices, without the program's damping where there is no noise; one cell pinned, one core. "
            "SuperLU orders by minimum degree of AᵀA + A in its symmetric mode; GMRES has an incomplete LU with "
            "drop tolerance 1e-4 and fill 8. Cases that take longer than a minute are cut off. In every run of the benchmark the script first checks that its "
            f"errors fall with the order of the scheme. {measured(figures, 'scipy')}", "",
            *rows(["case", "solver", "assemble s", "solve s", "MB", "L¹ error", "residual"], lines)]


def operator_section(figures):
    """A line for each kind of coefficients, dimension and order, the sizes side by side."""
    if not figures["operator"]:
        return []
    kinds = {}
    for one in figures["operator"]:
        kinds.setdefault((one["model"], one["dimension"], one["order"]), []).append(one)
    beside = lambda family, name: " · ".join(f"{one[name] / 1e6:.0f}" for one in family)
    lines = [[f"{model}, {dimension} variables", str(order), " · ".join(f"{one['cells'] / 1e6:.2g}" for one in family),
              beside(family, "cells_per_second"), beside(family, "transpose_cells_per_second"), f"{family[-1]['bytes_per_cell']:.3g}"]
             for (model, dimension, order), family in kinds.items()]
    return [f"{MARK}: the operator", "", "Applications of the generator by its fluxes, without a matrix, one core: millions of cells a second, for each number "
            f"of cells. {measured(figures, 'operator')}", "",
            *rows(["coefficients", "order", "million cells", "million cells/s", "of the transpose", "bytes a cell"], lines)]


SECTIONS = {"precision": precision_section, "cost": cost_section, "ranks": ranks_section, "scipy": scipy_section,
            "operator": operator_section}


def sections(figures):
    """Lines of all sections whose figures are there."""
    return [line for part, section in SECTIONS.items() if part in figures for line in section(figures)]


def efficiency(first, found):
    """Time a cell and rank of one rank over that of several."""
    return first["solve"] / first["unknowns"] / (found["solve"] / found["unknowns"]) / found["ranks"]


def draw(figures, folder):
    """The pictures whose figures are there."""
    from benchmark_scale_pictures import PICTURES
    for part, picture in PICTURES.items():
        if part in figures:
            picture(figures).savefig(pathlib.Path(folder) / f"scale_{part}.png")


def main():
    figures = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    draw(figures, sys.argv[2])
    print("\n".join(sections(figures)))


if __name__ == "__main__":
    main()
