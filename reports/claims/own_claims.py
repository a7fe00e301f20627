"""Claims of one's own: from files that are named, and from installed packages.

A package names the folder of its claims' files under the entry point `repro.claims`, as it names those of its grids
and scales under `repro.grids` and `repro.scales`. Nothing of these may pass for a claim that is shipped: neither a
paper's key nor a claim's id may be there already.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reports.catalogue import own_files, yaml_files_in
from reports.claims.claim import Claim
from reports.claims.claim_file import read_claims, shipped_claims
from repro.ledger.grids.scale import files_of

GROUP = "repro.claims"
"""Entry points of packages with claims."""


@dataclass(frozen=True)
class OwnFiles:
    """What a command line adds to what is installed.

    Attributes:
        claims: files of claims.
        grids: files of grids, and folders of them.
        others: folders of others' records, which are shown and decide nothing.
        scales: files of scales.
    """

    claims: tuple[Path, ...] = ()
    grids: tuple[Path, ...] = ()
    others: tuple[Path, ...] = ()
    scales: tuple[Path, ...] = ()

    def files(self) -> list[Path]:
        """All files of claims, grids and scales; those in folders one by one."""
        return [*self.claims, *self.scales, *(file for path in self.grids for file in yaml_files_in(path))]

    def arguments(self) -> list[str]:
        """The options of a command line that say the same."""
        options = {"--claims": self.claims, "--grids": self.grids, "--scales": self.scales, "--others": self.others}
        return [argument for option, paths in options.items() for path in paths for argument in (option, str(path))]

    @contextmanager
    def known(self) -> Iterator[tuple[Claim, ...]]:
        """All claims, the shipped ones first; while it lasts, the grids and scales are known as well.

        The shipped ones are read before: no scale of one's own has the data that they are about.

        Raises:
            BadInput: a file that cannot be used, or a name that is taken; one sentence.
        """
        shipped = shipped_claims()
        with own_files(self.grids, self.scales):
            files = dict.fromkeys([*files_of(GROUP).values(), *self.claims])
            yield (*shipped, *read_claims(list(files), beside=shipped))
