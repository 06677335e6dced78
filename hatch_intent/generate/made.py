"""A module that was made, and what the lock says of it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass, field, replace

from hatch_intent.beneath import Digests
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness, public_parts
from hatch_intent.generate.candidates import Attempt, Candidate, builds_on
from hatch_intent.judge.differential import Behaviour
from hatch_intent.judge.equivalence import Equivalence
from hatch_intent.judge.verdict import Verdict
from hatch_intent.lock import LockEntry
from hatch_intent.parts import parts_line
from hatch_intent.spec.digest import by_value, canonical_json
from hatch_intent.spec.model import Spec
from hatch_intent.targets import Target

_GUESSED, _EVEN = 2, 0.5


@dataclass(frozen=True)
class Author:
    """Who wrote a module, in the lock's words."""

    author: str
    """`model` or `hand`."""
    provider: str = ""
    model: str = ""
    model_digest: str = ""
    pinned: bool = False
    sampling: str = ""
    key: str = ""


@dataclass(frozen=True)
class Made:
    """What came of one stale module. It may be written when there is an `entry` for the lock."""

    module: Freshness
    spec: Spec
    text: str = ""
    """The best module there is, passing or not; empty when no answer held one."""
    verdict: Verdict | None = None
    attempts: tuple[Attempt, ...] = ()
    entry: LockEntry | None = None
    passed: tuple[Candidate, ...] = ()
    """All candidates that passed, in the order they came."""
    taken: Candidate | None = None
    """The one that `text` is; None for code that was there before."""
    behaviour: Behaviour | None = None
    """Of those that passed, when there were several."""
    beneath: Digests = field(default_factory=dict)
    """Of the code that it was judged on."""
    candidates: int = 1
    """How many were to be drafted."""
    earlier: int = 0
    """Drafts of the build that left it in doubt, where its author has settled it since."""
    doubt: str = ""
    """An example line that would bear out a module which no other candidate does."""
    step: str = ""
    """Of the ladder, that the module came from; empty when it was there before."""
    locked: bool = False
    """It stands in the tree as it was locked, and only what the lock says of it may change."""
    beside: str = ""
    """The target of the module in another language that it was compared with."""
    unanswered: str = ""
    """Why there is nothing: what the models said that could not answer this time."""
    found: Equivalence | None = None
    """How the two compare: the target that sorts first is the first side."""

    @property
    def ambiguous(self) -> bool:
        """Whether candidates that passed differ."""
        return self.behaviour is not None and len(self.behaviour.groups) > 1

    @property
    def apart_beyond(self) -> bool:
        """Whether candidates that are alike on what counts differ on other inputs."""
        return self.behaviour is not None and self.behaviour.beyond is not None

    @property
    def incomparable(self) -> str:
        """Why no candidates could be compared; empty when some could."""
        behaviour = self.behaviour
        return behaviour.problem if behaviour is not None and behaviour.hopeless else ""

    @property
    def agreement(self) -> str:
        """`agreed 6 of 8`; empty when nothing was compared, or no majority behaves as it does."""
        behaviour = self.behaviour
        if behaviour is None or not behaviour.settled or not self._of_majority:
            return ""
        return f"agreed {behaviour.agreed} of {sum(map(len, behaviour.groups))}"

    @property
    def _of_majority(self) -> bool:
        behaviour = self.behaviour
        if behaviour is None or not behaviour.majority or self.taken is None:
            return False
        return self.passed.index(self.taken) in behaviour.groups[0]

    @property
    def disagreement(self) -> str:
        """How many of those that passed behave otherwise, `1 of 3`; empty when none does."""
        if not self.ambiguous or self.behaviour is None or self.taken is None:
            return ""
        place = self.passed.index(self.taken)
        alike = next(len(group) for group in self.behaviour.groups if place in group)
        total = sum(map(len, self.behaviour.groups))
        return f"{total - alike} of {total}"

    @property
    def tied(self) -> bool:
        """Whether candidates that passed differ, and most of them don't behave alike."""
        return self.ambiguous and not self._of_majority

    @property
    def lucky(self) -> bool:
        """Whether the only one of several drafts that passed may have done so by luck.

        That is where its examples have no more than two different answers, and so many drafts
        that guess between those are expected to meet them all more often than every other time.
        Properties that hold are no luck.
        """
        alone = self.taken is not None and len(self.passed) == 1 < self.candidates
        if not alone or (self.verdict is not None and self.verdict.properties):
            return False
        answers = different_answers(self.spec)
        chance = math.prod((count / sum(answers)) ** count for count in answers)
        return len(answers) <= _GUESSED and self.drafts * chance > _EVEN

    @property
    def drafts(self) -> int:
        """How many candidates could be called, repaired ones left out."""
        tried = (each for each in self.attempts if each.verdict and not each.verdict.problem)
        return self.earlier + sum(each.step != "repair" for each in tried)

    @property
    def doubted(self) -> bool:
        """Whether what was taken is no more likely to be right than what was not."""
        return self.tied or self.lucky

    @property
    def by_itself(self) -> bool:
        """Whether it imports none of what its spec uses."""
        return bool(self.spec.uses) and not builds_on(self.text, self.spec.uses)

    @property
    def pair(self) -> tuple[str, str]:
        """The targets that were compared, in order."""
        first, second = sorted((self.module.target, self.beside))
        return first, second

    @property
    def calls(self) -> int:
        """How many times a model was asked."""
        return sum(attempt.asked for attempt in self.attempts)


