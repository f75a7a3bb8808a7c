"""The folders that the program writes, as numpy arrays. Formats: docs/formats.md."""
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

REPORT, FIELDS = ("sgdflux-report", 1), ("sgdflux-fields", 1)


class ResultsError(Exception):
    """A folder that cannot be read or drawn; one sentence for people."""


@dataclass(frozen=True)
class Estimate:
    """A reported number; `error` is absolute. A quantity that is infinite or undefined has nan and a reason."""

    value: float
    error: float
    reason: str = ""

    @classmethod
    def of(cls, entry):
        value, error = (np.nan if entry.get(key) is None else entry[key] for key in ("value", "error"))
        return cls(value, error, entry.get("reason", ""))


@dataclass(frozen=True)
class Curve:
    """A density along one quantity, with the exact one (nan where none is known)."""

    name: str
    value: np.ndarray
    density: np.ndarray
    exact: np.ndarray
    mass: np.ndarray  # probability of each cell


@dataclass(frozen=True)
class Plane:
    """Two variables: density at n_a x n_b cells; fluxes (probability per unit time) through the faces of the cells."""

    names: tuple
    centres: tuple
    faces: tuple
    area: np.ndarray
    density: np.ndarray
    flux_a: np.ndarray  # (n_a + 1) x n_b, in +a
    flux_b: np.ndarray  # n_a x (n_b + 1), in +b

    @property
    def stream(self):
        """The stream function at the corners, (n_a + 1) x (n_b + 1): J_a = d(stream)/db, J_b = -d(stream)/da.

        A stationary current has no divergence, so its streamlines are the contour lines of this function, and
        between two neighbouring levels of an even spacing flows the same probability per unit time.
        """
        floor = np.concatenate([[0], -np.cumsum(self.flux_b[:, 0])])[:, None]
        return np.hstack([floor, floor + np.cumsum(self.flux_a, axis=1)])


class Results:
    """One run: report.json and its fields, read when first asked for."""

    def __init__(self, folder, report, fields="fields.h5"):
        self.folder, self.report, self.fields_path = Path(folder), report, Path(folder) / fields

    def member(self, name):
        """An entry of the report that it must have."""
        if self.report.get(name) is None:
            raise ResultsError(f"{self.folder / 'report.json'} has no '{name}'")
        return self.report[name]

    @property
    def command(self):
        return self.member("command")

    @property
    def verdict(self):
        return self.member("verdict")

    @property
    def variables(self):
        return self.member("model")["variables"]

    @property
    def observables(self):
        return {name: Estimate.of(entry) for name, entry in self.report.get("observables", {}).items()}

    @property
    def reference(self):
        """Exact values by name; empty where none is known."""
        return (self.report.get("reference") or {}).get("observables", {})

    @property
    def formulas(self):
        """The user's formulas of section [observe]."""
        return self._section("observe")

    @property
    def constants(self):
        """Numbers that formulas may name: those of section [parameters] and the model's own."""
        numbers = {name: _number_or_text(text) for name, text in self._section("parameters").items()}
        numbers.update(self.report["model"]["parameters"])
        return {name: value for name, value in numbers.items() if isinstance(value, (int, float))}

    def _section(self, name):
        start = name + "."
        return {k[len(start):]: v for k, v in self.report["settings"].items() if k.startswith(start)}

    def observable(self, name):
        if name not in self.observables:
            raise ResultsError(f"{self.folder} has no observable '{name}', only {', '.join(self.observables)}")
        return self.observables[name]

    @cached_property
    def fields(self):
        """Every dataset of the fields by its path."""
        path, found = self.fields_path, {}
        try:
            with h5py.File(path) as file:
                check_format(path, file.attrs.get("format"), file.attrs.get("format_version"), FIELDS)
                file.visititems(lambda name, item: found.update({name: item[()]}) if hasattr(item, "shape") else None)
        except OSError as error:
            raise ResultsError(f"{path} cannot be read: {error}") from error
        return found

    def field(self, path):
        """A dataset that the fields must have."""
        if path not in self.fields:
            raise ResultsError(f"{self.fields_path} has no '{path}'")
        return self.fields[path]

    def centres(self, axis):
        return self.field(f"axes/{axis}/centres")

    def faces(self, axis):
        return self.field(f"axes/{axis}/faces")

    def widths(self, axis):
        """Cell widths X'(xi)*h, whose products are the cell volumes of the solver; h makes the marginal's mass 1.

        Densities that lose mass or have none (all but stationary ones): h makes the widths fill the axis.
        """
        if len(self.variables) == 1:
            return self.field("cell_volume")
        slope, faces = self.field(f"axes/{axis}/slope"), self.faces(axis)
        if self.command in ("stationary", "validate"):
            return slope / (self.field(f"density_of/{axis}/density") * slope).sum()
        return slope * (faces[-1] - faces[0]) / slope.sum()

    @property
    def density(self):
        return self.field("density")

    @property
    def exact(self):
        return self.fields.get("exact/density")

    @property
    def quantities(self):
        """Names of all quantities whose density along an axis is known: variables first, then derived ones."""
        names = {path.split("/")[1] for path in self.fields if path.startswith("density_of/")}
        known = self.variables + self.report["model"]["derived"]
        return [name for name in known if name in names]

    def curve(self, name):
        """The marginal density of a variable, or in one dimension of a derived quantity."""
        if f"density_of/{name}/value" not in self.fields:
            raise ResultsError(f"{self.folder} has no density of '{name}', only of {', '.join(self.quantities)}")
        value, density = (self.fields[f"density_of/{name}/{part}"] for part in ("value", "density"))
        axis = self._axis_of(name)
        if axis is None:
            return Curve(name, value, density, np.full_like(density, np.nan), density * np.gradient(value))
        along = self.fields[f"density_of/{axis}/density"]
        mass = along * self.widths(axis)
        jacobian = np.divide(density, along, out=np.full_like(along, np.nan), where=along > 0)
        exact = self._exact_along(axis) * (1 if name == axis else jacobian)
        return Curve(name, value, density, exact, mass)

    def _axis_of(self, name):
        """The axis on whose cells the quantity `name` is given: itself, or in one dimension the only one."""
        if name in self.variables:
            return name
        return self.variables[0] if len(self.variables) == 1 else None

    def _exact_along(self, axis):
        if self.exact is None:
            return np.full_like(self.centres(axis), np.nan)
        return self.integrated(self.exact, [axis])

    def integrated(self, field, kept):
        """A field over all cells, integrated over every variable but the kept ones."""
        for d in reversed(range(field.ndim)):
            if self.variables[d] not in kept:
                field = np.tensordot(field, self.widths(self.variables[d]), axes=(d, 0))
        return field

    def plane(self, a, b):
        """A Plane for the variables a and b, in the order of the model; all others are integrated out."""
        area = np.outer(self.widths(a), self.widths(b))
        pair = f"{a}.{b}"
        if f"marginal_current/{pair}/{a}" in self.fields:  # three and four variables: the program has integrated
            density = self.fields[f"marginal/{pair}"] / area
            across = [self.field(f"marginal_current/{pair}/{name}") for name in (a, b)]
        else:
            density = self.integrated(self.density, [a, b])
            across = [self.integrated(self.fields[f"current/{name}"], [a, b]) for name in (a, b)]
        fluxes = across[0] * self.widths(b), across[1] * self.widths(a)[:, None]
        return Plane((a, b), (self.centres(a), self.centres(b)), (self.faces(a), self.faces(b)), area, density, *fluxes)


