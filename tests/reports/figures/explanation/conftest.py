"""The planted models and their section."""

import pytest

from reports.figures import explanation
from reports.figures.explanation.models import Models, models_at
from reports.section import Section
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import report_of
from tests.reports.records import records_of


@pytest.fixture(scope="module")
def models() -> Models:
    return models_at(records_of(plant.explanation()), "builtin")


@pytest.fixture(scope="module")
def found() -> Section | None:
    return explanation.section(report_of(plant.explanation()), "en")
