"""The last screen of a study: verdicts, the recommended mix and its measured gain, where the report is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.results import Allocation, Comparison, Recommendation

if TYPE_CHECKING:
    from study.conduct import Outcome


def ending(outcome: Outcome) -> str:
    """Plain text for stdout."""
    from analyze.study_report import verdict_table

    report = outcome.report
    parts = [verdict_table(report)]
    parts.append(_mix(report.recommendation, report.comparison))
    if report.omitted:
        parts.append("Not part of this study:\n" + "\n".join(f"  {line}" for line in report.omitted))
    parts.append(f"Report: {outcome.html}")
    return "\n\n".join(parts)


def _row(allocation: Allocation, comparison: Comparison | None) -> str:
    a = allocation
    gain = comparison.by_ability.get(a.ability) if comparison else None
    measured = "" if gain is None else f", measured {gain:+.1f} points"
    return f"  {a.ability:18} {a.origin:9} {a.best:>6}  (uniform {a.uniform}{measured})"


def _mix(recommendation: Recommendation | None, comparison: Comparison | None) -> str:
    from analyze.findings import reconciled

    if recommendation is None:
        return "No mix was asked for (recommend.budget = 0)."
    changed = any(a.best != a.uniform for a in recommendation.allocations)
    if not recommendation.abstained:
        lines = [f"Recommended mix of {recommendation.budget} instances for base {recommendation.base}:"]
    elif changed:
        lines = [f"The uniform mix of {recommendation.budget} instances is kept; the best other mix found:"]
    else:
        lines = [f"The uniform mix of {recommendation.budget} instances is kept."]
    if changed:
        lines += [_row(a, comparison) for a in recommendation.allocations if a.best or a.uniform]
    lines.append(recommendation.reason)
    if comparison is None:
        lines.append("No clear gain: no other mix was trained.")
    else:
        low, high = comparison.interval.low, comparison.interval.high
        head = "Measured gain" if comparison.clear else "No clear gain"
        lines.append(
            f"{head} over the uniform mix of the same size on test: {comparison.gain:+.1f} points "
            f"({comparison.interval.level:.0%} interval {low:+.1f} to {high:+.1f}, {comparison.seeds} seeds each)"
        )
        lines += [text] if (text := reconciled(recommendation, comparison).strip()) else []
        if comparison.reason:
            lines.append(comparison.reason)
    return "\n".join(lines)
