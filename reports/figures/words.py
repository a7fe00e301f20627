"""The texts of the figures in each language. Names of rows, metrics and scales stay as they are."""

from collections.abc import Mapping

from reports.figures import explanation_words

ENGLISH: Mapping[str, str] = {
    "scale": "Scale",
    "row": "row",
    "seed": "seed",
    "paper": "paper",
    "measured": "measured",
    "interval": "95% interval",
    "finding": "finding",
    "as_table": "The numbers as a table",
    "perplexity": "perplexity",
    "per_wordpiece": "perplexity per wordpiece",
    "loss": "loss on the dev set",
    "nats_per_wordpiece": "nats per wordpiece",
    "not_measured": "not measured",
    "layer": "layer",
    "agrees": "agrees",
    "differs": "does not agree",
    "untold": "cannot be told",
    "verdict.reproduced": "reproduced",
    "verdict.contradicted": "contradicted",
    "verdict.holds at this scale": "hold at this scale",
    "verdict.does not hold at this scale": "do not hold at this scale",
    "verdict.inconclusive": "inconclusive",
    "verdict.not run": "not run",
    "finding.better": "better",
    "finding.worse": "worse",
    "finding.higher": "higher",
    "finding.lower": "lower",
    "finding.same": "same",
    "finding.inconclusive": "inconclusive",
    # Table 3
    "table3": "Table 3: what each part is worth",
    "table3.note": "Each row changes one thing of the base model. On the left the paper's difference from its base, "
    "on the right the measured one with its 95% interval over seeds. Compare the sides of zero and the order of the "
    "rows, not the sizes: the data and, at small scales, the metric are others.",
    "table3.caption": "Differences from the base in {metric}; the paper's in {unit}. Filled: the same side of zero as "
    "in the paper. Square: the other side. Grey: the paper has no difference beyond its rounding.",
    "table3.axis_paper": "paper, {unit}",
    "table3.axis_measured": "measured, {metric}",
    "table3.label": "Table 3, differences from the base in {metric}, row by row, the paper's and the measured ones",
    "table3.signs": "{agreeing} of {signs} differences have the paper's sign; of {sames} that the paper prints as "
    "the same ({same:g} or less), {shown} are shown to be the same within the margin.",
    "table3.tau": "The order of the rows: Kendall's tau-b = {tau:.2f} (p = {p:.2g}, {n} rows).",
    "changed": "what changes",
    "sign_agrees": "the paper's sign",
    "sign_differs": "not the paper's sign",
    # Table 1
    "complexity": "Table 1: complexity, sequential operations, path length",
    "complexity.note": "For each kind of layer what the paper states, whether the measurement agrees, and beneath it "
    "the measured exponents or law with their 95% intervals. Operations are counted in the layers' own arithmetic, "
    "steps along the longest chain of operations of which each waits for the one before, paths by which output "
    "depends on which input.",
    "column.operations": "complexity per layer",
    "column.sequential": "sequential operations",
    "column.path": "maximum path length",
    "complexity.caption": "d = {d}, {mode}. {machine}.",
    "complexity.how": "Below, seconds a sentence against its length n, both axes logarithmic; bands are the spread of "
    "repeated measurements. Dotted: n = d, from where the paper expects recurrence to be the cheaper one. Solid: "
    "where the times of self-attention and the plain recurrent layer really cross.",
    "complexity.label": "Time against length of self-attention and recurrent layers at d = {d}, {mode}",
    "complexity.n": "length n",
    "complexity.seconds": "seconds a sentence",
    "mode.forward": "forward",
    "mode.training": "forward and backward",
    "complexity.crossings": "From which length self-attention costs more than recurrence",
    "complexity.what": "counted or timed",
    "complexity.stated": "paper",
    "complexity.crossing": "measured",
    "complexity.no_crossing": "not within the measured lengths",
    # section 4 and Table 1, in training
    "ablation": "Ablations, row by row",
    "ablation.note": "Each row changes one thing of its base. A difference is the row minus the base; p is corrected "
    "over the rows and metrics of the grid; could have seen is the smallest true difference found with 80% power.",
    "ablation.seeds": "seeds",
    "ablation.mean": "mean",
    "ablation.difference": "difference",
    "ablation.could_have_seen": "could have seen",
    "ablation.base": "base",
    "ablation.open": "{row} stays open in {metric}: {reason}.",
    "ablation.trend": "{metric} over {parameter}: {slope} {step} [{low}, {high}], p {p}; "
    "{smallest} could have been seen.",
    "ablation.trend_open": "{metric} over {parameter}: {reason}.",
    "ablation.doubling": "per doubling",
    "ablation.unit": "per unit",
    "ablation.caption": "{metric} over {parameter}, mean of each row with its interval of 95%",
    "ablation.label": "{metric} of {grid} over {parameter}, at the scale {scale}",
    "ablation.own": "Grids of one's own, from their records: means over seeds.",
    "pace": "Table 1 in training: time to the same quality",
    "pace.note": "Models of equal parameters train until the dev set's perplexity has come down to the same value. A "
    "model that is quicker an update may need more of them, and the other way round: the seconds to the goal hold "
    "both. Means over seeds with 95% intervals; cells ran alone on the machine.",
    "pace.goal.seconds": "seconds to the goal",
    "pace.goal.target_tokens": "target tokens to the goal",
    "pace.train.target_tokens_per_second": "target tokens a second",
    "pace.model.parameters": "parameters",
    "pace.times": "times as long as the base",
    "pace.runs": "runs",
    "pace.not_reached": "not reached",
    "pace.reached": "{runs}, of which {reached} reached the goal",
    # speed
    "throughput": "Speed beside other libraries",
    "throughput.note": "Each library works through the same batches from the same weights, in a process of its own, "
    "and they take turns, so that a machine that slows down slows all alike. Right of 1 one takes longer than ours.",
    "throughput.label": "How many times as long as this project other libraries take: {task}",
    "throughput.training": "training",
    "throughput.decoding": "decoding",
    "throughput.x": "times as long as this project",
    "throughput.hollow": "Points are medians over turns, strokes their quartiles; hollow points are libraries with "
    "this project's process settings.",
    "throughput.table": "The numbers as a table",
    "throughput.contender": "library",
    "throughput.rate": "target tokens a second",
    "throughput.times": "times as long [quartiles]",
    "throughput.memory": "most memory",
    "throughput.share": "of the matmul peak",
    "throughput.lost": "not measured",
    # the fast path's learning curve
    "learning": "Does the fast path learn the same?",
    "learning.note": "This project computes the Transformer by quicker paths than torch.nn.Transformer's layers. Both "
    "start from equal weights and see equal batches; dropout's masks differ (learning-exact has none). 95% intervals.",
    "learning.caption": "Dev perplexity over updates, mean over seeds, {grid} at the scale {scale}",
    "learning.end": "nats a target token at the end",
    "learning.apart": "difference, paired by seed",
    "learning.margin": "Differences below {margin} nats count as none.",
    # section 3.2.1's footnote
    "scaling": "Why 1/sqrt(d_k)",
    "scaling.note": "The wider queries and keys are, the larger their products, and the more a softmax over them is "
    "one key and nothing else. Move the slider: with 1/sqrt(d_k) nothing changes, without it all weight goes to one "
    "key.",
    "scaling.slider": "Width of queries and keys",
    "scaling.scaled": "with 1/sqrt(d_k)",
    "scaling.unscaled": "without",
    "scaling.quarter": "with d_k^-0.25",
    "scaling.bars": "Weights of the softmax over the keys, {mode}; the full height is a weight of 1",
    "scaling.entropy_is": "entropy",
    "scaling.of_uniform": "of {uniform} nats",
    "scaling.largest_is": "largest weight",
    "scaling.drawn": "Products of one query with {keys} keys, sqrt(d_k) z, with the same {keys} standard normal z at "
    "every d_k: what q . k is for components of mean 0 and variance 1 when the query has its expected length "
    "sqrt(d_k). Bars reach up to a weight of 1.",
    "scaling.measured": "Measured over d_k",
    "scaling.variance": "Variance of q . k: without the scale it grows as d_k, with it it stays at 1. Intervals of "
    "95% over draws.",
    "scaling.variance.axis": "Var(q . k)",
    "scaling.entropy": "Entropy of the softmax: the uniform distribution has the most, a single key has 0.",
    "scaling.entropy.axis": "entropy, nats",
    "scaling.largest": "Largest weight of the softmax: near 1 all others are left out.",
    "scaling.largest.axis": "largest weight",
    "scaling.jacobian": "What reaches the products in training: Frobenius norm of the softmax's Jacobian. Unscaled "
    "it grows at first, then vanishes.",
    "scaling.jacobian.axis": "norm of the Jacobian",
    "scaling.score": "{metric} of trained models over d_k, scale {scale}, initialisation {start}; mean and 95% "
    "interval over seeds.",
    # Table 2
    "bleu": "Table 2: BLEU and the bill",
    "bleu.note": "The same translations under each definition of BLEU. The paper's numbers are of other data and are "
    "here to be seen, not compared; a claim decides that, where corpus and definition are the paper's. At most twelve "
    "models are shown.",
    "bleu.published": "The paper's scores, on newstest2014, which it does not define (its authors' script counts "
    "compounds split, test.bleu_compound here):",
    "bleu.definition": "definition",
    "bleu.signature": "in words",
    "bleu.seeds": "seeds: {count}",
    "bleu.over_seeds": "over seeds",
    "bleu.over_sentences": "over sentences",
    "bleu.waterfall": "From one number to the next",
    "bleu.waterfall_text": "From the last checkpoint, decoded greedily, to the number that a paper would print: what "
    "averaging, beam, length penalty and the definition of BLEU bring. Bars to the right are gains, lines 95% "
    "intervals over sentences. An interval that holds the start of its bar is no gain that these sentences show.",
    "bleu.caption": "BLEU step by step, from the last checkpoint decoded greedily: {model}, seed {seed}",
    "bleu.axis": "BLEU",
    "cost": "The bill",
    "cost.text": "The paper multiplies hours, GPUs and a rate; the second column is 6 × parameters × target tokens: 2 "
    "operations for each parameter and token forward, 4 backward, products of activations left out, source taken as "
    "long as target. The two columns are different quantities and are never compared.",
    "cost.run": "training",
    "cost.as_paper": "as the paper counts it",
    "cost.as_counted": "as counted operations",
    "cost.paper": "the paper's {name}",
    "cost.paper_way": "{hours:g} h × {gpus} P100 × {rate:g} TFLOP/s",
    "cost.own_way": "{hours:.3g} h × {devices:g} × {hardware}; the paper gives no rate for it",
    "cost.printed": "the paper prints {text}",
    "cost.projection": "The paper's base run on this hardware",
    "cost.projection_text": "{steps} updates of about 25,000 target tokens are {tokens} target tokens, divided by the "
    "measured throughput of base in training.",
    "cost.projected": "{hardware}: {rate} target tokens a second, {hours} hours. Record:",
    "cost.no_base": "No record has the throughput of base in training, and that of a smaller model says nothing of it.",
    # learning curves and distance
    "curves": "Learning curves",
    "curves.note": "Perplexity on the dev set while the models train: over updates, over target tokens and over "
    "time, since what is ahead by one of these need not be by another. Of each run at most 150 points. At most eight "
    "of a scale are shown.",
    "curves.perplexity": "Perplexity on the dev set over {over}, scale {scale}.",
    "curves.bleu": "BLEU (sacreBLEU 13a) on the test set after so many minutes of training, averaged checkpoints, "
    "scale {scale}.",
    "curves.step": "updates",
    "curves.target_tokens": "million target tokens",
    "curves.seconds": "minutes of training",
    "curves.dev_perplexity": "dev perplexity",
    "distance": "Accuracy by distance",
    "distance.note": "Sentences translated exactly, by how many words lie between a word and what decides its "
    "translation. Section 4 expects self-attention, whose paths have one length, to keep its accuracy where "
    "recurrence loses it. Bars are 95% intervals, over seeds or, of a single seed, of its share of sentences. At "
    "most eight of a scale are shown.",
    "distance.caption": "Exact match over distance. Grid {grid}, scale {scale}, dependency: {kind}.",
    "distance.axis": "distance, words",
    "distance.percent": "exact match, %",
    # Chains
    "chains": "Layers and chains of references",
    "chains.note": "In the probe chains a word is decided by another one, which may itself be decided by a third, and "
    "so on. Sentences translated exactly, by the number of references in the longest chain, with N layers. Each layer "
    "of the encoder can double what a word knows of its chain, so no step is expected where a chain is as long as N.",
    "chains.caption": "Exact match over the length of the longest chain. Scale {scale}.",
    "chains.axis": "references in the longest chain",
    # the walk through one sentence
    "walk": "One sentence, step by step",
    "walk.note": "A sentence on its way through the model of {path}: every intermediate of a chosen head, and "
    "the attention of all heads. `repro inspect` opens the same for a sentence of your own.",
    "walk.damaged": "The inspection beside {path} cannot be shown: {reason}",
    # implementation checks
    "implementation_checks": "Is the implementation the paper's?",
    "implementation_checks.note": "Each line computes both sides on its own: the expected one from the paper's text "
    "and equations, the measured one by the code that trains.",
    "implementation_checks.count": "{holding} of {all} checks hold.",
    "implementation_checks.code": "Code:",
    "implementation_checks.check": "check",
    "implementation_checks.expected": "expected",
    "implementation_checks.holds": "holds",
    "implementation_checks.source": "place in the paper",
    "implementation_checks.not": "does not hold",
}

