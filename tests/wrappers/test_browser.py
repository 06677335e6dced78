"""A page in a real browser calls the example project's Python functions, over Pyodide."""

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from chromium import browser, found

CHECKOUT = Path(__file__).parents[2]
PYODIDE = CHECKOUT / ".node" / "node_modules" / "pyodide"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not found(), reason="no Chromium; apt-get install chromium"),
    pytest.mark.skipif(
        not PYODIDE.is_dir(), reason="no Pyodide; python3 tools/javascript_environment.py"
    ),
]

ANSWER = "normalize2d(3, 4) = 5, 0.6, 0.8; batch: 10 and ab-c; AttributeError"
SHOWN = f"""
<!doctype html><meta charset="utf-8"><title>A wrapper in a browser</title>
<body style="font: 22px monospace; margin: 40px"><h1>demo</h1><p id="answer">{ANSWER}</p>
"""
CALLING = (
    SHOWN.replace(ANSWER, "waiting")
    + """
<script type="module">
import { batch, clamp, configure, normalize2d, slugify } from '/src/demo/js/index.mjs';

const shown = document.getElementById('answer');
try {
  configure({ pyodide: '/pyodide/pyodide.mjs' });
  const { mag, nx, ny } = await normalize2d(3, 4);
  const [ten, slug] = await batch(() => [clamp(11, 0, 10), slugify('Ab C')]);
  const error = await slugify(3).catch((error) => error.name);
  const vector = `${mag}, ${nx}, ${ny}`;
  shown.textContent = `normalize2d(3, 4) = ${vector}; batch: ${ten} and ${slug}; ${error}`;
} catch (error) {
  shown.textContent = `failed: ${error.stack}`;
}
document.body.dataset.done = 'yes';
</script>
"""
)
TEXT = "document.body?.dataset.done && document.getElementById('answer').textContent"


class Files(SimpleHTTPRequestHandler):
    """The example project, Pyodide, and pages from memory."""

    pages: dict[str, str] = {}  # noqa: RUF012 - each server has its own subclass

    def translate_path(self, path):
        inside = path.removeprefix("/pyodide/")
        return str(PYODIDE / inside) if inside != path else super().translate_path(path)

    def do_GET(self):
        if self.path not in self.pages:
            return super().do_GET()
        body = self.pages[self.path].encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def served(pages: dict[str, str]):
    """The address of a server on loopback."""
    kind = type("Pages", (Files,), {"pages": pages})
    handler = partial(kind, directory=CHECKOUT / "example_project")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_page_shows_what_a_wrapped_function_answers(tmp_path):
    pages = {"/calling": CALLING, "/shown": SHOWN, "/waiting": SHOWN.replace(ANSWER, "waiting")}
    shots = {}
    with served(pages) as address:
        for name in pages:
            with browser(tmp_path / f"profile{name.replace('/', '-')}") as page:
                page.open(address + name)
                if name == "/calling":
                    assert page.wait_for(TEXT) == ANSWER
                else:
                    page.wait_for("document.readyState === 'complete'")
                shots[name] = page.screenshot(tmp_path / f"{name[1:]}.png")
    assert shots["/calling"].startswith(b"\x89PNG")
    # What is to be seen is the answer, to the pixel.
    assert shots["/calling"] == shots["/shown"]
    assert shots["/calling"] != shots["/waiting"]
