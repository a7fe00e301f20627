"""The texts of the figures on attention as explanation in each language; a part of `words.FIGURES`."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "explanation": "Is attention explanation?",
    "explanation.note": "Two papers argue over this with different tests. Here both sets of tests look at the same "
    "trained models, and the last table says what follows under each meaning of the word. Means over seeds have "
    "their 95% intervals; distributions are over the texts of those seeds whose records hold values of single texts.",
    "explanation.claims": "{count} claims, {verdicts}",
    "explanation.nothing": "There is no record of these experiments yet; `ablate run explanation` makes them.",
    "explanation.model": "model",
    "explanation.all_texts": "all texts",
    "explanation.texts_predicted": "texts predicted as",
    "explanation.seeds_count": "seeds",
    "explanation.over_seeds": "mean over seeds, 95% interval",
    "explanation.control": "control",
    "explanation.from_memory": "* The paper's figures marked so are from memory: shown, and never decisive.",
    # heat maps
    "explanation.heat.title": "The same text under several attentions",
    "explanation.heat.text": "Look at where the colour lies. The first line is what the model learned. If another "
    "line colours other words and the verdict is the same, attention was not the only account of that verdict. Point "
    "at a word, or step to it, for its weight.",
    "explanation.heat.planted": "Underlined words are the planted evidence, from which the label follows by rule.",
    "explanation.heat.scale": "weight of a word; colour grows with its square root, so that small weights can be seen",
    "explanation.heat.base": "learned",
    "explanation.heat.permuted": "shuffled",
    "explanation.heat.adversary": "adversary, same output",
    "explanation.heat.other_seed": "another seed",
    "explanation.heat.reordered": "clauses reordered",
    "explanation.heat.probability": "p({name}) =",
    # correlation
    "explanation.tau.title": "Does attention rank words as other measures do?",
    "explanation.tau.text": "Kendall's tau of two rankings of a text's words: 1 is the same order, 0 none in common. "
    "Were attention an explanation in this sense, the first two pictures would lie as far right as the third, in "
    "which two measures of importance are held against each other. Shapes are histograms over texts, each as high as "
    "its fullest bin; marks are means over seeds.",
    "explanation.tau.mean": "mean ± deviation over texts",
    "explanation.tau.axis": "Kendall's tau of a text",
    "explanation.tau.gradient": "attention – gradient",
    "explanation.tau.leave_one_out": "attention – leave-one-out",
    "explanation.tau.measures": "gradient – leave-one-out",
    "explanation.tau.gradient.caption": "Right of 0: words with more weight also have larger gradients.",
    "explanation.tau.leave_one_out.caption": "Right of 0: leaving out words with more weight changes the output more.",
    "explanation.tau.measures.caption": "How far two measures that do not know attention agree: what to compare with.",
    "explanation.significant": "significant",
    "explanation.undefined": "undefined",
    "explanation.tau.table": "The numbers as a table: {pair}",
    "explanation.tau.how": "Means over seeds of the mean over texts, with 95% intervals, ± the deviation over texts; "
    "share of texts with p <= 0.05; texts of the seeds whose records hold them, without a tau, since one of the two "
    "rankings is constant. Classes are predicted ones, as in the paper. Of its two versions one chose the epoch on "
    "the test set, one on dev; over all texts it has means alone (section 4.1).",
    "explanation.tau.paper": "paper, epoch by {split}: mean ± deviation, significant",
    # bins of the largest weight
    "explanation.bins": "Largest weight of the text:",
    "explanation.bins.counts": "n counts texts, over the seeds whose records hold values of single texts.",
    "explanation.permutation.title": "What if the weights are shuffled?",
    "explanation.permutation.text": "The same weights on other words. If attention said why, shuffling it should "
    "change the output, most of all where one word has nearly all weight. Shapes that cling to 0 are texts whose "
    "output does not care.",
    "explanation.permutation.caption": "Median change of the output over the permutations of a text, for each model "
    "in four groups by its largest weight, flat attention on top and peaked at the bottom. Marks are means over seeds.",
    "explanation.permutation.axis": "median change of output, TVD",
    "explanation.permutation.table": "The numbers as a table: change of output by largest weight",
    "explanation.adversary.title": "How different can attention be while the output stays?",
    "explanation.adversary.text": "For each text the farthest attention with the same output (TVD at most 0.01). The "
    "first paper: near ln 2, the most there can be, another attention would have said the same. The second: compare "
    "it with how far mere other seeds are; only what is farther than those says anything.",
    "explanation.adversary.caption": "Divergence from the learned attention, by the learned attention's largest "
    "weight as above. Dotted: ln 2. Rows of other seeds: the median over models that differ in their seed alone.",
    "explanation.adversary.axis": "JSD, nats",
    "explanation.adversary.table": "The numbers as a table: divergence by largest weight",
    "explanation.seeds.of": "{row}, other seeds",
    "explanation.seeds.beyond": "{row}: {median} of the texts have an adversary farther than the median seed, {all} "
    "one farther than every seed.",
    # trained adversaries
    "explanation.trained.title": "Can a whole model be an adversary?",
    "explanation.trained.text": "A second model is trained to say the same as the base with other attention, lambda "
    "weighing the second aim. Up and to the left would be an adversary: other attention, same outputs. The farther "
    "right the curve bends before it is high, the less the first paper's one-by-one adversaries (star) stand for "
    "models.",
    "explanation.trained.caption": "Divergence of attention against change of outputs for {row}, over lambda; lines "
    "through the points are 95% intervals over seeds. Dotted: ln 2. Dashed: {far:g}, from which on the second paper "
    "counts attention as different.",
    "explanation.trained.x": "mean TVD of outputs from the base's",
    "explanation.trained.y": "mean JSD of attention, nats",
    "explanation.trained.which": "adversary",
    "explanation.trained.curve": "models trained against the base",
    "explanation.trained.adversary": "one by one, text by text",
    "explanation.trained.seeds": "other seeds",
    "explanation.trained.paper": "paper, Table 4 (from memory; its TVD doubled, as its code halves it)",
    # guides
    "explanation.guides.title": "Is attention needed, and does it guide another model?",
    "explanation.guides.text": "Two comparisons. Learned against uniform weights in the same model: where they are "
    "equal, attention was not needed and cannot be judged. Below, a network that sees one word at a time under four "
    "kinds of weights, its own and three that are frozen: if the base's help more than uniform ones and than an "
    "adversary's, they hold something of the words, not only of the model.",
    "explanation.guides.caption": "F1 on the test set for {row}. Small strokes are seeds.",
    "explanation.guides.weights": "weights",
    "explanation.guides.paper": "the paper's, from memory (other word vectors)",
    "explanation.weights.test.f1": "model: learned",
    "explanation.weights.uniform.f1": "model: uniform",
    "explanation.weights.guides.f1.uniform": "words alone: uniform",
    "explanation.weights.guides.f1.trained": "words alone: its own",
    "explanation.weights.guides.f1.base": "words alone: the base's",
    "explanation.weights.guides.f1.adversary": "words alone: adversary's",
    # reordering
    "explanation.reordering.title": "The same review in another order",
    "explanation.reordering.text": "Sentences, or clauses, change places; what stands in them does not change. Do "
    "verdicts stay, and do weights stay with their words? The average encoder mixes no context in and cannot notice: "
    "it is the control, and should be at 1, 1 and 0.",
    "explanation.reordering.unit": "reordered",
    "explanation.reordering.sentences": "sentences",
    "explanation.reordering.clauses": "clauses",
    "explanation.reordering.label": "the true label stays, {unit}",
    "explanation.reordering.stays": "verdict stays",
    "explanation.reordering.tau": "tau",
    "explanation.reordering.jsd": "JSD",
    "explanation.reordering.label_stays": "label stays",
    "explanation.reordering.follows": "verdict follows label",
    "explanation.reordering.stays.axis": "share of texts whose verdict stays",
    "explanation.reordering.tau.axis": "mean Kendall's tau, word by word",
    "explanation.reordering.jsd.axis": "mean JSD, word by word, nats",
    "explanation.reordering.stays.caption": "Right: the model says the same of the reordered text. Diamonds, where "
    "the rule is known: how often it should, as the label itself stays.",
    "explanation.reordering.tau.caption": "Right: words keep their rank by weight, wherever they stand now.",
    "explanation.reordering.jsd.caption": "Left: words keep their weight.",
    # evidence
    "explanation.evidence.title": "Who finds the planted evidence?",
    "explanation.evidence.text": "In these reviews it is known from which words the label follows. Each way ranks a "
    "text's words; compare attention with gradients and leave-one-out, and see whether adversarial attention, which "
    "leaves the output as it is, still finds them.",
    "explanation.evidence.auc": "area under the ROC curve",
    "explanation.evidence.precision": "precision at k",
    "explanation.evidence.coverage": "share of weight on evidence",
    "explanation.evidence.auc.caption": "1: every word of evidence is ranked above every other word; 0.5: by chance.",
    "explanation.evidence.precision.caption": "Of the k highest ranked words, k being as many as there is evidence, "
    "the share that is evidence.",
    "explanation.evidence.coverage.caption": "How much of all weight lies on evidence: learned, adversarial, uniform.",
    "explanation.way.attention": "attention",
    "explanation.way.adversary": "adversarial attention",
    "explanation.way.gradient": "gradient",
    "explanation.way.gradient_norm": "gradient's norm",
    "explanation.way.gradient_x_input": "gradient × input",
    "explanation.way.integrated_gradients": "integrated gradients",
    "explanation.way.leave_one_out": "leave-one-out",
    "explanation.way.chance": "chance",
    # definitions
    "explanation.definitions.title": "It depends on how you define explanation",
    "explanation.definitions.text": "Each row is a meaning of the word, all but the last from one of the papers, "
    "each column a model. A cell says whether its attention explains in that sense, and beneath it the mean of what "
    "was measured. Read down a column: does the model have one answer?",
    "explanation.definitions.head": "attention explains if it …",
    "explanation.definitions.rules": "What each definition asks, and how it is measured",
    "explanation.definitions.threshold": "Neither paper says where explaining begins: the thresholds are this "
    "project's. Yes: in every seed. No: in none.",
    "explanation.answer.yes": "yes",
    "explanation.answer.no": "no",
    "explanation.answer.seeds_differ": "seeds differ",
    "explanation.answer.unmeasured": "not measured",
    "explanation.by.jain2019": "Jain & Wallace, section {place}",
    "explanation.by.wiegreffe2019": "Wiegreffe & Pinter, section {place}",
    "explanation.by.neither": "neither paper",
    "explanation.definition.gradient_agreement": "agrees with gradients",
    "explanation.definition.gradient_agreement.asks": "It ranks words as their gradients do, at least as well as "
    "gradients and leave-one-out agree.",
    "explanation.definition.gradient_agreement.rule": "Difference of the two mean taus ≥ {threshold:g}.",
    "explanation.definition.leave_one_out_agreement": "agrees with leaving words out",
    "explanation.definition.leave_one_out_agreement.asks": "It ranks words as leaving them out does, at least as well "
    "as gradients and leave-one-out agree.",
    "explanation.definition.leave_one_out_agreement.rule": "Difference of the two mean taus ≥ {threshold:g}.",
    "explanation.definition.permutation_share": "cannot be shuffled",
    "explanation.definition.permutation_share.asks": "For most texts, the same weights on other words change the "
    "output.",
    "explanation.definition.permutation_share.rule": "Share of texts with a median change above 0.05 ≥ {threshold:g}.",
    "explanation.definition.adversary_jsd": "has no alternative, text by text",
    "explanation.definition.adversary_jsd.asks": "No very different attention gives the same output.",
    "explanation.definition.adversary_jsd.rule": "Mean JSD of the farthest adversaries < {threshold:g}.",
    "explanation.definition.uniform_loss": "is needed",
    "explanation.definition.uniform_loss.asks": "The model does worse with uniform weights.",
    "explanation.definition.uniform_loss.rule": "F1 with learned weights minus that with uniform ones ≥ {threshold:g}.",
    "explanation.definition.seed_share": "is steadier than adversaries",
    "explanation.definition.seed_share.asks": "Another seed moves it less than an adversary does.",
    "explanation.definition.seed_share.rule": "Share of texts with an adversary farther than the median seed ≥ "
    "{threshold:g}.",
    "explanation.definition.guide_gain": "guides another model",
    "explanation.definition.guide_gain.asks": "A network of single words does better with its weights than with "
    "uniform ones.",
    "explanation.definition.guide_gain.rule": "Difference in F1 ≥ {threshold:g}.",
    "explanation.definition.guide_over_adversary": "guides better than an adversary",
    "explanation.definition.guide_over_adversary.asks": "A network of single words does better with its weights than "
    "with those of a trained adversary.",
    "explanation.definition.guide_over_adversary.rule": "Difference in F1 ≥ {threshold:g}.",
    "explanation.definition.model_adversary_tvd": "has no alternative, model by model",
    "explanation.definition.model_adversary_tvd.asks": "No model with the same outputs has very different attention.",
    "explanation.definition.model_adversary_tvd.rule": "Smallest mean TVD of trained adversaries with a mean JSD "
    "above 0.4, minus that of a model that imitates outputs alone, ≥ {threshold:g}.",
    "explanation.definition.evidence_gain": "finds the evidence",
    "explanation.definition.evidence_gain.asks": "It finds the words that the label follows from at least as well as "
    "gradients do.",
    "explanation.definition.evidence_gain.rule": "Difference of areas under the curve ≥ {threshold:g}.",
}

KOREAN: Mapping[str, str] = {
    "explanation": "어텐션은 설명인가?",
    "explanation.note": "두 논문이 서로 다른 시험으로 이 문제를 다툽니다. 여기서는 두 논문의 시험이 모두 같은 학습된 "
    "모형을 들여다보고, 마지막 표는 설명이라는 말의 뜻마다 무엇이 따라 나오는지 보입니다. 시드에 대한 평균에는 95% "
    "구간이 있고, 분포는 글마다의 값이 기록에 남은 시드의 글에 대한 것입니다.",
    "explanation.claims": "주장 {count}개, {verdicts}",
    "explanation.nothing": "이 실험들의 기록이 아직 없습니다. `ablate run explanation`으로 만들 수 있습니다.",
    "explanation.model": "모형",
    "explanation.all_texts": "모든 글",
    "explanation.texts_predicted": "예측된 부류",
    "explanation.seeds_count": "시드",
    "explanation.over_seeds": "시드 평균, 95% 구간",
    "explanation.control": "대조",
    "explanation.from_memory": "* 표시한 논문의 수치는 기억에 의한 것이므로 보이기만 하고 판정에 쓰지 않습니다.",
    # heat maps
    "explanation.heat.title": "여러 어텐션으로 본 같은 글",
    "explanation.heat.text": "색이 어디에 있는지 보십시오. 첫 줄은 모형이 배운 것입니다. 다른 줄이 다른 낱말에 색을 "
    "두는데도 판단이 같다면, 어텐션은 그 판단의 유일한 풀이가 아니었습니다. 낱말을 가리키거나 옮겨 가면 가중치가 "
    "보입니다.",
    "explanation.heat.planted": "밑줄 친 낱말은 심어 둔 근거로, 규칙에 따라 여기서 정답이 나옵니다.",
    "explanation.heat.scale": "낱말의 가중치. 작은 가중치도 보이도록 색은 제곱근에 따라 짙어집니다",
    "explanation.heat.base": "배운 것",
    "explanation.heat.permuted": "섞은 것",
    "explanation.heat.adversary": "적대적, 같은 출력",
    "explanation.heat.other_seed": "다른 시드",
    "explanation.heat.reordered": "절의 순서를 바꿈",
    "explanation.heat.probability": "p({name}) =",
    # correlation
    "explanation.tau.title": "어텐션은 다른 척도와 같은 순서로 낱말을 매기는가?",
    "explanation.tau.text": "글의 낱말을 매긴 두 순위의 켄달 타우입니다. 1은 같은 순서, 0은 아무 관계 없음입니다. "
    "어텐션이 이런 뜻에서 설명이라면 처음 두 그림이, 두 중요도 척도를 서로 견준 셋째 그림만큼 오른쪽에 있어야 합니다. "
    "모양은 글에 대한 히스토그램이며 높이는 저마다 가장 많은 칸에 맞추었고, 표시는 시드 평균입니다.",
    "explanation.tau.mean": "글에 대한 평균 ± 편차",
    "explanation.tau.axis": "글 하나의 켄달 타우",
    "explanation.tau.gradient": "어텐션 – 기울기",
    "explanation.tau.leave_one_out": "어텐션 – 하나 빼기",
    "explanation.tau.measures": "기울기 – 하나 빼기",
    "explanation.tau.gradient.caption": "0의 오른쪽: 가중치가 큰 낱말이 기울기도 큽니다.",
    "explanation.tau.leave_one_out.caption": "0의 오른쪽: 가중치가 큰 낱말을 빼면 출력이 더 많이 바뀝니다.",
    "explanation.tau.measures.caption": "어텐션을 모르는 두 척도가 서로 얼마나 맞는가: 견줄 기준입니다.",
    "explanation.significant": "유의",
    "explanation.undefined": "정의되지 않음",
    "explanation.tau.table": "수치를 표로 보기: {pair}",
    "explanation.tau.how": "글에 대한 평균의 시드 평균과 95% 구간, ± 글에 대한 편차. p <= 0.05인 글의 비율. 두 순위 "
    "중 하나가 상수여서 타우가 없는 글의 수, 글마다의 값이 기록에 남은 시드에서. 부류는 논문처럼 예측된 부류입니다. "
    "논문의 두 판 가운데 하나는 에폭을 테스트로, 하나는 dev로 골랐고, 모든 글에 대해서는 평균만 있습니다(4.1절).",
    "explanation.tau.paper": "논문, 에폭은 {split}로: 평균 ± 편차, 유의",
    # bins of the largest weight
    "explanation.bins": "글에서 가장 큰 가중치:",
    "explanation.bins.counts": "n은 글마다의 값이 기록에 남은 시드의 글 수입니다.",
    "explanation.permutation.title": "가중치를 섞으면?",
    "explanation.permutation.text": "같은 가중치를 다른 낱말에 줍니다. 어텐션이 까닭을 말한다면 섞었을 때 출력이 "
    "바뀌어야 하고, 한 낱말이 거의 모든 가중치를 가진 곳에서 가장 그래야 합니다. 0에 붙은 모양은 출력이 개의치 않는 "
    "글입니다.",
    "explanation.permutation.caption": "한 글의 순열들에 대한 출력 변화의 중앙값. 모형마다 가장 큰 가중치에 따라 네 "
    "묶음이며, 위는 고른 어텐션, 아래는 뾰족한 어텐션입니다. 표시는 시드 평균입니다.",
    "explanation.permutation.axis": "출력 변화의 중앙값, TVD",
    "explanation.permutation.table": "수치를 표로 보기: 가장 큰 가중치에 따른 출력 변화",
    "explanation.adversary.title": "출력이 그대로인 채 어텐션은 얼마나 달라질 수 있는가?",
    "explanation.adversary.text": "글마다 출력이 같은(TVD 0.01 이하) 가장 먼 어텐션입니다. 첫 논문: 최댓값 ln 2에 "
    "가까우면 다른 어텐션도 같은 말을 했을 것입니다. 둘째 논문: 시드만 달라도 얼마나 먼지와 견주십시오. 그보다 먼 "
    "것만이 무언가를 말합니다.",
    "explanation.adversary.caption": "배운 어텐션에서의 발산, 위와 같이 배운 어텐션의 가장 큰 가중치에 따라. 점선: ln "
    "2. 다른 시드의 행: 시드만 다른 모형들에 대한 중앙값.",
    "explanation.adversary.axis": "JSD, nats",
    "explanation.adversary.table": "수치를 표로 보기: 가장 큰 가중치에 따른 발산",
    "explanation.seeds.of": "{row}, 다른 시드",
    "explanation.seeds.beyond": "{row}: 글의 {median}에서 적대적 어텐션이 중앙값의 시드보다 멀고, {all}에서는 모든 "
    "시드보다 멉니다.",
    # trained adversaries
    "explanation.trained.title": "모형 전체가 적대자가 될 수 있는가?",
    "explanation.trained.text": "둘째 모형을 다른 어텐션으로 기준과 같은 말을 하도록 학습합니다. 람다는 둘째 목표의 "
    "무게입니다. 왼쪽 위가 적대자, 곧 다른 어텐션과 같은 출력입니다. 곡선이 높아지기 전에 오른쪽으로 멀리 휠수록, 첫 "
    "논문의 글마다 찾은 적대적 어텐션(별)은 모형을 대표하지 못합니다.",
    "explanation.trained.caption": "{row}: 람다에 따른, 출력 변화에 대한 어텐션의 발산. 점을 지나는 선은 시드에 대한 "
    "95% 구간입니다. 점선: ln 2. 파선: {far:g}, 둘째 논문은 여기서부터 어텐션이 다르다고 봅니다.",
    "explanation.trained.x": "기준 출력과의 평균 TVD",
    "explanation.trained.y": "어텐션의 평균 JSD, nats",
    "explanation.trained.which": "적대자",
    "explanation.trained.curve": "기준에 맞서 학습한 모형",
    "explanation.trained.adversary": "글마다 하나씩",
    "explanation.trained.seeds": "다른 시드",
    "explanation.trained.paper": "논문, 표 4 (기억에 의함. 절반으로 센 TVD를 두 배로)",
    # guides
    "explanation.guides.title": "어텐션은 필요하며, 다른 모형을 이끄는가?",
    "explanation.guides.text": "두 가지 비교입니다. 같은 모형에서 배운 가중치와 균등한 가중치: 둘이 같으면 어텐션은 "
    "필요 없었고 판단할 수 없습니다. 그 아래는 낱말을 하나씩만 보는 신경망을 스스로 배운 가중치와 고정된 가중치 세 "
    "가지로 학습한 것입니다. 기준의 가중치가 균등한 것과 적대자의 것보다 도움이 되면, 거기에는 모형만이 아니라 "
    "낱말에 관한 것이 담겨 있습니다.",
    "explanation.guides.caption": "{row}: 테스트 세트의 F1. 작은 획은 시드 하나하나입니다.",
    "explanation.guides.weights": "가중치",
    "explanation.guides.paper": "논문의 값, 기억에 의함 (낱말 벡터가 다름)",
    "explanation.weights.test.f1": "모형: 배운 것",
    "explanation.weights.uniform.f1": "모형: 균등",
    "explanation.weights.guides.f1.uniform": "낱말만: 균등",
    "explanation.weights.guides.f1.trained": "낱말만: 스스로 배운 것",
    "explanation.weights.guides.f1.base": "낱말만: 기준의 것",
    "explanation.weights.guides.f1.adversary": "낱말만: 적대자의 것",
    # reordering
    "explanation.reordering.title": "순서를 바꾼 같은 감상",
    "explanation.reordering.text": "문장 또는 절의 자리를 바꾸고 그 안은 그대로 둡니다. 판단이 그대로이며, 가중치는 "
    "제 낱말을 따라가는가? 평균 인코더는 문맥을 섞지 않아 알아챌 수 없으므로 대조이며, 1, 1, 0에 있어야 합니다.",
    "explanation.reordering.unit": "바꾼 것",
    "explanation.reordering.sentences": "문장",
    "explanation.reordering.clauses": "절",
    "explanation.reordering.label": "정답이 그대로, {unit}",
    "explanation.reordering.stays": "판단이 그대로",
    "explanation.reordering.tau": "타우",
    "explanation.reordering.jsd": "JSD",
    "explanation.reordering.label_stays": "정답이 그대로",
    "explanation.reordering.follows": "판단이 정답을 따름",
    "explanation.reordering.stays.axis": "판단이 그대로인 글의 비율",
    "explanation.reordering.tau.axis": "낱말을 맞춘 켄달 타우의 평균",
    "explanation.reordering.jsd.axis": "낱말을 맞춘 JSD의 평균, nats",
    "explanation.reordering.stays.caption": "오른쪽: 순서를 바꾼 글에도 모형이 같은 말을 합니다. 규칙을 아는 곳의 "
    "마름모: 정답 자체가 그대로이므로 마땅히 그래야 할 비율.",
    "explanation.reordering.tau.caption": "오른쪽: 낱말이 어디로 가든 가중치의 순위를 지킵니다.",
    "explanation.reordering.jsd.caption": "왼쪽: 낱말이 가중치를 지킵니다.",
    # evidence
    "explanation.evidence.title": "누가 심어 둔 근거를 찾는가?",
    "explanation.evidence.text": "이 감상들에서는 어느 낱말에서 정답이 나오는지 압니다. 방법마다 글의 낱말에 순위를 "
    "매깁니다. 어텐션을 기울기와 하나 빼기에 견주고, 출력을 그대로 두는 적대적 어텐션도 근거를 찾는지 보십시오.",
    "explanation.evidence.auc": "ROC 곡선 아래 넓이",
    "explanation.evidence.precision": "k에서의 정밀도",
    "explanation.evidence.coverage": "근거에 놓인 가중치의 비율",
    "explanation.evidence.auc.caption": "1: 모든 근거 낱말이 다른 모든 낱말보다 위에 있습니다. 0.5: 우연.",
    "explanation.evidence.precision.caption": "순위가 가장 높은 k개 낱말 가운데 근거의 비율. k는 근거 낱말의 수입니다.",
    "explanation.evidence.coverage.caption": "모든 가중치 가운데 근거에 놓인 몫: 배운 것, 적대적인 것, 균등한 것.",
    "explanation.way.attention": "어텐션",
    "explanation.way.adversary": "적대적 어텐션",
    "explanation.way.gradient": "기울기",
    "explanation.way.gradient_norm": "기울기의 크기",
    "explanation.way.gradient_x_input": "기울기 × 입력",
    "explanation.way.integrated_gradients": "적분 기울기",
    "explanation.way.leave_one_out": "하나 빼기",
    "explanation.way.chance": "우연",
    # definitions
    "explanation.definitions.title": "설명을 어떻게 정의하느냐에 달렸다",
    "explanation.definitions.text": "행은 설명이라는 말의 뜻으로 마지막을 빼고는 논문에서 왔고, 열은 모형입니다. "
    "칸은 그 뜻에서 어텐션이 설명하는지와 그 아래 측정값의 평균입니다. 열을 따라 내려 읽으십시오. 한 모형의 답이 "
    "하나입니까?",
    "explanation.definitions.head": "어텐션이 설명이려면",
    "explanation.definitions.rules": "정의마다 무엇을 묻고 어떻게 재는가",
    "explanation.definitions.threshold": "어느 논문도 설명이 어디서 시작하는지 말하지 않으므로 문턱은 이 프로젝트의 "
    "것입니다. 예: 모든 시드에서. 아니요: 어느 시드에서도 아님.",
    "explanation.answer.yes": "예",
    "explanation.answer.no": "아니요",
    "explanation.answer.seeds_differ": "시드마다 다름",
    "explanation.answer.unmeasured": "측정되지 않음",
    "explanation.by.jain2019": "Jain & Wallace, {place}절",
    "explanation.by.wiegreffe2019": "Wiegreffe & Pinter, {place}절",
    "explanation.by.neither": "두 논문에 없음",
    "explanation.definition.gradient_agreement": "기울기와 맞는다",
    "explanation.definition.gradient_agreement.asks": "기울기와 하나 빼기가 서로 맞는 만큼은 기울기처럼 낱말의 순위를 "
    "매긴다.",
    "explanation.definition.gradient_agreement.rule": "두 평균 타우의 차 ≥ {threshold:g}.",
    "explanation.definition.leave_one_out_agreement": "낱말을 뺀 것과 맞는다",
    "explanation.definition.leave_one_out_agreement.asks": "기울기와 하나 빼기가 서로 맞는 만큼은 낱말을 뺀 것처럼 "
    "순위를 매긴다.",
    "explanation.definition.leave_one_out_agreement.rule": "두 평균 타우의 차 ≥ {threshold:g}.",
    "explanation.definition.permutation_share": "섞을 수 없다",
    "explanation.definition.permutation_share.asks": "대부분의 글에서 같은 가중치를 다른 낱말에 주면 출력이 바뀐다.",
    "explanation.definition.permutation_share.rule": "변화의 중앙값이 0.05를 넘는 글의 비율 ≥ {threshold:g}.",
    "explanation.definition.adversary_jsd": "글마다 대안이 없다",
    "explanation.definition.adversary_jsd.asks": "아주 다른 어텐션으로는 같은 출력이 나오지 않는다.",
    "explanation.definition.adversary_jsd.rule": "가장 먼 적대적 어텐션의 평균 JSD < {threshold:g}.",
    "explanation.definition.uniform_loss": "필요하다",
    "explanation.definition.uniform_loss.asks": "균등한 가중치로는 모형이 더 나빠진다.",
    "explanation.definition.uniform_loss.rule": "배운 가중치의 F1에서 균등한 가중치의 F1을 뺀 것 ≥ {threshold:g}.",
    "explanation.definition.seed_share": "적대자보다 한결같다",
    "explanation.definition.seed_share.asks": "다른 시드는 적대자보다 어텐션을 적게 바꾼다.",
    "explanation.definition.seed_share.rule": "적대적 어텐션이 중앙값의 시드보다 먼 글의 비율 ≥ {threshold:g}.",
    "explanation.definition.guide_gain": "다른 모형을 이끈다",
    "explanation.definition.guide_gain.asks": "낱말만 보는 신경망이 균등한 가중치보다 이 가중치로 더 잘한다.",
    "explanation.definition.guide_gain.rule": "F1의 차 ≥ {threshold:g}.",
    "explanation.definition.guide_over_adversary": "적대자보다 잘 이끈다",
    "explanation.definition.guide_over_adversary.asks": "낱말만 보는 신경망이 학습된 적대자의 가중치보다 이 가중치로 "
    "더 잘한다.",
    "explanation.definition.guide_over_adversary.rule": "F1의 차 ≥ {threshold:g}.",
    "explanation.definition.model_adversary_tvd": "모형마다 대안이 없다",
    "explanation.definition.model_adversary_tvd.asks": "출력이 같은 모형 가운데 어텐션이 아주 다른 것이 없다.",
    "explanation.definition.model_adversary_tvd.rule": "평균 JSD가 0.4를 넘는 학습된 적대자의 가장 작은 평균 TVD에서 "
    "출력만 흉내 낸 모형의 TVD를 뺀 것 ≥ {threshold:g}.",
    "explanation.definition.evidence_gain": "근거를 찾는다",
    "explanation.definition.evidence_gain.asks": "정답이 나오는 낱말을 적어도 기울기만큼 잘 찾는다.",
    "explanation.definition.evidence_gain.rule": "곡선 아래 넓이의 차 ≥ {threshold:g}.",
}
