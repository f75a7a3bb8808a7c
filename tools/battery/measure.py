"""Runs problems and compares every number with the truth."""
import json
import os
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass

import h5py
import numpy as np

from laws import REAL

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(os.environ.get("SGDFLUX_PROGRAM", ROOT / "build" / "sgdflux"))
ROUNDING = 1e-12  # of the scale of a number, the tolerance of linear solves: smaller true errors say nothing about an estimator
ULP = 4 * np.finfo(float).eps


@dataclass
class Row:
    """One number of one report. `verdict`: covered, missed, withheld (null where a number exists), invented (a number
    where none exists), agreed (null where none exists)."""

    family: str
    problem: str
    kind: str
    flux: str
    name: str
    value: float
    truth: float
    reported: float
    error: float
    verdict: str
    rounding: bool = False

    @property
    def ratio(self):
        return self.reported / self.error if self.error > 0 else np.inf


def run(problem):
    """Report and fields of one run; None where the program refused."""
    command = "spectrum" if problem.eigenvalues else "stationary"
    with tempfile.TemporaryDirectory() as folder:
        ini = pathlib.Path(folder) / "run.ini"
        ini.write_text(problem.settings())
        process = subprocess.run([str(PROGRAM), command, str(ini), f"--output.dir={folder}/out"], capture_output=True, text=True)
        report = pathlib.Path(folder) / "out" / "report.json"
        if process.returncode in (1, 2) and not report.exists():
            return {"exit_code": process.returncode, "verdict": process.stderr.strip()}, {}
        if process.returncode not in (0, 2, 5):
            raise RuntimeError(f"{problem.name}: exit code {process.returncode}: {process.stderr}\n{problem.settings()}")
        parsed = json.loads(report.read_text())
        fields = {}
        if command == "stationary" and parsed["exit_code"] != 5:
            with h5py.File(pathlib.Path(folder) / "out" / "fields.h5") as file:
                names = list(file.attrs["axes"])
                fields = {"axes": [file[f"axes/{name}/centres"][:] for name in names], "density": file["density"][:],
                          "volume": file["cell_volume"][:]}
    return parsed, fields


def judge(problem, name, value, reported, truth, scale):
    row = Row(problem.family, problem.name, problem.kind, problem.flux, name, value, truth, reported, np.nan, "")
    if truth is None or value is None:
        row.verdict = "agreed" if truth is None and value is None else "invented" if truth is None else "withheld"
        return row
    scale = float(abs(truth) if scale is None else max(abs(truth), scale))
    row.error = abs(float(REAL(value) - REAL(truth)))
    row.truth = float(truth)
    row.rounding = row.error <= ROUNDING * scale
    row.verdict = "covered" if row.error <= reported + ULP * scale else "missed"
    return row


def density_row(problem, report, fields):
    """L1 distance of the densities: the cells' differences at their centres and what lies outside of the mesh."""
    estimate = report.get("density", {}).get("l1_error")
    if not fields or problem.law is None or estimate is None:
        return []
    exact = np.asarray(problem.law.density(*np.meshgrid(*fields["axes"], indexing="ij")), float)
    volume = fields["volume"].reshape(fields["density"].shape)
    lower, upper = ([axis[end] for axis in report["mesh"]["axes"]] for end in ("lower", "upper"))
    bounds = (lower[0], upper[0]) if len(lower) == 1 else (lower, upper)
    distance = np.sum(np.abs(fields["density"] - exact) * volume) + float(problem.law.outside(*bounds))
    row = Row(problem.family, problem.name, problem.kind, problem.flux, "density", distance, 0, estimate, float(distance), "")
    row.rounding = bool(distance <= ROUNDING)
    row.verdict = "covered" if distance <= estimate + 1e-14 else "missed"
    return [row]


def eigenvalue_rows(problem, report):
    """Each reported eigenvalue against the exact one that is nearest among those not taken yet."""
    left = list(problem.eigenvalues)
    rows = []
    for k, found in enumerate(report.get("eigenvalues", [])):
        z = complex(found["re"], found["im"])
        nearest = min(left, key=lambda w: abs(w - z))
        left.remove(nearest)
        size = abs(problem.eigenvalues[problem.count])
        row = Row(problem.family, problem.name, problem.kind, problem.flux, f"eigenvalue {k}", z, nearest, found["error"], abs(z - nearest), "")
        row.rounding = row.error <= ROUNDING * size
        row.verdict = "covered" if row.error <= row.reported + ULP * size else "missed"
        rows.append(row)
    return rows


def compare(problem):
    """All rows of a problem and the verdict of its report."""
    report, fields = run(problem)
    if "observables" not in report or report["exit_code"] == 5:
        return [], report["verdict"]
    if problem.eigenvalues:
        return eigenvalue_rows(problem, report), report["verdict"]
    estimates = {**report["observables"], **{k: v for k, v in report["current"].items() if isinstance(v, dict)}}
    rows = [judge(problem, name, estimates[name]["value"], estimates[name]["error"], truth, scale)
            for name, (truth, scale) in problem.truth.items()]
    return rows + density_row(problem, report, fields), report["verdict"]
