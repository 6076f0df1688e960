# The PDF.

PAPER_SOURCES = [
    "paper/main.tex",
    "paper/references.bib",
    "paper/sections/introduction.tex",
    "paper/sections/related_work.tex",
    "paper/sections/methods.tex",
    "paper/sections/results.tex",
    "paper/sections/regularization.tex",
    "paper/sections/expressivity.tex",
    "paper/sections/implicit.tex",
    "paper/sections/smoothness.tex",
    "paper/sections/frequency.tex",
    "paper/sections/two_stage.tex",
    "paper/sections/random_walk.tex",
    "paper/sections/discussion.tex",
    "paper/sections/limits.tex",
    "paper/appendix/criteria.tex",
    "paper/appendix/networks.tex",
    "paper/appendix/results.tex",
    "paper/appendix/regularization.tex",
    "paper/appendix/expressivity.tex",
    "paper/appendix/implicit.tex",
    "paper/appendix/smoothness.tex",
    "paper/appendix/frequency.tex",
    "paper/appendix/two_stage.tex",
    "paper/appendix/random_walk.tex",
    "paper/appendix/register.tex",
]
# What was measured, and the experiment that measured it. Sections on experiments that a scale lacks
# are left out.
MEASURED_TABLES = {
    "smoothness": "smoothness",
    "norms": "smoothness",
    "frequency": "frequency",
}
# The constructions that the paper shows.
CONSTRUCTION_TABLES = ("expressivity", "implicit", "implicit_mnist")
# The same of transfers, with the table of results that each shows.
TRANSFER_TABLES = {
    "agreement": ("two_stage", "summary"),
    "efficiency": ("two_stage", "sample_efficiency"),
    "walks": ("random_walk", "summary"),
}


rule macros:
    input:
        values=rules.values.output.values,
        claims=rules.claims.output.claims,
    output:
        macros=f"{RESULTS}/{{scale}}/paper/values.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/values.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/macros.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "macros"),
        runtime=needs("runtime", "macros"),
    params:
        spec=lambda w: spec(
            w,
            "macros.py",
            banner=config["scales"][w.scale]["banner"],
            labels=study.labels(config, w.scale),
            scale=w.scale,
        ),
    message:
        "Writing the numbers for LaTeX"
    script:
        "../scripts/macros.py"


rule results_table:
    input:
        summary=rules.metrics.output.summary,
    output:
        table=f"{RESULTS}/{{scale}}/paper/results_{{experiment}}.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/results_{{experiment}}.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/results_{{experiment}}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "results_table"),
        runtime=needs("runtime", "results_table"),
    params:
        spec=lambda w: spec(
            w,
            "results_table.py",
            experiment=w.experiment,
            labels=study.labels(config, w.scale),
            schedule=study.experiment_schedule(config, w.scale, w.experiment),
        ),
    message:
        "Writing the table of {wildcards.experiment} for LaTeX"
    script:
        "../scripts/results_table.py"


rule regularization_table:
    input:
        summary=lambda w: rules.metrics.output.summary.format(
            scale=w.scale, experiment="regularization"
        ),
    output:
        table=f"{RESULTS}/{{scale}}/paper/regularization.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/regularization.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/regularization.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "regularization_table"),
        runtime=needs("runtime", "regularization_table"),
    params:
        spec=lambda w: spec(
            w,
            "regularization_table.py",
            experiment="regularization",
            labels=study.labels(config, w.scale),
        ),
    message:
        "Writing the table of regularisation for LaTeX"
    script:
        "../scripts/regularization_table.py"


rule published_table:
    input:
        summaries=lambda w: expand(
            rules.metrics.output.summary,
            scale=w.scale,
            experiment=study.published_experiments(config, w.scale),
        ),
        published="paper/published.csv",
    output:
        table=f"{RESULTS}/{{scale}}/paper/published.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/published.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/published.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "published_table"),
        runtime=needs("runtime", "published_table"),
    params:
        spec=lambda w: spec(
            w,
            "published_table.py",
            comparable=study.published_models(config, w.scale, "randomization"),
            experiments=study.published_experiments(config, w.scale),
            labels=study.labels(config, w.scale),
        ),
    message:
        "Writing the table of published results for LaTeX"
    script:
        "../scripts/published_table.py"


rule construction_table:
    input:
        summary=rules.construction_tables.output.summary,
    output:
        table=f"{RESULTS}/{{scale}}/paper/construction_{{construction}}.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/construction_{{construction}}.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/construction_{{construction}}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "construction_table"),
        runtime=needs("runtime", "construction_table"),
    params:
        spec=lambda w: spec(
            w,
            "construction_table.py",
            construction=w.construction,
            module=constructions.asked(config, **w)["module"],
        ),
    message:
        "Writing the table of {wildcards.construction} for LaTeX"
    script:
        "../scripts/construction_table.py"


rule measured_table:
    input:
        summary=lambda w: rules.metrics.output.summary.format(
            scale=w.scale, experiment=MEASURED_TABLES[w.table]
        ),
    output:
        table=f"{RESULTS}/{{scale}}/paper/measured_{{table}}.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/measured_{{table}}.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/measured_{{table}}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "measured_table"),
        runtime=needs("runtime", "measured_table"),
    params:
        spec=lambda w: spec(
            w,
            "measured_table.py",
            experiment=MEASURED_TABLES[w.table],
            labels=study.labels(config, w.scale),
            table=w.table,
        ),
    message:
        "Writing the table of {wildcards.table} for LaTeX"
    script:
        "../scripts/measured_table.py"


