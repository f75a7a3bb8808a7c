"""Reads what sgdflux leaves in a folder into numpy, and draws it.

    import sgdflux
    results = sgdflux.read("runs/example")          # Results, or Sweep for a folder of numbered runs
    results.observable("mean.v").value, results.density.shape
    sgdflux.draw(results).savefig("picture.png")
"""
from .picture import draw
from .results import Estimate, Results, ResultsError, Sweep, read

__all__ = ["Estimate", "Results", "ResultsError", "Sweep", "draw", "read"]
