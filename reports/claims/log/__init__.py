"""When each claim's question last changed: `questions.yaml`, which `reports.claims.question_history` writes."""
