"""Result folders made of closed forms of Ornstein-Uhlenbeck processes, in the formats of docs/formats.md, for tests."""
import json
from pathlib import Path

import h5py
import numpy as np

MOMENTUM = np.array([[0.0, -1.0], [1.0, 0.4]])  # dtheta = v dt, dv = -(theta + .4 v) dt + .5 dW
NOISE = np.diag([0.0, 0.25])
DRAG = np.array([[1.0]])
START = {1: np.array([2.0]), 2: np.array([2.0, 0.0])}
WIDTH = 0.25


def report(command, variables, **members):
    model = {"name": "ornstein-uhlenbeck", "variables": variables, "derived": [], "parameters": {"gamma": 0.4}}
    return {"format": "sgdflux-report", "format_version": [1, 0], "command": command, "verdict": "converged",
            "exit_code": 0, "model": model, "settings": {}, **members}


def write(folder, contents, axes=None, fields=None):
    """A folder with report.json, and fields.h5 over evenly divided axes {name: centres}."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps(contents, allow_nan=False), encoding="utf-8")
    if axes is None:
        return folder
    with h5py.File(folder / "fields.h5", "w") as file:
        file.attrs.update(format="sgdflux-fields", format_version=[1, 0], axes=list(axes))
        for name, x in axes.items():
            step = x[1] - x[0]
            file[f"axes/{name}/centres"], file[f"axes/{name}/slope"] = x, np.ones_like(x)
            file[f"axes/{name}/faces"] = np.append(x - step / 2, x[-1] + step / 2)
        file["cell_volume"] = np.full([x.size for x in axes.values()], np.prod([x[1] - x[0] for x in axes.values()]))
        for path, values in (fields or {}).items():
            file[path] = values
    return folder


def centres(lower, upper, cells):
    return lower + (np.arange(cells) + 0.5) * (upper - lower) / cells


def plane(cells=64, reach=3.2):
    return {"theta": centres(-reach, reach, cells), "v": centres(-reach, reach, cells)}


def gaussian(axes, mean, cov):
    x = np.stack(np.meshgrid(*axes.values(), indexing="ij"), -1) - mean
    exponent = np.einsum("...i,ij,...j", x, np.linalg.inv(cov), x)
    return np.exp(-exponent / 2) / np.sqrt(np.linalg.det(2 * np.pi * cov))


def exponential(matrix):
    value, vectors = np.linalg.eig(matrix.astype(complex))
    return (vectors * np.exp(value) @ np.linalg.inv(vectors)).real


def stationary_covariance(drift, noise):
    one = np.eye(drift.shape[0])
    return np.linalg.solve(np.kron(drift, one) + np.kron(one, drift), noise.ravel()).reshape(drift.shape)


def moments(drift, noise, time):
    """Mean and covariance at `time` of the process that starts at START with standard deviations WIDTH."""
    size = drift.shape[0]
    final, flow = stationary_covariance(drift, noise), exponential(-drift * time)
    return flow @ START[size], final + flow @ (WIDTH**2 * np.eye(size) - final) @ flow.T


def evolve(folder, dimension, gamma=0.4, **settings):
    drift, noise = (DRAG, np.array([[0.5]])) if dimension == 1 else (MOMENTUM.copy(), NOISE)
    drift[-1, -1] = 1.0 if dimension == 1 else gamma
    axes = {"x": centres(-3, 3.5, 200)} if dimension == 1 else plane()
    names, times = list(axes), np.linspace(0, 4 if dimension == 1 else 12, 49)
    path = [moments(drift, noise, time) for time in times]
    values = {f"mean.{name}": [mean[i] for mean, _ in path] for i, name in enumerate(names)}
    values |= {f"cov.{a}.{b}": [cov[i, j] for _, cov in path] for i, a in enumerate(names)
               for j, b in enumerate(names) if i <= j}
    values["mass"] = [1.0] * times.size
    kept = range(0, times.size, 6)
    fields = {f"snapshot/{k}/density": gaussian(axes, *path[at]) for k, at in enumerate(kept)}
    fields |= {"snapshot/times": times[list(kept)], "density": gaussian(axes, *path[-1])}
    contents = report("evolve", names, times=list(times),
                      observables={n: {"value": v, "error": [1e-9] * times.size} for n, v in values.items()},
                      final={n: {"value": v[-1], "error": 1e-9} for n, v in values.items()},
                      reference={"source": "closed form", "observables": {n: v for n, v in values.items()
                                                                          if n != "mass"}})
    contents["settings"] = settings
    contents["model"]["parameters"]["gamma"] = gamma
    return write(folder, contents, axes, fields)


def pair(value, **more):
    return {"re": value.real, "im": value.imag, **more}


def spectrum_plane(folder, gamma=0.4):
    """The modes of the linear oscillator: left Q = w.x, right -(u.grad p), for A's eigenvectors w and u."""
    axes, drift = plane(), MOMENTUM.copy()
    drift[1, 1] = gamma
    slow = np.linalg.eigvals(-drift)
    sums = sorted((n * slow[0] + m * slow[1] for n in range(5) for m in range(5)),
                  key=lambda z: (-round(z.real, 9), -z.imag))[:10]
    right_value, right_vectors = np.linalg.eig(-drift)
    left_value, left_vectors = np.linalg.eig(-drift.T)
    u, w = (v[:, np.argmax(value.imag)] for value, v in ((right_value, right_vectors), (left_value, left_vectors)))
    cov = stationary_covariance(drift, NOISE)
    density = gaussian(axes, np.zeros(2), cov)
    x = np.stack(np.meshgrid(*axes.values(), indexing="ij"), -1)
    left, right = x @ w, x @ np.linalg.solve(cov, u) * density
    fields = {"density": density, "eigenfunction/0/right_real": density, "eigenfunction/0/left_real": x[..., 0] * 0 + 1}
    fields |= {f"eigenfunction/1/{side}_{part}": values for side, f in (("left", left), ("right", right))
               for part, values in (("real", f.real), ("imaginary", f.imag)) if part == "real" or np.any(f.imag)}
    first = sums[1] if sums[1].imag > 0 else sums[1].conjugate()
    contents = report("spectrum", list(axes), eigenvalues=[pair(z, error=0.0006 * abs(z) ** 3) for z in sums],
                      rejected=[pair(-0.5 + 1.5j, reason="sawtooth of the grid")],
                      oscillation=pair(first, quality=abs(first.imag / first.real), next_real_part=2 * first.real,
                                       robust=True, why="") if abs(first.imag) > 0 else None,
                      reference={"source": "closed form", "eigenvalues": [pair(z) for z in sums]})
    contents["model"]["parameters"]["gamma"] = gamma
    return write(folder, contents, axes, fields)


