"""The locked modules of one spec in two languages, run on the same inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hatch_intent.beneath import sources
from hatch_intent.errors import CheckFailed
from hatch_intent.freshness import Freshness
from hatch_intent.judge import Judge
from hatch_intent.judge.equivalence import Equivalence, Side
from hatch_intent.judge.thorough import Thorough
from hatch_intent.lock import Key
from hatch_intent.project import Project


@dataclass(frozen=True)
class Pair:
    """Two modules, by target, and how they compare."""

    first: Freshness
    second: Freshness
    found: Equivalence

    @property
    def name(self) -> str:
        return self.first.name

    @property
    def targets(self) -> tuple[str, str]:
        return self.first.target, self.second.target

    @property
    def wrong(self) -> tuple[Freshness, ...]:
        """Those that break a rule of their spec."""
        both = (self.first, self.second)
        return tuple(each for each in both if self.found.breach(each.target) is not None)


def compare_pairs(
    project: Project,
    modules: Sequence[Freshness],
    jobs: int | None,
    texts: Mapping[Key, str] | None = None,
) -> tuple[Pair, ...]:
    """Compare those of the modules that are there in two languages, several pairs at once.

    `texts` holds code that takes the place of what is on disk. Raises `CheckFailed`.
    """
    named: dict[str, list[Freshness]] = {}
    for module in sorted(modules, key=lambda each: each.key):
        named.setdefault(module.name, []).append(module)
    pairs = [(each[0], each[1]) for each in named.values() if len(each) > 1]
    if not pairs:
        return ()
    settings = project.settings
    with Judge(settings.sandbox, settings.call_timeout, jobs) as judge:

        def compared(pair: tuple[Freshness, Freshness]) -> Pair:
            try:
                one, other = (_side(project, each, texts or {}) for each in pair)
            except (CheckFailed, OSError) as error:
                return Pair(*pair, Equivalence(problem=str(error)))
            return Pair(*pair, Thorough(judge).compare_languages(pair[0].read(), one, other))

        with ThreadPoolExecutor(judge.jobs) as pool:
            return tuple(pool.map(compared, pairs))


def difference_lines(pair: Pair) -> list[str]:
    """What an author should know of a pair: a hole in the spec, or that nothing was compared."""
    from hatch_intent.report.ambiguity import languages
    from hatch_intent.report.words import compared_languages

    if pair.found.at_fault or pair.found.agreed:
        return []
    if pair.found.problem:
        return [f"{pair.name}  {compared_languages(pair.targets, pair.found)}"]
    return languages(pair.first.read(), pair.targets, pair.found)


def _side(project: Project, module: Freshness, texts: Mapping[Key, str]) -> Side:
    text = texts.get(module.key)
    if text is None:
        text = (project.root / module.output).read_bytes().decode()
    return Side(module.target, text, sources(project, module, texts))
