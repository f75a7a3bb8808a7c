"""Problems in several variables: Ornstein-Uhlenbeck processes, momentum, kinetic and rotating Gibbs states."""
from math import erfc

import numpy as np

from laws import REAL, Line, Plane, ladder, lyapunov, whole_line
from lines import polynomial, polynomial_text, rounded
from problem import Problem, formula


def matrix_text(a):
    return "; ".join(" ".join(repr(float(v)) for v in row) for row in a)


class Gaussian:
    def __init__(self, mean, covariance):
        self.mean, self.covariance = np.asarray(mean, REAL), np.asarray(covariance, REAL)
        self.inverse = np.linalg.inv(np.asarray(covariance, float))
        self.determinant = np.linalg.det(np.asarray(covariance, float))

    def density(self, *x):
        z = np.stack([np.asarray(c, float) - float(m) for c, m in zip(x, self.mean)])
        q = np.einsum("i...,ij,j...->...", z, self.inverse, z)
        return np.exp(-q / 2) / np.sqrt((2 * np.pi) ** len(self.mean) * self.determinant)

    def outside(self, lower, upper):
        """Between the largest share beyond one axis and their sum; the sum is returned."""
        s = np.sqrt(np.diag(self.covariance).astype(float))
        m = self.mean.astype(float)
        lower, upper = np.atleast_1d(lower), np.atleast_1d(upper)
        return sum(erfc((m[i] - lower[i]) / s[i] / 2 ** .5) / 2 + erfc((upper[i] - m[i]) / s[i] / 2 ** .5) / 2 for i in range(len(s)))


def linear_truth(names, mean, covariance, a, d):
    """Means, covariances, circulations and entropy production of dx = −A(x − c) dt + s dW, D = s sᵀ."""
    n = len(names)
    sigma = np.sqrt(np.diag(covariance))
    truth = {}
    flow = -np.asarray(a, REAL) @ covariance + np.asarray(d, REAL) / 2  # E of velocity xᵀ: antisymmetric
    speed = np.sqrt(np.diag(np.asarray(a, REAL) @ covariance @ np.asarray(a, REAL).T))
    for i in range(n):
        truth[f"mean.{names[i]}"] = (mean[i], abs(mean[i]) + sigma[i])
        truth[f"mode.{names[i]}"] = (mean[i], abs(mean[i]) + sigma[i])
        truth[f"net.{names[i]}"] = (REAL(0), speed[i])
        for j in range(i, n):
            truth[f"cov.{names[i]}.{names[j]}"] = (covariance[i, j], sigma[i] * sigma[j])
            if j > i:
                truth[f"circulation.{names[i]}.{names[j]}"] = (flow[j, i] - flow[i, j], sigma[i] * speed[j] + sigma[j] * speed[i])
    if np.linalg.matrix_rank(np.asarray(d, float)) == n:
        c = np.asarray(flow @ np.linalg.inv(covariance.astype(float)), float)
        truth["entropy_production"] = (2 * np.trace(c.T @ np.linalg.inv(np.asarray(d, float)) @ c @ covariance.astype(float)),
                                       np.trace(np.asarray(a, float)))
    else:
        truth["entropy_production"] = (None, None)
    return truth


def random_linear(rng, n, full):
    """A stable non-normal A and a noise matrix; rank-deficient ones leave every direction reachable."""
    while True:
        a = np.round(rng.normal(0, .6, (n, n)) + np.diag(rng.uniform(.6, 1.8, n)), 3)
        s = np.round(np.diag(rng.uniform(.5, 1.2, n)) + rng.normal(0, .3, (n, n)), 3) if full else np.round(rng.normal(0, 1, (n, max(1, n - 1))), 3)
        if np.linalg.eigvals(a).real.min() < .15:
            continue
        control = np.hstack([np.linalg.matrix_power(a, k) @ s for k in range(n)])
        covariance = lyapunov(a, s @ s.T)
        scaled = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
        if np.linalg.matrix_rank(control) == n and np.linalg.eigvalsh(scaled.astype(float)).min() > (.25 if n == 3 else .05):
            return a, s, covariance


