"""Known answers from closed forms and quadrature in extended precision; nothing here comes from the program."""
import numpy as np

REAL = np.longdouble
NODES, WEIGHTS = (np.asarray(a, REAL) for a in np.polynomial.legendre.leggauss(20))
DEPTH = 48  # ln of what is left out of an integrand, relative to its top


def panels(edges):
    """Gauss-Legendre nodes and weights on the panels between neighbouring edges."""
    edges = np.asarray(edges, REAL)
    half = (edges[1:] - edges[:-1]) / 2
    middle = (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * NODES).ravel(), (half[:, None] * WEIGHTS).ravel()


class Antiderivative:
    """F(x) = integral of f from 0 to x, lower < 0 < upper, f smooth on the scale of `step`."""

    def __init__(self, f, lower, upper, step):
        self.f = f
        below, above = int(-lower / step), int(upper / step)
        self.edges = np.arange(-below, above + 1) * REAL(step)
        x, w = panels(self.edges)
        parts = (f(x) * w).reshape(len(self.edges) - 1, -1).sum(axis=1)
        # Sums go outwards from 0, so that large parts far out do not drown small ones near it.
        self.sums = np.concatenate([-np.cumsum(parts[:below][::-1])[::-1], [REAL(0)], np.cumsum(parts[below:])])

    def __call__(self, x):
        x = np.asarray(x, REAL)
        k = np.clip(np.searchsorted(self.edges, x) - 1, 0, len(self.edges) - 2)
        half = (x - self.edges[k]) / 2
        nodes = self.edges[k][..., None] + half[..., None] * (1 + NODES)
        return self.sums[k] + (self.f(nodes) * WEIGHTS).sum(axis=-1) * half


# Substitutions x(t): name → (x, ln dx/dt, t(x)).
def whole_line(centre, scale):
    return (lambda t: centre + scale * np.sinh(t), lambda t: np.log(scale) + np.logaddexp(t, -t) - np.log(REAL(2)),
            lambda x: np.arcsinh((x - centre) / scale))


HALF_LINE = (np.exp, lambda t: t, np.log)
UNIT = (lambda t: 1 / (1 + np.exp(-t)), lambda t: -np.logaddexp(0, t) - np.logaddexp(0, -t), lambda x: np.log(x / (1 - x)))


def circle(period):
    return (lambda t: t, lambda t: 0 * t, lambda x: np.asarray(x, REAL)), (0, period)


class Line:
    """A density on a line by panels in t. `log_density` needs no normalisation; `heaviest` is the largest power of |q|
    (q the observables with finite means) that integrals must hold."""

    def __init__(self, log_density, substitution, ends=None, weight=lambda x: 2 * np.log(1 + np.abs(x)), step=0.2):
        self.log_density = log_density
        self.position, self.log_slope, self.inverse = substitution
        self.step = step
        if ends is None:
            ends = self._ends(weight)
        self.ends = ends
        x, w = self._nodes(())
        values = self.log_density(x)
        self.top = values.max()
        self.plain = x, np.exp(values - self.top) * w
        self.norm = self.plain[1].sum()

    def _ends(self, weight):
        t = np.arange(-300, 300, 0.1).astype(REAL)
        with np.errstate(all="ignore"):
            x = self.position(t)
            plain = self.log_density(x) + self.log_slope(t)
            heavy = plain + weight(x)
        kept = np.zeros(len(t), bool)
        for w in (plain, heavy):
            w = np.where(np.isfinite(w), w, -np.inf)
            kept |= w > w.max() - DEPTH
        return t[kept][0], t[kept][-1]

    def _nodes(self, breaks):
        edges = np.linspace(*self.ends, int((self.ends[1] - self.ends[0]) / self.step) + 2)
        with np.errstate(all="ignore"):
            inside = [t for t in (self.inverse(REAL(b)) for b in breaks) if self.ends[0] < t < self.ends[1]]
        t, w = panels(np.sort(np.concatenate([edges, inside])))
        return self.position(t), w * np.exp(self.log_slope(t))

    def density(self, x):
        return np.exp(self.log_density(np.asarray(x, REAL)) - self.top) / self.norm

    def mean(self, f, breaks=()):
        x, p = self.plain
        if len(breaks):
            x, w = self._nodes(breaks)
            p = np.exp(self.log_density(x) - self.top) * w
        return (f(x) * p).sum() / p.sum()

    def outside(self, lower, upper):
        return self.mean(lambda x: ((x < lower) | (x > upper)).astype(REAL), (lower, upper))

    def quantile(self, share):
        """A place that has about this share of the mass below it."""
        x, p = self.plain
        return x[np.searchsorted(np.cumsum(p) / p.sum(), share)]

    def mode(self, log_density=None):
        """Highest interior maximum of `log_density` (the law's own one unless given), or None."""
        f = log_density or self.log_density
        t = np.linspace(*self.ends, 2001).astype(REAL)
        y = f(self.position(t))
        peaks = [i for i in range(1, len(t) - 1) if y[i] > y[i - 1] and y[i] > y[i + 1]]
        if not peaks:
            return None
        i = max(peaks, key=lambda k: y[k])
        return self.position(golden(lambda u: f(self.position(u)), t[i - 1], t[i + 1]))


