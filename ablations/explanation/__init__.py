"""Whether attention explains: the experiments of both papers on the same trained models.

Jain & Wallace 2019, "Attention is not Explanation"; Wiegreffe & Pinter 2019, "Attention is not not Explanation".

Data, models and training:

    data/                    reviews with planted evidence, the papers' corpora, the user's own files
    models/                  BiLSTM, average, convolution, token-wise MLP, and this project's Transformer encoder
    training.py              one seeded training, selected on dev
    predictions.py           what a model says of a whole split, and how good that is

The first paper's experiments, each for all instances of a batch at once:

    importance.py            how much each word matters: gradients, integrated gradients, leaving one out
    correlation.py           whether attention ranks words as those do (kendall.py: tau)
    permutation.py           attention shuffled
    adversary.py             other attention with the same output, text by text

The second paper's:

    seed_variance.py         attention of other seeds
    adversarial_training.py  other attention with the same output, a model for all texts
    guides.py                a network without context under given weights

And beyond both: reordering.py, evidence.py, definitions.py (what would count as explaining). `reference.py` repeats
the first paper's experiments one text at a time; tests compare results with it, and `speed.py` compares times.
experiments/ applies all of them to one model. A cell of the grid calls `measure` in experiment.py, after
`check_measure`; completion.py adds to a row the settings that decide its cells. The grid `corpora` calls
corpus_sizes.py, which counts the data sets and trains nothing. All are imported on demand, since planning needs no
torch. vectors_command.py is the command `ablate vectors`.
"""

from typing import TYPE_CHECKING

from ablations.explanation.metric_declarations import metrics_measure, metrics_measure_sizes
from repro.lazy_attributes import lazy_attributes

if TYPE_CHECKING:
    from ablations.explanation.completion import completed_measure
    from ablations.explanation.corpus_sizes import check_measure_sizes, measure_sizes
    from ablations.explanation.experiment import check_measure, measure
else:
    __getattr__ = lazy_attributes(
        __name__,
        {
            **dict.fromkeys(("check_measure", "measure"), "ablations.explanation.experiment"),
            **dict.fromkeys(("check_measure_sizes", "measure_sizes"), "ablations.explanation.corpus_sizes"),
            "completed_measure": "ablations.explanation.completion",
        },
    )

__all__ = [
    "check_measure",
    "check_measure_sizes",
    "completed_measure",
    "measure",
    "measure_sizes",
    "metrics_measure",
    "metrics_measure_sizes",
]