def box(rng, kind, gaussian, cells):
    lines = []
    for i in range(len(gaussian.mean)):
        sigma, mean = float(np.sqrt(gaussian.covariance[i, i])), float(gaussian.mean[i])
        reach = rng.uniform(3, 5) if kind == "short" else rng.uniform(6, 8)
        lines.append(f"linear({mean - reach * sigma:.6g}, {mean + reach * sigma:.6g}) {cells}" if kind != "auto" else f"auto {cells}")
    return lines


def ornstein_uhlenbeck(rng, n, full, spectral=False):
    a, s, covariance = random_linear(rng, n, full)
    centre = np.round(rng.normal(0, 1, n), 2)
    names = [f"x{i + 1}" for i in range(n)]
    gaussian = Gaussian(centre, covariance)
    kind = "auto" if spectral else rng.choice(["auto", "short", "coarse"], p=[.5, .25, .25])
    cells = {1: (20, 200), 2: (40, 72), 3: (20, 28)}[n]
    cells = int(rng.integers(*cells)) if kind != "coarse" else {1: 14, 2: 26, 3: 16}[n]
    body = ("[model]\nname = ornstein-uhlenbeck\n" f"drift_matrix = {matrix_text(a)}\nnoise_matrix = {matrix_text(s)}\n"
            f"center = {' '.join(repr(float(c)) for c in centre)}\n")
    truth = linear_truth(names, gaussian.mean, covariance, a, s @ s.T)
    diagonal = np.count_nonzero(s @ s.T - np.diag(np.diag(s @ s.T))) == 0
    fluxes = ["auto", "order2", "order4", "order6"] + (["monotone"] if diagonal else [])
    flux = "auto" if spectral else str(rng.choice(fluxes, p=[.55, .15, .15, .15] if not diagonal else [.4, .15, .15, .15, .15]))
    observe, law = "", gaussian
    place = rounded(rng, -1, 1)  # in standard deviations
    threshold = float(f"{centre[0] + place * float(np.sqrt(covariance[0, 0])):.5g}")
    truth["half"] = (erfc(float((threshold - centre[0]) / np.sqrt(2 * covariance[0, 0]))) / 2, 1)
    observe = f"half = x1 > {threshold!r} ? 1 : 0\n"
    family = f"Ornstein-Uhlenbeck, {n}-D" + ("" if full else ", rank-deficient")
    problem = Problem(family, body, dict(zip(names, box(rng, kind, gaussian, cells))), flux, observe, truth, kind, law)
    if spectral:
        problem.family = f"spectra, {n}-D"
        problem.eigenvalues, problem.count = ladder(np.linalg.eigvals(a), 20 if n == 1 else 8), 9
    return problem


def momentum(rng, spectral=False):
    eta, beta, rho, decay = rounded(rng, .02, .2), rounded(rng, .3, .95), rounded(rng, .3, 3), rounded(rng, 0, .3)
    noise, batch = rounded(rng, .3, 2), int(rng.integers(1, 64))
    k = 2 / (REAL(eta) * (1 + REAL(beta)))
    a = np.array([[0, -1], [k * (REAL(rho) + REAL(decay)), k * (1 - REAL(beta))]], dtype=REAL)
    d22 = k ** 2 * REAL(eta) / batch * REAL(noise) * REAL(rho)
    d = np.array([[0, 0], [0, d22]], dtype=REAL)
    covariance = np.diag([d22 / (2 * a[1, 0] * a[1, 1]), d22 / (2 * a[1, 1])])
    body = (f"[model]\nname = momentum-regression\neta = {eta!r}\nbeta = {beta!r}\nbatch = {batch}\nrho = {rho!r}\nweight_decay = {decay!r}\n"
            f"sigma2 = {noise!r}\n")
    gaussian = Gaussian([0, 0], covariance)
    kind = "auto" if spectral else str(rng.choice(["auto", "short", "coarse"], p=[.5, .25, .25]))
    cells = 26 if kind == "coarse" else int(rng.integers(48, 80))
    truth = linear_truth(["theta", "v"], gaussian.mean, covariance, a, d)
    flux = "auto" if spectral else str(rng.choice(["auto", "order2", "order4", "order6", "monotone"], p=[.5, .15, .12, .13, .1]))
    problem = Problem("momentum regression", body, dict(zip(["theta", "v"], box(rng, kind, gaussian, cells))), flux, "", truth, kind, gaussian)
    if spectral:
        problem.family = "spectra, momentum"
        problem.eigenvalues, problem.count = ladder(np.linalg.eigvals(a.astype(float)), 8), 9
    return problem


