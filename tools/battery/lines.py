"""Problems in one variable: polynomial wells, noise with a gradient, Pearson diffusions, tilted rings, diagonal networks."""
import numpy as np

from laws import HALF_LINE, REAL, UNIT, Antiderivative, Line, circle, panels, whole_line
from problem import Problem, formula

HEAVY = ("inverse gamma", "Student", "F")
NO_DETAILED_FLOW = {"net.x": (0, None), "entropy_production": (0, None)}


def rounded(rng, low, high, digits=3):
    return round(float(rng.uniform(low, high)), digits)


def power(c, k):
    return f"({c!r})*x^{k}" if k else f"({c!r})"


def polynomial_text(coefficients):
    return " + ".join(power(float(c), k) for k, c in enumerate(coefficients) if c)


def polynomial(coefficients):
    return np.polynomial.Polynomial(np.asarray(coefficients, REAL))


def line_mesh(rng, law, kind, sort):
    """A mesh line: automatic, given with room, given too short, given too coarse. `sort`: line, half, unit."""
    if kind == "auto":
        return f"auto {rng.integers(60, 500)}"
    depth = rng.uniform(28, 36) if kind == "roomy" else rng.uniform(5, 14) if kind == "short" else rng.uniform(16, 30)
    cells = rng.integers(16, 40) if kind == "coarse" else rng.integers(80, 400)
    t = np.linspace(*law.ends, 4001).astype(REAL)
    x = law.position(t)
    w = law.log_density(x) + law.log_slope(t)
    kept = x[w > w.max() - depth]
    low, high = float(f"{kept[0]:.6g}"), float(f"{kept[-1]:.6g}")
    if sort == "half":
        return f"log({low!r}, {high!r}) {cells}"
    if sort == "unit" and rng.random() < .5:
        return f"tanh({low!r}, {high!r}, {rng.integers(2, 6)}) {cells}"
    if sort == "line" and high - low > 60:
        return f"sinh({low!r}, {high!r}, {rounded(rng, .5, 2)}) {cells}"
    return f"linear({low!r}, {high!r}) {cells}"


def choose_kind(rng, heavy=False):
    return rng.choice(["auto", "roomy", "short", "coarse"], p=[.7, .1, .1, .1] if heavy else [.5, .15, .2, .15])


def choose_flux(rng, automatic=.5):
    rest = (1 - automatic) / 5
    return str(rng.choice(["auto", "order2", "order4", "order6", "order8", "monotone"], p=[automatic] + 5 * [rest]))


def user_formulas(rng, law):
    """A smooth formula, one with a kink and one with a jump, at places inside the bulk."""
    c = REAL(float(f"{law.quantile(rng.uniform(.1, .9)):.5g}"))
    text = repr(float(c))
    return {"wave": (f"cos(x - {text})", lambda x: np.cos(x - c), ()),
            "kink": (f"abs(x - {text})", lambda x: np.abs(x - c), (c,)),
            "jump": (f"x > {text} ? 1 : 0", lambda x: (x > c).astype(REAL), (c,))}


def moments(law, name, f, exists=2):
    """Truth of mean and variance of f; None where infinite."""
    mean = law.mean(f) if exists >= 1 else None
    size = law.mean(lambda x: np.abs(f(x))) if exists >= 1 else None
    variance = law.mean(lambda x: (f(x) - mean) ** 2) if exists >= 2 else None
    return {f"mean.{name}": (mean, size), f"cov.{name}.{name}": (variance, variance)}


def assemble(rng, family, law, body, sort, exists=2, formulas=True):
    """Mesh, scheme and formulas for a law that obeys detailed balance."""
    kind, flux = choose_kind(rng, exists < 2), choose_flux(rng)
    truth = {**moments(law, "x", lambda x: x, exists), **NO_DETAILED_FLOW}
    observe = ""
    if formulas and exists >= 1:
        for name, (text, f, breaks) in user_formulas(rng, law).items():
            value = law.mean(f, breaks)
            truth[name] = (value, max(1, law.mean(lambda x: np.abs(f(x)), breaks)))
            observe += f"{name} = {text}\n"
    mode = law.mode()
    truth["mode.x"] = (mode, None if mode is None else np.sqrt(law.mean(lambda x: np.minimum((x - mode) ** 2, 1e6))))
    return Problem(family, body, {"x": line_mesh(rng, law, kind, sort)}, flux, observe, truth, kind, law)


