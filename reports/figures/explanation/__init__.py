"""The two papers on attention as explanation: their claims' standing, and every experiment of both in pictures.

models.py         the models of the grid `explanation` at one scale, and what their records say
shapes.py         what is drawn more than once: distributions, points with intervals
heat_maps.py      one text under several attentions
correlation.py    Kendall's tau, and Table 2 of the first paper
bins.py           permuted and adversarial attention by how peaked the learned one is
trained.py        adversaries that are whole models: JSD against TVD
guides.py         F1 with learned, uniform and borrowed weights
reordering.py     the same reviews with sentences or clauses in another order
planted.py        who finds the planted words
specifications.py a claim under every combination of choices; specification_curve.py draws them
definitions.py    what the models say under each definition of explanation
corpora.py        both over all corpora: tau beside the paper's, and the answers to each definition
"""

from collections.abc import Iterator

from markupsafe import Markup

from reports.figures.explanation import (
    bins,
    corpora,
    correlation,
    definitions,
    guides,
    heat_maps,
    planted,
    reordering,
    specification_curve,
    trained,
)
from reports.figures.explanation.models import GRID, Models, models_at
from reports.figures.measurements import scales_of
from reports.figures.rendering import figure_texts, render
from reports.section import Section
from reports.verdicts.report import Report
from reports.verdicts.verdict import WORDS

KEYS = ("jain2019", "wiegreffe2019")
PARTS = (heat_maps, correlation, bins, trained, guides, reordering, planted, specification_curve, definitions)
"""In this order; each has `part(models, language)`: None where the records for it are not there."""


def section(report: Report, language: str) -> Section | None:
    """Counts of claims by verdict, and for each scale with records the figures; None without records."""
    texts = figure_texts(language)
    at_scales = [models_at(report.records, scale) for scale in scales_of(report.records, GRID)]
    if not at_scales:
        return None
    papers = []
    for key in KEYS:
        judged = [entry for entry in report.judged if entry.claim.paper.key == key]
        if not judged:
            continue
        given = [entry.verdict.verdict for entry in judged]
        counts = ", ".join(f"{given.count(word)} {texts[f'verdict.{word}']}" for word in WORDS if word in given)
        papers.append((judged[0].claim.paper, texts["explanation.claims"].format(count=len(judged), verdicts=counts)))
    scales = [(models.scale, list(_parts(models, language))) for models in at_scales]
    body = render("explanation", language, papers=papers, scales=scales, together=corpora.parts(at_scales, language))
    return Section("explanation", texts["explanation"], body, texts["explanation.note"])


def _parts(models: Models, language: str) -> Iterator[Markup]:
    for module in PARTS:
        markup = module.part(models, language)
        if markup is not None:
            yield markup
