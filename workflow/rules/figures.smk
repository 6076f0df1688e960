# Figures, each from one table.
from rethinking.paper.escape import escape_rst


rule figure:
    input:
        table=lambda w: f"{RESULTS}/{{scale}}/tables/{{experiment}}/{{table}}.csv".format(
            scale=w.scale, **config["figures"]["drawn"][w.figure]
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
        mem_mb=needs("mem_mb", "figure"),
        runtime=needs("runtime", "figure"),
    params:
        spec=lambda w: spec(
            w,
            "figure.py",
            [f"rethinking.figures.{w.figure}"],
            figure=w.figure,
            caption=escape_rst(config["figures"]["drawn"][w.figure]["caption"]),
            style=config["figures"]["style"],
            labels=study.labels(config, w.scale),
        ),
    message:
        "Drawing {wildcards.figure}"
    script:
        "../scripts/figure.py"
