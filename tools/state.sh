# What the set-up needs of this machine, and how far it has come. Read by setup.sh and doctor.sh, in the repository.

here=$(pwd -P)
python=${PYTHON:-python3}

# --- Prerequisites: each prints in one line what is wrong, and nothing if all is well ---------------------------

node_problem() {
  if ! command -v node >/dev/null; then
    echo "Node.js is missing: install Node.js 20.19 or newer (https://nodejs.org)"
  elif ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
                  process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'; then
    echo "Node.js $(node --version) is too old: install 20.19 or newer (https://nodejs.org)"
  fi
}

npm_problem() {
  command -v npm >/dev/null || echo "npm is missing: install it (Debian and Ubuntu: apt install npm)"
}

python_problem() {
  if ! command -v "$python" >/dev/null; then
    echo "Python is missing: install Python 3.10 or newer (https://www.python.org)"
  elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "$("$python" --version 2>&1) is too old: install 3.10 or newer, or name one: make setup PYTHON=python3.12"
  elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "Python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv)"
  fi
}

# --- What each step is made from, which is what its stamp holds when it is complete -----------------------------

node_packages() {
  node -p '[process.platform, process.arch].join(" ")'
  cat package-lock.json
}

# A virtual environment holds absolute paths, so one that was moved is as good as none.
python_packages() {
  "$here/.venv/bin/python" --version && echo "$here" && sed '/^ *#/d' requirements.txt && cat tools/pyproject.toml
}

kernel() {
  find kernel interface tsconfig.json package-lock.json -type f | LC_ALL=C sort | while read -r file; do cksum "$file"; done
}

# The snapshot holds absolute paths.
bundle() {
  echo "$here"
  cat .build/kernel/.stamp
  cksum tools/bundle.ts
  node --version
}

# Those that have changed since, the kernel compiles itself.
helpers() {
  cat .build/kernel/.stamp
  find helpers -type f | LC_ALL=C sort | while read -r file; do cksum "$file"; done
}

# The file is its own stamp.
kernelspec() {
  node -p 'JSON.stringify(
    {
      argv: [process.execPath, `${process.cwd()}/.build/kernel/main.js`, "{connection_file}"],
      display_name: "TypeScript",
      language: "typescript",
      interrupt_mode: "message",
      metadata: { debugger: false },
    }, null, 2)'
}

stamp_of() {
  case $1 in
  node_packages) echo node_modules/.stamp ;;
  python_packages) echo .venv/.stamp ;;
  kernel) echo .build/kernel/.stamp ;;
  bundle) echo .build/bundle/.stamp ;;
  helpers) echo .build/helpers/.stamp ;;
  kernelspec) echo .venv/share/jupyter/kernels/tslab/kernel.json ;;
  esac
}

# complete STEP: whether this step was completed, and nothing that it is made from has changed since.
complete() {
  [ -f "$(stamp_of "$1")" ] && [ "$($1 2>/dev/null)" = "$(cat "$(stamp_of "$1")")" ]
}

# completed STEP: notes that it was.
completed() {
  $1 >"$(stamp_of "$1")"
}
