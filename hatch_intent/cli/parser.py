"""Which commands there are and what they take."""

from __future__ import annotations

from argparse import (
    SUPPRESS,
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Callable, Sequence
from os.path import exists

from hatch_intent import __version__
from hatch_intent.errors import UsageError
from hatch_intent.schemas import REPORTS

_ABOUT = "Markdown specs become checked, locked Python modules, written by a model of your own."
_CODES = """\
A spec or a folder in place of a command means build.
Exit codes: 0 good, 1 stale, failed, regressed or skipped, 2 bad spec, settings or usage,
3 no provider could answer, 130 interrupted."""

Add = Callable[..., ArgumentParser]


def parse(arguments: Sequence[str]) -> Namespace:
    """Read the command line. `module` and `function` of the answer name what runs.

    Raises `SystemExit` as argparse does, `UsageError` for a word that is no command and no path.
    """
    parser, commands = _parser()
    arguments = _with_command(list(arguments), commands)
    if not arguments:
        parser.print_help()
        raise SystemExit(2)
    return parser.parse_args(arguments)


def _with_command(arguments: list[str], commands: Sequence[str]) -> list[str]:
    """`intent FILE` is `intent build FILE`."""
    word = _first_word(arguments)
    if word is None or word in commands:
        return arguments
    if "/" in word or word.endswith(".md") or exists(word):  # noqa: PTH110 - pathlib is slow to load
        return ["build", *arguments]
    from difflib import get_close_matches

    near = get_close_matches(word, commands, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"commands are {', '.join(commands)}"
    raise UsageError(f'no command and no spec or folder "{word}"; {hint}')


def _first_word(arguments: Sequence[str]) -> str | None:
    value = False
    for argument in arguments:
        if not value and not argument.startswith("-"):
            return argument
        value = argument == "--root"
    return None


def _common() -> ArgumentParser:
    """What every command takes, before its name or behind it."""
    common = ArgumentParser(add_help=False, argument_default=SUPPRESS)
    common.add_argument("--root", metavar="DIR", help="the project's folder; found upwards if not")
    common.add_argument("-v", "--verbose", action="store_true", help="detail and tracebacks")
    common.add_argument("-q", "--quiet", action="store_true", help="errors and answers only")
    return common


def _parser() -> tuple[ArgumentParser, list[str]]:
    common = _common()
    parser = ArgumentParser(
        "hatch-intent",
        description=_ABOUT,
        epilog=_CODES,
        # Its own, because defaults are set in it, and parsers share what their parents hold.
        parents=[_common()],
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hatch-intent {__version__}")
    parser.set_defaults(root=None, verbose=False, quiet=False, json=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(
        name: str, module: str, function: str, about: str, *, table: bool = False
    ) -> ArgumentParser:
        command = commands.add_parser(name, help=about, description=about, parents=[common])
        command.set_defaults(module=module, function=function)
        if table:
            _takes_json(command)
        return command

    _add_builds(add)
    _add_views(add)
    _add_authoring(add)
    _add_stores(add, common)
    return parser, list(commands.choices)


def _takes_json(command: ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", default=SUPPRESS, help="for programs")


def _add_builds(add: Add) -> None:
    build = add("build", "build", "run", "make what is stale, check everything")
    _takes_scope(build)
    build.add_argument("--frozen", action="store_true", help="never ask a model; stale is an error")
    build.add_argument("--refresh", action="store_true", help="make everything anew")
    build.add_argument("--watch", action="store_true", help="build again whenever a spec changes")
    check = add("check", "check", "run", "run every example of every module again, ask no model")
    _takes_scope(check)
    _takes_outlets(check)
    watch = add("watch", "build", "run", "build, and again whenever a spec changes")
    _takes_scope(watch)
    watch.set_defaults(frozen=False, refresh=False, watch=True)


def _takes_scope(command: ArgumentParser) -> None:
    command.add_argument("paths", nargs="*", metavar="SPEC|DIR", help="all specs if none is given")
    command.add_argument("--jobs", type=_at_least_one, metavar="N", help="modules at once")


def _takes_outlets(check: ArgumentParser) -> None:
    _takes_level(check)
    check.add_argument("--junit", metavar="FILE", help="write JUnit XML, also when it fails")
    check.add_argument(
        "--annotations",
        choices=("auto", "github", "azure", "gitlab", "none"),
        default="auto",
        help="mark what fails in the words of a CI system; by its environment if not given",
    )
    check.add_argument("--annotations-file", metavar="FILE", help="where gitlab's report goes")


def _takes_level(command: ArgumentParser) -> None:
    command.add_argument(
        "--require",
        choices=("examples", "agreed", "properties"),
        help="what each module must have been held to; else tool.intent.require",
    )


def _add_views(add: Add) -> None:
    add("status", "status", "run", "what is fresh, stale or edited, and why", table=True)
    explain = add("explain", "explain", "run", "everything known of one module", table=True)
    explain.add_argument("name", metavar="NAME|SPEC")
    explain.add_argument("--prompt", action="store_true", help="what a model would be asked")
    report = add("report", "report", "run", "what was tried in the last builds", table=True)
    report.add_argument("name", nargs="?", metavar="NAME")
    audit = add("audit", "audit", "run", "what a model wrote in a built artifact", table=True)
    audit.add_argument("artifact", nargs="?", metavar="WHEEL|SDIST")
    audit.add_argument("--installed", metavar="NAME", help="a distribution of this Python")
    audit.add_argument("--lock", metavar="FILE", help="compare with a project's intent.lock too")
    schema = add("schema", "schema", "run", "JSON schemas for editors and programs")
    schema.add_argument("name", choices=("settings", *REPORTS), metavar="NAME")
    add("doctor", "doctor", "run", "can a build be made here?", table=True)


def _add_authoring(add: Add) -> None:
    add("init", "init", "run", "set up a project for specs")
    new = add("new", "new", "run", "write a spec to fill in")
    new.add_argument("name", metavar="NAME")
    new.add_argument("--signature", metavar="S", help='such as "(text: string) -> string"')
    new.add_argument("--dir", metavar="D", help="the folder; the first one of the settings if not")
    adopt = add("adopt", "hand", "adopt", "keep a module that was edited by hand, once it passes")
    adopt.add_argument("names", nargs="+", metavar="NAME")
    _takes_level(adopt)
    discard = add("discard", "hand", "discard", "drop what was edited by hand")
    discard.add_argument("names", nargs="+", metavar="NAME")


def _add_stores(add: Add, common: ArgumentParser) -> None:
    def within(parent: ArgumentParser, module: str) -> Add:
        actions = parent.add_subparsers(title="actions", metavar="ACTION", required=True)

        def add_action(name: str, function: str, about: str) -> ArgumentParser:
            action = actions.add_parser(name, help=about, description=about, parents=[common])
            action.set_defaults(module=module, function=function)
            return action

        return add_action

    model = within(add("model", "model", "", "weights for the embedded engine"), "model")
    _takes_json(model("list", "list_models", "which models are known and which are here"))
    for name, about in (("path", "where a model's weights lie"), ("pull", "fetch a model")):
        model(name, name, about).add_argument("name", metavar="NAME")
    cache = within(add("cache", "cache", "", "answers and modules that are kept"), "cache")
    _takes_json(cache("stats", "stats", "how much is kept"))
    gc = cache("gc", "gc", "remove old entries")
    gc.add_argument("--days", type=_days, default=30.0, metavar="N", help="older than that; 30")
    cache("verify", "verify", "look for damaged entries and remove them")


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'"{text}" is not a whole number from 1')
    return int(text)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days < 1e6:
        raise ArgumentTypeError(f'"{text}" is not a number of days')
    return days
