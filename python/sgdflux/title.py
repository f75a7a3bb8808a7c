"""Titles: the model with its parameters, what is known exactly about it, and the main numbers of a run."""
import numpy as np

from .formula import evaluate
from .results import ResultsError
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


def put_title(fig, results, without="", below="", exact=True):
    """The model with its parameters, but for the one or those `without`; what is known exactly about it; `below`."""
    hidden = {without} if isinstance(without, str) else set(without)
    words = [f"{math(k)} = {number(v)}" for k, v in parameters(results) if k not in hidden][:MOST_PARAMETERS]
    known = [f"{what} ${symbol(k)}$ = {number(results.reference[k])}" for k, what in KNOWN.items()
             if exact and k in results.reference]
    name = results.report["model"]["name"].replace("-", " ")
    first = name + (":   " if words else "") + "   ".join(words)
    second = ";  ".join([*known, *([below] if below else [])])
    fig.suptitle("\n".join([first, *([second] if second else [])]), fontsize=9.5)


def stated(label, estimate):
    """A number with its name for a title; in words where there is none."""
    return f"{label} {number(estimate.value)}" if np.isfinite(estimate.value) else \
        f"{label}: {estimate.reason or 'undefined'}"


def varying(results, keys):
    """Names of the model's parameters that change with the settings `keys`: themselves, or by their formulas."""
    hidden = {key.split(".", 1)[1] for key in keys if key.startswith("model.")}
    named = {key.split(".", 1)[1] for key in keys if key.startswith("parameters.")}
    settings = results.report.get("settings", {})
    formulas = {name: settings.get(f"model.{name}", "") for name in results.report["model"]["parameters"]}
    return hidden | {name for name, text in formulas.items() if any(depends(results, text, one) for one in named)}


def depends(results, text, name):
    """Whether a formula changes with the constant `name`; what is no formula does not."""
    try:
        low, high = (evaluate(text, {**results.constants, name: value}) for value in (0.37, 1.61))
    except (ResultsError, ValueError):
        return False
    return bool(low != high)
