"""What the papers claim beside what was measured: claims as data, verdicts over records, and the report of them.

claims/       claims as YAML, their reader, and the questions that they put to the grids
verdicts/     records as they lie on disk, the rules, verdicts, and the report as data
figures/      the sections of the page that draw records
page/         `index.html`
markdown.py   `report.md`
build.py      all files of the report; serve.py, publish.py and status.py are the other commands of cli.py
coverage.py   docs/evidence.md
catalogue.py  the grids, scales and published tables as they are installed
"""
