"""Problems with known answers against the errors that the program reports; writes docs/battery.md.

    python3 tools/battery [--family WORD] [--sample N] [--misses] [--rows FILE]
"""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import numpy as np  # noqa: E402

import lines  # noqa: E402
import measure  # noqa: E402
import page  # noqa: E402
import planes  # noqa: E402

SEED = 20230601


def battery():
    """All problems; the same ones on every call. Each draws from a generator of its own."""
    found = []
    for position, source in enumerate((lines.problems, planes.problems, lines.spectra)):
        found += source(np.random.default_rng([SEED, position]))
    for number, problem in enumerate(found):
        problem.name = f"{number + 1:03d}"
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", default="", help="only families whose name contains this; the page is then left alone")
    parser.add_argument("--only", default="", help="only these numbers, separated by commas")
    parser.add_argument("--every", type=int, default=1, help="every N-th problem only; the page is then left alone")
    parser.add_argument("--show", action="store_true", help="print settings of the problems and all rows")
    options = parser.parse_args()
    chosen = [p for p in battery() if options.family in p.family and (not options.only or p.name in options.only.split(","))]
    chosen = chosen[::options.every]
    rows, verdicts = [], {}
    for problem in chosen:
        found, verdicts[problem.name] = measure.compare(problem)
        rows += found
        if options.show:
            print(problem.name, problem.family, problem.kind, verdicts[problem.name], problem.settings(), sep="\n")
        for row in found:
            if options.show or row.verdict in ("missed", "withheld", "invented"):
                print(page.row_text(row), flush=True)
    whole = len(chosen) == len(battery())
    text = page.tables(chosen, rows, verdicts, not whole)
    print(text)
    if whole:
        page.write(text)


if __name__ == "__main__":
    main()