def different_answers(spec: Spec) -> list[int]:
    """How many of the examples have each of the answers, or exceptions, that there are."""
    told = Counter(each.raises or canonical_json(by_value(each.out)) for each in spec.examples)
    return list(told.values())


def taking(made: Made, candidate: Candidate) -> Made:
    """The same with a candidate's code for its own; its entry is not yet that code's."""
    return replace(
        made,
        taken=candidate,
        text=candidate.code,
        verdict=candidate.verdict,
        step=candidate.step,
        entry=None,
        locked=False,
    )


def lock_entry(
    module: Freshness,
    spec: Spec,
    target: Target,
    text: str,
    author: Author,
    verdict: Verdict,
    agreement: str = "",
    disagreement: str = "",
) -> LockEntry:
    """What the lock says of a module that passed. `agreement` is "agreed n of m" if it was,
    `disagreement` the "n of m" that behave in another way."""
    agreed = agreement if agreement.startswith("agreed") else "examples"
    trust = "properties" if verdict.properties else agreed
    return LockEntry(
        name=spec.name,
        target=target.name,
        targets=",".join(spec.targets),
        spec=spec.path,
        spec_sha256=module.spec_file.digest,
        intent=spec.intent_digest,
        checks=spec.checks_digest,
        parts=parts_line(spec),
        output=module.output,
        output_sha256=sha256(text.encode()),
        exports=",".join(target.exports(spec)),
        trust="hand" if author.author == "hand" else trust,
        examples=verdict.passes,
        inputs=verdict.generated,
        uses=public_parts(module.uses),
        disagree=disagreement,
        **asdict(author),
    )


def compared_entry(entry: LockEntry, other: str, found: Equivalence) -> LockEntry:
    """The entry with what its comparison with the module in another language came to.

    Agreement bears a module out whose own language has nothing that does. What differs and is
    outvoted, or as likely to be wrong as the other, isn't borne out by its own language either,
    nor by properties that both of the two different functions have.
    """
    alone = entry.trust in ("examples", agreed_with(other))
    if found.agreed:
        agrees = f"{other} on {found.inputs - found.apart} of {found.inputs} inputs"
        return replace(entry, agrees=agrees, trust=agreed_with(other) if alone else entry.trust)
    lost = found.undecided or found.wrong == entry.target
    doubted = alone or (lost and entry.trust != "hand")
    return replace(entry, agrees="", trust="examples" if doubted else entry.trust)


def agreed_with(other: str) -> str:
    """The trust in a module that stands alone in its language and agrees with another one's."""
    return f"agreed with {other}"
