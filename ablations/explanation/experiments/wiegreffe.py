"""Wiegreffe & Pinter's experiments (sections 3 and 4) on a cell's model."""

from collections.abc import Sequence
from dataclasses import replace

from ablations.explanation.adversarial_training import (
    FAR_JSD,
    PATIENCE,
    DistanceFromBase,
    closest,
    distance_from_base,
    imitate,
)
from ablations.explanation.adversary import EPSILON_OF_TEXT
from ablations.explanation.data.dataset import SPLITS
from ablations.explanation.experiments.metrics import F1, JSD, SHARE, TVD, Findings, metric, metrics_of_bins, plain
from ablations.explanation.experiments.workbench import Workbench
from ablations.explanation.guides import ORDER, Guide, diagnose, guides
from ablations.explanation.models.classifier import Classifier
from ablations.explanation.predictions import Predictions, predict
from ablations.explanation.seed_variance import seed_variance
from ablations.explanation.training import Training, lowest_objective
from repro.scoring.metric import Metric


def uniform(bench: Workbench) -> Findings:
    """Section 3.2: the same model with uniform, frozen weights."""
    model = bench.other(bench.seed, "uniform", label="training with uniform weights")
    predictions, base = predict(model, bench.dataset, "test"), bench.predictions("test")
    setting = "with uniform, frozen weights, trained anew (section 3.2)"
    return Findings(
        [
            metric("uniform.f1", predictions.f1, F1, f"on test, of class 1, {setting}"),
            metric(
                "uniform.accuracy",
                predictions.accuracy,
                SHARE,
                f"of test texts classified rightly {setting}",
                texts=len(bench.dataset.splits["test"]),
            ),
            metric("uniform.loss", base.f1 - predictions.f1, F1, f"F1 with learned weights minus that {setting}"),
        ]
    )


def seeds(bench: Workbench) -> Findings:
    """Section 3.3: attention of models of other seeds, beside what adversaries reach on the same texts."""
    count = bench.config.other_seeds
    others = [predict(model, bench.dataset, "test") for model in bench.others]
    looked = [_at(other, bench) for other in others]
    variance = seed_variance(_at(bench.predictions("test"), bench), looked)
    quantity = f"median over {count} other seeds of the JSD of attention from the base's (section 3.3)"
    metrics = [
        metric("seeds.jsd", variance.median_jsd.mean().item(), JSD, f"mean over test texts of the {quantity}"),
        metric(
            "seeds.tvd", variance.median_tvd.mean().item(), TVD, "mean over test texts of the median change of output"
        ),
        *metrics_of_bins("seeds.jsd", variance.bins(len(bench.dataset.classes))["all"], JSD, f"mean of the {quantity}"),
    ]
    if "adversary" in bench.config.experiments:
        beside = variance.compare_with(bench.adversaries.best(EPSILON_OF_TEXT).jsd)
        farther = "share of test texts whose adversary (section 4.2.2 of the first paper) is farther from the base than"
        metrics += [
            metric("seeds.beyond_median", beside.beyond_median, SHARE, f"{farther} the median seed"),
            metric("seeds.beyond_all", beside.beyond_all, SHARE, f"{farther} every one of {count} seeds"),
        ]
    details = {
        "jsd": plain(variance.median_jsd),
        "largest": plain(variance.largest),
        "f1": [other.f1 for other in others],
    }
    return Findings(metrics, {"seeds": details})


def _at(predictions: Predictions, bench: Workbench) -> Predictions:
    """Of the texts that are looked into, in the bench's order."""
    index = bench.index
    parts = (predictions.probabilities[index], predictions.alpha[index], predictions.labels[index])
    return Predictions(*parts)


def adversarial(bench: Workbench) -> Findings:
    """Section 4: models trained to say the same with other attention, over a range of lambda.

    Which of them is closest is asked of whole curves only: where one lambda was tried, no answer is none. It is chosen
    by its distance on test, which is then reported, so that the least of several noisy distances is a little too small.
    """
    curve = _curve(bench)
    metrics = []
    for strength, point in curve:
        key, setting = (
            f"adversarial.lambda_{strength:g}",
            f"of a model trained against the base with lambda {strength:g} (section 4)",
        )
        metrics += [
            metric(f"{key}.jsd", point.mean_jsd, JSD, f"mean over test texts, attention {setting}"),
            metric(f"{key}.tvd", point.mean_tvd, TVD, f"mean over test texts, output {setting}"),
            metric(f"{key}.f1", point.f1, F1, f"on test {setting}"),
        ]
    if bench.seed in bench.config.curve_seeds:
        metrics += _closest(curve)
    points = [{"lambda": s, "jsd": p.mean_jsd, "tvd": p.mean_tvd, "f1": p.f1} for s, p in curve]
    return Findings(metrics, {"adversarial": points})


