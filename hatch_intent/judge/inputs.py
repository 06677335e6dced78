"""Inputs for a function, made up from its signature and its examples.

The same spec always gets the same inputs, in the same order, on every machine: the seed comes
from the spec.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from itertools import islice

from hatch_intent.judge.chance import Chance
from hatch_intent.judge.protocol import encode, encode_text
from hatch_intent.judge.shrinking import simpler_args
from hatch_intent.judge.variants import Seen, calls
from hatch_intent.spec.model import Json, Spec
from hatch_intent.spec.signature import show_signature

_TRIES = 10
"""Inputs that may be thrown away for each one that is wanted."""

_STEPS = 2000
"""Inputs, about, that may be looked at on the way to the smallest."""

_LETTERS = 10_000_000
"""So many letters of inputs, about, are looked at for one of those steps."""

Args = dict[str, Json]
_KEPT = 64  # specs
_kept: dict[tuple[str, int], tuple[Args, ...]] = {}
_keeping = threading.Lock()


class TooNarrow(Exception):  # noqa: N818 - a finding about a spec
    """`requires` lets hardly any input pass; the message counts them."""


def inputs(spec: Spec, number: int, fits: Callable[[Args], bool]) -> tuple[Args, ...]:
    """Up to so many different inputs that fit, the first the simplest; fewer where there are few.

    `fits` is the spec's own `requires`: what was made up once is kept, so that the next
    candidate for the same spec costs nothing. Raises `TooNarrow` when nothing fits, or not a
    tenth of the inputs wanted could be found among ten times as many.
    """
    key = (_content(spec), number)
    with _keeping:
        if key not in _kept:
            while len(_kept) >= _KEPT:
                del _kept[next(iter(_kept))]
            _kept[key] = _make(spec, number, fits)
        return _kept[key]


def smallest(
    spec: Spec, number: int, fits: Callable[[Args], bool], fails: Callable[[Args], bool]
) -> Args | None:
    """The smallest input, as far as it can be found, that fits and `fails`; None without one.

    It begins with the first of `inputs` that fails, and asks about each input once.
    """
    known: dict[bytes, bool] = {}

    def wanted(args: Args) -> bool:
        key = hashlib.sha256(identity(args).encode()).digest()
        if key not in known:
            known[key] = fits(args) and fails(args)
        return known[key]

    best: Args | None = None
    better = next(filter(wanted, inputs(spec, number, fits)), None)
    while better is not None and len(known) < _STEPS:
        best = better
        # of a long text there are too many, and each costs as much as it is long
        most = min(_STEPS, 1 + _LETTERS // len(identity(best)))
        steps = islice(simpler_args(spec, best), most)
        better = next(filter(wanted, steps), None)
    return best


def identity(args: Args) -> str:
    """Equal for inputs that no function could tell apart; order of keys and 5.0 count."""
    return encode_text(args)


def _make(spec: Spec, number: int, fits: Callable[[Args], bool]) -> tuple[Args, ...]:
    make = calls(spec, Seen.in_examples(spec))
    chance = Chance(int(_content(spec)[:16], 16))
    found: list[Args] = []
    tried: set[str] = set()
    for place in range(number * _TRIES):
        args = make(chance if place else Chance())
        key = identity(args)
        if key not in tried:
            tried.add(key)
            if fits(args):
                found.append(args)
        if len(found) == number:
            break
    refused = len(tried) - len(found)
    if refused and (not found or (len(found) * 10 < number and refused >= number)):
        raise TooNarrow(f"{len(found)} of {len(tried)} inputs that were made up meet it")
    return tuple(found)


def _content(spec: Spec) -> str:
    """A digest of all that the inputs depend on."""
    examples = [[each.args, each.out, each.raises] for each in spec.examples]
    properties = [each.text for each in spec.properties]
    content = encode([spec.name, show_signature(spec.signature), examples, properties])
    return hashlib.sha256(content).hexdigest()