def spectrum_line(folder):
    """Hermite polynomials and their products with the density."""
    axes = {"x": centres(-3, 3, 200)}
    (x,) = axes.values()
    density = gaussian(axes, np.zeros(1), np.array([[0.5]]))
    hermite = [np.polynomial.hermite.hermval(x, np.eye(5)[k]) for k in range(5)]
    fields = {"density": density}
    fields |= {f"eigenfunction/{k}/left_real": h for k, h in enumerate(hermite)}
    fields |= {f"eigenfunction/{k}/right_real": h * density for k, h in enumerate(hermite)}
    values = [pair(complex(-k), error=1e-9) for k in range(5)]
    return write(folder, report("spectrum", ["x"], eigenvalues=values, rejected=[], oscillation=None,
                                reference={"source": "closed form", "eigenvalues": values}), axes, fields)


def correlate(folder, gamma=0.1):
    """Position of the linear oscillator."""
    drift, times = np.array([[0.0, -1.0], [1.0, gamma]]), np.geomspace(1e-2, 1e3, 200)
    cov, one = stationary_covariance(drift, NOISE), np.eye(2)
    flow = [exponential(-drift * t) for t in times]
    correlation = np.array([(f @ cov)[0, 0] for f in flow])
    displacement = 2 * (cov[0, 0] - correlation)
    slope = 2 * np.array([(drift @ f @ cov)[0, 0] for f in flow])
    frequencies = np.geomspace(1e-2, 30, 200)
    power = [2 * np.linalg.solve(drift + 1j * w * one, cov)[0, 0].real for w in frequencies]
    observables = {"autocorrelation": correlation, "displacement": displacement,
                   "exponent": times * slope / displacement}
    with_errors = {n: {"value": v.tolist(), "error": (0.02 * np.abs(v)).tolist()} for n, v in observables.items()}
    contents = report("correlate", ["theta", "v"], times=times.tolist(), observables=with_errors,
                      power_spectrum={"frequencies": frequencies.tolist(), "value": power,
                                      "error": (0.02 * np.abs(power)).tolist()},
                      reference={"source": "closed form", "displacement": displacement.tolist()})
    contents["settings"] = {"correlate.observable": "theta"}
    contents["model"]["parameters"]["gamma"] = gamma
    return write(folder, contents)


