#!/usr/bin/env bash
# Gradescope runs this as root, once, when it builds the image: Python, a compiler, the sandbox, and the kit in
# /autograder/venv. Everybody may read that folder, since the sandbox's user has to; this one is root's alone.
set -euo pipefail
umask 022
export DEBIAN_FRONTEND=noninteractive

source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=$(dirname "$source_folder")/venv
requirements=(@REQUIREMENTS@) # what students' code may import beside NumPy

install() {
  apt-get install -q -y --no-install-recommends "$@"
}

# Prints the first Python that is new enough and can make a virtual environment.
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
install bubblewrap || echo "setup.sh: bubblewrap could not be installed; the inner layer of the sandbox has to do alone"
# Ubuntu 22.04 has an older python3, and a newer one under its own name.
for version in 3.12 3.11; do
  find_python >/dev/null || install "python$version" "python$version-dev" "python$version-venv" >/dev/null 2>&1 || true
done
if ! python=$(find_python); then
  echo "setup.sh: Python 3.11 or newer is needed, and this image has $(python3 --version 2>&1 || true): choose a newer" \
    "Ubuntu as the base image in Gradescope's settings of the autograder" >&2
  exit 1
fi

"$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-cache-dir "$source_folder/@KIT@" \
  "${requirements[@]}"
chmod -R go= "$source_folder"

cd "$source_folder/course"
# Shown in the log of the build. What counts is the machine that scores, and each run proves its sandbox itself.
"$venv/bin/python" -m autograder doctor || echo "setup.sh: no sandbox is in force while the image is built"
