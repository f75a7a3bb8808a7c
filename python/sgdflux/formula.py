"""Formulas in the settings language (muParser), evaluated with numpy."""
import ast

import numpy as np

from .results import ResultsError

FUNCTIONS = {name: getattr(np, name) for name in "sin cos tan sinh cosh tanh exp sqrt abs sign log log2 log10".split()}
FUNCTIONS.update(asin=np.arcsin, acos=np.arccos, atan=np.arctan, atan2=np.arctan2, ln=np.log, min=np.minimum,
                 max=np.maximum)
OPERATORS = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power}


def evaluate(text, values):
    """The formula `text` with names from `values` (numbers or arrays). Conditions are not supported."""
    try:
        tree = ast.parse(text.strip().replace("^", "**"), mode="eval")
        return _value(tree.body, {"pi": np.pi, **values})
    except (SyntaxError, TypeError, KeyError) as error:
        raise ResultsError(f"formula '{text}' cannot be drawn: {error}") from error


def _value(node, names):
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _value(node.operand, names)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_value(node.left, names), _value(node.right, names))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return FUNCTIONS[node.func.id](*(_value(argument, names) for argument in node.args))
    raise TypeError(f"unsupported expression {ast.dump(node)[:60]}")