def _closest(curve: Sequence[tuple[float, DistanceFromBase]]) -> list[Metric]:
    best, nan = closest(curve), float("nan")
    reason = f"no lambda above 0 reached a mean JSD above {FAR_JSD}"
    setting = f"of the trained adversary with the closest outputs among those with a mean JSD above {FAR_JSD} (Table 4)"
    excess = "minus the TVD of a model trained alike with lambda 0, which imitates outputs alone"
    return [
        metric("adversarial.closest.tvd", best[1].mean_tvd if best else nan, TVD, f"tvd {setting}", reason),
        metric("adversarial.closest.jsd", best[1].mean_jsd if best else nan, JSD, f"jsd {setting}", reason),
        metric("adversarial.closest.f1", best[1].f1 if best else nan, F1, f"f1 {setting}", reason),
        metric(
            "adversarial.closest.excess",
            best[1].mean_tvd - dict(curve)[0.0].mean_tvd if best else nan,
            TVD,
            f"tvd {setting} {excess}",
            reason,
        ),
    ]


def _curve(bench: Workbench) -> list[tuple[float, DistanceFromBase]]:
    strengths = {0.0, float(bench.config.guide_lambda)}
    if bench.seed in bench.config.curve_seeds:
        strengths |= set(map(float, bench.config.lambdas))
    base = bench.predictions("test")
    curve = []
    for strength in sorted(strengths):
        model = adversary_model(bench, strength)
        curve.append((strength, distance_from_base(base, predict(model, bench.dataset, "test"))))
    return curve


def adversary_model(bench: Workbench, strength: float) -> Classifier:
    """A model trained against the base; each lambda's once a cell."""
    if strength not in bench.trained_adversaries:
        training = replace(bench.training, epochs=bench.config.adversarial_epochs, patience=PATIENCE)
        bench.trained_adversaries[strength] = bench.other(
            bench.seed,
            training=training,
            objective=imitate(bench.predictions("train"), strength),
            selection=lowest_objective,
            label=f"training against the model with lambda {strength:g}",
        )
    return bench.trained_adversaries[strength]


def guiding(bench: Workbench) -> Findings:
    """Section 3.4, Table 3: a network without context under four kinds of weights.

    The adversary is the one of section 4 with the closest outputs; what is not far enough to be one guides nobody.
    """
    config = bench.config
    far = closest(_curve(bench))
    base = {split: bench.predictions(split) for split in SPLITS}
    adversary = None
    if far is not None:
        adversary = {split: predict(adversary_model(bench, far[0]), bench.dataset, split) for split in SPLITS}
    training = Training(config.guide_epochs, config.guide_epochs, config.guide_rate, config.batch_size)

    def trained(guide: Guide) -> Predictions:
        network = bench.other(bench.seed, guide, "mlp", training, label="training a guided network")
        return predict(network, bench.dataset, "test")

    diagnosis = diagnose(guides(base, adversary), trained)
    whose = {
        "uniform": "uniform weights",
        "trained": "weights that it learns itself",
        "base": "the weights of the base model",
        "adversary": f"the weights of the trained adversary with the closest outputs and a mean JSD above {FAR_JSD}",
    }
    network = "on test, of a token-wise network (section 3.4) with"
    reason = f"no trained adversary has a mean JSD above {FAR_JSD}"
    f1 = {name: diagnosis.f1.get(name, float("nan")) for name in ORDER}
    metrics = [metric(f"guides.f1.{name}", f1[name], F1, f"{network} {whose[name]}", reason) for name in ORDER]
    for name in ("base", "adversary", "trained"):
        gain = f"F1 with {whose[name]} minus F1 with uniform ones (section 3.4)"
        metrics.append(metric(f"guides.gain.{name}", f1[name] - f1["uniform"], F1, gain, reason))
    gain = "F1 with the weights of the base model minus F1 with those of the adversary (section 3.4)"
    metrics.append(metric("guides.gain.base_over_adversary", f1["base"] - f1["adversary"], F1, gain, reason))
    jsd = far[1].mean_jsd if far else float("nan")
    metrics.append(metric("guides.adversary.jsd", jsd, JSD, "mean over test texts, of the one that guides", reason))
    return Findings(metrics)