def golden(f, low, high):
    """Maximiser of a smooth f: bisection on the sign of a symmetric difference, so that it is good to more than half
    of the digits."""
    delta = (high - low) * REAL(1e-3)
    for _ in range(80):
        middle = (low + high) / 2
        # Odd central differences of second and fourth order together: error delta^4.
        slope = 8 * (f(middle + delta) - f(middle - delta)) - (f(middle + 2 * delta) - f(middle - 2 * delta))
        low, high = (middle, high) if slope > 0 else (low, middle)
    return (low + high) / 2


class Plane:
    """A density in the plane by the trapezoidal rule on a box where it vanishes (faster than any power)."""

    def __init__(self, log_density, lower, upper, count=260):
        axes = [np.linspace(a, b, count).astype(REAL) for a, b in zip(lower, upper)]
        self.x, self.y = np.meshgrid(*axes, indexing="ij")
        w = log_density(self.x, self.y)
        self.log_density, self.top = log_density, w.max()
        self.p = np.exp(w - self.top)
        self.cell = (axes[0][1] - axes[0][0]) * (axes[1][1] - axes[1][0])
        self.norm = self.p.sum() * self.cell

    def mean(self, f):
        return (f(self.x, self.y) * self.p).sum() / self.p.sum()

    def density(self, x, y):
        return np.exp(self.log_density(np.asarray(x, REAL), np.asarray(y, REAL)) - self.top) / self.norm

    def outside(self, lower, upper):
        inside = (self.x > lower[0]) & (self.x < upper[0]) & (self.y > lower[1]) & (self.y < upper[1])
        return self.p[~inside].sum() / self.p.sum()


def lyapunov(a, d):
    """X with A X + X Aᵀ = D, refined in extended precision."""
    n = len(a)
    eye = np.eye(n)
    system = np.kron(a, eye) + np.kron(eye, a)
    x = np.zeros((n, n), REAL)
    a_long, d_long = np.asarray(a, REAL), np.asarray(d, REAL)
    for _ in range(6):
        residual = d_long - a_long @ x - x @ a_long.T
        x = x + np.linalg.solve(system, np.asarray(residual, float).ravel()).reshape(n, n)
    return (x + x.T) / 2


def ladder(rates, count):
    """The slowest eigenvalues −(n₁λ₁ + n₂λ₂ + …) of a linear process, by decreasing real part."""
    values = [0j]
    for rate in rates:
        values = [v - n * rate for v in values for n in range(count + 1)]
    return sorted(values, key=lambda v: (-round(v.real, 9), -v.imag))
