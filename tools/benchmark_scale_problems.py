"""Linear problems with exact Gaussian densities, for benchmark_scale.py: settings of the program, matrices for SciPy."""
import numpy as np

WIDTH = 7  # standard deviations to each side, unless a problem has a width of its own

ETA, BETA, BATCH = 0.1, 0.9, 32
RHO, CORRELATION = (1.0, 0.4), 0.2  # of two modes


def momentum_matrices(rho, correlation):
    """dx = -A x dt + s dW of momentum SGD, (theta, v) of each mode (docs/theory.md, section 3)."""
    drift, noise = np.zeros((2 * len(rho), 2 * len(rho))), np.zeros((2 * len(rho), len(rho)))
    factor = np.linalg.cholesky(np.full((len(rho), len(rho)), correlation) + (1 - correlation) * np.eye(len(rho)))
    for k, value in enumerate(rho):
        drift[2 * k, 2 * k + 1] = -1
        drift[2 * k + 1, 2 * k:2 * k + 2] = [2 * value / (ETA * (1 + BETA)), 2 * (1 - BETA) / (ETA * (1 + BETA))]
        noise[2 * k + 1] = 2 / ((ETA * BATCH)**0.5 * (1 + BETA)) * value**0.5 * factor[k]
    return {"drift": drift, "noise": noise}


def momentum_model(rho, correlation):
    text = f"name = momentum-regression\neta = {ETA}\nbeta = {BETA}\nbatch = {BATCH}\nsigma2 = 1\n" \
           f"rho = {' '.join(map(str, rho))}\n"
    return text + (f"noise_correlation = {correlation}\n" if correlation else "")


def linear_model(drift, noise):
    rows = ["; ".join(" ".join(f"{x:.17g}" for x in row) for row in np.array(matrix, float)) for matrix in (drift, noise)]
    return f"name = ornstein-uhlenbeck\ndrift_matrix = {rows[0]}\nnoise_matrix = {rows[1]}\n"


def linear(variables, drift, noise):
    return {"variables": variables, "drift": drift, "noise": noise, "model": linear_model(drift, noise)}


PROBLEMS = {
    "well": linear(["x1", "x2"], [[1, -3], [3, 1]], np.sqrt(2) * np.eye(2)),
    "momentum": {"variables": ["theta", "v"], "model": momentum_model(RHO[:1], 0), **momentum_matrices(RHO[:1], 0)},
    "coupled": linear(["x1", "x2", "x3"], [[1, .5, 0], [-.5, 1.2, .3], [0, -.2, .8]], np.diag([1, .8, 1.1])),
    "modes": {"variables": ["theta1", "v1", "theta2", "v2"], "model": momentum_model(RHO, CORRELATION),
              "width": 6, "scheme": "damping = 0\n", **momentum_matrices(RHO, CORRELATION)},
}


def covariance(drift, noise):
    """Of the stationary law: drift C + C drift^T = noise noise^T."""
    drift, noise = np.array(drift, float), np.array(noise, float)
    one = np.eye(len(drift))
    return np.linalg.solve(np.kron(drift, one) + np.kron(one, drift), (noise @ noise.T).ravel()).reshape(drift.shape)


def settings(problem, cells):
    """An INI file of the program: the problem on a fixed box with as many cells along every axis."""
    one = PROBLEMS[problem]
    half = one.get("width", WIDTH) * np.sqrt(np.diag(covariance(one["drift"], one["noise"])))
    axes = "".join(f"{name} = linear({-b:.17g}, {b:.17g}) {cells}\n" for name, b in zip(one["variables"], half))
    return f"[model]\n{one['model']}[mesh]\n{axes}[scheme]\n{one.get('scheme', '')}"