def double_well(x, noise):
    """Density, committor -1 -> 1 and mean time to 1 of dx = (x - x^3) dt + sqrt(2 D) dW, by quadrature."""
    weight = np.exp(-(x**4 / 4 - x**2 / 2) / noise)
    step = x[1] - x[0]
    below = np.cumsum(weight) * step
    inside = (x > -1) & (x < 1)
    forward = np.cumsum(inside / weight) / np.sum(inside / weight)
    rest = np.where(x < 1, below / weight / noise, 0)
    return weight / weight.sum() / step, forward, np.cumsum(rest[::-1])[::-1] * step


def passage(folder, dimension, noise=0.25):
    """The double well; in two dimensions beside an independent Ornstein-Uhlenbeck process."""
    x = centres(-2, 2, 160)
    density, forward, time = double_well(x, noise)
    reactive = density * forward * (1 - forward)
    quasi = np.where(x < 0, density * (1 - np.exp(4 * np.minimum(x, 0))), 0)
    fields = {"mean_time": time, "variance_time": (0.9 * time) ** 2, "density": density, "quasi_stationary": quasi * 2,
              "committor_forward": forward, "committor_backward": 1 - forward, "reactive_density": reactive,
              "reactive_current/x": np.where(abs(x) < 1, 0.03, 0)}
    axes = {"x": x}
    if dimension == 2:
        axes["y"] = centres(-2, 2, 60)
        across = gaussian({"y": axes["y"]}, np.zeros(1), np.array([[0.25]]))
        spread = {name: across if "density" in name or "quasi" in name or "current" in name else 1 + 0 * across
                  for name in fields}
        fields = {name: np.outer(values, spread[name]) for name, values in fields.items()}
        fields["reactive_current/y"] = 0 * fields["density"]
    contents = report("passage", list(axes), mean_time={"value": time[40], "error": 1e-8},
                      variance={"value": 200.0, "error": 1e-6}, exit_rate={"value": 0.093, "error": 1e-9},
                      rate={"value": 0.035, "error": 1e-9})
    contents["settings"] = {"passage.start": "-1" if dimension == 1 else "-1 0"}
    contents["model"]["parameters"] = {"D": noise}
    return write(folder, contents, axes, fields)


def simulated(drift, noise, step, start, paths, records, seed=1):
    """paths x records x d of a linear process, exact at multiples of `step`."""
    generator, size = np.random.default_rng(seed), drift.shape[0]
    flow, final = exponential(-drift * step), stationary_covariance(drift, noise)
    root = np.linalg.cholesky(final - flow @ final @ flow.T)
    x = np.empty((paths, records, size))
    at = start + np.zeros((paths, size)) if start is not None else \
        generator.standard_normal((paths, size)) @ np.linalg.cholesky(final).T
    for record in range(records):
        at = at @ flow.T + generator.standard_normal((paths, size)) @ root.T
        x[:, record] = at
    return x


