"""Set the checkout up: .venv from requirements-dev.lock, done again only when the lock has changed."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "foyer-setup"
LOCK = ROOT / "requirements-dev.lock"
SUITS = "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"
CANDIDATES = ("python3.11", "python3.12", "python3.13", "python3.14")


def suitable_python() -> str:
    """Give this interpreter if it will do, else one that stands beside it."""
    for name in (sys.executable, *CANDIDATES):
        found = shutil.which(name)
        if found and subprocess.call([found, "-c", SUITS], stderr=subprocess.DEVNULL) == 0:
            return found
    sys.exit(
        "Foyer needs Python 3.11 or newer with venv, and finds {}.{} without either or both. "
        "Install it (apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3.11 up".format(
            *sys.version_info
        )
    )


def wanted() -> "list[str]":
    """For which place and which lock .venv must have been made: a copied one is not ready either."""
    return [str(ROOT), hashlib.sha256(LOCK.read_bytes()).hexdigest()]


def run(*command: str) -> None:
    """Run it and show what takes time to download; on failure show everything and stop."""
    env = {**os.environ, "PYTHONWARNINGS": "ignore"}
    said = []
    with subprocess.Popen(
        command, cwd=str(ROOT), env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if line.lstrip().startswith("Downloading") and line.rstrip().endswith(" MB)"):
                print("  " + line.strip(), flush=True)
    if process.returncode:
        sys.exit("{}\nSetting up stopped at: {}".format("".join(said), " ".join(command)))


def install(python: str, made_for: "list[str]") -> None:
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--no-compile"]
    print("Setting up .venv from requirements-dev.lock", flush=True)
    if made_for[:1] != wanted()[:1]:
        run(python, "-m", "venv", "--clear", str(VENV))
    run(*pip, "--no-deps", "--require-hashes", "-r", str(LOCK))
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ".")


def main() -> None:
    python = suitable_python()
    VENV.mkdir(exist_ok=True)
    directory = os.open(str(VENV), os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)  # `make up` and `make demo` may set up at the same moment
    made_for = STAMP.read_text().splitlines() if STAMP.exists() else []
    if made_for != wanted():
        install(python, made_for)
        STAMP.write_text("\n".join(wanted()))


if __name__ == "__main__":
    main()
