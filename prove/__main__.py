"""``make prove``: cause the faults, look whether the gate's promises hold, and print a
table. Ends with 1 if one of them did not."""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from prove import faults, machine, starts
from prove.findings import HEADER, Finding, row
from prove.world import World, world

Proof = Callable[[World], Finding]


def proofs(longer: int) -> Iterator[tuple[str, Proof]]:
    """Every proof with its name; ``longer`` times as many trials as usual."""
    yield "starts at once", starts.one_thousand_at_once
    yield "finished calls", lambda w: starts.a_finished_call_makes_room(w, 50 * longer)
    yield "dead bots", starts.a_dead_bots_slots_come_back
    yield "any order", lambda w: machine.any_order(w, 25 * longer, 30)
    yield "reconciling", lambda w: faults.reconciling(w, 20 * longer)
    yield "three answers", starts.three_answers
    for name in faults.FAULTS:
        yield name, partial(faults.under_load, name=name, times=5 * longer)


def main() -> int:
    """Run all of them; 1 if there was any violation."""
    parser = argparse.ArgumentParser(prog="python -m prove", description=__doc__)
    parser.add_argument("--longer", type=int, default=1, help="times as many trials")
    parser.add_argument("--seed", type=int, default=None, help="of Hypothesis")
    parser.add_argument("--only", default="", help="proofs whose name contains this")
    given = parser.parse_args()
    random.seed(given.seed)
    findings = []
    started = time.monotonic()
    with world() as own:
        for name, proof in proofs(given.longer):
            if given.only.lower() in name.lower():
                print(f"{time.monotonic() - started:6.0f} s  {name} ...", flush=True)
                findings.append(tried(name, proof, own))
                report(findings[-1])
    print(f"\n{HEADER}")
    for finding in findings:
        print(row(finding))
    violated = sum(len(finding.violations) for finding in findings)
    trials = sum(finding.trials for finding in findings)
    print(f"\n{trials:,} trials, {violated or 'no'} violations.")
    return int(bool(violated))


def tried(name: str, proof: Proof, own: World) -> Finding:
    """What the proof finds; that it could not be carried out is a violation too."""
    try:
        return proof(own)
    except Exception as error:
        return Finding("?", name, 1, [f"the proof broke off: {error!r}"])


def report(finding: Finding) -> None:
    """Show the first violations as soon as they are known."""
    for violation in finding.violations[:5]:
        print(f"          violated: {violation}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
