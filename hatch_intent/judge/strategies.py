"""Inputs for a function, made up from its signature and its examples.

The one module that loads hypothesis, and only when inputs are asked for. The same spec
always gets the same inputs, in the same order: the seed comes from the spec, and nothing is
read from or written to a folder.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hatch_intent.judge.protocol import encode, encode_text
from hatch_intent.spec.model import Json, Spec
from hatch_intent.spec.signature import show_signature

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EXAMPLES_ALONE = (
    "hypothesis isn't installed: modules are held to their examples alone, and no candidates are "
    'compared; pip install "hatch-intent[properties]"'
)
NEEDS_HYPOTHESIS = 'properties need hypothesis: pip install "hatch-intent[properties]"'
_TRIES = 10
"""Inputs that may be thrown away for each one that is wanted."""

Args = dict[str, Json]
_NOWHERE = os.path.join(os.devnull, "hypothesis")  # noqa: PTH118 - of no file system
"""Cannot be made: hypothesis goes without, and a builder that is killed leaves nothing behind."""
_KEPT = 64  # specs
_kept: dict[tuple[str, int], tuple[Args, ...]] = {}
_hypothesis = threading.RLock()  # older ones aren't made for several threads


def missing() -> str:
    """What to install before inputs can be made up; empty when nothing."""
    return "" if importlib.util.find_spec("hypothesis") else NEEDS_HYPOTHESIS


class TooNarrow(Exception):  # noqa: N818 - a finding about a spec
    """`requires` lets hardly any input pass; the message counts them."""


def inputs(spec: Spec, number: int, fits: Callable[[Args], bool]) -> tuple[Args, ...]:
    """Up to so many different inputs that fit; fewer when there are no more.

    `fits` is the spec's own `requires`: what was made up once is kept, so that the next
    candidate for the same spec costs nothing. Raises `TooNarrow` when nothing fits, or not a
    tenth of the inputs wanted could be found among ten times as many.
    """
    key = (_content(spec), number)
    with _hypothesis:
        if key not in _kept:
            while len(_kept) >= _KEPT:
                del _kept[next(iter(_kept))]
            _kept[key] = _inputs(spec, number, fits)
        return _kept[key]


def _inputs(spec: Spec, number: int, fits: Callable[[Args], bool]) -> tuple[Args, ...]:
    found: dict[str, Args] = {}
    tried: set[str] = set()

    def gather(args: Args) -> bool:
        key = identity(args)
        if key not in tried:
            tried.add(key)
            if fits(args):
                found[key] = args
        return len(found) >= number

    _drive(spec, number, gather, shrink=False)
    refused = len(tried) - len(found)
    if refused and (not found or (len(found) * 10 < number and refused >= number)):
        raise TooNarrow(f"{len(found)} of {len(tried)} inputs that were made up meet it")
    return tuple(found.values())


def smallest(spec: Spec, number: int, fails: Callable[[Args], bool]) -> Args | None:
    """The smallest input, as far as it can be found, for which `fails`; None without one.

    Goes through the inputs as `inputs` does, so that what fails there fails here.
    """
    known: dict[str, bool] = {}  # asked once each, for hypothesis wants one answer only

    def wanted(args: Args) -> bool:
        key = identity(args)
        if key not in known:
            known[key] = fails(args)
        return known[key]

    return _drive(spec, number, wanted, shrink=True)


def identity(args: Args) -> str:
    """Equal for inputs that no function could tell apart; order of keys and 5.0 count."""
    return encode_text(args)


class _Found(Exception):  # noqa: N818 - ends the search
    """An input that was looked for."""


def _drive(spec: Spec, number: int, wanted: Callable[[Args], bool], *, shrink: bool) -> Args | None:
    """Make up inputs until one is wanted; then that one, or the smallest like it."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

    last: list[Args] = []
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)

    @seed(_seed(spec))
    @settings(
        max_examples=number * _TRIES,
        database=None,
        deadline=None,
        derandomize=False,  # it would ignore the seed
        phases=phases,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(_strategy(spec))
    def search(args: Args) -> None:
        if wanted(args):
            last[:] = [args]
            raise _Found

    with _hypothesis, _apart():
        try:
            search()
        except _Found:
            return last[0]
    return None


def _seed(spec: Spec) -> int:
    return int(_content(spec)[:16], 16)


def _content(spec: Spec) -> str:
    """A digest of all that the inputs depend on."""
    examples = [[each.args, each.out, each.raises] for each in spec.examples]
    properties = [each.text for each in spec.properties]
    content = encode([spec.name, show_signature(spec.signature), examples, properties])
    return hashlib.sha256(content).hexdigest()


def _strategy(spec: Spec) -> SearchStrategy[Args]:
    from hatch_intent.judge.variants import Seen, calls

    return calls(spec, Seen.in_examples(spec))


@contextmanager
def _apart() -> Iterator[None]:
    """Keep hypothesis to the spec: what lies around neither gets in nor is written to.

    It mixes the constants of every module that isn't installed into what it makes up, so
    that inputs would depend on what else is loaded; and it keeps those, and a table of
    characters, in a folder below the current one, which would be the project's.
    """
    from hypothesis import configuration

    home = getattr(configuration, "__hypothesis_home_directory", None)
    providers: Any = _providers()
    own: Any = getattr(providers, "_get_local_constants", None)
    configuration.set_hypothesis_home_dir(_NOWHERE)
    if own is not None:
        _constants(providers, lambda: type(providers.GLOBAL_CONSTANTS)())
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(home)
        if own is not None:
            _constants(providers, own)


def _providers() -> object:
    """Where some versions collect constants; None in others."""
    try:
        return importlib.import_module("hypothesis.internal.conjecture.providers")
    except ImportError:
        return None


def _constants(providers: Any, source: Callable[[], object]) -> None:
    providers._get_local_constants = source  # noqa: SLF001 - no setting says so
    providers.CONSTANTS_CACHE.cache.clear()