def gibbs(rng, double):
    """dx = −V' dt + √(2Θ) dW, V a polynomial of degree 4 or 6."""
    theta = rounded(rng, .15, 1.2)
    if double:
        a, b, tilt = rounded(rng, .6, 1.6), rounded(rng, .5, 1.2), rounded(rng, -.2, .2)
        v = [0, tilt, -a / 2, 0, b / 4]
    else:
        v = [0, rounded(rng, -.5, .5), rounded(rng, .3, 1), rounded(rng, -.2, .2), rounded(rng, .1, .5), 0,
             rounded(rng, 0, .1) * (rng.random() < .4)]
    v = [float(c) for c in v]
    slope = [float(c) for c in polynomial(v).deriv().coef]
    body = formula(["x"], {"x": f"-({polynomial_text(slope)})"}, {"x.1": repr(float(np.sqrt(2 * theta)))})
    a = REAL(float(np.sqrt(2 * theta))) ** 2
    w = polynomial([REAL(0)] + [REAL(c) / (k + 1) for k, c in enumerate(slope)])
    law = Line(lambda x: -2 * w(x) / a, whole_line(REAL(0), REAL(.5)))
    return assemble(rng, "wells, double" if double else "wells, single", law, body, "line")


def multiplicative(rng):
    """p = e^{−U}/Z with the noise s(x) chosen, so that b = s s' − ½s²U'."""
    c, w, k = rounded(rng, .6, 1.4), rounded(rng, .2, .8), rounded(rng, .5, 2)
    u = [0., rounded(rng, -.5, .5), rounded(rng, .5, 1.5), 0., rounded(rng, 0, .4)]
    slope = polynomial_text(polynomial(u).deriv().coef)
    s, ds = f"{c!r}*(1 + {w!r}*sin({k!r}*x))", f"{c!r}*{w!r}*{k!r}*cos({k!r}*x)"
    body = formula(["x"], {"x": f"({s})*({ds}) - ({s})^2*({slope})/2"}, {"x.1": s})
    v = polynomial(u)
    law = Line(lambda x: -v(x), whole_line(REAL(0), REAL(.5)))
    return assemble(rng, "noise with a gradient", law, body, "line")


def pearson(rng, sort):
    """Linear drift κ(μ − x), quadratic a(x): the six Pearson families."""
    kappa, mu, sigma = rounded(rng, .5, 2), rounded(rng, .3, 1.5), rounded(rng, .5, 1.2)
    if sort in HEAVY:  # tails x^{−2−α}: away from where a moment begins to exist
        alpha = rng.uniform(.4, .9) if rng.random() < .3 else rng.uniform(1.2, 5)
        sigma = round(float(np.sqrt(2 * kappa / alpha)), 3)
    k, m, s2 = REAL(kappa), REAL(mu), REAL(sigma) ** 2
    alpha = 2 * k / s2
    exists = 1 if sort in HEAVY and alpha < 1 else 2
    weight = (lambda x: exists * np.log(1 + np.abs(x)))
    root, domain, shape = "1", "", "line"
    if sort == "Ornstein-Uhlenbeck":
        law = Line(lambda x: -k * (x - m) ** 2 / s2, whole_line(m, REAL(1)))
    elif sort == "gamma":
        mu = round((rounded(rng, 1.15, 4) * sigma ** 2 / (2 * kappa)), 4)
        m = REAL(mu)
        root, domain, shape = "sqrt(x)", "0 inf", "half"
        law = Line(lambda x: (2 * k * m / s2 - 1) * np.log(x) - 2 * k * x / s2, HALF_LINE)
    elif sort == "beta":
        mu, sigma = rounded(rng, .3, .7), rounded(rng, .3, .6)
        m, s2 = REAL(mu), REAL(sigma) ** 2
        root, domain, shape = "sqrt(x*(1-x))", "0 1", "unit"
        a, b = 2 * k * m / s2 - 1, 2 * k * (1 - m) / s2 - 1
        law = Line(lambda x: a * np.log(x) + b * np.log1p(-x), UNIT)
    elif sort == "inverse gamma":
        root, domain, shape = "x", "0 inf", "half"
        law = Line(lambda x: -(2 + alpha) * np.log(x) - alpha * m / x, HALF_LINE, weight=weight)
    elif sort == "Student":
        root = "sqrt(1 + x^2)"
        law = Line(lambda x: -(1 + alpha / 2) * np.log1p(x ** 2) + alpha * m * np.arctan(x), whole_line(REAL(0), REAL(1)), weight=weight)
    else:
        mu = round(float(rng.uniform(1.2, 3) / alpha), 4)
        m = REAL(mu)
        root, domain, shape = "sqrt(x*(1+x))", "0 inf", "half"
        law = Line(lambda x: (alpha * m - 1) * np.log(x) - (alpha * (1 + m) + 1) * np.log1p(x), HALF_LINE, weight=weight)
    body = formula(["x"], {"x": f"{kappa!r}*({mu!r} - x)"}, {"x.1": f"{sigma!r}*{root}"}, {"x": domain} if domain else {})
    return assemble(rng, "Pearson: " + sort, law, body, shape, exists)


