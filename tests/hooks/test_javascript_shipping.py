"""JavaScript modules in real wheels and sdists of all three backends."""

import json
import subprocess
import zipfile

import backends
import pytest
from backends import artifact, names, replace, unpack
from ghostwriter import ghostwriter
from projects import BACKENDS, DOUBLE, GOOD_DOUBLE, make_project

from hatch_intent.audit.verify import audit

pytestmark = pytest.mark.build

GOOD = "export function double(x) {\n  return 2 * x;\n}"
BOTH = DOUBLE.replace("# name: double\n", "# name: double\n# target: js,py\n")
JS = ["double.d.ts", "double.js", "index.d.ts", "index.js", "package.json"]
PYTHON = ["demo/__init__.py", "demo/auto/__init__.py", "demo/auto/double.py"]


@pytest.fixture
def server():
    with ghostwriter({"double": [GOOD_DOUBLE], "double.js": [GOOD]}) as ghost:
        yield ghost


@pytest.fixture(params=sorted(BACKENDS))
def backend(request):
    return request.param


def project(folder, server, backend, javascript, **specs):
    root = make_project(folder, server.url, backend=backend, **(specs or {"double": BOTH}))
    table = "[tool.intent.targets]\n"
    replace(root, table, f'{table}js = "{javascript}"\n')
    return root


def bill(wheel):
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read("demo-1.0.dist-info/sboms/hatch-intent.cdx.json")
    return [each["name"] for each in json.loads(raw)["components"] if each["type"] == "file"]


def test_inside_a_package_it_ships_from_tree_and_sdist(tmp_path, server, backend):
    root = project(tmp_path / "p", server, backend, "src/demo/auto/js")
    (root / ".gitignore").write_text("src/demo/auto/\n")
    wanted = sorted([*PYTHON, *(f"demo/auto/js/{name}" for name in JS)])
    wheel = artifact(root, backend, "wheel")
    assert names(wheel) == names(artifact(root, backend, "wheel")) == wanted
    assert bill(wheel)[:2] == ["demo/auto/js/double.js", "demo/auto/double.py"]
    assert audit(wheel).problems == ()
    sdist = artifact(root, backend, "sdist")
    assert audit(sdist).problems == ()
    again = artifact(unpack(sdist, tmp_path / "unpacked"), backend, "wheel")
    assert names(again) == wanted
    with zipfile.ZipFile(again) as archive:
        archive.extractall(tmp_path / "site")
    code = 'import { double } from "./demo/auto/js/double.js"; console.log(double(21));'
    node = ["node", "--input-type=module", "-e", code]
    done = subprocess.run(node, cwd=tmp_path / "site", capture_output=True, text=True, check=False)
    assert done.stdout == "42\n", done.stderr
    assert sorted(server.asked) == ["double", "double.js"]


@pytest.mark.parametrize("folder", ["web/auto", "src/js"])
def test_outside_of_packages_it_stays_in_the_tree(tmp_path, server, backend, folder):
    root = project(tmp_path / "p", server, backend, folder)
    done = backends.call(root, backend, "build_wheel", "dist")
    wheel = root / "dist" / backends.value(done)
    assert names(wheel) == PYTHON
    assert names(artifact(root, backend, "wheel")) == PYTHON
    assert "inside the wheel's" not in done.stdout + done.stderr
    assert "demo/auto/double.py" in bill(wheel)
    assert not any(name.endswith(".js") for name in bill(wheel))
    assert audit(wheel).problems == ()
    sdist = names(artifact(root, backend, "sdist"))
    assert {f"{folder}/{name}" for name in JS} <= {*sdist}
    assert names(artifact(root, backend, "wheel")) == PYTHON
    wrapper = '[tool.intent.wrappers]\npy = "src/demo/js"\n\n[tool.intent.targets]\n'
    replace(root, "[tool.intent.targets]\n", wrapper)  # Python that calls it
    done = backends.call(root, backend, "build_wheel", "dist")
    assert done.returncode == 1
    assert f"{folder}/double.js" in done.stderr
    assert "not inside the wheel's packages" in done.stderr


def test_a_project_of_nothing_but_javascript_one_module_of_which_goes(tmp_path, server, backend):
    only = DOUBLE.replace("# name: double\n", "# name: double\n# target: js\n")
    server.answers["twice.js"] = [GOOD.replace("double", "twice")]
    specs = {"double": only, "twice": only.replace("double", "twice")}
    root = project(tmp_path / "p", server, backend, "src/demo/js", **specs)
    both = names(artifact(root, backend, "wheel"))
    wanted = sorted(["demo/__init__.py", *(f"demo/js/{name}" for name in JS)])
    assert both == sorted([*wanted, "demo/js/twice.d.ts", "demo/js/twice.js"])
    (root / "specs/twice.intent.md").unlink()
    assert names(artifact(root, backend, "wheel")) == wanted
