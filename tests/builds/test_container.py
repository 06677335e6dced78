"""An sdist in a fresh root: no network, git, node, model, shell or state folder; an ordinary user.

The root holds the interpreter and the machine's libraries alone, and the packages that the build
asks for, as a distribution's builders have them: as files.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from backends import artifact, replace, unpack
from projects import BACKENDS
from test_matrix import CODE, FROZEN, example

pytestmark = pytest.mark.build

CHECKOUT = Path(__file__).parents[2]
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork"]
SCRIPT = r"""
set -e
root=$1; prefix=$2; shift 2
mount --make-rprivate /
for folder in /lib /lib64 /usr/lib /usr/lib64 "$prefix"; do
  [ -d "$folder" ] || continue
  mkdir -p "$root$folder"
  mount --rbind "$folder" "$root$folder"
  mount -o remount,bind,ro "$root$folder"
done
mount -t proc proc "$root/proc"
mount --bind "$root/given" "$root/given"
mount -o remount,bind,ro "$root/given"
chroot=$(command -v chroot)
exec env -i HOME=/home PATH=/home/env/bin TMPDIR=/tmp LC_ALL=C.UTF-8 \
  "$chroot" --userspec=65534:65534 "$root" "$@"
"""
# pip as ensurepip has it: the root has no other.
INSTALL = """\
import hashlib, json, os, pathlib, shutil, socket, subprocess, sys
assert os.getuid() == 65534 and not os.access("/given", os.W_OK)
assert not [name for name in ("git", "node", "ollama", "sh") if shutil.which(name)]
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError:
    pass
assert [name for _, name in socket.if_nameindex()] == ["lo"]
subprocess.run([sys.executable, "-m", "venv", "/home/env"], check=True)
python = "/home/env/bin/python"
pip = [python, "-m", "pip", "install", "-v", "--no-index", "--find-links", "/given/house"]
subprocess.run([*pip, "--no-cache-dir", f"/given/{sys.argv[1]}"], check=True)
use = "import demo.auto as a; print(a.__path__[0]); assert a.slugify('A, B!') == 'a-b'"
folder = subprocess.run([python, "-c", use], check=True, capture_output=True, text=True).stdout
found = {path.name: path.read_bytes() for path in pathlib.Path(folder.strip()).glob("*.py")}
print(json.dumps({name: hashlib.sha256(raw).hexdigest() for name, raw in found.items()}))
"""


@pytest.fixture(scope="module")
def contained():
    """Skips, aloud, where the kernel lets nobody make a root of their own."""
    if not shutil.which("unshare") or not shutil.which("chroot"):
        pytest.skip("NOT TRIED: no unshare or chroot on this machine")
    tried = subprocess.run([*UNSHARE, "mount", "--make-rprivate", "/"], capture_output=True)
    if tried.returncode or os.getuid():
        pytest.skip(f"NOT TRIED: no namespaces here: {tried.stderr.decode().strip()}")


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    """What builds need, as files."""
    folder = tmp_path_factory.mktemp("house")
    pip = [sys.executable, "-m", "pip", "-q"]
    needed = [*(requires for requires, *_ in BACKENDS.values()), CHECKOUT]
    subprocess.run([*pip, "wheel", "-w", folder, *needed], check=True)
    return folder


@pytest.fixture
def rooted(tmp_path, contained, house) -> Path:
    root = tmp_path / "root"
    for name in ("proc", "home", "tmp", "given", "dev"):
        (root / name).mkdir(parents=True)
    (root / "home").chmod(0o777)
    (root / "tmp").chmod(0o1777)
    (root / "dev/null").write_bytes(b"")
    (root / "dev/null").chmod(0o666)
    shutil.copytree(house, root / "given/house")
    return root


def install(root: Path, what: str) -> dict[str, str]:
    """Name to digest of the modules once pip has installed what lies in `given`."""
    subprocess.run(["chmod", "-R", "go+rX,a-w", root / "given"], check=True)
    real = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    words = ["sh", "-c", SCRIPT, "sh", root, sys.base_prefix, real, "-I", "-c", INSTALL, what]
    done = subprocess.run([*UNSHARE, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def packed(where: Path, backend: str) -> Path:
    """The sdist of the example project without its JavaScript, which nobody checks without node."""
    root = example(where, backend, ignored=True)
    for spec in (root / "specs").iterdir():
        spec.write_text(spec.read_text().replace("# target: js,py", "# target: py"))
    replace(root, 'js = "src/demo/auto/js"\n', "")
    subprocess.run([sys.executable, "-m", "hatch_intent", "build"], cwd=root, check=True)
    return artifact(root, backend, "sdist", **FROZEN)


DIGESTS = {name: hashlib.sha256(raw).hexdigest() for name, raw in CODE.items()}


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_an_sdist_installs(tmp_path, rooted, backend):
    sdist = packed(tmp_path, backend)
    shutil.copy(sdist, rooted / "given")
    assert install(rooted, sdist.name) == DIGESTS


def test_an_unpacked_sdist_installs_from_a_tree_that_nobody_can_write(tmp_path, rooted):
    """setuptools and PDM write into every tree that they build; hatchling doesn't, nor do we."""
    sdist = packed(tmp_path, "hatchling")
    unpack(sdist, rooted / "given")
    assert install(rooted, "demo-1.0") == DIGESTS
    assert not (rooted / "given/demo-1.0/.intent").exists()


def test_an_sdist_with_a_changed_module_is_refused(tmp_path, rooted):
    sdist = packed(tmp_path, "hatchling")
    module = unpack(sdist, rooted / "given") / "src/demo/auto/clamp.py"
    module.write_text(module.read_text() + "\n")
    with pytest.raises(AssertionError, match=r"clamp\.py was edited by hand"):
        install(rooted, "demo-1.0")


def test_javascript_is_never_shipped_unchecked(tmp_path, rooted):
    root = example(tmp_path, "hatchling", ignored=True)
    shutil.copy(artifact(root, "hatchling", "sdist", **FROZEN), rooted / "given/demo.tar.gz")
    with pytest.raises(AssertionError, match="checking JavaScript needs node, and there is none"):
        install(rooted, "demo.tar.gz")
