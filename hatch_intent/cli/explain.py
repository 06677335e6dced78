"""`explain`: everything known of one module."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from hatch_intent.cli.place import modules_of, project_of
from hatch_intent.cli.report import DAMAGED, attempts
from hatch_intent.cli.screen import Screen
from hatch_intent.freshness import Freshness
from hatch_intent.project import Project
from hatch_intent.report.json import read_report
from hatch_intent.report.table import table
from hatch_intent.report.words import checks
from hatch_intent.tree import Tree, look


def run(args: Namespace, screen: Screen) -> int:
    """Show it, or with `--prompt` what a model would be asked for it."""
    project = project_of(args)
    tree = look(project)
    modules = [tree.assessment.modules[number] for number in modules_of(tree, [args.name])]
    if args.json:
        screen.json([known(tree, each) for each in modules])
    for each in () if args.json else modules:
        screen.answer(_prompt(project, each) if args.prompt else _told(tree, each))
    return 0


def known(tree: Tree, module: Freshness) -> dict[str, Any]:
    """State, origin, checks, neighbours and the last report of one module."""
    project, entry = tree.project, module.entry
    report = read_report(project, module.name)
    part = report.get("targets", {}).get(module.target)
    path = f".intent/reports/{module.name}.report.json"
    return {
        "name": module.name,
        "target": module.target,
        "state": module.state,
        "why": module.why,
        "spec": module.spec_file.path,
        "output": module.output,
        "locked": vars(entry) if entry else None,
        "uses": [each.name for each in module.uses],
        "used_by": [
            other.name
            for other in tree.assessment.modules
            if any(each.key == module.key for each in other.uses)
        ],
        "report": path if part else None,
        "last": part,
        "prompt": _messages(project, module),
    }


def _told(tree: Tree, module: Freshness) -> str:
    facts = known(tree, module)
    neighbours = (("uses", facts["uses"]), ("used by", facts["used_by"]))
    why = f": {facts['why']}" if facts["why"] else ""
    rows = [
        (f"{module.name} {module.target}", f"{module.state}{why}"),
        ("spec", module.spec_file.path),
        ("module", module.output),
        *((title, ", ".join(names)) for title, names in neighbours if names),
        *_origin(module),
        *_mirror(module),
        ("report", facts["report"] or _no_report(tree.project, module)),
    ]
    lines = [table(rows)]
    if facts["last"]:
        hole = facts["last"]["ambiguity"]  # in lines of its own, to be copied
        report = {
            "name": module.name,
            "targets": {module.target: {**facts["last"], "ambiguity": []}},
        }
        lines += [*attempts(report), *hole]
    return "\n".join(lines)


def _no_report(project: Project, module: Freshness) -> str:
    path = f".intent/reports/{module.name}.report.json"
    damaged = (project.root / path).exists() and not read_report(project, module.name)
    return f"{path} {DAMAGED}" if damaged else "none"


def _origin(module: Freshness) -> list[tuple[str, str]]:
    entry = module.entry
    if entry is None:
        return [("locked", "never")]
    passed = checks(entry.examples, entry.inputs)
    checked = [("checked", f"{passed}, trust: {entry.trust}")]
    if entry.agrees:
        checked.append(("agrees", f"with {entry.agrees}"))
    if entry.disagree:
        checked.append(("doubt", f"{entry.disagree} candidates that passed behave otherwise"))
    if entry.author == "hand":
        return [("written", "by hand, adopted"), *checked]
    return [
        ("written", f"by {entry.model} ({entry.provider})"),
        ("digest", entry.model_digest or "not known"),
        ("key", entry.key),
        *checked,
    ]


def _mirror(module: Freshness) -> list[tuple[str, str]]:
    entry = module.entry
    if entry is None or not entry.mirror:
        return []
    now = "" if entry.mirror_of == entry.output_sha256 else ", of the code before this"
    return [("mirror", f"{entry.mirror} ({entry.mirror_tool}{now})")]


def _prompt(project: Project, module: Freshness) -> str:
    parts = (f"--- {each['role']}\n{each['content']}" for each in _messages(project, module))
    return "\n".join(parts)


def _messages(project: Project, module: Freshness) -> list[dict[str, str]]:
    """What the first round would send, by the rule of `generate.ladder`."""
    from hatch_intent.generate import prompt
    from hatch_intent.targets import target_named

    spec, target = module.read(), target_named(module.target)
    used = [each.read() for each in module.uses]
    path = project.root / (module.entry.output if module.entry else module.output)
    if module.state == "stale" and module.respecified and path.is_file():
        messages = prompt.revise(spec, target, path.read_text(encoding="utf-8"), used)
    else:
        messages = prompt.draft(spec, target, used)
    return [{"role": each.role, "content": each.content} for each in messages]
