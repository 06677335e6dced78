"""What can go wrong, in three families under one base.

`SpecError` and `SettingsError` are the author's and carry every problem at once,
`ProviderError` is a server's, `CheckFailed` is a build that must not ship. The edge
(command line, build hook) prints `str(error)` and exits with `error.exit_code`.
"""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong in a file a person wrote; problems sort by their place.

    `line` and `column` count from 1; 0 means that the place is not known. `path` is
    relative to the project's root, with forward slashes.
    """

    path: str
    line: int
    column: int
    message: str
    """What was wrong, quoting the offending text, then what would be right."""

    def __str__(self) -> str:
        place = self.path
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return f"{place}  {self.message}"


class IntentError(Exception):
    """Base of all errors of this package."""

    exit_code = 1


class AuthorError(IntentError):
    """Base of the two families that list every problem of the author's files at once."""

    exit_code = 2

    def __init__(self, problems: list[Problem] | tuple[Problem, ...] | Problem) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class SpecError(AuthorError):
    """A spec can't be read as one."""


class SettingsError(AuthorError):
    """The settings can't be used."""


class UsageError(IntentError):
    """The command line asks for something that isn't there."""

    exit_code = 2


class ProviderError(IntentError):
    """No provider answered usefully; `__cause__` keeps the transport's own error.

    `remedy` is one line that tells how to get the provider going. `passing` says that the same
    provider may well answer the next request.
    """

    exit_code = 3
    passing = False

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.remedy = remedy
        super().__init__(message)


class CheckFailed(IntentError):  # noqa: N818 - a verdict, and the design's word
    """A build that must not ship: stale while frozen, edited by hand, failed or regressed."""


class LockError(IntentError):
    """`intent.lock` can't be trusted: cut, merged badly, edited by hand, or of a newer version."""

    exit_code = 2
