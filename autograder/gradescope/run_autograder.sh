#!/usr/bin/env bash
# Gradescope copies this to /autograder/run_autograder and runs it as root for each submission.
set -euo pipefail
exec 2>&1 # instructors see this output, also errors

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root/source/course"
# setup.sh makes this Python; the variable is for tests on another machine.
exec "${AUTOGRADER_PYTHON:-$root/venv/bin/python}" -m autograder gradescope-run @ASSIGNMENT@ --root "$root"
