"""The judge: gates in order, from reading the source to the same answers twice."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from hatch_intent.errors import CheckFailed
from hatch_intent.judge import isolation, static
from hatch_intent.judge.compare import difference, show
from hatch_intent.judge.examples import Calls, LoadFailed, Module, Unsafe
from hatch_intent.judge.fresh import Fresh
from hatch_intent.judge.inside.lockdown import MEMORY
from hatch_intent.judge.properties import try_inputs
from hatch_intent.judge.session import Session
from hatch_intent.judge.verdict import CallResult, Verdict
from hatch_intent.judge.workers import Source, Worker, Zygote
from hatch_intent.spec.model import Spec

if TYPE_CHECKING:
    from hatch_intent.judge.node.bench import Bench

_A_PROCESSOR = 2  # modules at once; a third changes little
_SEEDS = (1, 2)  # fixed, so that a verdict can be had again
_REQUIRES_MEMORY = 2 << 30  # numpy and its kind reserve address space by the gigabyte

Sandbox = Literal["require", "best-effort", "off"]


class Judge:
    """Checks modules in workers; one zygote per hash seed serves a whole build.

    Nothing is started before the first check (or `start`). `sandbox`: "require" raises
    CheckFailed, before any generated code runs, where the strict level isn't reached;
    "best-effort" takes what the system offers; "off" is a separate process and no more.
    `call_timeout` is in seconds of wall time for one call, and for the import. `jobs` is how
    many modules are checked at once; two for every processor when None, as builder and worker
    wait for each other at every example. `check` may be called from several threads.
    """

    def __init__(
        self,
        sandbox: Sandbox = "require",
        call_timeout: float = 5.0,
        jobs: int | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._timeout = call_timeout
        self.jobs = jobs or _A_PROCESSOR * (os.cpu_count() or 1)
        self._slots = threading.BoundedSemaphore(self.jobs)
        self._starting = threading.Lock()
        self._zygotes: tuple[Source, ...] = tuple(map(_source, _SEEDS))
        self._isolation: isolation.Isolation | None = None
        self._node: Bench | None = None

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def level(self) -> str:
        """What holds generated code, such as "strict: seccomp, Landlock ABI 7, rlimits"."""
        return self.start().level

    def start(self) -> isolation.Isolation:
        """Start the zygotes and probe the sandbox, once. CheckFailed when it doesn't do."""
        with self._starting:
            if self._isolation is None:
                try:
                    first, *others = self._zygotes
                    first.start()
                    first.wait()
                    reached = isolation.reach(self._sandbox, first)
                    for zygote in others:  # waited for where they are first asked
                        zygote.start()
                    self._isolation = reached
                except BaseException:
                    self.close()
                    raise
            return self._isolation

    def close(self) -> None:
        """End the zygotes, and with them every worker."""
        for zygote in self._zygotes:
            zygote.stop()
        self._isolation = None
        if self._node is not None:
            self._node.close()
            self._node = None

    def check(
        self,
        code: str,
        spec: Spec,
        target: str = "py",
        uses: Mapping[str, str] | None = None,
        generated: int = 0,
    ) -> Verdict:
        """The verdict on one module. `uses` has the source of each module that it, or one of
        those, imports from, by name, dependencies first. When the examples pass, the module
        is tried on as many made-up inputs as `generated` says, and held to its properties."""
        if target == "js":
            return self._check_javascript(code, spec, uses or {}, generated)
        _require_python(target)
        reading = static.read(code, spec)
        if reading.problem:
            return Verdict(passed=False, problem=reading.problem)
        level = self.level
        missing = [name for name in reading.imports.uses if name not in (uses or {})]
        if missing:
            return Verdict(False, f"uses {missing[0]}, of which there is no module yet", (), level)
        module = _module(code, spec, reading.imports, uses or {})
        with self._slots:
            verdict = self._run(module, level)
            return self._try(module, verdict, generated) if generated else verdict

    def _check_javascript(
        self, code: str, spec: Spec, uses: Mapping[str, str], generated: int
    ) -> Verdict:
        from hatch_intent.judge.node import bench

        problem = bench.obstacle(code, spec)
        if problem:
            return Verdict(passed=False, problem=problem)
        level = self.node.level
        module = bench.module(code, spec, uses)
        with self._slots:
            verdict = self._run(module, level)
            return self._try(module, verdict, generated) if generated else verdict

    @property
    def node(self) -> Bench:
        """What runs JavaScript, started and probed; CheckFailed where it doesn't do."""
        from hatch_intent.judge.node.bench import Bench

        with self._starting:
            if self._node is None:
                self._node = Bench(self._sandbox)
        self._node.start()
        return self._node

    def session(
        self, code: str, spec: Spec, uses: Mapping[str, str] | None = None, target: str = "py"
    ) -> Session:
        """For calls of a module that has passed, whatever they give."""
        if target == "js":
            from hatch_intent.judge.node import bench

            return self._session(bench.module(code, spec, uses or {}), 0)
        _require_python(target)
        reading = static.read(code, spec)
        return self._session(_module(code, spec, reading.imports, uses or {}), 0)

    def _session(self, module: Module, seed: int) -> Session:
        memory = _REQUIRES_MEMORY if module.packages else MEMORY
        return Session(module, self._forks(module)[seed], self._timeout, memory)

    def _forks(self, module: Module) -> tuple[Callable[[], Worker], ...]:
        """Where workers for this module come from, forward and backward."""
        if module.target == "js":
            self.node.ahead(2)
            return (self.node.fork, self.node.fork)
        hold = self.start().hold
        return tuple(partial(zygote.fork, hold) for zygote in self._zygotes)

    def _try(self, module: Module, verdict: Verdict, number: int) -> Verdict:
        if not verdict.passed:
            return verdict
        try:
            trial = try_inputs(module.spec, number, partial(self._session, module))
        except Unsafe as unsafe:
            raise CheckFailed(f"the sandbox no longer holds: {unsafe}") from None
        return replace(
            verdict,
            passed=not trial.problem and trial.failure is None,
            problem=trial.problem,
            generated=trial.inputs,
            properties=trial.properties,
            raised=trial.raised,
            counterexample=trial.failure,
        )

    def _run(self, module: Module, level: str) -> Verdict:
        memory = _REQUIRES_MEMORY if module.packages else MEMORY
        forward, backward = (
            Calls(module, fork, self._timeout, memory) for fork in self._forks(module)
        )
        examples = module.spec.examples
        try:
            forward.load()
            results = list(forward.results(examples))
            if all(result.passed for result in results):
                again = list(backward.results(reversed(examples)))
                results = [_stable(*pair) for pair in zip(results, reversed(again), strict=True)]
        except LoadFailed as failure:
            return Verdict(False, str(failure), (), level)
        except Unsafe as unsafe:
            raise CheckFailed(f"the sandbox no longer holds: {unsafe}") from None
        finally:
            forward.drop()
            backward.drop()
        return Verdict(all(result.passed for result in results), "", tuple(results), level)


