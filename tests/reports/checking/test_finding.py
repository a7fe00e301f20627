"""How what is found is said."""

from reports.checking.finding import Finding, fault, faults_of, shown, warning


def test_a_finding_is_one_sentence_that_names_file_and_key() -> None:
    assert str(fault("runs/x/record.json", "seed", "is missing")) == "runs/x/record.json: seed is missing"
    assert (
        str(fault("runs/x/record.json", "", "is empty; copy it again")) == "runs/x/record.json is empty; copy it again"
    )


def test_faults_are_told_from_warnings() -> None:
    found = [warning("f", "a", "x"), fault("f", "b", "y")]
    assert faults_of(found) == [Finding("f", "b", "y", "fault")]


def test_a_long_value_is_shortened() -> None:
    assert shown("a") == "'a'"
    assert len(shown("a" * 500)) == 80
