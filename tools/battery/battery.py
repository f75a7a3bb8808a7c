"""The list of problems: each recipe draws its parameters from a generator of its own, so that any of them can be made alone."""
import numpy as np

import lines
import planes

SEED = 20230601
RECIPES = lines.RECIPES + planes.RECIPES + planes.SPECTRA + lines.SPECTRA


def problem(number):
    """Problem 1 … len(RECIPES), the same one on every call."""
    make, *arguments = RECIPES[number - 1]
    made = make(np.random.default_rng([SEED, number]), *arguments)
    made.name = f"{number:03d}"
    return made


def problems(every=1):
    return [problem(number) for number in range(1, len(RECIPES) + 1, every)]
