"""It depends on how you define explanation: each definition that either paper uses, applied to the same models.

The papers argue by comparisons; neither states a threshold for "explains". The thresholds here are this project's, each
with its reason, so that one table can be made. A definition is met if every seed meets it, and not met if none does.
"""

from dataclasses import dataclass

JAIN, WIEGREFFE, NEITHER = "Jain & Wallace 2019", "Wiegreffe & Pinter 2019", "neither"
SAME_OUTPUT = 0.05
"""Outputs that differ by no more count as the same: what the first paper's code admits of an adversary."""


@dataclass(frozen=True)
class Definition:
    """One definition of explaining.

    Attributes:
        key: under which its value is handed in.
        name: a few words.
        paper, place: who uses it, and where.
        condition: the sentence that must hold for attention to explain.
        value: what is measured for it.
        threshold: from where on it holds.
        at_least: whether it holds from the threshold upward, or strictly below.
        because: why the threshold is there.
    """

    key: str
    name: str
    paper: str
    place: str
    condition: str
    value: str
    threshold: float
    at_least: bool
    because: str

    def met(self, value: float) -> bool:
        """Whether a value counts as explaining; an undefined one (NaN) does not."""
        return value >= self.threshold if self.at_least else value < self.threshold


DEFINITIONS = (
    Definition(
        key="gradient_agreement",
        name="agrees with gradients",
        paper=JAIN,
        place="section 4.1, Table 2",
        condition="Attention ranks words as their gradients do, at least as well as two measures of importance agree.",
        value="mean tau of attention with gradients, minus mean tau of gradients with leave-one-out",
        threshold=0.0,
        at_least=True,
        because="the paper holds the measures' agreement with each other beside attention's",
    ),
    Definition(
        key="leave_one_out_agreement",
        name="agrees with leaving words out",
        paper=JAIN,
        place="section 4.1, Table 2",
        condition="Attention ranks words as leaving them out does, "
        "at least as well as two measures of importance agree.",
        value="mean tau of attention with leave-one-out, minus mean tau of gradients with leave-one-out",
        threshold=0.0,
        at_least=True,
        because="the paper holds the measures' agreement with each other beside attention's",
    ),
    Definition(
        key="permutation_share",
        name="cannot be shuffled",
        paper=JAIN,
        place="section 4.2.1",
        condition="Giving the same weights to other words changes the output, for most texts.",
        value=f"share of texts whose median change of output over permutations is above {SAME_OUTPUT}",
        threshold=0.5,
        at_least=True,
        because="most texts; and a change is what the paper's code does not admit of an adversary",
    ),
    Definition(
        key="adversary_jsd",
        name="has no alternative, text by text",
        paper=JAIN,
        place="section 4.2.2",
        condition="No very different attention gives the same output.",
        value=f"mean over texts of the largest JSD of an adversary whose output changes by at most {SAME_OUTPUT}",
        threshold=0.4,
        at_least=False,
        because="the second paper calls an adversary different from a mean JSD of 0.4 on (its Table 4); ln 2 is most",
    ),
    Definition(
        key="uniform_loss",
        name="is needed",
        paper=WIEGREFFE,
        place="section 3.2, Table 2",
        condition="The model does worse with uniform weights.",
        value="F1 with learned weights minus F1 with uniform ones",
        threshold=0.01,
        at_least=True,
        because="one point of F1; the paper gives no number",
    ),
    Definition(
        key="seed_share",
        name="is steadier than adversaries are",
        paper=WIEGREFFE,
        place="section 3.3",
        condition="Another seed moves attention less than an adversary does.",
        value="share of texts whose adversary is farther than the median seed",
        threshold=0.9,
        at_least=True,
        because="nearly all texts; were seeds as far, an adversary would show nothing",
    ),
    Definition(
        key="guide_gain",
        name="guides another model",
        paper=WIEGREFFE,
        place="section 3.4, Table 3",
        condition="A model without context does better with these weights than with uniform ones.",
        value="F1 of the token-wise network with the base model's weights minus F1 with uniform ones",
        threshold=0.01,
        at_least=True,
        because="one point of F1, as for uniform weights",
    ),
    Definition(
        key="guide_over_adversary",
        name="guides better than an adversary",
        paper=WIEGREFFE,
        place="section 3.4, Table 3",
        condition="A model without context does better with these weights than with those of an adversary.",
        value="F1 of the token-wise network with the base model's weights minus F1 with the adversary's",
        threshold=0.01,
        at_least=True,
        because="one point of F1, as for uniform weights",
    ),
    Definition(
        key="model_adversary_tvd",
        name="has no alternative, model by model",
        paper=WIEGREFFE,
        place="section 4, Table 4",
        condition="No model with the same outputs over all texts has very different attention.",
        value="smallest mean TVD of trained adversaries with a mean JSD above 0.4, minus what imitation alone costs",
        threshold=SAME_OUTPUT,
        at_least=True,
        because="outputs that other attention moves further than that are not the same ones",
    ),
    Definition(
        key="evidence_gain",
        name="finds the evidence",
        paper=NEITHER,
        place="planted evidence",
        condition="Attention finds the words a label follows from at least as well as gradients do.",
        value="area under the curve of attention minus that of gradients, over texts with planted evidence",
        threshold=0.0,
        at_least=True,
        because="gradients are what one would use in its place",
    ),
)