class Product:
    """Independent variables."""

    def __init__(self, first, second):
        self.parts = (first, second)

    def density(self, x, y):
        return self.parts[0].density(x) * self.parts[1].density(y)

    def outside(self, lower, upper):
        return sum(p.outside(a, b) for p, a, b in zip(self.parts, lower, upper))


def kinetic(rng):
    """dq = u dt, du = −V'(q) dt − Γu dt + √(2ΓΘ) dW: p ∝ exp(−(u²/2 + V)/Θ)."""
    gamma, theta = rounded(rng, .3, 2), rounded(rng, .2, .8)
    quartic = rounded(rng, .4, 1.2)
    quadratic = rounded(rng, -1, -.3) if rng.random() < .6 else rounded(rng, .2, 1)
    v = [0., rounded(rng, -.15, .15), quadratic / 2, 0., quartic / 4]
    slope = polynomial(v).deriv().coef
    s = repr(float(np.sqrt(2 * gamma * theta)))
    heat = REAL(s) ** 2 / (2 * REAL(gamma))
    w = polynomial(v)
    position = Line(lambda q: -w(q) / heat, whole_line(REAL(0), REAL(.5)))
    speed = Line(lambda u: -u * u / (2 * heat), whole_line(REAL(0), REAL(1)))
    text = polynomial_text(slope).replace("x", "q")
    body = formula(["q", "u"], {"q": "u", "u": f"-({text}) - {gamma!r}*u"}, {"u.1": s})
    mean, size = position.mean(lambda q: q), position.mean(np.abs)
    variance = position.mean(lambda q: (q - mean) ** 2)
    root = np.sqrt(variance * heat)
    truth = {"mean.q": (mean, size), "mean.u": (REAL(0), np.sqrt(heat)), "cov.q.q": (variance, variance), "cov.u.u": (heat, heat),
             "cov.q.u": (REAL(0), root), "circulation.q.u": (-2 * heat, heat), "net.q": (REAL(0), np.sqrt(heat)),
             "net.u": (REAL(0), np.sqrt(heat)), "entropy_production": (None, None), "mode.q": (position.mode(), np.sqrt(variance)),
             "mode.u": (REAL(0), np.sqrt(heat)), "energy": (position.mean(w) + heat / 2, heat),
             "right": (position.mean(lambda q: (q > REAL(.25)).astype(REAL), (.25,)), REAL(1))}
    observe = f"energy = u^2/2 + {polynomial_text(v).replace('x', 'q')}\nright = q > .25 ? 1 : 0\n"
    kind = str(rng.choice(["auto", "short", "coarse"], p=[.6, .2, .2]))
    cells = 32 if kind == "coarse" else int(rng.integers(56, 96))
    edges = position.position(np.linspace(*position.ends, 4001).astype(REAL))
    drop = w(edges) / heat
    reach = 8 if kind == "short" else 28
    kept = edges[drop < drop.min() + reach]
    height = np.sqrt(2 * reach * float(heat))
    mesh = {"q": f"auto {cells}", "u": f"auto {cells}"} if kind == "auto" else {
        "q": f"linear({float(kept[0]):.6g}, {float(kept[-1]):.6g}) {cells}", "u": f"linear({-height:.6g}, {height:.6g}) {cells}"}
    flux = str(rng.choice(["auto", "order2", "order4", "order6", "monotone"], p=[.5, .12, .13, .13, .12]))
    return Problem("kinetic Gibbs", body, mesh, flux, observe, truth, kind, Product(position, speed))


