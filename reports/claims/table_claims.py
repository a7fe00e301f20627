"""A claim for every row of a published table that has a value in one column, as entries of a claim file."""

import itertools
import string
from collections.abc import Iterator, Mapping
from typing import Any

from reports import catalogue
from repro.errors import BadInput, hint
from repro.statistics.agreement import SUBTRACTION

KEYS = {"table", "column", "base", "same", "skip", "only", "also", "text", "by_row"}
"""Of an entry that stands for a whole column, beside those of a claim."""


def entries_of_table(place: str, entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The entries of its rows.

    Args:
        place: file and entry, for messages.
        entry: with a `table`.

    Raises:
        BadInput: a table, column, row or placeholder that is not there, or a text that a row needs.
    """
    _require_kinds(place, entry)
    table = _table(place, entry)
    column = entry["column"]
    rows, heading = table["rows"], table["columns"][column]
    others = catalogue.table(entry["also"])["rows"] if "also" in entry else {}
    base = rows[entry["base"]][column] if "base" in entry else None
    for row, cells in rows.items():
        value = cells.get(column)
        is_left_out = row == entry.get("base") or row in entry.get("skip", ()) or row not in entry.get("only", rows)
        if value is None or is_left_out:
            continue
        words = {**cells, "row": row, "label": table.get("labels", {}).get(row, row), "value": value, "base": base}
        rule = _stated_rule(value, base, heading.get("better", "higher"), entry.get("same", 0.0))
        says = entry.get("says", "")
        if isinstance(says, dict):
            if rule not in says:
                raise BadInput(f"{place}: says has no text for {rule}, which row {row} needs")
            says = says[rule]
        also = others.get(row, {}).get(column)
        text = entry.get("text", "{value} {unit}" if base is None else "{value} {unit}, base {base}")
        published = {
            "text": _filled(place, text, {**words, "unit": heading["unit"]}),
            "value": value,
            "base": base,
            "unit": heading["unit"],
            "also": [] if also is None else [also],
            "checked": table.get("checked", True),
        }
        claim = {key: value for key, value in entry.items() if key not in KEYS}
        if "by_row" in entry:
            claim = _of_row(claim, entry["by_row"].get(row))
        claim |= {"id": _filled(place, entry["id"], words), "says": _filled(place, says, words)}
        claim["published"] = {**claim.get("published", {}), **published}
        if "test" in claim:
            test = {"row": row, **claim["test"]}
            claim["test"] = test if base is None else {"rule": rule, "base": entry["base"], **test}
        yield claim


def _of_row(claim: Mapping[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
    """A claim with what is its row's own; without that it has no test, and with it it need not wait for one."""
    if own is None:
        return {key: value for key, value in claim.items() if key != "test"}
    parts = {key: {**claim.get(key, {}), **own.get(key, {})} for key in ("published", "test")}
    return {key: value for key, value in {**claim, **own, **parts}.items() if key not in ("waits_for", "why_not")}


def _require_kinds(place: str, entry: Mapping[str, Any]) -> None:
    for key in ("table", "column", "id"):
        if not isinstance(entry.get(key), str):
            raise BadInput(f"{place}: {key} is {entry.get(key)!r}; it must be text")
    for key in ("base", "also", "text"):
        if not isinstance(entry.get(key, ""), str):
            raise BadInput(f"{place}: {key} is {entry[key]!r}; it must be text")
    says = entry.get("says", "")
    if not all(isinstance(text, str) for text in (says.values() if isinstance(says, dict) else [says])):
        raise BadInput(f"{place}: says is {says!r}; it must be text, or one text each for better, worse and same")
    for key in ("skip", "only"):
        rows = entry.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
            raise BadInput(f"{place}: {key} is {rows!r}; it must be a list of rows")
    same = entry.get("same", 0.0)
    if isinstance(same, bool) or not isinstance(same, int | float) or not same >= 0:
        raise BadInput(f"{place}: same is {same!r}; it must be a number of at least 0")
    by_row = entry.get("by_row", {})
    if not isinstance(by_row, dict) or not all(isinstance(own, dict) for own in by_row.values()):
        raise BadInput(f"{place}: by_row must map rows to their own settings")
    for where, block in ((place, entry), *((f"{place}: by_row.{row}", own) for row, own in by_row.items())):
        for key in ("published", "test"):
            if not isinstance(block.get(key, {}), dict):
                raise BadInput(f"{where}: {key} must hold keys and values")


def _table(place: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry's table, which has all columns and rows that the entry names."""
    tables = catalogue.tables()
    for name in (entry["table"], *([entry["also"]] if "also" in entry else [])):
        if name not in tables:
            raise BadInput(f"{place}: there is no table {name!r}; {hint(str(name), tables)}")
    table, column = catalogue.table(entry["table"]), entry.get("column")
    if column not in table["columns"]:
        raise BadInput(f"{place}: the table has no column {column!r}; {hint(str(column), table['columns'])}")
    named = ([entry["base"]] if "base" in entry else []), *(entry.get(key, ()) for key in ("skip", "only", "by_row"))
    for row in itertools.chain(*named):
        if row not in table["rows"]:
            raise BadInput(f"{place}: the table has no row {row!r}; {hint(str(row), table['rows'])}")
    return table


def _stated_rule(value: float, base: float | None, better: str, same: float) -> str:
    """What the difference of two published numbers says of the row."""
    if base is None:
        return "value"
    if abs(value - base) <= same + SUBTRACTION:
        return "same"
    return "better" if (value > base) == (better == "higher") else "worse"


def _filled(place: str, text: str, words: Mapping[str, Any]) -> str:
    names = [name for _, name, _, _ in string.Formatter().parse(text) if name]
    for name in names:
        if name not in words:
            raise BadInput(f"{place}: {{{name}}} is not a word of the table; {hint(name, words)}")
    return text.format(**words)
