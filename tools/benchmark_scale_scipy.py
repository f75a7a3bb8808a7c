#!/usr/bin/python3
"""The problems of benchmark_scale.py in SciPy, as one would write them by hand; one case a process.

    tools/benchmark_scale_scipy.py PROBLEM ORDER CELLS SOLVER     prints a line of JSON
    tools/benchmark_scale_scipy.py check                          densities against the exact Gaussian

PROBLEM: well, momentum or coupled. SOLVER: lu (SuperLU) or ilu (GMRES with an incomplete LU). The rows are those of the
program's central fluxes on the same box (without the damping that the program adds where there is no noise), as sums
of Kronecker products; the density of the cell at the centre is set to one and its row left out.
"""
import json
import math
import sys
import time

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import LinearOperator, gmres, spilu, splu

from benchmark_scale_problems import PROBLEMS, WIDTH, covariance

RTOL = 1e-11
LARGEST_FILL = 8


def face_weights(order):
    """Weights of the cells above a face, nearest first, of a value (the same below) and of a slope (minus below)."""
    half = order // 2
    share = [math.factorial(half)**2 / (math.factorial(half - k) * math.factorial(half + k)) for k in range(1, half + 1)]
    first = [(-1)**(k + 1) * share[k - 1] / k for k in range(1, half + 1)]
    second = [2 * (-1)**(k + 1) * share[k - 1] / k**2 for k in range(1, half + 1)]
    return [np.cumsum(weights[::-1])[::-1] for weights in (first, second)]


def differences(cells, order):
    """What fluxes through inner faces leave in each cell: of values and of slopes, nothing passes the ends."""
    value, slope = face_weights(order)
    offsets = [*range(len(value)), *(-1 - k for k in range(len(value)))]
    matrices = []
    for weights, sign in ((value, 1), (slope, -1)):
        faces = sparse.diags([*weights, *(sign * weights)], [1 + k for k in offsets], shape=(cells, cells)).tocsr()
        faces = faces[:-1]  # face i is above cell i; the last one is a wall
        outflow = sparse.diags([1.0, -1.0], [0, -1], shape=(cells, cells - 1))
        matrices.append((outflow @ faces).tocsr())
    return matrices


def along(matrices):
    """Kronecker product over the axes."""
    product = matrices[0]
    for matrix in matrices[1:]:
        product = sparse.kron(product, matrix, format="csr")
    return product


def generator(drift, noise, cells, order):
    """L of dx = -drift x dt + s dW with a = s s^T diagonal, and the centres of the cells in units of the variables."""
    dimension, diffusion = len(drift), noise @ noise.T
    half = WIDTH * np.sqrt(np.diag(covariance(drift, noise)))
    steps = 2 * half / cells
    centres = [-b + h * (np.arange(cells) + 0.5) for b, h in zip(half, steps)]
    value, slope = differences(cells, order)
    one = sparse.identity(cells, format="csr")
    total = sparse.csr_matrix((cells**dimension, cells**dimension))
    for i in range(dimension):
        for j in np.flatnonzero(drift[i]):
            parts = [one] * dimension
            parts[i] = value
            parts[j] = parts[j] @ sparse.diags(-drift[i, j] * centres[j])
            total = total - along(parts) / steps[i]
        if diffusion[i, i] > 0:
            parts = [one] * dimension
            parts[i] = slope
            total = total + 0.5 * diffusion[i, i] / steps[i]**2 * along(parts)
    return total, centres, steps


def exact_density(sigma, centres, steps):
    """Masses of cells by the Gaussian at their centres."""
    grids = np.stack([grid.ravel() for grid in np.meshgrid(*centres, indexing="ij")])
    exponent = np.einsum("in,ij,jn->n", grids, np.linalg.inv(sigma), grids)
    return np.exp(-0.5 * exponent) * np.prod(steps) / np.sqrt((2 * np.pi)**len(steps) * np.linalg.det(sigma))


def solve(system, right, solver):
    """Solution and iterations."""
    if solver == "lu":
        factors = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options={"SymmetricMode": True})
        return factors.solve(right), 0
    factors = spilu(system, drop_tol=1e-4, fill_factor=LARGEST_FILL)
    count = []
    found, failed = gmres(system, right, tol=RTOL, atol=0, restart=60, maxiter=20, callback=count.append,
                          callback_type="pr_norm", M=LinearOperator(system.shape, factors.solve))
    if failed:
        raise RuntimeError("GMRES did not converge")
    return found, len(count)


def stationary(problem, order, cells, solver):
    """Seconds of assembly and solve, residual, and L1 distance from the exact density."""
    drift, noise = (np.array(PROBLEMS[problem][name], float) for name in ("drift", "noise"))
    began = time.perf_counter()
    whole, centres, steps = generator(drift, noise, cells, order)
    assembled = time.perf_counter()
    pinned = np.ravel_multi_index([cells // 2] * len(drift), [cells] * len(drift))
    kept = np.arange(whole.shape[0]) != pinned
    system = whole[kept][:, kept].tocsc()
    masses = np.ones(whole.shape[0])
    masses[kept], iterations = solve(system, -whole[:, [pinned]].toarray().ravel()[kept], solver)
    masses /= masses.sum()
    done = time.perf_counter()
    residual = np.linalg.norm(whole @ masses) / np.linalg.norm(whole.diagonal() * masses)
    l1 = np.abs(masses - exact_density(covariance(drift, noise), centres, steps)).sum()
    return {"problem": problem, "order": order, "cells": cells, "solver": solver, "assemble": assembled - began,
            "solve": done - assembled, "iterations": iterations, "residual": residual, "l1": l1}


def check():
    """The densities are those of the equations: errors fall with the order, from a size that was known before."""
    for problem, sizes in (("well", (32, 64)), ("momentum", (32, 64))):
        for order, bounds in ((2, (3.3, 4.7)), (8, (60, 300))):
            coarse, fine = (stationary(problem, order, cells, "lu")["l1"] for cells in sizes)
            if not bounds[0] < coarse / fine < bounds[1]:
                sys.exit(f"{problem}, order {order}: L1 errors {coarse:.2e} and {fine:.2e} do not fall as they must")
    lu, ilu = (stationary("coupled", 2, 16, solver) for solver in ("lu", "ilu"))
    if not abs(lu["l1"] - ilu["l1"]) < 1e-7 or not lu["l1"] < 0.2:
        sys.exit(f"coupled: L1 errors {lu['l1']:.3e} by LU and {ilu['l1']:.3e} by GMRES")


def main():
    if sys.argv[1:] == ["check"]:
        check()
        print("the densities of SciPy agree with the exact ones")
        return
    problem, order, cells, solver = sys.argv[1:]
    try:
        print(json.dumps(stationary(problem, int(order), int(cells), solver)))
    except RuntimeError as error:
        print(json.dumps({"problem": problem, "order": int(order), "cells": int(cells), "solver": solver, "failed": str(error)}))


if __name__ == "__main__":
    main()
