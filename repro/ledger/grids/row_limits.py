"""Asks a function whether it refuses the values of a row, when a grid is read and before anything is run."""

from collections.abc import Mapping
from typing import Any

from repro.called_function import asked


def check_row(function: str, config: Mapping[str, Any]) -> None:
    """Ask `limits_<name>` beside the function `<name>`, where there is one and its module can be imported.

    Args:
        function: "module:name".
        config: of the row.

    Raises:
        BadInput: a value, or values together, that cannot be run.
    """
    asked(function, "limits", config)
