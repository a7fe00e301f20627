"""Jain & Wallace's experiments (section 4) on a cell's model."""

import torch

from ablations.explanation.adversary import EPSILON_OF_REPORT, EPSILON_OF_TEXT
from ablations.explanation.correlation import correlations
from ablations.explanation.definitions import SAME_OUTPUT
from ablations.explanation.experiments.metrics import JSD, SHARE, TAU, TVD, Findings, metric, metrics_of_bins, plain
from ablations.explanation.experiments.workbench import Workbench
from ablations.explanation.permutation import permute
from ablations.explanation.summaries import by_largest_weight

PAIRS = {
    "tau.gradient": ("attention", "gradient", "attention with gradients (section 4.1)"),
    "tau.leave_one_out": ("attention", "leave-one-out", "attention with leaving one word out (section 4.1)"),
    "tau.measures": ("gradient", "leave-one-out", "gradients with leaving one word out, two measures of importance"),
}


def correlation(bench: Workbench) -> Findings:
    """Section 4.1, Table 2: Kendall's tau, its deviation over texts, and the share that is significant."""
    rankings = {"attention": bench.attention, "gradient": bench.gradient, "leave-one-out": bench.leave_one_out}
    of_pairs = correlations(rankings, bench.where, bench.predicted)
    metrics, details = [], {}
    for name, (one, other, subject) in PAIRS.items():
        pair = of_pairs[one, other]
        details[name] = plain(pair.tau)
        for group, row in pair.table(len(bench.dataset.classes)).items():
            if bench.dataset.has_questions and not row.count + row.undefined:
                continue  # any word may be an answer, and few are given
            key = name if group == "all" else f"{name}.class_{group}"
            of = f"of {subject}" + ("" if group == "all" else f", texts predicted {bench.dataset.classes[int(group)]}")
            reason = "no such text" if not row.count + row.undefined else "a constant ranking has no tau"
            over = f"over test texts of Kendall's tau-b {of}"
            metrics += [
                metric(key, row.mean, TAU, f"mean {over}", reason),
                metric(f"{key}.deviation", row.deviation, "tau", f"deviation {over}", reason),
                metric(
                    f"{key}.significant",
                    row.significant,
                    SHARE,
                    f"share with p <= 0.05 {over}",
                    reason,
                    texts=row.count // len(bench.views),
                ),
            ]
            if group == "all":
                what_not = f"share of test texts without a tau {of}"
                count = row.count + row.undefined
                metrics.append(metric(f"{key}.undefined", row.undefined / count, SHARE, what_not))
    return Findings(metrics, {"tau": details, "predicted": bench.predicted.tolist()})


def permutation(bench: Workbench) -> Findings:
    """Section 4.2.1: what shuffling the weights does to the output."""
    permutations, seed = bench.config.permutations, bench.seed
    effect = bench.results(lambda model, batch: permute(model, batch, permutations, seed), "shuffling attention")
    quantity = f"median over {permutations} permutations of the weights of the change of output (section 4.2.1)"
    changed = (effect.change > SAME_OUTPUT).double().mean().item()
    metrics = [
        metric("permutation.change", effect.change.mean().item(), TVD, f"mean over test texts of the {quantity}"),
        metric(
            "permutation.matters", changed, SHARE, f"share of test texts with a change above {SAME_OUTPUT}: {quantity}"
        ),
        metric("permutation.same_class", effect.kept.mean().item(), SHARE, "share of permutations with the same class"),
        *metrics_of_bins(
            "permutation.change", by_largest_weight(effect.change, effect.largest), TVD, f"mean of the {quantity}"
        ),
    ]
    return Findings(metrics, {"permutation": {"change": plain(effect.change), "largest": plain(effect.largest)}})


def adversary(bench: Workbench) -> Findings:
    """Section 4.2.2: how far attention can go while the output stays."""
    adversaries = bench.adversaries
    search = f"{bench.config.adversaries} adversaries, {bench.config.adversary_steps} steps (section 4.2.2)"
    metrics = []
    for key, epsilon, source in (
        ("adversary", EPSILON_OF_TEXT, "the paper's text"),
        ("adversary.report", EPSILON_OF_REPORT, "the code's report"),
    ):
        best = adversaries.best(epsilon)
        quantity = f"JSD of the farthest attention with a TVD of outputs within {epsilon}, by {source}; {search}"
        bins = adversaries.bins(epsilon, len(bench.dataset.classes))
        metrics += [
            metric(f"{key}.jsd", best.jsd.mean().item(), JSD, f"mean over test texts of the {quantity}"),
            metric(f"{key}.found", best.found.double().mean().item(), SHARE, f"of texts with any within {epsilon}"),
            metric(
                f"{key}.tvd", best.tvd.mean().item(), TVD, f"mean change of output under the one with the {quantity}"
            ),
            *metrics_of_bins(f"{key}.jsd", bins["all"], JSD, f"mean of the {quantity}"),
        ]
        median = torch.quantile(best.jsd.double(), 0.5).item()
        metrics.append(metric(f"{key}.jsd.median", median, JSD, f"median over test texts, epsilon {epsilon}"))
    best = adversaries.best(EPSILON_OF_TEXT)
    details = {"jsd": plain(best.jsd), "tvd": plain(best.tvd), "largest": plain(adversaries.largest)}
    return Findings(metrics, {"adversary": details})
