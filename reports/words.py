"""The texts of the report in each language. What comes from claims and records stays as it is."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "title": "What the papers claim, and what was measured",
    "intro": "Made from {records} records. A claim is reproduced or contradicted only at a scale that can decide it; "
    "elsewhere it holds at this scale or does not. Figures marked *from memory* were not compared with the paper, "
    "and no verdict rests on their numbers.",
    "verdicts": "Verdicts",
    "paper": "paper",
    "all": "all",
    "claim": "claim",
    "published": "published",
    "measured": "measured, 95% interval",
    "seeds": "seeds",
    "verdict": "verdict",
    "repeat": "Repeat and compare",
    "run": "Run",
    "run_any": "No command runs it yet.",
    "memory": "from memory",
    "at": "at {scale}",
    "elsewhere": "elsewhere",
    "why": "why",
    "failed": "Cells that are not done",
    "no_failed": "None.",
    "cell": "cell",
    "status": "status",
    "error": "what went wrong",
    "damaged": "Records that cannot be read",
    "set_aside": "Records set aside: of cells that their grid plans no more, or that another one of the same row and "
    "seed replaces",
    "untried": "The paper's own BLEU scores, on WMT 2014, have not been tried. One command would try them, on "
    "one GPU or more, for days:",
    "foreign": "{count} records carry the name of a shipped grid and are of another one: they give no verdict.",
    "differs": "what differs",
    "record": "record",
    "rules": "How claims are judged",
    "rules_text": "Rows are compared with their base over seeds: with one deviation for all rows where the grid says "
    "so and they vary alike, else by pairs of runs with one seed. A stated direction is tested by a "
    "one-sided t test, sameness and published numbers by two one-sided t tests within a margin, an "
    "order by Kendall's tau-b; Holm's correction goes over all claims of one table or section at one "
    "scale, run or not. A claim holds at p ≤ {for_}; it is false only where the opposite, or a "
    "difference smaller than the margin, is shown at p ≤ {against}. Fewer than {seeds} seeds decide "
    "nothing. Measurements that no seed changes are compared with their intervals.",
}

KOREAN: Mapping[str, str] = {
    "title": "논문의 주장과 측정 결과",
    "intro": "기록 {records}개로 작성되었습니다. 주장은 그것을 판정할 수 있는 규모에서만 재현되거나 반박되며, "
    "다른 규모에서는 그 규모에서 성립하는지만 말합니다. *기억에 의존*이라고 표시된 수치는 논문과 "
    "대조되지 않았으며, 어떤 판정도 그 수치에 근거하지 않습니다.",
    "verdicts": "판정",
    "paper": "논문",
    "all": "전체",
    "claim": "주장",
    "published": "논문의 값",
    "measured": "측정값, 95% 구간",
    "seeds": "시드",
    "verdict": "판정",
    "repeat": "반복하여 비교",
    "run": "실행",
    "run_any": "아직 실행할 명령이 없습니다.",
    "memory": "기억에 의존",
    "at": "규모 {scale}",
    "elsewhere": "다른 규모",
    "why": "이유",
    "failed": "완료되지 않은 셀",
    "no_failed": "없음.",
    "cell": "셀",
    "status": "상태",
    "error": "문제",
    "damaged": "읽을 수 없는 기록",
    "set_aside": "제외된 기록: 그리드가 더는 계획하지 않거나, 같은 행과 시드의 다른 셀로 대체된 셀",
    "untried": "논문 자체의 WMT 2014 BLEU 점수는 아직 재현을 시도하지 않았습니다. "
    "다음 명령 하나로 시도할 수 있으며, GPU 한 장 이상으로 며칠이 걸립니다:",
    "foreign": "기록 {count}개는 제공된 그리드의 이름을 달고 있으나 다른 그리드의 것이므로 판정하지 않습니다.",
    "differs": "다른 점",
    "record": "기록",
    "rules": "판정 방법",
    "rules_text": "각 행은 여러 시드에 걸쳐 기준과 비교합니다. 그리드가 그렇게 정하고 행들의 편차가 비슷하면 모든 행에 "
    "공통된 편차를 쓰고, 그렇지 않으면 같은 시드의 실행끼리 짝짓습니다. 방향에 대한 주장은 단측 t 검정으로, 같다는 "
    "주장과 논문의 수치는 허용 범위 안의 두 단측 t 검정으로, 순서는 켄달의 타우-b로 검정합니다. 홀름 "
    "보정은 한 규모에서 같은 표나 절에 속한 모든 주장에 대해, 실행 여부와 관계없이 적용됩니다. p ≤ "
    "{for_}이면 주장이 성립하고, 반대 방향이나 허용 범위보다 작은 차이가 p ≤ {against}로 보일 때만 "
    "거짓입니다. 시드가 {seeds}개보다 적으면 아무것도 판정하지 않습니다. 시드에 따라 변하지 않는 측정은 "
    "그 구간으로 비교합니다.",
}

LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "ko": KOREAN}