def _require_python(target: str) -> None:
    if target != "py":
        raise CheckFailed(f"the judge can't run modules for the target {target}")


def _source(seed: int) -> Source:
    return Zygote(seed) if hasattr(os, "fork") else Fresh(seed)


def _stable(first: CallResult, second: CallResult) -> CallResult:
    if second.passed and _alike(first, second):
        return first
    said = show(second.got) if second.passed or second.status == "wrong" else second.error
    error = f"passed, but in reverse order, in a fresh process with another hash seed: {said}"
    return CallResult(first.example, "unstable", second.got, error, second.frames)


def _alike(first: CallResult, second: CallResult) -> bool:
    return difference(first.got, second.got, first.example.tolerance) is None


def _module(code: str, spec: Spec, imports: static.Imports, uses: Mapping[str, str]) -> Module:
    preload = [*imports.preload]
    for source in uses.values():
        preload += static.read_imports(source).preload
    # Whatever imports a package was let through for it by its own spec, here or when it was judged.
    packages = {name.split(".")[0] for name in preload} - sys.stdlib_module_names
    packages |= static.import_roots(spec)
    elsewhere = tuple(sys.path)
    return Module(
        spec,
        code,
        tuple((name, elsewhere if name.split(".")[0] in packages else ()) for name in preload),
        tuple(uses.items()),
    )
