"""`new`: a spec to fill in."""

from __future__ import annotations

from argparse import Namespace

from hatch_intent.cli.place import project_of
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import SpecError, UsageError
from hatch_intent.files import write_atomic
from hatch_intent.project import SPEC_SUFFIX, Project, discover
from hatch_intent.report.words import command
from hatch_intent.spec import Spec, name_fault, read_spec

_SIGNATURE = "(text: string) -> string"
_TEMPLATE = """\
# {path}
# name: {name}
# target: {targets}
# description:
<!-- What it does, in a sentence or two. -->

# signature:
{signature}

# constraints:
<!-- One rule a line, or no such heading:
- What must always hold. -->

# examples:
<!-- One call a line; from four on, one is kept to find out code that knows them by heart:
- in: {{ {arguments} }} out: ... -->
"""


def run(args: Namespace, screen: Screen) -> int:
    """Write the template; never over a file that is there."""
    if fault := name_fault(args.name):
        raise UsageError(fault)
    project = project_of(args)
    path = f"{_folder(project, args.dir)}/{args.name}{SPEC_SUFFIX}"
    if (project.root / path).exists():
        raise UsageError(f"{path} is already there; nothing was written")
    _refuse_twin(project, args.name)
    text = template(path, args.name, ",".join(sorted(project.settings.targets)), args.signature)
    write_atomic(project.root / path, text.encode())
    screen.say(f"{path}  fill it in, then  {command('build', path)}")
    return 0


def template(path: str, name: str, targets: str, signature: str | None) -> str:
    """A spec without description and examples. Raises `UsageError` for a bad signature."""
    signature = " ".join((signature or _SIGNATURE).split())
    parameters = _read(name, targets, signature).signature.parameters
    arguments = ", ".join(f'"{each.name}": ...' for each in parameters)
    return _TEMPLATE.format(
        path=path, name=name, targets=targets, signature=signature, arguments=arguments
    ).replace("{  }", "{}")


def _read(name: str, targets: str, signature: str) -> Spec:
    """A spec with this signature and something to check."""
    text = f"# name: {name}\n# target: {targets}\n# signature:\n{signature}\n"
    try:
        return read_spec(
            f"{text}# description:\nx\n# properties:\n- True\n".encode(), "--signature"
        )
    except SpecError as error:
        said = "\n".join(f"--signature: {problem.message}" for problem in error.problems)
        raise UsageError(said) from None


def _folder(project: Project, named: str | None) -> str:
    specs = project.settings.specs
    if named is None:
        return specs[0].rstrip("/")
    folder = (project.root / named).resolve()
    for each in specs:
        if folder.is_relative_to((project.root / each).resolve()):
            return folder.relative_to(project.root.resolve()).as_posix()
    raise UsageError(f"--dir {named} is not below {', '.join(specs)}, where specs are looked for")


def _refuse_twin(project: Project, name: str) -> None:
    for folder in project.settings.specs:
        (project.root / folder).mkdir(parents=True, exist_ok=True)
    for file in discover(project):
        found = file.path.rpartition("/")[2].removesuffix(SPEC_SUFFIX)
        if found.lower() == name.lower():
            raise UsageError(f'{file.path} has this name already; choose another than "{name}"')