def ring(rng):
    """dx = (F − V'(x)) dt + √(2Θ) dW on a circle: exact current by Stratonovich's formula."""
    force, theta = rounded(rng, .2, 2), rounded(rng, .2, 1)
    a, b, k = rounded(rng, .3, 1.2), rounded(rng, -.5, .5), int(rng.integers(2, 4))
    s = repr(float(np.sqrt(2 * theta)))
    heat = REAL(s) ** 2 / 2
    period = 2 * REAL(np.pi)
    y, w = panels(np.linspace(0, 1, 17).astype(REAL) * period)

    def potential(x):
        return a * np.cos(x) + REAL(b) / k * np.sin(k * x)

    def log_density(x):
        x = np.atleast_1d(x)
        rise = (potential(x[:, None] + y) - potential(x)[:, None] - force * y) / heat
        top = rise.max(axis=1)
        return top + np.log((np.exp(rise - top[:, None]) * w).sum(axis=1))

    substitution, ends = circle(period)
    law = Line(log_density, substitution, ends, step=.8)
    # J = Θ(1 − e^{−FL/Θ})/Z for p = e^{−Φ}∫_x^{x+L} e^{Φ}/Z; p here is that density.
    current = heat * -np.expm1(-force * period / heat) / (law.norm * np.exp(law.top))
    truth = {"net.x": (current, None), "entropy_production": (force * period * current / heat, None)}
    text = {"wave": ("cos(x)", np.cos, ()), "kink": ("abs(x - 2.5)", lambda x: np.abs(x - REAL(2.5)), (2.5,))}
    observe = ""
    for name, (formula_text, f, breaks) in text.items():
        truth[name] = (law.mean(f, breaks), law.mean(lambda x: np.abs(f(x)), breaks))
        observe += f"{name} = {formula_text}\n"
    body = formula(["x"], {"x": f"{force!r} + {a!r}*sin(x) - ({b!r})*cos({k}*x)"}, {"x.1": s})
    kind = rng.choice(["roomy", "coarse"])
    cells = rng.integers(16, 30) if kind == "coarse" else rng.integers(60, 300)
    return Problem("tilted ring", body, {"x": f"linear(0, 2*pi) {cells} periodic"}, choose_flux(rng, .25), observe, truth, kind, law)


