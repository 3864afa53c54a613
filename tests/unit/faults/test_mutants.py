"""The mutants must still fit the code they break."""

import shutil
from pathlib import Path

import pytest

from cli.state import CHECKOUT
from tests.faults.nemesis import AFTERWARDS, STRIKES
from tests.faults.sabotage.mutants import MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: str(one.name))
def test_a_mutant_still_fits_and_still_compiles(mutant: Mutant, tmp_path: Path) -> None:
    for edit in mutant.edits:
        (tmp_path / edit.file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / edit.file, tmp_path / edit.file)

    mutant.apply(tmp_path)

    for edit in mutant.edits:
        compile((tmp_path / edit.file).read_text(), edit.file, "exec")
    assert set(mutant.faults.split(",")) <= {*STRIKES, *AFTERWARDS}
