"""A reader of claims that a test writes."""

import pytest
import yaml

from reports.claims.claim_file import read_claims
from tests.reports.claims.entries import FILE


@pytest.fixture
def read(tmp_path):
    def read(*claims, **file):
        path = tmp_path / "some.yaml"
        content = {**FILE, "claims": list(claims), **file}
        path.write_text(yaml.safe_dump({key: value for key, value in content.items() if value is not None}))
        return read_claims([path])

    return read
