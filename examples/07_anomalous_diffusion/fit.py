#!/usr/bin/python3
"""Exponents c of displacement ~ k^c over ranges of steps k: least squares in logarithms, for each run.

    /usr/bin/python3 examples/07_anomalous_diffusion/fit.py FOLDER...
"""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
import sgdflux  # noqa: E402

RANGES = ((1, 10), (10, 100), (100, 1000))


def line(label, run):
    eta = run.report["model"]["parameters"]["eta"]
    step = np.array(run.report["times"]) / eta
    found = np.array(run.report["observables"]["displacement"]["value"])
    exact = np.array(run.report["reference"]["displacement"])
    chosen = [(step > low * (1 - 1e-9)) & (step < high * (1 + 1e-9)) for low, high in RANGES]
    slopes = [np.polyfit(np.log(step[part]), np.log(found[part]), 1)[0] for part in chosen]
    return f"{label:28}" + "".join(f"{c:14.3f}" for c in slopes) + f"{np.abs(found / exact - 1).max():18.1e}"


def main(folders):
    print(f"{'exponent c over steps':28}" + "".join(f"{f'{low} - {high}':>14}" for low, high in RANGES)
          + f"{'distance to exact':>18}")
    for folder in folders:
        results = sgdflux.read(folder)
        if not isinstance(results, sgdflux.Sweep):
            print(line(Path(folder).name, results))
            continue
        for values, run in results.solved:
            print(line(", ".join(f"{key.split('.')[1]} = {value:g}" for key, value in zip(results.keys, values)), run))


if __name__ == "__main__":
    main(sys.argv[1:])
