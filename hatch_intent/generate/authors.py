"""Who may write a module, and who has."""

from __future__ import annotations

from dataclasses import replace

from hatch_intent.errors import ProviderError
from hatch_intent.freshness import Freshness, generation_key, public_parts, sampling_line
from hatch_intent.generate.made import Author, Made, lock_entry
from hatch_intent.generate.prompt import PROMPT_VERSION
from hatch_intent.lock import LockEntry
from hatch_intent.project import Project
from hatch_intent.providers.base import UNKNOWN
from hatch_intent.providers.router import Router
from hatch_intent.settings import ProviderSettings
from hatch_intent.spec.model import Spec
from hatch_intent.targets import Target, target_named


class Authors:
    """The models of a project, as authors of modules."""

    def __init__(self, project: Project, router: Router) -> None:
        self._project = project
        self._router = router

    def allowed(self, spec: Spec) -> list[ProviderSettings]:
        """The providers that may write a spec's modules, small to big."""
        ladder = self._project.settings.ladder
        return [each for each in ladder if spec.model in (None, each.model)]

    def identified(self, spec: Spec) -> list[ProviderSettings]:
        """Those of them that are not pinned to a digest that can't be found now."""
        return [
            each
            for each in self.allowed(spec)
            if not each.pin or self._router.pinned(each.model) != UNKNOWN
        ]

    def locked(self, module: Freshness, entry: LockEntry, spec: Spec, target: Target) -> Author:
        """Who wrote a locked module: a person, or a model that is still configured.

        Raises `ProviderError` as `of` does.
        """
        if entry.author == "hand":
            return Author("hand")
        settings = self._likest(spec, entry)
        return self.of(module, spec, target, settings, entry.model_digest)

    def _likest(self, spec: Spec, entry: LockEntry) -> ProviderSettings:
        """Of the tables with an entry's model: that with its sampling, then its provider's kind."""
        seed = self._project.settings.seed
        return max(
            (each for each in self.allowed(spec) if each.model == entry.model),
            key=lambda each: (
                sampling_line(each, seed) == entry.sampling,
                each.type == entry.provider,
            ),
        )

    def identified_as(self, spec: Spec, identity: str) -> ProviderSettings | None:
        """Whoever may write a spec's modules and has this identity."""
        return next((each for each in self.allowed(spec) if self.identity(each) == identity), None)

    def identity(self, settings: ProviderSettings) -> str:
        """All that a model's answers depend on beyond the spec, in one line."""
        pinned = self._router.pinned(settings.model) if settings.pin else ""
        sampling = sampling_line(settings, self._project.settings.seed)
        return f"{settings.model} {pinned} prompt={PROMPT_VERSION} {sampling}"

    def of(
        self,
        module: Freshness,
        spec: Spec,
        target: Target,
        settings: ProviderSettings,
        digest: str = "",
    ) -> Author:
        """A provider's model as the author; `digest` is the model's own, where it is known.

        Raises `ProviderError` where the settings pin a digest that nobody knows: the key would be
        that of a model without one.
        """
        seed = self._project.settings.seed
        pinned = self._router.pinned(settings.model) if settings.pin else ""
        if pinned == UNKNOWN:
            pinned = digest
            if not digest:
                message = f"pin = true, and nobody says which weights {settings.model} is"
                raise ProviderError(f"{settings.type}: {message}")
        return Author(
            author="model",
            provider=settings.type,
            model=settings.model,
            model_digest=digest,
            pinned=settings.pin,
            sampling=sampling_line(settings, seed),
            key=generation_key(
                spec,
                target.name,
                settings,
                seed,
                PROMPT_VERSION,
                pinned,
                public_parts(module.uses),
            ),
        )

    def entered(self, made: Made) -> Made:
        """With the lock's entry for the candidate that it has taken, if it may be."""
        candidate, verdict = made.taken, made.verdict
        if candidate is None or verdict is None or candidate.table is None:
            return made
        module, spec, target = made.module, made.spec, target_named(made.module.target)
        author = self.of(module, spec, target, candidate.table, candidate.model_digest)
        told = (made.agreement, made.disagreement)
        entry = lock_entry(module, spec, target, made.text, author, verdict, *told)
        return replace(made, entry=entry)
