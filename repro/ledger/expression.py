"""Values of a grid that are said relative to its base: "= h / 2", "= d_model / h", "= d_k ** -0.25"."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}

Number = int | float


def is_expression(value: Any) -> bool:
    """Whether a grid's value is to be computed."""
    return isinstance(value, str) and value.startswith("=")


def evaluate(text: str, symbol: Callable[[str], Any]) -> Number:
    """The number that an expression stands for; whole results are integers.

    Args:
        text: "=" and then numbers, names, + - * / ** and parentheses.
        symbol: gives the value of a name; raises KeyError for an unknown one.

    Raises:
        ValueError: anything else, an unknown name, a name without a number, or no finite result.
    """
    try:
        tree = ast.parse(text.removeprefix("=").strip(), mode="eval")
        result = _value(tree.body, symbol)
        if isinstance(result, complex):
            raise ValueError(f"{text!r} has no real value")
        whole = int(result) if result == int(result) else result
    except SyntaxError as error:
        raise ValueError(f"{text!r} is no formula") from error
    except (ZeroDivisionError, OverflowError) as error:
        raise ValueError(f"{text!r} has no finite value") from error
    return whole


def _value(node: ast.expr, symbol: Callable[[str], Any]) -> Number:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.Name):
        return _number(node.id, symbol)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, symbol)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        left, right = _value(node.left, symbol), _value(node.right, symbol)
        if isinstance(node.op, ast.Pow) and abs(right) > 64:
            raise ValueError(f"the power {right} is too large")
        result: Number = OPERATIONS[type(node.op)](left, right)
        return result
    raise ValueError(f"{ast.unparse(node)!r} is neither a number, a name, nor + - * / ** of them")


def _number(name: str, symbol: Callable[[str], Any]) -> Number:
    try:
        value = symbol(name)
    except KeyError as error:
        raise ValueError(f"there is no {name!r} to compute with") from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is {value!r} in the base, which is no number to compute with")
    return value