KOREAN: Mapping[str, str] = {
    "scale": "규모",
    "row": "행",
    "seed": "시드",
    "paper": "논문",
    "measured": "측정",
    "interval": "95% 구간",
    "finding": "결과",
    "as_table": "수치를 표로 보기",
    "perplexity": "퍼플렉서티",
    "per_wordpiece": "워드피스당 퍼플렉서티",
    "loss": "개발 세트 손실",
    "nats_per_wordpiece": "워드피스당 내트",
    "not_measured": "측정되지 않음",
    "layer": "층",
    "agrees": "일치",
    "differs": "불일치",
    "untold": "알 수 없음",
    "verdict.reproduced": "재현됨",
    "verdict.contradicted": "반박됨",
    "verdict.holds at this scale": "이 규모에서 성립",
    "verdict.does not hold at this scale": "이 규모에서 성립하지 않음",
    "verdict.inconclusive": "결론 없음",
    "verdict.not run": "실행되지 않음",
    "finding.better": "더 나음",
    "finding.worse": "더 나쁨",
    "finding.higher": "더 높음",
    "finding.lower": "더 낮음",
    "finding.same": "같음",
    "finding.inconclusive": "결론 없음",
    # Table 3
    "table3": "표 3: 각 부분의 값어치",
    "table3.note": "각 행은 기본 모형에서 한 가지를 바꿉니다. 왼쪽은 논문의 기준 대비 차이, 오른쪽은 측정한 차이와 "
    "시드에 대한 95% 구간입니다. 크기가 아니라 0의 어느 쪽인지와 행의 순서를 견주십시오. 데이터가 다르고, 작은 "
    "규모에서는 지표도 다릅니다.",
    "table3.caption": "기준 대비 {metric} 차이. 논문의 단위는 {unit}. 채운 점: 논문과 0의 같은 쪽. 네모: 반대쪽. "
    "회색: 논문의 차이가 반올림 이내.",
    "table3.axis_paper": "논문, {unit}",
    "table3.axis_measured": "측정, {metric}",
    "table3.label": "표 3, 행마다 기준 대비 {metric}의 차이, 논문의 값과 측정값",
    "table3.signs": "차이 {signs}개 중 {agreeing}개가 논문과 부호가 같습니다. 논문이 같다고({same:g} 이하) 한 "
    "{sames}개 중 {shown}개가 허용 범위 안에서 같음이 입증되었습니다.",
    "table3.tau": "행의 순서: 켄달의 타우-b = {tau:.2f} (p = {p:.2g}, {n}행).",
    "changed": "바뀌는 것",
    "sign_agrees": "논문과 같은 부호",
    "sign_differs": "논문과 다른 부호",
    # Table 1
    "complexity": "표 1: 복잡도, 순차 연산, 경로 길이",
    "complexity.note": "층의 종류마다 논문이 말하는 것과 측정이 일치하는지, 그 아래에 측정한 지수 또는 법칙과 95% "
    "구간을 보입니다. 연산은 층이 실제로 하는 계산을 세고, 단계는 서로 기다려야 하는 가장 긴 사슬을, 경로는 어느 "
    "출력이 어느 입력에 달려 있는지로 잽니다.",
    "column.operations": "층당 복잡도",
    "column.sequential": "순차 연산",
    "column.path": "최대 경로 길이",
    "complexity.caption": "d = {d}, {mode}. {machine}.",
    "complexity.how": "아래는 길이 n에 따른 문장당 초이며 두 축 모두 로그입니다. 띠는 반복 측정의 퍼짐입니다. 점선: n "
    "= d, 논문에 따르면 여기서부터 순환이 더 쌉니다. 실선: 자기 어텐션과 단순 순환 층의 시간이 실제로 교차하는 곳.",
    "complexity.label": "d = {d}에서 자기 어텐션과 순환 층의 길이에 따른 시간, {mode}",
    "complexity.n": "길이 n",
    "complexity.seconds": "문장당 초",
    "mode.forward": "순방향",
    "mode.training": "순방향과 역방향",
    "complexity.crossings": "자기 어텐션이 순환보다 비싸지는 길이",
    "complexity.what": "센 것 또는 잰 것",
    "complexity.stated": "논문",
    "complexity.crossing": "측정",
    "complexity.no_crossing": "측정한 길이 안에는 없음",
    # section 4 and Table 1, in training
    "ablation": "절제 실험, 행마다",
    "ablation.note": "각 행은 기준에서 한 가지를 바꿉니다. 차이는 행에서 기준을 뺀 값이고, p는 그리드의 행과 지표에 "
    "대해 보정되었으며, 볼 수 있었던 차이는 80% 검정력으로 찾을 수 있는 가장 작은 참 차이입니다.",
    "ablation.seeds": "시드",
    "ablation.mean": "평균",
    "ablation.difference": "차이",
    "ablation.could_have_seen": "볼 수 있었던 차이",
    "ablation.base": "기준",
    "ablation.open": "{metric}에서 {row}은 판정되지 않음: {reason}.",
    "ablation.trend": "{parameter}에 따른 {metric}: {step} {slope} [{low}, {high}], p {p}; {smallest}을 볼 수 있었음.",
    "ablation.trend_open": "{parameter}에 따른 {metric}: {reason}.",
    "ablation.doubling": "두 배마다",
    "ablation.unit": "단위마다",
    "ablation.caption": "{parameter}에 따른 {metric}, 각 행의 평균과 95% 구간",
    "ablation.label": "규모 {scale}에서 {parameter}에 따른 {grid}의 {metric}",
    "ablation.own": "자신의 그리드, 기록에서: 시드에 대한 평균.",
    "pace": "표 1을 학습에서: 같은 품질까지의 시간",
    "pace.note": "파라미터 수가 같은 모형들을 개발 집합의 퍼플렉서티가 같은 값에 이를 때까지 학습합니다. 갱신이 빠른 "
    "모형이 더 많은 갱신을 필요로 할 수도 있고 그 반대일 수도 있습니다. 목표까지의 초는 둘 다 담습니다. 시드에 대한 "
    "평균과 95% 구간이며, 각 셀은 기계를 혼자 썼습니다.",
    "pace.goal.seconds": "목표까지의 초",
    "pace.goal.target_tokens": "목표 품질까지의 번역문 토큰",
    "pace.train.target_tokens_per_second": "초당 번역문 토큰",
    "pace.model.parameters": "파라미터",
    "pace.times": "기준의 몇 배인가",
    "pace.runs": "실행",
    "pace.not_reached": "이르지 못함",
    "pace.reached": "{runs}, 그중 목표 도달 {reached}",
    # speed
    "throughput": "다른 라이브러리와 나란히 잰 속도",
    "throughput.note": "각 라이브러리가 같은 가중치에서 출발해 같은 배치를 자기 프로세스에서 처리합니다. 번갈아 "
    "돌기 때문에 기계가 느려지면 모두 같이 느려집니다. 1보다 오른쪽이면 이 프로젝트보다 오래 걸립니다.",
    "throughput.label": "다른 라이브러리가 이 프로젝트의 몇 배 걸리는가: {task}",
    "throughput.training": "학습",
    "throughput.decoding": "디코딩",
    "throughput.x": "이 프로젝트의 몇 배 걸리는가",
    "throughput.hollow": "점은 차례들의 중앙값, 선은 사분위수입니다. 속이 빈 점은 이 프로젝트의 "
    "프로세스 설정을 준 라이브러리입니다.",
    "throughput.table": "숫자 표",
    "throughput.contender": "라이브러리",
    "throughput.rate": "초당 번역문 토큰",
    "throughput.times": "몇 배 걸리는가 [사분위수]",
    "throughput.memory": "최대 메모리",
    "throughput.share": "행렬곱 최고 속도 대비",
    "throughput.lost": "재지 못함",
    # the fast path's learning curve
    "learning": "빠른 경로도 똑같이 배우는가",
    "learning.note": "이 프로젝트는 torch.nn.Transformer의 층보다 빠른 경로로 트랜스포머를 계산합니다. 둘은 같은 "
    "가중치에서 출발해 같은 배치를 보며, 드롭아웃 마스크만 다릅니다(learning-exact에는 없음). 평균과 95% 구간.",
    "learning.caption": "갱신 횟수에 따른 개발 집합 퍼플렉서티, 시드 평균, {grid}, 규모 {scale}",
    "learning.end": "끝에서 번역문 토큰당 nats",
    "learning.apart": "시드별로 짝지은 차이",
    "learning.margin": "{margin} nats보다 작은 차이는 없는 것으로 봅니다.",
    # section 3.2.1's footnote
    "scaling": "왜 1/sqrt(d_k)인가",
    "scaling.note": "질의와 키가 넓을수록 그 곱이 커지고, 그 위의 소프트맥스는 키 하나만 남깁니다. 슬라이더를 움직여 "
    "보십시오. 1/sqrt(d_k)가 있으면 아무것도 변하지 않고, 없으면 모든 가중치가 키 하나로 갑니다.",
    "scaling.slider": "질의와 키의 너비",
    "scaling.scaled": "1/sqrt(d_k) 있음",
    "scaling.unscaled": "없음",
    "scaling.quarter": "d_k^-0.25",
    "scaling.bars": "키에 대한 소프트맥스의 가중치, {mode}. 전체 높이가 가중치 1",
    "scaling.entropy_is": "엔트로피",
    "scaling.of_uniform": "(최대 {uniform} nats)",
    "scaling.largest_is": "가장 큰 가중치",
    "scaling.drawn": "질의 하나와 키 {keys}개의 곱 sqrt(d_k) z, 모든 d_k에서 같은 표준 정규 z {keys}개. 평균 0, 분산 "
    "1인 성분의 q . k를 질의의 길이가 기댓값 sqrt(d_k)일 때 나타냅니다. 막대의 꼭대기는 가중치 1입니다.",
    "scaling.measured": "d_k에 따른 측정",
    "scaling.variance": "q . k의 분산: 나누지 않으면 d_k만큼 커지고, 나누면 1에 머뭅니다. 뽑기에 대한 95% 구간.",
    "scaling.variance.axis": "Var(q . k)",
    "scaling.entropy": "소프트맥스의 엔트로피: 균등 분포에서 가장 크고, 키 하나뿐이면 0입니다.",
    "scaling.entropy.axis": "엔트로피, nats",
    "scaling.largest": "소프트맥스의 가장 큰 가중치: 1에 가까우면 나머지는 버려집니다.",
    "scaling.largest.axis": "가장 큰 가중치",
    "scaling.jacobian": "학습에서 곱까지 닿는 것: 소프트맥스 야코비안의 프로베니우스 노름. 나누지 않으면 처음에 "
    "커졌다가 사라집니다.",
    "scaling.jacobian.axis": "야코비안의 노름",
    "scaling.score": "d_k에 따른 학습된 모형의 {metric}, 규모 {scale}, 초기화 {start}. 시드에 대한 평균과 95% 구간.",
    # Table 2
    "bleu": "표 2: BLEU와 비용",
    "bleu.note": "같은 번역을 BLEU의 정의마다 채점한 것입니다. 논문의 수치는 다른 데이터의 것이므로 보기 위한 것이지 "
    "견주기 위한 것이 아닙니다. 말뭉치와 정의가 논문과 같은 곳에서 주장이 그것을 판정합니다. 많아야 열두 모형을 "
    "보입니다.",
    "bleu.published": "논문의 newstest2014 점수. 논문은 정의를 밝히지 않습니다(저자들의 스크립트는 합성어를 나누어 "
    "셉니다. 여기서는 test.bleu_compound):",
    "bleu.definition": "정의",
    "bleu.signature": "자세히",
    "bleu.seeds": "시드 {count}개",
    "bleu.over_seeds": "시드에 대해",
    "bleu.over_sentences": "문장에 대해",
    "bleu.waterfall": "한 수치에서 다음 수치로",
    "bleu.waterfall_text": "마지막 체크포인트를 탐욕적으로 디코딩한 것에서 논문이 실을 수치까지, 평균, 빔, 길이 벌점, "
    "BLEU의 정의가 각각 더하는 것. 오른쪽 막대는 이득, 선은 문장에 대한 95% 구간입니다. 막대의 시작을 품은 구간은 이 "
    "문장들로 보일 수 있는 이득이 아닙니다.",
    "bleu.caption": "마지막 체크포인트의 탐욕 디코딩부터 단계마다의 BLEU: {model}, 시드 {seed}",
    "bleu.axis": "BLEU",
    "cost": "비용",
    "cost.text": "논문은 시간, GPU 수, 속도를 곱합니다. 둘째 열은 6 × 매개변수 × 목표 토큰입니다. 매개변수와 토큰마다 "
    "순방향 2, 역방향 4연산이며, 활성값끼리의 곱은 빼고 원문은 목표문만큼 길다고 봅니다. 두 열은 다른 양이므로 견주지 "
    "않습니다.",
    "cost.run": "학습",
    "cost.as_paper": "논문의 방식",
    "cost.as_counted": "연산 수",
    "cost.paper": "논문의 {name}",
    "cost.paper_way": "{hours:g}시간 × P100 {gpus}개 × {rate:g} TFLOP/s",
    "cost.own_way": "{hours:.3g}시간 × {devices:g} × {hardware}. 논문에 이것의 속도는 없음",
    "cost.printed": "논문에는 {text}",
    "cost.projection": "이 하드웨어에서 논문의 base 학습",
    "cost.projection_text": "목표 토큰 약 25,000개의 갱신 {steps}번은 목표 토큰 {tokens}개이며, 이를 측정한 base의 "
    "학습 처리량으로 나눕니다.",
    "cost.projected": "{hardware}: 초당 목표 토큰 {rate}개, {hours}시간. 기록:",
    "cost.no_base": "base의 학습 처리량을 담은 기록이 없고, 더 작은 모형의 처리량으로는 알 수 없습니다.",
    # learning curves and distance
    "curves": "학습 곡선",
    "curves.note": "학습하는 동안의 dev 세트 퍼플렉서티를 갱신 수, 목표 토큰 수, 시간에 따라 보입니다. 하나에서 앞선 "
    "것이 다른 것에서도 앞서지는 않기 때문입니다. 실행마다 최대 150점입니다. 규모마다 많아야 여덟 개를 보입니다.",
    "curves.perplexity": "{over}에 따른 dev 세트의 퍼플렉서티, 규모 {scale}.",
    "curves.bleu": "학습 시간(분)에 따른 테스트 세트의 BLEU (sacreBLEU 13a), 평균한 체크포인트, 규모 {scale}.",
    "curves.step": "갱신",
    "curves.target_tokens": "번역문 토큰, 백만 개",
    "curves.seconds": "학습 시간, 분",
    "curves.dev_perplexity": "dev 퍼플렉서티",
    "distance": "거리에 따른 정확도",
    "distance.note": "한 낱말과 그 번역을 정하는 것 사이의 낱말 수에 따른, 정확히 번역된 문장의 비율. 4절에 따르면 "
    "경로의 길이가 하나뿐인 자기 어텐션은 순환이 정확도를 잃는 곳에서도 그것을 지킬 것입니다. 막대는 시드에 대한, "
    "시드가 하나이면 문장 비율의 95% 구간입니다. 규모마다 많아야 여덟 개를 보입니다.",
    "distance.caption": "거리에 따른 정확 일치. 그리드 {grid}, 규모 {scale}, 의존: {kind}.",
    "distance.axis": "거리, 낱말",
    "distance.percent": "정확히 일치, %",
    # Chains
    "chains": "층과 참조의 사슬",
    "chains.note": "탐침 chains에서는 한 낱말을 다른 낱말이 정하고, 그 낱말을 또 다른 낱말이 정합니다. "
    "가장 긴 사슬에 든 참조의 수에 따라, N개 층으로 정확히 번역된 문장의 비율입니다. "
    "인코더의 층마다 낱말이 사슬에 대해 아는 것이 두 배가 될 수 있습니다. "
    "따라서 사슬의 길이가 N인 곳에서 갑자기 떨어지리라고 기대하지는 않습니다.",
    "chains.caption": "가장 긴 사슬의 길이에 따른 정확 일치. 규모 {scale}.",
    "chains.axis": "가장 긴 사슬의 참조 수",
    # the walk through one sentence
    "walk": "한 문장을 한 걸음씩",
    "walk.note": "한 문장이 {path}의 모형을 지나는 길: 고른 헤드의 모든 중간 결과와 모든 헤드의 어텐션. "
    "`repro inspect`는 원하는 문장으로 같은 것을 엽니다.",
    "walk.damaged": "{path} 옆의 기록된 문장을 보일 수 없습니다: {reason}",
    # implementation checks
    "implementation_checks": "구현은 논문의 것인가?",
    "implementation_checks.note": "각 줄은 양쪽을 따로 계산합니다. "
    "기대값은 논문의 글과 식에서, 측정값은 학습에 쓰는 코드로 얻습니다.",
    "implementation_checks.count": "검사 {all}개 중 {holding}개가 맞습니다.",
    "implementation_checks.code": "코드:",
    "implementation_checks.check": "검사",
    "implementation_checks.expected": "기대",
    "implementation_checks.holds": "맞음",
    "implementation_checks.source": "논문의 자리",
    "implementation_checks.not": "맞지 않음",
}

FIGURES: Mapping[str, Mapping[str, str]] = {
    "en": {**ENGLISH, **explanation_words.ENGLISH},
    "ko": {**KOREAN, **explanation_words.KOREAN},
}
"""Language -> all texts of the figures."""
