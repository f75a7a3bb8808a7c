"""Exact numbers of the three learners: averages over exp(-V/D) by quadrature, the slowest rate by Galerkin's method."""
import itertools

import numpy as np

POINTS = 40   # of Gauss and Legendre along each axis
REACH = 3.0   # of the axes
DEGREE = 15   # of the polynomials that eigenfunctions are made of


class Learners:
    """The density exp(-V/D)/Z on a tensor grid, whatever the chase w is."""

    def __init__(self, parameters):
        self.temperature, self.pull, self.chase = (parameters[name] for name in ("D", "k", "w"))
        self.node, self.weight = (REACH * part for part in np.polynomial.legendre.leggauss(POINTS))
        x = self.x = np.array(np.meshgrid(*[self.node] * 3, indexing="ij"))
        pairs = (x[0] - x[1])**2 + (x[1] - x[2])**2 + (x[2] - x[0])**2
        logarithm = -(((x**2 - 1)**2 / 4).sum(0) + self.pull / 2 * pairs) / self.temperature
        mass = np.exp(logarithm - logarithm.max()) * np.einsum("i,j,k->ijk", *[self.weight] * 3)
        self.mass = mass / mass.sum()
        self.slope = x**3 - x + self.pull * (3 * x - x.sum(0))
        self.turn = self.chase * np.cross(np.ones(3), self.slope, axisb=0, axisc=0)

    def mean(self, values):
        return np.sum(self.mass * values)

    def marginal(self):
        """Places and density of one variable."""
        return self.node, self.mass.sum((1, 2)) / self.weight

    def numbers(self):
        x, y, z = self.x
        return {"cov.x.x": self.mean(x * x), "cov.x.y": self.mean(x * y), "consensus": self.mean((x + y + z)**2 / 9),
                "circulation.x.y": 2 * self.chase * self.temperature,
                "entropy_production": self.mean((self.turn**2).sum(0)) / self.temperature}

    def slowest_rate(self):
        """Of the decay of odd functions that a cyclic change of the variables leaves as they are.

        <f, L* g> = -D <grad f, grad g> + <f, turn . grad g> in the mean over the density, f and g polynomials.
        """
        value = np.polynomial.legendre.legvander(self.node / REACH, DEGREE).T
        steps = [np.polynomial.legendre.legder(one) for one in np.eye(DEGREE + 1)]
        step = np.array([np.polynomial.legendre.legval(self.node / REACH, one) for one in steps]) / REACH
        f = polynomials([value] * 3)
        slopes = [polynomials([step if d == e else value for e in range(3)]) for d in range(3)]
        weight = self.mass.ravel()
        matrix = sum((f * (weight * turn.ravel())) @ slope.T - self.temperature * (slope * weight) @ slope.T
                     for turn, slope in zip(self.turn, slopes))
        root = np.linalg.cholesky((f * weight) @ f.T)
        return -np.linalg.eigvals(np.linalg.solve(root, np.linalg.solve(root, matrix).T)).real.max()


def polynomials(factors):
    """Sums of products of three factors, one an axis, over cyclic changes of their degrees, whose sum is odd."""
    found = []
    for a, b, c in itertools.product(range(DEGREE + 1), repeat=3):
        turned = [(a, b, c), (b, c, a), (c, a, b)]
        if (a + b + c) % 2 and a + b + c <= DEGREE and (a, b, c) == min(turned):
            found.append(sum(np.einsum("i,j,k->ijk", factors[0][p], factors[1][q], factors[2][r]).ravel() for p, q, r in turned))
    return np.array(found)
