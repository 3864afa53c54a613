"""Set the checkout up: .venv from a lock, done again only when that has changed.

`local` is what runs here. `dev` adds what tests and checks need: a browser's driver and a type checker are most of the
bytes, and who only runs Foyer does not wait for them.
"""

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
LOCKS = {"local": ROOT / "requirements-local.lock", "dev": ROOT / "requirements-dev.lock"}
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


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def made_of() -> "set[str]":
    """The locks that .venv was made from; of none if it is not there, or was copied from another place."""
    place, *locks = STAMP.read_text().splitlines() if STAMP.exists() else [""]
    return set(locks) if place == str(ROOT) else set()


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


def install(python: str, lock: Path) -> None:
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--no-compile"]
    print("Setting up .venv from {}".format(lock.name), flush=True)
    if not made_of():
        run(python, "-m", "venv", "--clear", str(VENV))
    run(*pip, "--no-deps", "--require-hashes", "-r", str(lock))
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ".")


def main() -> None:
    python = suitable_python()
    wanted = LOCKS[sys.argv[1]]
    VENV.mkdir(exist_ok=True)
    directory = os.open(str(VENV), os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)  # `make up` and `make demo` may set up at the same moment
    if digest(wanted) not in made_of():
        install(python, wanted)
        # each holds the ones before it, and a lock installed over an older one replaces what that had brought
        kinds = list(LOCKS)
        holds = [LOCKS[kind] for kind in kinds[: kinds.index(sys.argv[1]) + 1]]
        STAMP.write_text("\n".join([str(ROOT), *map(digest, holds)]))


if __name__ == "__main__":
    main()