def estimated(values):
    """Mean over paths with its standard error."""
    return {"value": values.mean(0).tolist(), "error": (values.std(0, ddof=1) / len(values) ** 0.5).tolist()}


def lagged(x, lags):
    """Covariance and displacement of paths x records over lags of records."""
    by_lag = [(x[:, :x.shape[1] - lag], x[:, lag:]) for lag in lags]
    return {"covariance": estimated(np.stack([(a * b).mean(1) for a, b in by_lag], 1)),
            "displacement": estimated(np.stack([((a - b) ** 2).mean(1) for a, b in by_lag], 1))}


def sample(folder, dimension, burn="100", gamma=0.4, **members):
    """Paths: one variable s with v = e^s, or the linear oscillator; from START where burn is 0."""
    drift, noise = (gamma / 0.4 * DRAG, np.array([[0.5]])) if dimension == 1 else (MOMENTUM, NOISE)
    axes = {"s": centres(-3, 3, 120)} if dimension == 1 else plane(48)
    names, step = list(axes), 0.1
    x = simulated(drift, noise, step, START[dimension] if burn == "0" else None, 200, 300)
    quantities = {name: x[..., d] for d, name in enumerate(names)}
    if dimension == 1:
        quantities["v"] = np.exp(quantities["s"])
    edges = [np.append(c - (c[1] - c[0]) / 2, c[-1] + (c[1] - c[0]) / 2) for c in axes.values()]
    count = np.stack([np.histogramdd(path, edges, density=True)[0] for path in x])
    fields = {"density": count.mean(0), "density_error": count.std(0) / len(x) ** 0.5,
              "path/time": step * np.arange(1, 301)}
    for d, name in enumerate(names):
        along = np.stack([np.histogram(path[:, d], edges[d], density=True)[0] for path in x])
        fields |= {f"marginal/{name}": along.mean(0), f"marginal_error/{name}": along.std(0) / len(x) ** 0.5}
    fields |= {f"path/{name}": values[:8] for name, values in quantities.items()}
    lags, shots = np.unique(np.geomspace(1, 100, 20).astype(int)), np.arange(9, 300, 10)
    lags = np.append(0, lags)
    correlations = {name: {"time": {"value": 1.0, "error": 0.1}, "effective": 1e4, "lags": (lags * step).tolist(),
                           **lagged(values - values.mean(), lags)} for name, values in quantities.items()}
    series = {name: estimated(values[:, shots]) for name, values in quantities.items()}
    observables = {f"mean.{name}": {k: float(v) for k, v in zip(("value", "error"), (values.mean(), 0.01))}
                   for name, values in quantities.items()}
    for name, values in quantities.items():
        observables |= {f"{kind}.{name}": {"value": float(values.var()), "error": 0.01}
                        for kind in (f"cov.{name}", "clipped.var")}
        observables[f"clipped.mean.{name}"] = observables[f"mean.{name}"]
    contents = report("sample", names, observables=observables, method="exact steps", correlations=correlations,
                      paths={"count": len(x), "diverged": 2, "first_divergence": 3.0, "end_time": 30.0,
                             "tamed_steps": 0.0},
                      series={"times": (step * (shots + 1)).tolist(), **series}, **members)
    contents["settings"] = {"sample.burn": burn}
    contents["model"]["derived"] = ["v"] if dimension == 1 else []
    contents["model"]["parameters"]["gamma"] = gamma
    return write(folder, contents, axes, fields)


def check(name, ratio):
    return {"name": name, "a": 1 + ratio, "b": 1.0, "difference": ratio, "tolerance": 1.0, "pass": bool(ratio <= 1)}


