# Verdicts, numbers, figures, LaTeX and the PDF, from the tables of all kinds of experiment.
SOURCES = sorted(
    map(str, [*Path("paper").rglob("*.tex"), *Path("paper").glob("*.bib")])
)


rule claims:
    input:
        ledger="paper/claims.yaml",
        runs=lambda w: [
            table(w.scale, name, "runs") for name in study.experiments(config, w.scale)
        ],
        datasets=lambda w: [
            rules.dataset.output.info.format(scale=w.scale, dataset=reported.dataset)
            for reported in paper.reported(config, w.scale).values()
        ],
    output:
        claims=f"{RESULTS}/{{scale}}/claims.json",
        provenance=f"{RESULTS}/{{scale}}/claims.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/claims.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **needs("claims"),
    params:
        spec=lambda w: spec(
            w,
            "claims",
            "analysis.claims:write_claims",
            {"experiments": study.experiments(config, w.scale), "scale": w.scale},
            study.kind_modules(config, w.scale),
        ),
    message:
        "Computing the verdicts on the claims"
    script:
        "../step.py"


rule values:
    input:
        claims=rules.claims.output.claims,
        tables=lambda w: [
            table(w.scale, name, printed)
            for name, kind in study.experiments(config, w.scale).items()
            for printed in load_kind(kind).PRINTED
        ],
        datasets=lambda w: [
            rules.dataset.output.info.format(scale=w.scale, dataset=reported.dataset)
            for reported in paper.reported(config, w.scale).values()
        ],
        made=lambda w: unique(
            path
            for name, kind in study.experiments(config, w.scale).items()
            for path in MADE[kind](w.scale, name)
        ),
    output:
        values=f"{RESULTS}/{{scale}}/values.json",
        provenance=f"{RESULTS}/{{scale}}/values.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/values.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **needs("values"),
    params:
        spec=lambda w: spec(
            w,
            "values",
            "paper.values:write_values",
            paper.values_spec(config, w.scale),
            study.kind_modules(config, w.scale),
        ),
    message:
        "Collecting the numbers of the paper"
    script:
        "../step.py"


rule figure:
    input:
        table=lambda w: table(
            w.scale,
            config["figures"]["drawn"][w.figure]["experiment"],
            config["figures"]["drawn"][w.figure]["table"],
        ),
    output:
        pdf=f"{RESULTS}/{{scale}}/figures/{{figure}}.pdf",
        png=report(
            f"{RESULTS}/{{scale}}/figures/{{figure}}.png",
            caption="../report/figure.rst",
            category="Figures",
            subcategory=lambda w: config["figures"]["drawn"][w.figure]["experiment"],
            labels={"figure": "{figure}"},
        ),
        provenance=f"{RESULTS}/{{scale}}/figures/{{figure}}.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/figures/{{figure}}.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **needs("figure"),
    params:
        spec=lambda w: spec(
            w,
            "figure",
            "figures.helpers.figure:write_figure",
            paper.figure_settings(config, w.scale, w.figure),
            [f"rethinking.figures.{paper.figure_module(config, w.figure)}"],
        ),
    message:
        "Drawing {wildcards.figure}"
    script:
        "../step.py"


# One job writes everything that the paper includes, except figures: most of these files take less
# time than starting a job.
rule latex:
    input:
        values=rules.values.output.values,
        claims=rules.claims.output.claims,
        results=lambda w: unique(
            table(w.scale, experiment, layout.table)
            for layout in paper.made_layouts(config, w.scale)
            for experiment in layout.experiments
        ),
        published=lambda w: paper.sources(config, w.scale),
        sources=SOURCES,
        records=lambda w: figures(w.scale, rules.figure.output.provenance),
    output:
        generated=[
            f"{RESULTS}/{{scale}}/paper/{name}.tex"
            for name in ("values", "claims", "criteria", "register", *config["tables"])
        ],
        provenance=[
            f"{RESULTS}/{{scale}}/paper/{name}.provenance.json"
            for name in ("values", "claims", "criteria", "register", *config["tables"])
        ],
    log:
        f"{RESULTS}/{{scale}}/logs/paper/latex.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **needs("latex"),
    params:
        spec=lambda w: spec(
            w,
            "latex",
            "paper.latex:write_latex",
            paper.latex_spec(config, w.scale),
            unique(
                f"rethinking.paper.tables.{layout.layout}"
                for layout in paper.made_layouts(config, w.scale)
            ),
        ),
    message:
        "Writing numbers, verdicts and tables for LaTeX"
    script:
        "../step.py"


rule pdf:
    input:
        sources=SOURCES,
        generated=lambda w: [
            *expand(rules.latex.output.generated, scale=w.scale),
            *figures(w.scale, rules.figure.output.pdf),
        ],
    output:
        pdf=f"{RESULTS}/{{scale}}/paper.pdf",
        provenance=f"{RESULTS}/{{scale}}/paper.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/paper/pdf.log",
    conda:
        "../../envs/latex.yaml"
    resources:
        **needs("pdf"),
    params:
        spec=lambda w: spec(w, "pdf", "paper.build:build_pdf"),
    message:
        "Building the PDF"
    script:
        "../step.py"


# Pages of the report, to read in a browser.
rule pages:
    input:
        claims=rules.claims.output.claims,
        runs=lambda w: [
            table(w.scale, name, "runs")
            for name in networks.names(config, w.scale)
            if networks.reports_training(config, w.scale, name)
        ],
        summaries=lambda w: [
            table(w.scale, name, "summary")
            for name in study.experiments(config, w.scale)
        ],
    output:
        claims_html=report(
            f"{RESULTS}/{{scale}}/report/claims.html",
            caption="../report/claims.rst",
            category="Claims",
            labels={"page": "all claims and their tests"},
        ),
        networks_html=report(
            f"{RESULTS}/{{scale}}/report/networks.html",
            caption="../report/networks.rst",
            category="Networks",
            labels={"page": "how training ended"},
        ),
        summaries_html=report(
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
        **needs("pages"),
    params:
        spec=lambda w: spec(
            w,
            "pages",
            "paper.pages:write_pages",
            {"labels": paper.labels(config, w.scale)},
        ),
    message:
        "Writing the pages of the report"
    script:
        "../step.py"


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
        **needs("manifest"),
    params:
        spec=lambda w: spec(w, "manifest", "paper.manifest:write_manifest"),
    message:
        "Listing the published files"
    script:
        "../step.py"
