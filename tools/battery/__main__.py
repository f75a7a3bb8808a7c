"""Problems with known answers against the errors that the program reports; writes docs/battery.md.

    python3 tools/battery [--family WORD] [--only 012,034] [--every N] [--show]
"""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import battery  # noqa: E402
import measure  # noqa: E402
import page  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", default="", help="only families whose name contains this; the page is then left alone")
    parser.add_argument("--only", default="", help="only these numbers, separated by commas")
    parser.add_argument("--every", type=int, default=1, help="every N-th problem only; the page is then left alone")
    parser.add_argument("--show", action="store_true", help="print settings of the problems and all rows")
    options = parser.parse_args()
    numbers = [int(n) for n in options.only.split(",")] if options.only else range(1, len(battery.RECIPES) + 1, options.every)
    chosen = [p for p in map(battery.problem, numbers) if options.family in p.family]
    rows, verdicts = [], {}
    for problem in chosen:
        found, verdicts[problem.name] = measure.compare(problem)
        rows += found
        if options.show:
            print(problem.name, problem.family, problem.kind, verdicts[problem.name], problem.settings(), sep="\n")
        for row in found:
            if options.show or row.verdict in ("missed", "withheld", "invented"):
                print(page.row_text(row), flush=True)
    whole = len(chosen) == len(battery.RECIPES)
    text = page.tables(chosen, rows, verdicts, not whole)
    print(text)
    if whole:
        page.write(text)


if __name__ == "__main__":
    main()
