"""docs/records.md explains every field as the schemas do."""

import json
import re
from pathlib import Path

import pytest

from reports.checking.schema import VERSION, schema_of
from reports.checking.schema_page import field_table, main, with_tables
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "records.md"


def test_the_page_has_todays_tables():
    """`python -m reports.checking.schema_page docs/records.md` brings it up to date."""
    text = PAGE.read_text(encoding="utf-8")
    assert with_tables(text) == text


@pytest.mark.parametrize("kind", VERSION)
def test_every_description_of_a_schema_is_on_the_page(kind):
    """Found in the file by a pattern, not by the code that makes the tables."""
    text = (ROOT / "reports" / "schemas" / f"{kind}-{VERSION[kind]}.json").read_text(encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    inside = json.dumps(json.loads(text)["properties"])
    descriptions = [json.loads(found) for found in re.findall(r'"description": ("(?:[^"\\]|\\.)*")', inside)]
    assert len(descriptions) >= (1 if kind == "replaced" else 5)
    assert [it for it in descriptions if it not in page] == []
    assert schema_of(kind)["$id"].endswith(f":{kind}:{VERSION[kind]}")


def test_fields_within_others_are_there():
    claims, record = field_table("claims"), field_table("record")
    assert "| `metrics.NAME.unit` | text | yes | What the number counts" in record
    assert "| `claims[].test.rule` | `better`, `worse`," in claims
    assert "| `claims[].by_row` | keys and values | no, with `table` |" in claims
    assert "| `claims[].column` | text | yes, with `table` |" in claims
    assert "| `rows` | keys and values | yes |" in field_table("figures")


def test_only_what_is_between_the_marks_is_changed(tmp_path: Path, capsys):
    path = tmp_path / "page.md"
    path.write_text("before\n<!-- fields: origin -->\nformer\n<!-- end -->\nafter\n")
    assert main(path) == 0
    text = path.read_text()
    assert text.startswith("before\n<!-- fields: origin -->\n\n| field |")
    assert text.endswith("\n<!-- end -->\nafter\n")
    assert "former" not in text
    assert with_tables("nothing") == "nothing"