rule transfer_table:
    input:
        measured=lambda w: f"{RESULTS}/{{}}/tables/{{}}/{{}}.csv".format(
            w.scale, *TRANSFER_TABLES[w.table]
        ),
    output:
        table=f"{RESULTS}/{{scale}}/paper/transfer_{{table}}.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/transfer_{{table}}.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/transfer_{{table}}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "transfer_table"),
        runtime=needs("runtime", "transfer_table"),
    params:
        spec=lambda w: spec(
            w,
            "transfer_table.py",
            labels=study.labels(config, w.scale),
            table=w.table,
            transfer=TRANSFER_TABLES[w.table][0],
        ),
    message:
        "Writing the table of {wildcards.table} for LaTeX"
    script:
        "../scripts/transfer_table.py"


rule networks_table:
    output:
        table=f"{RESULTS}/{{scale}}/paper/networks.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/networks.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/networks.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "networks_table"),
        runtime=needs("runtime", "networks_table"),
    params:
        spec=lambda w: spec(
            w,
            "networks_table.py",
            recipes=study.recipes(config, w.scale),
            models=study.trained_models(config, w.scale),
        ),
    message:
        "Writing the table of networks for LaTeX"
    script:
        "../scripts/networks_table.py"


rule claims_tables:
    input:
        claims=rules.claims.output.claims,
    output:
        tables=[
            f"{RESULTS}/{{scale}}/paper/{table}.tex"
            for table in ("claims", "criteria")
        ],
        provenance=[
            f"{RESULTS}/{{scale}}/paper/{table}.provenance.json"
            for table in ("claims", "criteria")
        ],
    log:
        f"{RESULTS}/{{scale}}/logs/paper/claims_tables.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "claims_tables"),
        runtime=needs("runtime", "claims_tables"),
    params:
        spec=lambda w: spec(w, "claims_tables.py", labels=study.labels(config, w.scale)),
    message:
        "Writing the tables of claims for LaTeX"
    script:
        "../scripts/claims_tables.py"


rule register:
    input:
        sources=PAPER_SOURCES,
        tables=paper_tables,
        values=rules.values.output.values,
        records=lambda w: expand(
            rules.figure.output.provenance,
            scale=w.scale,
            figure=study.figures(config, w.scale),
        ),
    output:
        register=f"{RESULTS}/{{scale}}/paper/register.tex",
        provenance=f"{RESULTS}/{{scale}}/paper/register.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/register.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "register"),
        runtime=needs("runtime", "register"),
    params:
        spec=lambda w: spec(
            w,
            "register.py",
            figures={
                figure: "tables/{experiment}/{table}.csv".format(
                    **config["figures"]["drawn"][figure]
                )
                for figure in study.figures(config, w.scale)
            },
        ),
    message:
        "Registering where each number comes from"
    script:
        "../scripts/register.py"


rule pdf:
    input:
        sources=PAPER_SOURCES,
        generated=lambda w: [
            *paper_tables(w),
            rules.register.output.register.format(scale=w.scale),
            *expand(
                rules.figure.output.pdf,
                scale=w.scale,
                figure=study.figures(config, w.scale),
            ),
        ],
    output:
        pdf=f"{RESULTS}/{{scale}}/paper.pdf",
        provenance=f"{RESULTS}/{{scale}}/paper.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/pdf.log",
    conda:
        "../../envs/latex.yaml"
    resources:
        mem_mb=needs("mem_mb", "pdf"),
        runtime=needs("runtime", "pdf"),
    params:
        spec=lambda w: spec(w, "pdf.py"),
    message:
        "Building the PDF"
    script:
        "../scripts/pdf.py"


# What the report shows beside figures, to read in a browser.
rule pages:
    input:
        claims=rules.claims.output.claims,
        runs=lambda w: expand(
            rules.metrics.output.runs,
            scale=w.scale,
            experiment=study.training_experiments(config, w.scale),
        ),
        summaries=lambda w: summaries(w.scale),
    output:
        claims=report(
            f"{RESULTS}/{{scale}}/report/claims.html",
            caption="../report/claims.rst",
            category="Claims",
            labels={"page": "all claims and their tests"},
        ),
        networks=report(
            f"{RESULTS}/{{scale}}/report/networks.html",
            caption="../report/networks.rst",
            category="Networks",
            labels={"page": "how training ended"},
        ),
        summaries=report(
            f"{RESULTS}/{{scale}}/report/summaries.html",
            caption="../report/summaries.rst",
            category="Tables",
            subcategory="all",
            labels={"table": "all summaries, to read here"},
        ),
        provenance=[
            f"{RESULTS}/{{scale}}/report/{page}.provenance.json"
            for page in ("claims", "networks", "summaries")
        ],
    log:
        f"{RESULTS}/{{scale}}/logs/paper/pages.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "pages"),
        runtime=needs("runtime", "pages"),
    params:
        spec=lambda w: spec(w, "pages.py", labels=study.labels(config, w.scale)),
    message:
        "Writing the pages of the report"
    script:
        "../scripts/pages.py"


rule manifest:
    input:
        paper=rules.pdf.output.pdf,
        published=lambda w: published(w.scale),
    output:
        manifest=f"{RESULTS}/{{scale}}/manifest.json",
        provenance=f"{RESULTS}/{{scale}}/manifest.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/manifest.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "manifest"),
        runtime=needs("runtime", "manifest"),
    params:
        spec=lambda w: spec(w, "manifest.py"),
    message:
        "Listing what is published"
    script:
        "../scripts/manifest.py"
