"""setuptools' commands with the modules in them.

`build`, `sdist` and `bdist_wheel` take the class that a project uses for that command, its own
one perhaps, and give what a subclass of it does differently.
"""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setuptools import Command
from setuptools.errors import BaseError

from hatch_intent.hooks.adapter import (
    Refused,
    bring_up_to_date,
    is_javascript,
    lacking,
    lacking_line,
    may_lack,
    places,
    refusal,
)
from hatch_intent.sbom import sbom_file
from hatch_intent.settled import Settled, recall

if TYPE_CHECKING:
    from hatch_intent.pipeline import Build


_SUFFIXES = (".js", ".mjs", ".mts", ".py", ".ts")


class BuildIntent(Command):  # type: ignore[misc] # untyped for mypy: no dependency of ours
    """Bring the modules up to date in the tree, then copy them to where the wheel is made from."""

    description = "build modules from specs"
    user_options: tuple[()] = ()
    editable_mode = False
    """Set by setuptools: the tree is all that an editable install needs."""
    _built: Settled | Build | None = None

    def initialize_options(self) -> None:
        """Forget where to copy to; editable builds change it."""
        self.build_lib: Any = None

    def finalize_options(self) -> None:
        """Copy to where build_py copies."""
        self.set_undefined_options("build_py", ("build_lib", "build_lib"))

    def built(self) -> Settled | Build:
        """The project's build, made once. Raises what setuptools shows as one message."""
        if self._built is None:
            logging.getLogger("httpx").setLevel(logging.WARNING)  # setuptools shows all it hears
            say, detail = (partial(self.announce, level=n) for n in (logging.INFO, logging.DEBUG))
            try:
                self._built = bring_up_to_date(str(Path.cwd()), say, detail)
            except Refused as refused:
                raise BaseError(str(refused)) from refused
        return self._built

    def run(self) -> None:
        """Before build_py, so that it finds the modules."""
        outputs = self.built().outputs
        mapping = self.get_output_mapping()
        if missing := lacking(str(Path.cwd()), outputs, set(mapping.values())):
            line = lacking_line(missing)
            if not self.editable_mode and not may_lack(str(Path.cwd())):
                raise BaseError(str(Refused(line, 1)))
            self.announce(f"intent  {line}", logging.WARNING)
        self._name_packages()
        if self.editable_mode:
            return
        for copy, original in mapping.items():
            self.mkpath(str(Path(copy).parent))
            self.copy_file(original, copy, preserve_mode=False)
        for left_over in _left_over(mapping):
            left_over.unlink()

    def get_source_files(self) -> list[str]:
        """What an sdist needs: specs, lock and modules; known once the project was built."""
        known = self._built or recall(str(Path.cwd()))
        return [*known.sources, *known.outputs] if known else []

    def get_outputs(self) -> list[str]:
        """The copies below `build_lib`."""
        return list(self.get_output_mapping())

    def get_output_mapping(self) -> dict[str, str]:
        """Copy below `build_lib` to module in the tree."""
        return {str(Path(self.build_lib, to)): path for path, to in self._places().items()}

    def write_sbom(self, dist_info: str) -> None:
        """Put what wrote each module under `sboms/` of a `.dist-info` folder (PEP 770)."""
        self.built()
        if not (modules := self._places()):
            return
        name, version = self.distribution.get_name(), self.distribution.get_version()
        try:
            bill = Path(sbom_file(str(Path.cwd()), modules, name, version))
            folder = Path(dist_info, "sboms")
            folder.mkdir(exist_ok=True)
            (folder / bill.name).write_bytes(bill.read_bytes())
        except OSError as error:
            raise BaseError(str(refusal(error))) from error

    def _name_packages(self) -> None:
        """Setuptools looked for packages before these were there."""
        modules = {path: to for path, to in self._places().items() if not is_javascript(path)}
        folders = {to.rpartition("/")[0] for to in modules.values()}
        names = {folder.replace("/", ".") for folder in folders if "." not in folder}
        packages = self._packages()
        packages += sorted(names - {*packages})
        self.distribution.packages = self.get_finalized_command("build_py").packages = packages

    def _packages(self) -> list[str]:
        """The project's packages. Once it is there, setuptools takes a folder of nothing but
        JavaScript for one, and the next wheel would differ from the first."""
        known = self._built or recall(str(Path.cwd()))
        outputs = [each for each in known.outputs if is_javascript(each)] if known else []
        folder_of = self.get_finalized_command("build_py").get_package_dir
        folders = {each: folder_of(each) for each in self.distribution.packages or ()}
        return [
            package
            for package, folder in folders.items()
            if not any(each.startswith(f"{folder.replace(os.sep, '/')}/") for each in outputs)
            or any(Path(folder).rglob("*.py"))
        ]

    def _places(self) -> dict[str, str]:
        known = self._built or recall(str(Path.cwd()))
        folder_of = self.get_finalized_command("build_py").get_package_dir
        folders = {
            folder_of(package).replace(os.sep, "/"): package.replace(".", "/")
            for package in self._packages()
        }
        if source := (self.distribution.package_dir or {}).get(""):
            folders.setdefault(source.replace(os.sep, "/"), "")
        return places(known.outputs if known else (), folders)


def _left_over(mapping: dict[str, str]) -> list[Path]:
    """Copies of an earlier build, beside ours, of modules that are gone from the tree."""
    folders = {Path(copy).parent: Path(original).parent for copy, original in mapping.items()}
    return [
        copy
        for copies, originals in folders.items()
        for copy in copies.iterdir()
        if copy.suffix in _SUFFIXES and not (originals / copy.name).exists()
    ]


def build(base: Any) -> dict[str, Any]:
    """Generate before anything is collected."""
    return {"sub_commands": [("build_intent", None), *base.sub_commands]}


def sdist(base: Any) -> dict[str, Any]:
    """Generate first; MANIFEST.in can't leave half of it out, nor take the state folder in."""

    def run(self: Any) -> None:
        self.get_finalized_command("build_intent").built()
        base.run(self)

    def make_distribution(self: Any) -> None:
        self.filelist.extend(self.get_finalized_command("build_intent").get_source_files())
        self.filelist.remove_duplicates()
        self.filelist.exclude_pattern(None, prefix=".intent")
        base.make_distribution(self)

    return {"run": run, "make_distribution": make_distribution}


def bdist_wheel(base: Any) -> dict[str, Any]:
    """Write a wheel whose bytes don't depend on whoever builds it."""

    def run(self: Any) -> None:
        self.get_finalized_command("build_intent").built()
        mask = os.umask(0o022)  # becomes every file's mode in the wheel
        try:
            base.run(self)
        finally:
            os.umask(mask)

    def write_wheelfile(self: Any, wheelfile_base: str, *further: Any, **named: Any) -> None:
        # The one method that editable builds call too while they make the .dist-info folder.
        base.write_wheelfile(self, wheelfile_base, *further, **named)
        self.get_finalized_command("build_intent").write_sbom(wheelfile_base)

    return {"run": run, "write_wheelfile": write_wheelfile}
