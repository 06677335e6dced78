"""`adopt` and `discard`: what becomes of a module that a person changed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence

from hatch_intent import journal
from hatch_intent.beneath import Digests, digests_of, sources
from hatch_intent.cache import DiskCache
from hatch_intent.checking import stamp
from hatch_intent.cli.place import modules_of, project_of, requiring
from hatch_intent.cli.screen import Screen
from hatch_intent.errors import CheckFailed, UsageError
from hatch_intent.files import sha256
from hatch_intent.freshness import Freshness
from hatch_intent.generate.made import Author, compared_entry, lock_entry
from hatch_intent.judge import Judge
from hatch_intent.judge.thorough import Thorough
from hatch_intent.languages import compare_pairs, difference_lines
from hatch_intent.lock import LOCK_NAME, Key, LockEntry, dump_lock
from hatch_intent.meanwhile import as_it_stands, joined
from hatch_intent.mirrors.plan import keep_mirrors
from hatch_intent.packages import outdated_packages
from hatch_intent.pipeline import alone, trusted
from hatch_intent.project import Project
from hatch_intent.report import words
from hatch_intent.report.terminal import Lines
from hatch_intent.targets import target_named
from hatch_intent.tree import Tree, look
from hatch_intent.wrappers.plan import wrapper_lock
from hatch_intent.wrappers.text import wrapper_texts


def adopt(args: Namespace, screen: Screen) -> int:
    """Lock modules as a person wrote them, all of them once the judge has passed all."""
    project = requiring(project_of(args), args.require)
    with alone(project, Lines(screen.say, screen.detail)):
        journal.recover(project.root, project.state)
        tree = look(project)
        modules = named(tree, args.names, "adopt", may_be_adopted, too_little_trusted(project))
        texts = {each.key: _text(project, each) for each in modules}
        adopted = judged(project, modules, texts)
        entries = _beside(tree, modules, [entry for entry, _ in adopted], texts, screen)
        _lock(tree, modules, entries, texts)
        for entry, beneath in adopted:
            stamp(project, entry, beneath)
    for entry, _ in adopted:
        passed = words.count(entry.examples, "example")
        screen.say(f"intent  {entry.output}  adopted: passed {passed}, locked as hand-written")
    return 0


def discard(args: Namespace, screen: Screen) -> int:
    """Remove edited modules; what the lock has of them comes back at once where it is kept."""
    project = project_of(args)
    with alone(project, Lines(screen.say, screen.detail)):
        journal.recover(project.root, project.state)
        modules = named(look(project), args.names, "discard", lambda each: each.state == "edited")
        kept = {path_of(each): _kept(project, each.entry) for each in modules}
        _refuse_unrestorable(modules, kept)
        journal.commit(project.root, project.state, kept)
    for path, text in kept.items():
        what = "removed; the next build makes it" if text is None else "restored as it was locked"
        screen.say(f"intent  {path}  {what}")
    return 0


def named(
    tree: Tree, names: Sequence[str], verb: str, *rules: Callable[[Freshness], bool]
) -> list[Freshness]:
    """The modules that the names mean and a rule takes, the first that takes any of a name's.

    Raises `UsageError` for a name of which none does.
    """
    chosen: dict[int, Freshness] = {}
    for name in names:
        found = {number: tree.assessment.modules[number] for number in modules_of(tree, [name])}
        taken = ({n: each for n, each in found.items() if rule(each)} for rule in rules)
        right = next(filter(None, taken), None)
        if right is None:
            states = " and ".join(sorted({each.state for each in found.values()}))
            raise UsageError(f"nothing to {verb}: {name} is {states}, not edited by hand")
        chosen |= right
    return list(chosen.values())


def may_be_adopted(module: Freshness) -> bool:
    """Whether a person wrote what stands there: now, or before the spec changed."""
    hand = module.entry is not None and module.entry.author == "hand"
    return module.state == "edited" or (hand and module.state == "stale")


def too_little_trusted(project: Project) -> Callable[[Freshness], bool]:
    """Tells modules that less speaks for than the settings require: a reader may, then."""
    wanted = project.settings.require

    def rule(module: Freshness) -> bool:
        entry = module.entry
        return module.state == "fresh" and entry is not None and not trusted(entry.trust, wanted)

    return rule


def path_of(module: Freshness) -> str:
    """Where the module lies: where the lock says, although the settings may say otherwise now."""
    return module.entry.output if module.entry else module.output


def _text(project: Project, module: Freshness) -> str:
    path = path_of(module)
    try:
        # Decoded by hand: a text file's reader would change line ends.
        return (project.root / path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise UsageError(f"nothing to adopt: there is no {path}") from None
    except UnicodeDecodeError:
        raise CheckFailed(f"{path} can't be adopted: it is not UTF-8 text") from None


def judged(
    project: Project, modules: Sequence[Freshness], texts: Mapping[Key, str]
) -> list[tuple[LockEntry, Digests]]:
    """Entries for modules as they stand, and the digests of what each was judged on.

    Raises `CheckFailed` with all that fails.
    """
    settings = project.settings
    adopted: list[tuple[LockEntry, Digests]] = []
    failed = [line for each in modules for line in _unready(each, texts)]
    if failed:
        raise CheckFailed("\n".join(failed))
    with Judge(settings.sandbox, settings.call_timeout) as judge:
        for each in modules:
            spec, target, text = each.read(), target_named(each.target), texts[each.key]
            uses = sources(project, each, texts)
            verdict = Thorough(judge).check(text, spec, target.name, uses)
            if verdict.passed:
                entry = lock_entry(each, spec, target, text, Author("hand"), verdict)
                adopted.append((entry, digests_of(uses)))
            else:
                head = f"{path_of(each)} does not do what its spec says; the lock is as it was"
                failed += [head, *words.failures(spec, verdict)]
    if failed:
        raise CheckFailed("\n".join(failed))
    return adopted


def _beside(
    tree: Tree,
    modules: Sequence[Freshness],
    adopted: Sequence[LockEntry],
    texts: Mapping[Key, str],
    screen: Screen,
) -> list[LockEntry]:
    """The adopted entries and those of their other languages, compared with one another.

    Says where they differ: a person has chosen. Raises `CheckFailed` where what that person
    wrote breaks a rule.
    """
    known = {(each.name, each.target): each for each in adopted}
    names = {each.name for each in adopted}
    others = [
        each
        for each in tree.assessment.modules
        if each.state == "fresh" and each.name in names and each.key not in known
    ]
    known |= {each.key: each.entry for each in others if each.entry is not None}
    for pair in compare_pairs(tree.project, [*modules, *others], 1, texts):
        if theirs := [each for each in pair.wrong if each.key in texts]:
            told = [
                words.differing_rule(path_of(each), each.read(), pair.found, each.target)
                for each in theirs
            ]
            raise CheckFailed("\n".join(told))
        for line in difference_lines(pair):
            screen.say(f"intent  {line}" if not line.startswith(" ") else line)
        for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
            known[one.key] = compared_entry(known[one.key], other.target, pair.found)
    return list(known.values())


def _unready(module: Freshness, texts: Mapping[Key, str]) -> Iterator[str]:
    """What a module is built on has to be settled first."""
    for each in module.below:
        if each.state != "fresh" and each.key not in texts:
            way = f"first:  {words.command('build', each.spec_file.path)}"
            if may_be_adopted(each):
                below = [other.name for other in module.below if may_be_adopted(other)]
                way = f"together:  {words.command('adopt', *below, module.name)}"
            built_on = f"{path_of(module)} is built on {each.name}"
            yield f"{built_on}, which is {each.state} ({each.why}); {way}"


def _lock(
    tree: Tree,
    modules: Sequence[Freshness],
    entries: Sequence[LockEntry],
    texts: Mapping[Key, str],
) -> None:
    project = tree.project
    lock = keep_mirrors(tree.lock, tree.lock.with_entries(*entries))
    lock = wrapper_lock(project, lock)
    lock = joined(tree.lock, lock, as_it_stands(project, tree.lock))
    gone = [each for each in modules if path_of(each) != each.output]
    files: dict[str, str | None] = {path_of(each): None for each in gone}
    files |= {each.output: texts[each.key] for each in gone}
    files |= outdated_packages(project, lock, files) | wrapper_texts(project, lock, tree.files)
    files[LOCK_NAME] = dump_lock(lock)
    journal.commit(project.root, project.state, files)


def _kept(project: Project, entry: LockEntry | None) -> str | None:
    """The locked text where the cache of modules has its very bytes."""
    if entry is None or not entry.key:
        return None
    kept = DiskCache(project.cache_dir, "modules").get(entry.key) or {}
    text = kept.get("code", "")
    return text if sha256(text.encode()) == entry.output_sha256 else None


def _refuse_unrestorable(modules: Sequence[Freshness], kept: Mapping[str, str | None]) -> None:
    """A person's locked code is nowhere but in version control: no build would bring it back."""
    lines = [
        f"{path_of(each)} is locked as hand-written, and no build could bring that back; "
        "restore it from version control, or delete it to have a model write it"
        for each in modules
        if each.entry is not None and each.entry.author == "hand" and not kept[path_of(each)]
    ]
    if lines:
        raise CheckFailed("\n".join(lines))