def network(rng, depth):
    """Diagonal linear network with random data moments (Ziyin, Li & Ueda)."""
    m = depth + 1
    width = int(rng.integers(1, 6)) if depth else 1
    beta1, beta2, alpha1, alpha3 = (rounded(rng, *r) for r in ((.5, 2), (.4, 1.5), (.5, 3), (.4, 2.5)))
    alpha2 = round(float(rng.uniform(-.8, .9) * np.sqrt(alpha1 * alpha3)), 3)
    limit = beta2 / alpha3 if depth == 1 else beta1 / alpha1 if depth == 0 else 1
    t = round(float(rng.uniform(.05, .9) * limit), 4)
    b1, b2, a1, a2, a3, T = (REAL(v) for v in (beta1, beta2, alpha1, alpha2, alpha3, t))
    d = REAL(width) ** (1 - REAL(2) / m)

    def g(v):
        return a1 * v * v - 2 * a2 * v + a3

    exponents = [(1 - REAL(2) * depth / m)]
    if depth == 0:
        root = np.sqrt(a1 * a3 - a2 * a2)
        law = Line(lambda v: -(1 + b1 / (2 * T * a1)) * np.log(g(v)) - (a2 * b1 - a1 * b2) / (T * a1 * root) * np.arctan((a1 * v - a2) / root),
                   whole_line(b2 / b1, REAL(.2)))
        truth = moments(law, "v", lambda v: v)
        truth["mode.v"] = (law.mode(), np.sqrt(truth["cov.v.v"][0]))
        variable = "v"
    else:
        inner = Antiderivative(lambda s: d * (b1 * np.exp(s) - b2) * np.exp(s * exponents[0]) / (m * g(np.exp(s))), -200, 200, .05)

        def log_density(s):  # of s = ln v
            return s - REAL(3) * depth / m * s - np.log(g(np.exp(s))) - inner(s) / T

        law = Line(log_density, whole_line(REAL(0), REAL(.5)), weight=lambda s: np.maximum(2 * s, 0) if depth else 0 * s)
        truth = {**moments(law, "s", lambda s: s), **moments(law, "v", np.exp)}
        cross = law.mean(lambda s: (s - truth["mean.s"][0]) * (np.exp(s) - truth["mean.v"][0]))
        truth["cov.s.v"] = (cross, np.sqrt(truth["cov.s.s"][0] * truth["cov.v.v"][0]))
        spread = np.sqrt(truth["cov.v.v"][0])
        mode = law.mode(lambda s: log_density(s) - s)
        truth["mode.v"] = (None if mode is None else np.exp(mode), spread)
        truth["mode.s"] = (law.mode(), np.sqrt(truth["cov.s.s"][0]))
        variable = "s"
    body = (f"[model]\nname = diagonal-network\ndepth = {depth}\nwidth = {width}\nT = {t!r}\nbeta1 = {beta1!r}\nbeta2 = {beta2!r}\n"
            f"alpha1 = {alpha1!r}\nalpha2 = {alpha2!r}\nalpha3 = {alpha3!r}\n")
    kind = rng.choice(["auto", "short", "roomy"], p=[.75, .15, .1])
    truth.update({f"net.{variable}": (0, None), "entropy_production": (0, None)})
    return Problem(f"network, depth {depth}", body, {variable: line_mesh(rng, law, kind, "line")}, choose_flux(rng), "", truth, kind, law)


PEARSON = ("Ornstein-Uhlenbeck", "gamma", "beta", "inverse gamma", "Student", "F")
RECIPES = [(gibbs, False)] * 10 + [(gibbs, True)] * 10 + [(multiplicative,)] * 10 + [
    (pearson, sort) for sort in PEARSON for _ in range(6)] + [(ring,)] * 10 + [(network, depth) for depth in range(4) for _ in range(6)]


def pearson_spectrum(rng, sort):
    """Eigenvalues −nκ − n(n−1)σ²/2 (quadratic part of a) of the Pearson families with a discrete spectrum."""
    problem = pearson(rng, sort)
    kappa, sigma = (float(problem.body.split(key)[1].split("*")[0].split("\n")[0]) for key in ("drift.x = ", "noise.x.1 = "))
    bend = {"beta": sigma ** 2 / 2}.get(sort, 0)
    problem.eigenvalues = [complex(-n * kappa - n * (n - 1) * bend) for n in range(20)]
    problem.count = 6
    problem.mesh = {"x": f"auto {rng.integers(150, 400)}"}
    problem.family, problem.flux, problem.kind = "spectra, Pearson", "auto", "auto"
    return problem


SPECTRA = [(pearson_spectrum, sort) for sort in PEARSON[:3] for _ in range(2)]