class Sweep:
    """A folder of numbered runs: report.json with `runs`."""

    def __init__(self, folder, report):
        self.folder, self.report = Path(folder), report
        self.command = report.get("command")
        self.keys = list(report["runs"][0].get("settings", {}))  # the runs over all models vary none
        self.verdicts = [run["verdict"] for run in report["runs"]]
        self.values = [[_number_or_text(run["settings"][key]) for key in self.keys] for run in report["runs"]]

    @cached_property
    def runs(self):
        """The results of each run, None where it left none."""
        folders = [self.folder / run["directory"] for run in self.report["runs"]]
        return [read(folder) if (folder / "report.json").exists() else None for folder in folders]

    @property
    def solved(self):
        """(values of the varied settings, results) of the runs that have a density; paths have one in any case."""
        usable = ("converged", "not-converged") if self.command == "sample" else ("converged",)
        return [(v, run) for v, run in zip(self.values, self.runs) if run is not None and run.verdict in usable]


def _number_or_text(value):
    """A formula of numbers, as 1.1-sqrt(0.41), becomes a number."""
    from .formula import evaluate  # which imports this module
    try:
        return float(evaluate(str(value), {}))
    except ResultsError:
        return value


def check_format(path, name, version, known):
    if name != known[0]:
        raise ResultsError(f"{path} is no {known[0]} file")
    if int(version[0]) != known[1]:
        raise ResultsError(f"{path} has format version {version[0]}.{version[1]}; this reader knows {known[1]}")


def read(folder):
    """Results of one run, or a Sweep. Raises ResultsError if there is nothing readable."""
    path = Path(folder) / "report.json"
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultsError(f"{path} cannot be read ({error.strerror}): is this a results folder?") from error
    except ValueError as error:
        raise ResultsError(f"{path} is no JSON: {error}") from error
    check_format(path, report.get("format"), report.get("format_version"), REPORT)
    return Sweep(folder, report) if report.get("runs") else Results(folder, report)
