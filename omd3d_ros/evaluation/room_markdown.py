"""A report's sections as Markdown tables."""

from __future__ import annotations

from .report import Metric, Report


def as_markdown(report: Report) -> str:
    """Title, facts, a table per section, and failures; the cases and their pictures are the page's."""
    lines = [f"# {report.title}", "", ", ".join(f"{name}: {text}" for name, text in report.facts.items()) + ".", ""]
    lines += [f"{note}\n" for note in report.notes]
    for section in report.sections:
        lines += [f"## {section.title}", ""]
        if section.note:
            lines += [section.note, ""]
        lines += ["| | value | 95 % interval | count |", "| --- | ---: | ---: | ---: |"]
        lines += [_row(metric) for metric in section.metrics]
        lines.append("")
    failures = report.failures()
    if failures:
        lines += ["## Failures", "", "| | count |", "| --- | ---: |"]
        lines += [f"| {name} | {count} |" for name, count in failures]
    return "\n".join(lines).rstrip() + "\n"


def _row(metric: Metric) -> str:
    value = f"{metric.value:.3f}" if metric.has_value else "-"
    interval = f"{metric.interval.low:.3f} to {metric.interval.high:.3f}" if metric.interval else "-"
    count = f"{metric.interval.count:,}" if metric.interval else ""
    return f"| {metric.name} | {value} | {interval} | {count} |"
