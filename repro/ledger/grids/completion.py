"""Completes a row's configuration when a grid is read: with omitted settings, and with digests of files."""

from collections.abc import Mapping
from typing import Any

from repro.called_function import asked


def completed(function: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration as `completed_<name>` beside the function `<name>` completes it; itself where there is none.

    The identity of a cell then holds what decides its result, whether or not the grid's file says it.

    Args:
        function: "module:name".
        config: of the row.

    Raises:
        BadInput: a value that cannot be completed.
    """
    complete: Mapping[str, Any] | None = asked(function, "completed", config)
    return config if complete is None else complete
