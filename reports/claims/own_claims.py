"""Claims of one's own: from files that are named, and from installed packages.

A package names the folder of its claims' files under the entry point `repro.claims`, as it names those of its grids
and scales under `repro.grids` and `repro.scales`. Nothing of these may pass for a claim that is shipped: neither a
paper's key nor a claim's id may be there already.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reports.catalogue import grid_files_in, own_grids
from reports.claims.claim import Claim
from reports.claims.claim_file import read_claims, shipped_claims
from repro.ledger.scale import files_of

GROUP = "repro.claims"
"""Entry points of packages with claims."""


@dataclass(frozen=True)
class OwnFiles:
    """What a command line adds to what is installed.

    Attributes:
        claims: files of claims.
        grids: files of grids, and folders of them.
        others: folders of others' records, which are shown and decide nothing.
    """

    claims: tuple[Path, ...] = ()
    grids: tuple[Path, ...] = ()
    others: tuple[Path, ...] = ()

    def files(self) -> list[Path]:
        """All files of claims and grids; those in folders one by one."""
        return [*self.claims, *(file for path in self.grids for file in grid_files_in(path))]

    @contextmanager
    def known(self) -> Iterator[tuple[Claim, ...]]:
        """All claims, the shipped ones first; while it lasts, the grids are known as well.

        Raises:
            BadInput: a file that cannot be used, or a name that is taken; one sentence.
        """
        with own_grids(self.grids):
            files = dict.fromkeys([*files_of(GROUP).values(), *self.claims])
            yield (*shipped_claims(), *read_claims(list(files), beside=shipped_claims()))
