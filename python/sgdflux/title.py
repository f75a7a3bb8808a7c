"""Titles: the model with its parameters, what is known exactly about it, and the main numbers of a run."""
import numpy as np

from .style import math, number, symbol

MOST_PARAMETERS = 8
KNOWN = {"T_c": "no stationary density above", "T_star": "no mode above"}  # exact values that are no observables


def parameters(results):
    """Names and values of the model's parameters that are single numbers, not zero, and do not follow a schedule."""
    for name, value in results.report["model"]["parameters"].items():
        if f"evolve.schedule.{name}" in results.report.get("settings", {}):
            continue
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        if isinstance(value, (int, float)) and value != 0:
            yield name, value


def put_title(fig, results, without="", below=""):
    """The model with its parameters; below it what is known exactly about it, or the line `below`."""
    words = [f"{math(k)} = {number(v)}" for k, v in parameters(results) if k != without][:MOST_PARAMETERS]
    known = [f"{what} ${symbol(k)}$ = {number(results.reference[k])}" for k, what in KNOWN.items()
             if k in results.reference]
    name = results.report["model"]["name"].replace("-", " ")
    first = name + (":   " if words else "") + "   ".join(words)
    second = ";  ".join([*known, *([below] if below else [])])
    fig.suptitle("\n".join([first, *([second] if second else [])]), fontsize=9.5)


def stated(label, estimate):
    """A number with its name for a title; in words where there is none."""
    return f"{label} {number(estimate.value)}" if np.isfinite(estimate.value) else \
        f"{label}: {estimate.reason or 'undefined'}"
