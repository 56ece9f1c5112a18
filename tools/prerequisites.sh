# What the set-up needs of this machine: each function prints in one line what is wrong, and nothing if all is well.
# Read by setup.sh and doctor.sh, in the repository.

python=${PYTHON:-python3}

folder_problem() {
  for place in . .build .venv node_modules; do
    [ ! -e $place ] || [ -w $place ] || {
      echo "$(cd $place && pwd -P) cannot be written by $(id -un 2>/dev/null || id -u): $(instead)"
      return
    }
  done
}

# instead: what to do where nothing can be written.
instead() {
  if [ -f "$(stamp_of kernelspec)" ]; then
    echo "$(pwd -P)/binder/start jupyter lab makes a folder of your own, with the lessons, and opens them"
  else
    echo "clone the project into a folder of your own"
  fi
}

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
