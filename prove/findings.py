"""What a proof found, and how it is told."""

from dataclasses import dataclass, field


@dataclass
class Finding:
    """A promise under some faults: how often it was tried, and where it did not hold.
    ``note`` says what was measured beside that."""

    promise: str
    faults: str
    trials: int = 0
    violations: list[str] = field(default_factory=list)
    note: str = ""

    def expect(self, holds: bool, otherwise: str) -> None:
        """Count a trial, and a violation unless it ``holds``."""
        self.trials += 1
        if not holds:
            self.violations.append(otherwise)


HEADER = (
    "| promise | faults caused | trials | violations | measured |\n"
    "|---|---|---:|---:|---|"
)


def row(finding: Finding) -> str:
    return (
        f"| {finding.promise} | {finding.faults} | {finding.trials:,} "
        f"| {len(finding.violations) or 'none'} | {finding.note} |"
    )
