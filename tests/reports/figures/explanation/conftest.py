"""The planted models and their section."""

import pytest

from reports.figures import explanation
from reports.figures.explanation.models import Models, models_at
from reports.section import Section
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import report_of
from tests.reports.records import records_of


@pytest.fixture(scope="session")
def models() -> Models:
    return models_at(records_of(plant.explanation()), "builtin")


@pytest.fixture(scope="session")
def found() -> Section | None:
    return explanation.section(report_of(plant.explanation()), "en")


@pytest.fixture(scope="session")
def sst() -> Section | None:
    """The section of a corpus of the papers, whose own figures stand beside."""
    return explanation.section(report_of(plant.explanation("sst2", "sst2")), "en")
