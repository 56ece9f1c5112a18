#!/bin/sh
# Runs the tests of the sockets and of the kernel on each major version of Node.js that the project supports.
#
# npm's package `node` carries the binaries. With another one first on PATH, `make setup` writes the kernelspec anew;
# at the end it is written for the reader's own again.
set -u
cd "$(dirname "$0")/.."

versions="20 22 24 26"
own_path=$PATH
failed=
# Whoever is in a hurry must not be left with another Node.js than their own.
trap 'trap "" INT TERM HUP; PATH=$own_path; make --no-print-directory setup' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

for version in $versions; do
  PATH=$own_path
  folder=$PWD/.build/node/$version
  # The package fetches the binary of this system in its install script.
  [ -x "$folder/node_modules/.bin/node" ] ||
    npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts=false "node@$version" || {
    failed="$failed $version (not installed)"
    continue
  }
  PATH=$folder/node_modules/.bin:$own_path
  echo "make matrix: Node.js $(node --version)"
  make --no-print-directory setup || {
    failed="$failed $version (not set up)"
    continue
  }
  node --require ts-node/register/transpile-only --test --test-concurrency=1 tests/helpers/*.test.ts ||
    failed="$failed $version (sockets)"
  .venv/bin/python -m pytest --quiet tests/kernel || failed="$failed $version (kernel)"
done

[ -z "$failed" ] || {
  echo "make matrix: failed on Node.js$failed" >&2
  exit 1
}
echo "make matrix: all passed on Node.js $versions"
