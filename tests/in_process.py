"""Commands and scoring in the process of the tests: starting processes takes seconds, and most tests are not about it.

`conftest` puts `this_process`, `proven_once` and `kept_scorer` in the place of what `grade` uses. A test that is about
the real ones, or changes the grader in between, asks for the fixture `real_processes`.
"""

import contextlib
import importlib
import io
import json
import os
import sys
import traceback
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from autograder.cli import main
from autograder.errors import SandboxError
from autograder.grading.command import prove
from autograder.grading.executors import open_workers
from autograder.scoring import scorer

__all__ = ["kept_scorer", "nbgrader_here", "proven_once", "run_here", "this_process"]

SCORERS = 3  # that are kept, each with its sandbox
_scorers = {}  # job → Scorer
_scored = {}  # (job, submission without its student, exercises) → what score_packed returned
_proven = {}  # job → isolation
_new_scorer = scorer._scorer.__wrapped__
_prove = prove
_log = io.StringIO()  # nbgrader's loggers keep the stream that they saw first


def kept_scorer(job):
    """Return the Scorer of a job; courses with the same settings and the same secret share one."""
    if job not in _scorers:
        if len(_scorers) == SCORERS:
            _forget(next(iter(_scorers)))
        _scorers[job] = _new_scorer(job)
    return _scorers[job]


def _forget(job):
    _scorers.pop(job).close()


class _ThisProcess:
    """Scores submissions where it is called, equal ones once; see executors.LocalProcesses."""

    is_remote = False
    lost = (BrokenExecutor,)
    at_once = 1

    def close(self):
        """Nothing is left to be closed."""

    @contextlib.contextmanager
    def executor(self, at_most):
        yield self

    def submit(self, function, *arguments):
        future = Future()
        try:
            future.set_result(_score_once(function, *arguments))
        except Exception as error:
            if isinstance(error, SandboxError):
                for job in list(_scorers):
                    _forget(job)
            future.set_exception(error)
        return future


def _score_once(function, job, submission, exercises):
    # The hidden inputs are drawn from the secret and from the work, not from the student's name.
    work = json.dumps(json.loads(submission) | {"student": ""}, sort_keys=True)
    key = (job, work, tuple(sorted(exercises)))
    if key not in _scored:
        _scored[key] = function(job, submission, exercises)
    return _scored[key]


def this_process(course, jobs=0, scheduler=None):
    """Stand in for executors.open_workers."""
    return open_workers(course, jobs, scheduler) if scheduler else _ThisProcess()


def proven_once(workers, course, assignment, wanted, *, keep):
    """Prove the sandbox and the source notebooks once for all courses with the same settings; returns the isolation."""
    if workers.is_remote:
        return _prove(workers, course, assignment, wanted, keep=keep)
    job = scorer.pack_job(course, assignment, wanted)
    if job not in _proven:
        _proven[job] = _prove(workers, course, assignment, wanted, keep=keep)
    return _proven[job]


def run_here(folder, *arguments, **environment):
    """Run `python -m autograder` with some arguments in a folder, without a process of its own.

    Returns: a CompletedProcess with returncode, stdout and stderr.
    """
    _forget_modules(Path(folder))
    words = [str(word) for word in arguments]
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(errors))
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(patch.dict(os.environ, environment))
        try:
            status = main(words)
        except SystemExit as end:  # of argparse
            status = end.code
    return CompletedProcess(words, status or 0, out.getvalue(), errors.getvalue())


def _forget_modules(folder):
    """Forget the modules of a folder, such as a course's late policy: a process of its own would read them again."""
    for name, module in list(sys.modules.items()):
        if (file := getattr(module, "__file__", None)) and Path(file).parent == folder:
            del sys.modules[name]
    importlib.invalidate_caches()


def _drop_instances(application):
    """Drop the one instance of each nbgrader command: it would keep options such as --student for the next call."""
    application._instance = None
    for command in application.__subclasses__():
        _drop_instances(command)


def nbgrader_here(folder, *arguments, umask=0o022):
    """Run `nbgrader` with some arguments in a folder, without a process of its own.

    Returns: a CompletedProcess with returncode and stderr, which is what nbgrader logged.
    """
    from nbgrader.apps import NbGrader, NbGraderApp  # takes seconds, and most files of tests do without

    _log.seek(0)
    _log.truncate()
    before, status = os.umask(umask), 0
    _drop_instances(NbGrader)
    try:
        with contextlib.chdir(folder), contextlib.redirect_stderr(_log):
            NbGraderApp.launch_instance(list(arguments))
    except SystemExit as end:
        status = end.code
    except Exception:  # as Python itself ends a program
        status = 1
        traceback.print_exc(file=_log)
    finally:
        os.umask(before)
        _drop_instances(NbGrader)
    return CompletedProcess(arguments, status or 0, "", _log.getvalue())
