#!/usr/bin/env bash
# Gradescope runs this as root, once, when it builds the image. It installs Python, a compiler, the sandbox, and the
# grader in /autograder/venv. That folder is readable for the sandbox's user; this folder only for root.
set -euo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive

source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=$(dirname "$source_folder")/venv
requirements=(@REQUIREMENTS@) # packages that students' code may import in addition to NumPy

install() {
  apt-get install -q -y --no-install-recommends "$@"
}

# Print the first Python that is new enough and can make a virtual environment.
find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  return 1
}

apt-get update -q
install gcc libc6-dev libseccomp2 python3 python3-dev python3-venv
install bubblewrap || echo "setup.sh: cannot install bubblewrap; only the inner layer of the sandbox will be used"
# Ubuntu 22.04 has an older python3, and a newer one under another name.
for version in 3.12 3.11; do
  find_python >/dev/null || install "python$version" "python$version-dev" "python$version-venv" >/dev/null 2>&1 || true
done
if ! python=$(find_python); then
  echo "setup.sh: expected Python 3.11 or newer, got $(python3 --version 2>&1 || true): choose a newer Ubuntu as the" \
    "base image in Gradescope's settings of the autograder" >&2
  exit 1
fi

"$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-cache-dir "$source_folder/@KIT@" \
  "${requirements[@]}"
chmod -R go= "$source_folder"

cd "$source_folder/course"
# For the log of the build. The machine that scores may differ, so each run tests its sandbox again.
"$venv/bin/python" -m autograder doctor || echo "setup.sh: no sandbox works while the image is built"
