"""What the papers claim beside what was measured: claims as data, verdicts over records, and the report of them.

claims/       claims as YAML, their reader, and the questions that they put to the grids
verdicts/     records as they lie on disk, the rules, verdicts, and the report as data
figures/      the sections of the page that draw records
page/         `index.html`
markdown.py   `report.md`
build.py      all files of the report; serve.py, publish.py and status.py are the other commands of cli.py
coverage.py   docs/evidence.md
catalogue.py  the grids, scales and published tables as they are installed
reading.py    what Python programs read

    import reports

    reports.read_claims()
    reports.read_verdicts("runs", reports.PUBLISHED)

The names in `__all__` are public (docs/python.md), and are imported when they are first asked for.
"""

from typing import TYPE_CHECKING

from repro.lazy_attributes import lazy_attributes

if TYPE_CHECKING:
    from reports.reading import PUBLISHED, read_claims, read_verdicts
else:
    __getattr__ = lazy_attributes(
        __name__, dict.fromkeys(("PUBLISHED", "read_claims", "read_verdicts"), "reports.reading")
    )

__all__ = ["PUBLISHED", "read_claims", "read_verdicts"]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
