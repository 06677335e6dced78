"""What the rows of one ladder come to, and how that is told.

A row is what is kept of one task: who wrote what passed, whether it ships and is right, what it
is trusted for, and each attempt with its tokens and seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.ladders import FAMILY
from hatch_intent.pipeline import trusted

LEVELS = ("examples", "agreed", "properties")
TOKENS = ("prompt_tokens", "cached_prompt_tokens", "completion_tokens")
Row = dict[str, Any]


def figures(rows: Sequence[Row]) -> Row:
    """Totals, the same for what each level of trust would let ship, and by step."""
    attempts = [(row, each) for row in rows for each in row["attempts"]]
    steps: dict[str, Row] = {}
    for row in rows:
        for each in row["attempts"]:
            place = steps.setdefault(
                f"{each['step']} {each['model'].removeprefix(FAMILY)}", _none()
            )
            place["calls"] += 1
            for count in TOKENS:
                place[count] += each[count]
            place["seconds"] = round(place["seconds"] + each["seconds"], 1)
        if _ships(row):
            last = row.get("step") or "draft"
            model = row.get("model", "")
            place = steps.setdefault(f"{last} {model.removeprefix(FAMILY)}", _none())
            place["right" if row["right"] else "escaped"] += 1
    right = sum(row["right"] for row in rows if _ships(row))
    prompt = sum(each["prompt_tokens"] for _, each in attempts)
    cached = sum(each["cached_prompt_tokens"] for _, each in attempts)
    completion = sum(each["completion_tokens"] for _, each in attempts)
    return {
        "tasks_tried": len(rows),
        "levels": {level: _level(rows, level) for level in LEVELS},
        "passed": sum(bool(row["code"]) for row in rows),
        "right": right,
        "calls": len(attempts),
        "prompt_tokens": prompt,
        "cached_prompt_tokens": cached,
        "completion_tokens": completion,
        "completion_tokens_per_right": round(completion / right) if right else None,
        "engine_seconds": round(sum(each["seconds"] for _, each in attempts), 1),
        "steps": steps,
    }


def _none() -> Row:
    return {"calls": 0, **dict.fromkeys(TOKENS, 0), "seconds": 0.0, "right": 0, "escaped": 0}


def _ships(row: Row) -> bool:
    """Whether what passed was written; rows of earlier results tell of nothing else."""
    return bool(row.get("ships", row["code"]))


def _level(rows: Sequence[Row], level: str) -> Row:
    passed = [row for row in rows if row["code"]]
    shipped = [row for row in passed if _ships(row) and trusted(row["trust"], level)]
    right = sum(row["right"] for row in shipped)
    return {
        "shipped": len(shipped),
        "right": right,
        "escaped": len(shipped) - right,
        "withheld": len(passed) - len(shipped),
        "withheld_right": sum(row["right"] for row in passed) - right,
    }


_HEAD = (
    "| ladder | require | tasks | shipped | right | escaped | withheld | of these right "
    "| calls | tokens | tokens a right one | prompt cached | wall s |"
)


def table(results: dict[str, Row]) -> str:
    """The totals as a Markdown table."""
    lines = [_HEAD, "|" + "---|" * _HEAD.count(" | ") + "---|"]
    for name, row in results.items():
        cached = f"{100 * row['cached_prompt_tokens'] / max(row['prompt_tokens'], 1):.0f} %"
        for level in LEVELS:
            part = row["levels"][level]
            if level != "examples" and (name.startswith("seed") or not part["shipped"]):
                continue
            share = round(row["completion_tokens"] / part["right"]) if part["right"] else "-"
            cells = [name, level, row["tasks_tried"], *(part[key] for key in part)]
            cells += [row["calls"], row["completion_tokens"], share, cached, row["wall_seconds"]]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def steps_table(results: dict[str, Row]) -> str:
    """What each step cost and what came of it."""
    heads = ("ladder", "step", "calls", "prompt", "cached", "tokens", "seconds", "right", "escaped")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, row in results.items():
        for step, each in row["steps"].items():
            cells = [name, step, *(each[key] for key in _none())]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
