"""The figures of the page, one module a section. Each has `section(report, language)`; None where it has no records."""
