"""The workflow under fire, for as long as it takes: ``make stress``.

``STRESS_SECONDS`` ends each test early, after its share of that time.
"""

import csv
import os
import random
import shutil
import subprocess
import time

import pytest

from rethinking.step.provenance import DamagedError, check, read_record
from rethinking.step.resume import SAVE_EVERY_VARIABLE
from tests.helpers.project import (
    CONFIG,
    RESULTS,
    SMOKE,
    STEP,
    at_work,
    kill,
    results_of,
    rethinking,
    run,
    start,
)

pytestmark = pytest.mark.stress

KILLS, CORRUPTIONS = 25, 240
DAMAGED_AT_ONCE = 8
TESTS = 2


@pytest.fixture
def random_():
    """A source of chance, the same again with STRESS_SEED."""
    seed = int(os.environ.get("STRESS_SEED", random.SystemRandom().randrange(10**6)))
    print(f"STRESS_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def time_is_left():
    end = time.monotonic() + float(os.environ.get("STRESS_SECONDS", "inf")) / TESTS
    return lambda: time.monotonic() < end


def remove_trained(folder):
    for name in ("runs", "transfers", "measures", "tables"):
        shutil.rmtree(folder / RESULTS / name, ignore_errors=True)


def test_killed_at_random_moments_it_ends_with_the_same_bytes(
    built, copy, tmp_path, random_, time_is_left
):
    remove_trained(copy)
    kills, builds = 0, 0
    while kills < KILLS and time_is_left():
        with (tmp_path / "output.txt").open("w") as output:
            command = ("-m", "rethinking", "run", *SMOKE)
            process = start(copy, *command, output=output, **{SAVE_EVERY_VARIABLE: "0.1"})
        try:
            code = process.wait(random_.uniform(0.2, 10))
        except subprocess.TimeoutExpired:
            steps = at_work(copy, STEP)
            snakemakes = [one for one in at_work(copy, "snakemake") if one not in steps]
            everything = [*at_work(copy, "rethinking"), *snakemakes, *steps]
            kill(random_.choice([steps, snakemakes, snakemakes + steps, everything]))
            process.wait()
            kills += 1
        else:
            assert code == 0, (tmp_path / "output.txt").read_text()
            assert results_of(copy) == results_of(built)
            remove_trained(copy)
            builds += 1
    code, output = rethinking(copy, "run", *SMOKE)
    assert code == 0, output
    assert results_of(copy) == results_of(built)
    print(f"{kills} kills, {builds + 1} papers")


def readings(folder):
    """Each result that a step reads, and what the steps that read it make; Snakemake says which."""
    code, output = run(folder, "--detailed-summary", "--quiet", *CONFIG)
    assert code == 0, output
    table = output[output.index("output_file\t") :]
    found = {}
    for row in csv.DictReader(table.splitlines(), delimiter="\t"):
        for read in row["input-file(s)"].split(","):
            if read.startswith(f"{RESULTS}/"):
                found.setdefault(read, []).append(row["output_file"])
    return found


def damage(path, random_):
    """Flip a bit or cut the file short, unseen by whoever looks at size and time alone."""
    times, whole = path.stat(), path.read_bytes()
    place = random_.randrange(len(whole))
    damaged = bytearray(whole)
    damaged[place] ^= 1 << random_.randrange(8)
    path.write_bytes(whole[:place] if random_.random() < 0.2 else damaged)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    try:
        # In a record, one space for another is no damage.
        read_record(path) if path.name.endswith(".provenance.json") else check(path)
    except DamagedError:
        return True
    path.write_bytes(whole)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return False


def test_no_corruption_is_accepted(built, copy, random_, time_is_left):
    made_from = readings(copy)
    corruptions = 0
    while corruptions < CORRUPTIONS and time_is_left():
        chosen = random_.sample(sorted(made_from), DAMAGED_AT_ONCE)
        damaged = [name for name in chosen if damage(copy / name, random_)]
        targets = sorted({random_.choice(made_from[name]) for name in damaged})
        code, output = rethinking(
            copy, "run", "--cores", "2", "--keep-going", "--force", *targets, *CONFIG
        )
        assert code == 0, output
        assert output.count("was damaged; making it again") >= 1
        corruptions += len(damaged)
        code, output = rethinking(copy, "run", *SMOKE)
        assert code == 0, output
        assert results_of(copy) == results_of(built)
        for name in results_of(copy):
            check(copy / RESULTS / name)
    print(f"{corruptions} corruptions")
