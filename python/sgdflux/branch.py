"""What `continue` leaves: points, events, tracked eigenvalues and densities over one parameter, as numpy arrays."""
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .results import Results, ResultsError

NUMBERS = ("converged", "not-converged")  # verdicts of points that have observables


@dataclass(frozen=True)
class Event:
    """Something that happens at one value of the parameter; `error` is absolute."""

    kind: str
    subject: str
    value: float
    error: float
    what: str = ""


@dataclass(frozen=True)
class Curve:
    """An observable over the parameter with absolute errors and derivatives by the parameter; nan where unknown."""

    name: str
    at: np.ndarray
    value: np.ndarray
    error: np.ndarray
    slope: np.ndarray


@dataclass(frozen=True)
class Track:
    """One eigenvalue over the parameter, complex, with absolute errors."""

    number: int
    at: np.ndarray
    value: np.ndarray
    error: np.ndarray


@dataclass(frozen=True)
class Line:
    """Where an event happens in two parameters: `value` of the continued one over the values `second` of the other."""

    kind: str
    subject: str
    second: np.ndarray
    value: np.ndarray
    error: np.ndarray


class Branch:
    """The results of one run of `continue`."""

    def __init__(self, results):
        self.results = results
        self.key = results.member("parameter")
        self.name = self.key.split(".", 1)[1]
        self.points = listed(results, "points", "parameter")

    @cached_property
    def at(self):
        return np.array([point["parameter"] for point in self.points], dtype=float)

    @property
    def direction(self):
        """+1 if the run goes towards larger values."""
        return 1 if self.at[-1] >= self.at[0] else -1

    @cached_property
    def solved(self):
        """Which points have numbers."""
        return np.array([point.get("verdict") in NUMBERS for point in self.points])

    @cached_property
    def refused(self):
        """Which points have no stationary density."""
        return np.array([point.get("verdict") == "no-stationary-density" for point in self.points])

    @property
    def observables(self):
        """Names of all observables that any point has."""
        return list(dict.fromkeys(name for point in self.points for name in point.get("observables") or {}))

    def curve(self, name):
        if name not in self.observables:
            raise ResultsError(f"{self.results.folder} has no observable '{name}', only {', '.join(self.observables)}")
        entries = [(point.get("observables") or {}).get(name) for point in self.points]
        slopes = [(point.get("sensitivities") or {}).get(name) for point in self.points]
        return Curve(name, self.at, part(entries, "value"), part(entries, "error"), part(slopes, "value"))

    @cached_property
    def events(self):
        return events(self.results)

    @cached_property
    def tracks(self):
        """The tracked eigenvalues by their number, the zero left out."""
        found = {}
        for point in self.points:
            for entry in point.get("eigenvalues") or []:
                found.setdefault(entry["branch"], []).append((point["parameter"], entry))
        return [track(number, rows) for number, rows in sorted(found.items()) if number > 0]

    @cached_property
    def densities(self):
        """(value of the parameter, Results with the fields of that point) of all points that have fields."""
        return [(point["parameter"], state(self.results, point)) for point in self.points if point.get("fields")]

    @cached_property
    def lines(self):
        return [line(entry) for entry in self.results.report.get("lines") or []]


def listed(results, name, needed):
    """A list of the report whose entries all have the member `needed`."""
    entries = results.member(name)
    if not isinstance(entries, list) or not entries or any(needed not in entry for entry in entries):
        raise ResultsError(f"{results.folder}/report.json: '{name}' is not a list of entries with '{needed}'")
    return entries


def part(entries, name):
    """One member of entries {value, error}, nan where there is none."""
    values = [(entry or {}).get(name) for entry in entries]
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def events(results):
    return [Event(entry["kind"], entry.get("subject", ""), entry["value"], entry.get("error") or 0.0,
                  entry.get("what", "")) for entry in results.report.get("events") or []]


def track(number, rows):
    values = np.array([complex(entry["re"], entry["im"]) for _, entry in rows])
    return Track(number, np.array([at for at, _ in rows], dtype=float), values, part([e for _, e in rows], "error"))


def line(entry):
    columns = [np.array([np.nan if point.get(name) is None else point[name] for point in entry["points"]], dtype=float)
               for name in ("second", "value", "error")]
    order = np.argsort(columns[0], kind="stable")
    return Line(entry["kind"], entry.get("subject", ""), *(column[order] for column in columns))


def state(results, point):
    """One point as the results of `stationary` that it is."""
    report = {**results.report, "command": "stationary", "verdict": point.get("verdict"),
              "observables": point.get("observables") or {}, "mesh": point.get("mesh"), "reference": None}
    return Results(results.folder, report, point["fields"])
