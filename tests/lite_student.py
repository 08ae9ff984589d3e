"""A site of `autograder lite` on loopback, and a student with a browser that reaches no other host."""

import contextlib
import functools
import http.server
import json
import math
import threading
import time
from pathlib import Path

from chromium import leaves_this_machine

__all__ = ["Student", "expose_app", "served", "serving", "student_at"]

NAMES = ".wasm application/wasm .mjs text/javascript .js text/javascript .whl application/zip".split()


class _Server(http.server.ThreadingHTTPServer):
    """Static files on loopback.

    - address: of the first page
    - bytes_per_second: of all requests together
    - sent: bytes so far
    """

    def __init__(self, folder, bytes_per_second):
        super().__init__(("127.0.0.1", 0), functools.partial(_Files, directory=str(folder)))
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.bytes_per_second, self.sent, self.line = bytes_per_second, 0, threading.Lock()


class _Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | dict(
        zip(NAMES[::2], NAMES[1::2], strict=True)
    )

    def copyfile(self, source, outputfile):
        while piece := source.read(1 << 15):
            with self.server.line:
                time.sleep(len(piece) / self.server.bytes_per_second)
                self.server.sent += len(piece)
            outputfile.write(piece)

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def serving(folder, bytes_per_second=math.inf):
    """Serve a folder as any static web server does; gives the server."""
    server = _Server(folder, bytes_per_second)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def served(folder):
    """Serve a folder; gives its address."""
    with serving(folder) as server:
        yield server.address


def expose_app(site):
    """Let the pages of a site show JupyterLab to scripts, as window.jupyterapp."""
    for file in (Path(site, "jupyter-lite.json"), Path(site, "lab", "jupyter-lite.json")):
        config = json.loads(file.read_text())
        config["jupyter-config-data"]["exposeAppInBrowser"] = True
        file.write_text(json.dumps(config))


@contextlib.contextmanager
def student_at(browser, address, **options):
    """Gives a Student at a site, in a new profile of a browser. All other hosts are blocked."""
    context = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 900}, **options)
    student = Student(context, address)
    try:
        yield student
    finally:
        context.close()


class Student:
    """Somebody who works at the site. - blocked: addresses of other hosts that a page asked for."""

    def __init__(self, context, address):
        self.context, self.address, self.blocked, self.errors = context, address, [], []
        context.route(leaves_this_machine, self._block)
        self.page = self.new_tab()

    def _block(self, route):
        self.blocked.append(route.request.url)
        route.abort()

    def new_tab(self):
        page = self.context.new_page()
        page.set_default_timeout(120_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def open(self, notebook, page=None, *, kernel=True):
        """Open a notebook in place of the page's last one, which is saved, and wait for its kernel."""
        page = page or self.page
        if page.url.startswith(self.address):
            self.save()
        page.goto(f"{self.address}/lab/index.html?path={notebook}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        if not kernel:
            return
        page.wait_for_function(
            """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"""
        )

    def write(self, name, source):
        """Replace the text of a cell, by its grade_id or its id."""
        self.page.evaluate(
            f"([name, source]) => {{ {CELL}; cell.model.sharedModel.setSource(source); }}", [name, source]
        )

    def run(self, name):
        """Run a cell, and return the text that its outputs show."""
        outputs = self.page.evaluate(
            f"""async name => {{ {CELL}; notebook.deselectAll(); notebook.activeCellIndex = index;
            notebook.mode = 'command'; await app.commands.execute('notebook:run-cell');
            return cell.model.outputs.toJSON(); }}""",
            name,
        )
        return shown(outputs)

    def code_cells(self):
        """Return the grade_ids of the code cells, or their ids where they have none."""
        return self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.filter(({ model }) => model.type === 'code')
            .map(({ model }) => model.sharedModel.getMetadata().nbgrader?.grade_id ?? model.id)"""
        )

    def ask(self, code):
        """Run code in the kernel, in no cell; return what it prints."""
        return self.page.evaluate(
            """async code => { const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
            let text = ''; const future = kernel.requestExecute({ code, store_history: false });
            future.onIOPub = ({ content }) => { text += content.text ?? content.data?.['text/plain'] ?? '';
                if (content.evalue) text += content.ename + ': ' + content.evalue; };
            await future.done; return text; }""",
            code,
        )

    def save(self):
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def save_solved(self, notebook, sources):
        """Write solutions into a notebook that is not open: grade_id → source."""
        self.page.evaluate(
            """async ([path, sources]) => { const { contents } = window.jupyterapp.serviceManager;
            const { content } = await contents.get(path, { content: true });
            for (const cell of content.cells) cell.source = sources[cell.metadata.nbgrader?.grade_id] ?? cell.source;
            await contents.save(path, { type: 'notebook', format: 'json', content }); }""",
            [notebook, sources],
        )


CELL = """const app = window.jupyterapp, notebook = app.shell.currentWidget.content;
const index = notebook.widgets.findIndex(({ model }) => model.id === name ||
    model.sharedModel.getMetadata().nbgrader?.grade_id === name);
const cell = notebook.widgets[index]"""


def shown(outputs):
    """Return what a reader sees of a cell's outputs, as text."""
    parts = []
    for output in outputs:
        data = output.get("data", {})
        text = output.get("text") or output.get("traceback") or data.get("text/html") or data.get("text/plain") or ""
        parts.append(text if isinstance(text, str) else "\n".join(text))
    return "\n".join(part.strip() for part in parts)
