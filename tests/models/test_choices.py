from typing import Literal

import pytest

from repro.errors import BadInput
from repro.models import RecurrentSeq2Seq, Transformer
from repro.models.choices import refuse_unknown_kinds


def test_known_kinds_pass_and_others_are_named_with_what_may_be():
    kinds = Literal["one", "two"]
    refuse_unknown_kinds({"kind": ("two", kinds)})
    with pytest.raises(BadInput, match="kind is 'three'; it must be one of one, two"):
        refuse_unknown_kinds({"kind": ("three", kinds)})


@pytest.mark.parametrize(
    ("model", "option"),
    [
        (Transformer, {"positions": "sinus"}),
        (Transformer, {"norm": "pree"}),
        (Transformer, {"encoder": None}),
        (Transformer, {"compatibility": "dot"}),
        (Transformer, {"embedding_variance": "xavier"}),
        (RecurrentSeq2Seq, {"cell": "LSTM"}),
        (RecurrentSeq2Seq, {"attention": True}),
    ],
)
def test_models_refuse_kinds_that_there_are_not(model, option):
    with pytest.raises(BadInput, match=f"{next(iter(option))} is"):
        model(20, **option)
