"""Folders in the format of `continue` made of closed forms, for tests."""
import json
from pathlib import Path

import h5py
import numpy as np
from synthetic import NOISE, centres, gaussian, plane, report, stationary_covariance

ERROR = 1e-9
EDGE = 0.5  # of D, where the one variable's density ceases to exist


def estimate(value, error=ERROR):
    return {"value": float(value), "error": error} if np.isfinite(value) else \
        {"value": None, "error": None, "reason": "undefined"}


def fields(path, axes, density):
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs.update(format="sgdflux-fields", format_version=[1, 3], axes=list(axes))
        for d, (name, x) in enumerate(axes.items()):
            step, others = x[1] - x[0], tuple(k for k in range(len(axes)) if k != d)
            file[f"axes/{name}/centres"], file[f"axes/{name}/slope"] = x, np.ones_like(x)
            file[f"axes/{name}/faces"] = np.append(x - step / 2, x[-1] + step / 2)
            along = density.sum(axis=others) * np.prod([x[1] - x[0] for k, x in enumerate(axes.values()) if k != d])
            file[f"density_of/{name}/value"], file[f"density_of/{name}/density"] = x, along
        file["cell_volume"] = np.full(density.shape, np.prod([x[1] - x[0] for x in axes.values()]))
        file["density"] = density


def event(kind, value, subject=""):
    return {"kind": kind, "subject": subject, "value": value, "error": ERROR, "what": kind}


def contents(variables, key, points, **members):
    made = report("continue", variables, parameter=key, points=points, **{"events": [], "ended": "", **members})
    made["settings"] = {"continue.parameter": key, "observe.energy": "x^2/2"}
    return made


def save(folder, made):
    Path(folder).mkdir(parents=True, exist_ok=True)
    (Path(folder) / "report.json").write_text(json.dumps(made, allow_nan=False), encoding="utf-8")
    return Path(folder)


def line(folder, scale=1.0, downwards=False):
    """dx = -x/scale dt + sqrt(2 D) dW, variance D*scale, that is said to have no density from D = EDGE on."""
    folder, points = Path(folder), []
    values = np.linspace(0.05, 0.6, 12)
    for number, D in enumerate(values[::-1] if downwards else values, 1):
        point = {"parameter": float(D), "verdict": "converged" if D < EDGE else "no-stationary-density"}
        if D < EDGE:
            axes = {"x": centres(-4, 4, 200)}
            fields(folder / f"points/{number:04d}.h5", axes, gaussian(axes, np.zeros(1), np.array([[D * scale]])))
            point |= {"observables": {"mean.x": estimate(0), "cov.x.x": estimate(D * scale, 0.02),
                                      "mode.x": estimate(0 if D < 0.3 else np.nan), "energy": estimate(D * scale / 2)},
                      "sensitivities": {"cov.x.x": estimate(scale), "energy": estimate(scale / 2)},
                      "fields": f"points/{number:04d}.h5"}
        points.append(point)
    events = [event("mode-vanishes", 0.28, "x"), event("normalisability", EDGE)]
    return save(folder, contents(["x"], "model.D", points, events=events[::-1] if downwards else events))


def oscillator(folder, densities=True):
    """dtheta = v dt, dv = -(theta + gamma v) dt + dW/2: eigenvalues meet at gamma = 2; three branches besides 0."""
    folder, points = Path(folder), []
    for number, gamma in enumerate(np.linspace(0.4, 3.2, 15), 1):
        drift = np.array([[0.0, -1.0], [1.0, gamma]])
        root = np.emath.sqrt(gamma**2 / 4 - 1)
        upper, lower = -gamma / 2 + root, -gamma / 2 - root
        values = [(0, 0), (1, upper), (2, lower), (3, 2 * upper.real)]
        cov = stationary_covariance(drift, NOISE)
        point = {"parameter": float(gamma), "verdict": "converged",
                 "observables": {"mean.theta": estimate(0), "cov.theta.theta": estimate(cov[0, 0])},
                 "eigenvalues": [{"branch": k, "re": float(np.real(z)), "im": float(np.imag(z)), "error": 1e-6}
                                 for k, z in values]}
        if densities:
            axes = plane(48)
            fields(folder / f"points/{number:04d}.h5", axes, gaussian(axes, np.zeros(2), cov))
            point["fields"] = f"points/{number:04d}.h5"
        points.append(point)
    return save(folder, contents(["theta", "v"], "model.gamma", points, events=[event("real-to-complex", 2.0, "1, 2")]))


def critical(sigma):
    """T_c of y = x + noise of standard deviation sigma, and T* where the mode vanishes below it."""
    return 1 / (2 + sigma**2), (4 + np.sqrt(42) * sigma) / (4 * (21 * sigma**2 - 8))


CROSSING = 0.8239


def lines(folder):
    """Lines of events of y = x + noise over sigma, without densities."""
    folder = line(folder)
    made = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    sigma = np.linspace(0.4, 2.0, 33)
    edge, mode = critical(sigma)
    found = [("normalisability", sigma, edge), ("origin-diverges", sigma, edge / 3),
             ("mode-vanishes", sigma[sigma > CROSSING], mode[sigma > CROSSING])]
    made |= {"parameter": "model.T", "points": [{"parameter": 0.01, "verdict": "converged"}], "events": []}
    made["lines"] = [{"kind": kind, "subject": "v" if kind != "normalisability" else "", "second": "parameters.sigma", "ends": ["", ""],
                      "points": [{"second": s, "value": v, "error": ERROR} for s, v in zip(second, value)]}
                     for kind, second, value in found]
    made["crossings"] = [{"kinds": ["mode-vanishes of v", "normalisability"], "errors": {}, "what": "meet",
                          "values": {"model.T": critical(CROSSING)[0], "parameters.sigma": CROSSING}}]
    return save(folder, made)
