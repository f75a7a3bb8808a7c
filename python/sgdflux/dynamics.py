"""What reports of evolve, spectrum, correlate and passage hold, as numpy arrays."""
from dataclasses import dataclass

import numpy as np

from .results import Curve, Estimate, ResultsError


@dataclass(frozen=True)
class Series:
    """Numbers over times or frequencies with absolute errors, and the exact ones; nan where there is none."""

    name: str
    at: np.ndarray
    value: np.ndarray
    error: np.ndarray
    exact: np.ndarray


@dataclass(frozen=True)
class Spectrum:
    """Complex eigenvalues by decreasing real part, zero first; `rejected` ones were found and not believed."""

    value: np.ndarray
    error: np.ndarray
    exact: np.ndarray
    rejected: np.ndarray


def numbers(results, entry, what, like=None):
    """A list of the report as an array, null as nan; all nan where there is no list but one is not needed."""
    if entry is None and like is not None:
        return np.full(like.shape, np.nan)
    try:
        array = np.array(entry, dtype=float)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if array.ndim != 1 or array.size == 0 or like is not None and array.shape != like.shape:
        size = "a list of numbers" if like is None else f"a list of {like.size} numbers"
        raise ResultsError(f"{results.folder}/report.json: '{what}' is not {size}")
    return array


def series(results, name, at=None):
    """An observable over the times of the report, or another entry {value, error} `at` given places."""
    at = numbers(results, results.member("times"), "times") if at is None else at
    known = results.member("observables")
    if name not in known:
        raise ResultsError(f"{results.folder} has no observable '{name}', only {', '.join(known)}")
    return of_entry(results, name, at, known[name], _exact(results, name))


def of_entry(results, name, at, entry, exact=None):
    value = numbers(results, entry.get("value"), name, like=at)
    error = numbers(results, entry.get("error"), f"error of {name}", like=at)
    return Series(name, at, value, error, numbers(results, exact, f"exact {name}", like=at))


def _exact(results, name):
    """Exact values lie under `observables` of the reference, those of correlate in the reference itself."""
    known = results.report.get("reference") or {}
    return known.get("observables", known).get(name)


def over_time(results):
    """Names of the observables that are given over the times, not as one number."""
    return [name for name, entry in results.member("observables").items() if isinstance(entry.get("value"), list)]


def power_spectrum(results):
    entry = results.member("power_spectrum")
    at = numbers(results, entry.get("frequencies"), "frequencies")
    return of_entry(results, "power_spectrum", at, entry, _exact(results, "power_spectrum"))


def estimate(results, name):
    """A number of the report with its error, None where the question was not asked."""
    entry = results.report.get(name)
    return Estimate.of(entry) if isinstance(entry, dict) else None


def spectrum(results):
    found = results.member("eigenvalues")
    value = _complex(results, found, "eigenvalues")
    error = np.array([np.nan if pair.get("error") is None else pair["error"] for pair in found])
    exact = (results.report.get("reference") or {}).get("eigenvalues", [])
    return Spectrum(value, error, _complex(results, exact, "exact eigenvalues"),
                    _complex(results, results.report.get("rejected") or [], "rejected"))


def _complex(results, entries, what):
    try:
        return np.array([complex(entry["re"], entry["im"]) for entry in entries], dtype=complex)
    except (KeyError, TypeError) as error:
        raise ResultsError(f"{results.folder}/report.json: '{what}' is not a list of {{re, im}}") from error


def modes(results):
    """How many modes (a pair counts once) have eigenfunctions in the fields."""
    return len({path.split("/")[1] for path in results.fields if path.startswith("eigenfunction/")})


def eigenfunction(results, k, side):
    """Mode k from `side` "left" or "right", complex if it has an imaginary part."""
    real = results.field(f"eigenfunction/{k}/{side}_real")
    imaginary = results.fields.get(f"eigenfunction/{k}/{side}_imaginary")
    return real if imaginary is None else real + 1j * imaginary


def snapshots(results, most):
    """At most `most` (time, density) spread evenly over the stored ones, first and last among them."""
    times = results.fields.get("snapshot/times")
    if times is None:
        return [(results.member("times")[-1], results.density)]
    chosen = np.unique(np.linspace(0, times.size - 1, min(most, times.size)).round().astype(int))
    return [(times[k], results.field(f"snapshot/{k}/density")) for k in chosen]


def curve_of(results, density, quantity=None):
    """A density over the one variable as a Curve; over a derived quantity by the ratio of the stored densities."""
    (axis,) = results.variables
    quantity = quantity or axis
    value, mass = results.centres(axis), density * results.widths(axis)
    if quantity != axis:
        along = results.field(f"density_of/{axis}/density")
        value = results.field(f"density_of/{quantity}/value")
        slope = np.divide(results.field(f"density_of/{quantity}/density"), along, out=np.full_like(along, np.nan),
                          where=along > 0)
        use = np.isfinite(slope)
        value, density, mass = value[use], (density * slope)[use], mass[use]
    return Curve(quantity, value, density, np.full_like(density, np.nan), mass)


def decades(at):
    """Whether times or frequencies are spread over decades: most of them below a tenth of the last one."""
    positive = at[at > 0]
    return positive.size > 3 and positive[-1] > 50 * positive[0] and np.median(positive) < 0.1 * positive[-1]
