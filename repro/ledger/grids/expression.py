"""Values of a grid that are given relative to its base: "= h / 2", "= d_model / h", "= d_k ** -0.25"."""

import ast
import math
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

LONGEST = 200
"""Characters of a formula."""
DEEPEST = 30
"""Operations within each other: parentheses, signs, and the terms of a sum."""
LARGEST = 2**63
"""The largest intermediate value, so that no power of a power grows without end."""


def is_expression(value: Any) -> bool:
    """Whether a grid's value is to be computed."""
    return isinstance(value, str) and value.startswith("=")


def evaluate(text: str, symbol: Callable[[str], Any]) -> Number:
    """The number that an expression stands for; whole results are integers.

    Args:
        text: "=" and then numbers, names, + - * / ** and parentheses.
        symbol: gives the value of a name; raises KeyError for an unknown one.

    Raises:
        ValueError: anything else, an unknown name, a name without a number, no finite result, or a formula that is
            longer, deeper or larger than the bounds above.
    """
    shown = repr(text if len(text) <= 60 else f"{text[:60]}...")
    if len(text) > LONGEST:
        raise ValueError(f"{shown} has {len(text):,} characters; a formula may have {LONGEST}")
    try:
        tree = ast.parse(text.removeprefix("=").strip(), mode="eval")
        return _whole(_value(tree.body, symbol, DEEPEST))
    except SyntaxError as error:
        raise ValueError(f"{shown} is not a formula; numbers, names, + - * / ** and parentheses make one") from error
    except (ZeroDivisionError, OverflowError) as error:
        raise ValueError(f"{shown} has no finite value; write the number itself") from error
    except (RecursionError, MemoryError) as error:  # the parser's own bounds
        raise ValueError(f"{shown} is nested too deep; compute a part of it by hand") from error


def _whole(result: Number) -> Number:
    return int(result) if result == int(result) else result


def _value(node: ast.expr, symbol: Callable[[str], Any], depth: int) -> Number:
    if not depth:
        raise ValueError(f"more than {DEEPEST} nested operations; compute a part of it by hand")
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return _bounded(node.value)
    if isinstance(node, ast.Name):
        return _bounded(_number(node.id, symbol))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, symbol, depth - 1)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        left, right = _value(node.left, symbol, depth - 1), _value(node.right, symbol, depth - 1)
        if isinstance(node.op, ast.Pow) and abs(right) > 64:
            raise ValueError(f"the power {right} is too large; it must be from -64 to 64")
        return _bounded(OPERATIONS[type(node.op)](left, right))
    raise ValueError(f"{ast.unparse(node)!r} is neither a number, a name, nor + - * / ** of them")


def _bounded(value: Any) -> Number:
    """The value, if it is real, finite and no larger than any size of a network or corpus."""
    if isinstance(value, complex):
        raise ValueError("a root of a negative number has no real value; write the number itself")
    if math.isnan(value) or abs(value) > LARGEST:
        raise ValueError("a part of it has no finite value up to 2 ** 63; write the number itself")
    number: Number = value
    return number


def _number(name: str, symbol: Callable[[str], Any]) -> Number:
    try:
        value = symbol(name)
    except KeyError as error:
        raise ValueError(f"there is no {name!r} to compute with") from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is {value!r} in the base, which is not a number to compute with")
    return value
