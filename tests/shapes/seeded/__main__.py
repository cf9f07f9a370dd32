"""Print how often each rule fired where a fault was planted for it, and where not."""

from __future__ import annotations

import argparse
import sys

from tests.shapes.seeded import planting


def main() -> int:
    """Plant the faults, print what went wrong, then the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.shapes.seeded")
    parser.add_argument(
        "--once", action="store_true", help="plant each fault in one activity only"
    )
    once = parser.parse_args().once
    score, number, faulty = planting.Score(), 0, 0
    for fault in planting.faults():
        made = [planting.somewhere(fault)] if once else planting.everywhere(fault)
        for one in made:
            score.add(one)
            number += 1
            if one.found != one.expected:
                faulty += 1
                missing = ", ".join(sorted(one.expected - one.found)) or "none"
                extra = ", ".join(sorted(one.found - one.expected)) or "none"
                sys.stdout.write(f"{one}: not found {missing}; found besides {extra}\n")
    for line in score.table():
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(
        f"{len(planting.records())} records, {len(planting.faults())} faults, "
        f"{number} plantings, {faulty} with another outcome\n"
    )
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