def rotating(rng):
    """dx = −(1 + wJ)∇U dt + √2 dW: p ∝ e^{−U} whatever w, a current w J∇U p."""
    w, coupling = rounded(rng, -3, 3), rounded(rng, -.4, .4)
    a, b, c = rounded(rng, .05, .4), rounded(rng, .4, 1.2), rounded(rng, -.4, .4)
    ux, uy = f"({b!r}*x + {4 * a!r}*x^3 + ({coupling!r})*y + ({c!r}))", f"(y + ({coupling!r})*x)"
    a4 = REAL(4 * a)

    def gradient(x, y):
        return REAL(b) * x + a4 * x ** 3 + REAL(coupling) * y + REAL(c), y + REAL(coupling) * x

    def log_density(x, y):
        return -(REAL(b) / 2 * x * x + a4 / 4 * x ** 4 + REAL(coupling) * x * y + REAL(c) * x + y * y / 2)

    law = Plane(log_density, (-8, -10), (8, 10))
    body = formula(["x", "y"], {"x": f"-{ux} - ({w!r})*{uy}", "y": f"-{uy} + ({w!r})*{ux}"}, {"x.1": "sqrt(2)", "y.2": "sqrt(2)"})
    mx, my = law.mean(lambda x, y: x), law.mean(lambda x, y: y)
    vx, vy = law.mean(lambda x, y: (x - mx) ** 2), law.mean(lambda x, y: (y - my) ** 2)
    speed = np.sqrt(law.mean(lambda x, y: gradient(x, y)[0] ** 2 + gradient(x, y)[1] ** 2)) * abs(w)
    truth = {"mean.x": (mx, abs(mx) + np.sqrt(vx)), "mean.y": (my, abs(my) + np.sqrt(vy)), "cov.x.x": (vx, vx), "cov.y.y": (vy, vy),
             "cov.x.y": (law.mean(lambda x, y: (x - mx) * (y - my)), np.sqrt(vx * vy)), "circulation.x.y": (2 * REAL(w), 2 * abs(w) + 1),
             "entropy_production": (speed ** 2, speed ** 2 + 1), "net.x": (REAL(0), speed), "net.y": (REAL(0), speed),
             "height": (law.mean(lambda x, y: -log_density(x, y)), REAL(1))}
    observe = f"height = {b!r}/2*x^2 + {a!r}*x^4 + ({coupling!r})*x*y + ({c!r})*x + y^2/2\n"
    kind = str(rng.choice(["auto", "short", "coarse"], p=[.6, .2, .2]))
    cells = 26 if kind == "coarse" else int(rng.integers(40, 80))
    reach = 3 if kind == "short" else 5.5
    mesh = {"x": f"auto {cells}", "y": f"auto {cells}"} if kind == "auto" else {
        "x": f"linear({-reach * .7:.4g}, {reach * .7:.4g}) {cells}", "y": f"linear({-reach * 1.2:.4g}, {reach * 1.2:.4g}) {cells}"}
    flux = str(rng.choice(["auto", "order2", "order4", "order6", "monotone"], p=[.5, .12, .13, .13, .12]))
    return Problem("rotating Gibbs", body, mesh, flux, observe, truth, kind, law)


RECIPES = [(ornstein_uhlenbeck, n, True) for n, count in ((1, 4), (2, 10), (3, 6)) for _ in range(count)] + [
    (ornstein_uhlenbeck, n, False) for n, count in ((2, 6), (3, 4)) for _ in range(count)] + [(momentum,)] * 8 + [(kinetic,)] * 12 + [
    (rotating,)] * 10
SPECTRA = [(ornstein_uhlenbeck, n, full, True) for n, full, count in ((1, True, 3), (2, True, 6), (2, False, 3)) for _ in range(count)] + [
    (momentum, True)] * 4