GAPS = {"clipped.mean.v": (0.0, 1.5, 0.0), "clipped.var.v": (0.02, 10.0, 40.0)}  # limit, slope, curvature over eta


def gap():
    """Gaps on parabolas, exactly."""
    etas = (0.01, 0.02, 0.03, 0.04)
    runs = [{"quantity": name, "eta": eta, "batch": round(100 * eta), "sgd": 1.0, "sde": 1.0,
             "relative": {"value": a + b * eta + c * eta**2, "error": 0.01}}
            for eta in etas for name, (a, b, c) in GAPS.items()]
    return {"runs": runs, "limits": [{"quantity": name, "limit": {"value": a, "error": 0.02},
                                      "slope": {"value": b, "error": 1.0},
                                      "curvature": {"value": c or None, "error": None}}
                                     for name, (a, b, c) in GAPS.items()]}


P_VALUE = {"name": "paths.density.chi_squared.s", "a": 0.01, "b": 1.0, "difference": -0.99, "tolerance": 0.9999,
           "pass": True}


def validate(folder, dimension, wrong=False):
    """Closed forms as the solver's densities; histograms that scatter around them by their errors."""
    axes = {"s": centres(-3, 3, 120)} if dimension == 1 else plane()
    cov = np.array([[0.25]]) if dimension == 1 else stationary_covariance(MOMENTUM, NOISE)
    names, generator = list(axes), np.random.default_rng(1)
    fields = {"density": gaussian(axes, np.zeros(dimension), cov)}
    for d, (name, x) in enumerate(axes.items()):
        along = gaussian({name: x}, np.zeros(1), cov[d:d + 1, d:d + 1])
        error = 0.03 * along + 1e-6
        fields |= {f"density_of/{name}/value": x, f"density_of/{name}/density": along}
        for group in ("paths", "sgd/1", "sgd/2", "sgd/3", "sgd/4")[:5 if dimension == 1 else 1]:
            fields |= {f"{group}/marginal/{name}": along + error * generator.standard_normal(x.size),
                       f"{group}/marginal_error/{name}": error}
    if dimension == 1:
        fields |= {"density_of/v/value": np.exp(axes["s"]), "density_of/v/density": along / np.exp(axes["s"])}
    checks = [check("exact.mean.v", 1e-9), check("paths.mean.v", 0.4), P_VALUE,
              check("sgd.limit.clipped.mean.v", 0.2), check("paths.cov.v.v", 3.0 if wrong else 0.1)]
    contents = report("validate", names, checks=checks, method="Milstein", skipped=[])
    contents["model"]["derived"] = ["v"] if dimension == 1 else []
    if dimension == 1:
        contents["gap"] = gap()
    if wrong:
        contents |= {"verdict": "disagreement", "exit_code": 6, "reason": "1 of 5 checks disagrees: paths.cov.v.v"}
    return write(folder, contents, axes, fields)


def suite(folder):
    """A run over models: folders with names of models, no settings that vary."""
    folder = Path(folder)
    entries = []
    for name, dimension, wrong in (("diagonal-network", 1, False), ("momentum-regression", 2, True)):
        validate(folder / name, dimension, wrong)
        entries.append({"directory": name, "verdict": "disagreement" if wrong else "converged",
                        "exit_code": 6 if wrong else 0})
    contents = report("validate", [], runs=entries)
    (folder / "report.json").write_text(json.dumps(contents), encoding="utf-8")
    return folder


def sweep(folder, command, key, values, make):
    """Numbered folders with `make(folder, value)` in each one."""
    folder = Path(folder)
    entries = [{"directory": f"{i:04d}", "settings": {key: value}, "verdict": "converged", "exit_code": 0}
               for i, value in enumerate(values, 1)]
    for entry, value in zip(entries, values):
        make(folder / entry["directory"], value)
    contents = report(command, [], runs=entries)
    (folder / "report.json").write_text(json.dumps(contents), encoding="utf-8")
    return folder
