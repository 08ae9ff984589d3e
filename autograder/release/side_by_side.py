"""Execute notebooks side by side, each in its own kernel.

One thread per notebook waits for its kernel. A notebook that fails stops those after it in the list.
Those before it continue, because the error of the first notebook in the list is reported. So the
outcome does not depend on which notebook is faster.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from tqdm import tqdm

from autograder.errors import UsageError

__all__ = ["at_once", "execute_notebook", "execute_notebooks"]

# A kernel with all of CIFAR-10 takes 0.8 GB.
MEMORY_OF_A_KERNEL = 1 << 30
MEMORY = Path("/proc/meminfo")


def at_once(jobs: int = 0) -> int:
    """Return the number of notebooks to execute at once, at least 1.

    Input:
    - jobs: largest number; 0 for one per core. Where memory is short, there are fewer.
    """
    most = jobs or os.cpu_count() or 1
    try:
        lines = dict(line.split(":") for line in MEMORY.read_text().splitlines())
        free = 1024 * int(lines["MemAvailable"].split()[0])
    except (OSError, ValueError, KeyError):
        return most  # not Linux
    return max(1, min(most, free // MEMORY_OF_A_KERNEL))


def execute_notebook(
    path: Path, *, environment: Mapping[str, str] | None = None, timeout: float = 1800
) -> nbformat.NotebookNode:
    """Execute one notebook, see execute_notebooks."""
    return execute_notebooks([path], environment=environment, timeout=timeout)[0]


def execute_notebooks(
    paths: Sequence[Path], *, environment: Mapping[str, str] | None = None, timeout: float = 1800, jobs: int = 1
) -> list[nbformat.NotebookNode]:
    """Execute notebooks in their folders, with a progress bar, and save them with their outputs.

    Inputs:
    - paths: paths of the notebooks; the files are overwritten.
    - environment: additional environment variables.
    - timeout: maximum time of one cell in seconds.
    - jobs: number of notebooks to execute at once.

    Returns: the executed notebooks, in the order of paths.

    Raises: UsageError with the failed cell and the error, for the first notebook in the order of
    paths that fails. An interrupt ends all kernels.
    """
    runs = [_Run(path, environment or {}, timeout) for path in paths]
    cells = sum(len(run.cells) for run in runs)
    with (
        tqdm(total=cells, desc=f"running {_names(paths)}", unit="cell") as progress,
        ThreadPoolExecutor(jobs) as threads,
    ):

        def started() -> None:
            progress.set_postfix_str(", ".join(run.place for run in runs if run.place), refresh=True)

        try:
            futures = {threads.submit(run.execute, started, progress.update): place for place, run in enumerate(runs)}
            for future in as_completed(futures):
                if future.exception():
                    for run in runs[futures[future] + 1 :]:
                        run.stop()
        except BaseException:
            for run in runs:
                run.stop()
            raise
    return [future.result() for future in futures]


def _names(paths: Sequence[Path]) -> str:
    return paths[0].name if len(paths) == 1 else f"{len(paths)} notebooks"


class _Run:
    """One execution of a notebook."""

    def __init__(self, path: Path, environment: Mapping[str, str], timeout: float) -> None:
        self.path, self.notebook = path, nbformat.read(path, as_version=4)
        self.cells = [index for index, cell in enumerate(self.notebook.cells) if cell.cell_type == "code"]
        self.place = ""  # notebook and cell that runs now
        self.stopped = False
        # One BLAS thread: on a busy machine, several threads wait for each other, and an epoch takes three times as
        # long.
        self.environment = {"OPENBLAS_NUM_THREADS": "1", **os.environ, **environment}
        self.client = NotebookClient(
            self.notebook,
            timeout=timeout,
            resources={"metadata": {"path": str(path.parent)}},
            # Hides the kernel's warnings about its ports, but not the notebook's.
            extra_arguments=["--log-level=40"],
            # Some cells may fail in an unfinished notebook, and have a tag for it. In a solved notebook, they must not.
            force_raise_errors=True,
        )

    def execute(self, started: Callable[[], None], done: Callable[[], object]) -> nbformat.NotebookNode:
        """Execute the notebook, and return it; call started() and done() before and after each cell.

        Raises: UsageError if a cell fails, unless the run was stopped.
        """
        try:
            if not self.stopped:
                self._execute(started, done)
        except Exception:
            if not self.stopped:
                raise
        finally:
            self.place = ""
        return self.notebook

    def _execute(self, started: Callable[[], None], done: Callable[[], object]) -> None:
        with self.client.setup_kernel(env=self.environment):
            for index in self.cells:
                if self.stopped:
                    return
                cell = self.notebook.cells[index]
                name = cell.metadata.get("nbgrader", {}).get("grade_id", cell.get("id", index))
                self.place = f"{self.path.stem}: {name}"
                started()
                try:
                    self.client.execute_cell(cell, index)
                except (CellExecutionError, DeadKernelError) as error:
                    nbformat.write(self.notebook, self.path)
                    words = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", str(error))
                    raise UsageError(f"{self.path.name}: the cell {name} failed: {words[0]}: {words[1]}") from None
                done()
        nbformat.write(self.notebook, self.path)

    def stop(self) -> None:
        """End the kernel; execute() then returns."""
        self.stopped = True
        process = getattr(self.client.km and self.client.km.provisioner, "process", None)
        if process is not None:
            process.kill()
