"""The one adapter of all rules: do a job, by the function that the rule names."""

from typing import TYPE_CHECKING

from rethinking.step.call import call
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake) as about:
    about |= call(snakemake)
