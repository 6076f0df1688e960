# Tables of an experiment, and every number that the paper prints.


rule metrics:
    input:
        measured=measured,
        infos=lambda w: all_blocks(w, rules.train.output.info),
        curves=lambda w: (
            all_blocks(w, rules.train.output.curve)
            if study.regularizes(config, **w)
            else []
        ),
    output:
        runs=f"{RESULTS}/{{scale}}/tables/{{experiment}}/runs.csv",
        summary=report(
            f"{RESULTS}/{{scale}}/tables/{{experiment}}/summary.csv",
            caption="../report/summary.rst",
            category="Tables",
            subcategory="{experiment}",
            labels={"table": "summary"},
        ),
        provenance=[
            f"{RESULTS}/{{scale}}/tables/{{experiment}}/{table}.provenance.json"
            for table in ("runs", "summary")
        ],
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{experiment}}/metrics.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "metrics"),
        runtime=needs("runtime", "metrics"),
    params:
        spec=lambda w: spec(
            w,
            "metrics.py",
            settings=[
                vars(setting)
                for setting in study.measured_settings(config, w.scale, w.experiment)
            ],
            times=study.is_about_times(config, w.scale, w.experiment),
        ),
    message:
        "Tabulating {wildcards.experiment}"
    script:
        "../scripts/metrics.py"


rule transfer_tables:
    input:
        measured=lambda w: [
            rules.measure_transfer.output.table.format(
                scale=w.scale, transfer=w.transfer, model=model
            )
            for model in transfers.models(config, w.scale, w.transfer)
        ],
    output:
        tables=[
            f"{RESULTS}/{{scale}}/tables/{{transfer}}/runs.csv",
            *(
                report(
                    f"{RESULTS}/{{scale}}/tables/{{transfer}}/{table}.csv",
                    caption=f"../report/{table}.rst",
                    category="Tables",
                    subcategory="{transfer}",
                    labels={"table": table},
                )
                for table in ("summary", "sample_efficiency", "confusion")
            ),
        ],
        provenance=[
            f"{RESULTS}/{{scale}}/tables/{{transfer}}/{table}.provenance.json"
            for table in ("runs", "summary", "sample_efficiency", "confusion")
        ],
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{transfer}}/tables.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "transfer_tables"),
        runtime=needs("runtime", "transfer_tables"),
    params:
        spec=lambda w: spec(
            w,
            "transfer_tables.py",
            thresholds=transfers.asked(config, w.scale, w.transfer)["thresholds"],
        ),
    message:
        "Tabulating {wildcards.transfer}"
    script:
        "../scripts/transfer_tables.py"


rule construction_tables:
    input:
        measured=lambda w: constructed(w.scale, w.construction),
    output:
        runs=f"{RESULTS}/{{scale}}/tables/{{construction}}/runs.csv",
        summary=report(
            f"{RESULTS}/{{scale}}/tables/{{construction}}/summary.csv",
            caption="../report/summary.rst",
            category="Tables",
            subcategory="{construction}",
            labels={"table": "summary"},
        ),
        provenance=[
            f"{RESULTS}/{{scale}}/tables/{{construction}}/{table}.provenance.json"
            for table in ("runs", "summary")
        ],
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{construction}}/tables.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "construction_tables"),
        runtime=needs("runtime", "construction_tables"),
    params:
        spec=lambda w: spec(
            w, "construction_tables.py", seeds=constructions.seeds(config, **w)
        ),
    message:
        "Tabulating {wildcards.construction}"
    script:
        "../scripts/construction_tables.py"


rule profiles:
    input:
        measured=measured,
    output:
        table=f"{RESULTS}/{{scale}}/tables/{{experiment}}/profiles.csv",
        provenance=f"{RESULTS}/{{scale}}/tables/{{experiment}}/profiles.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{experiment}}/profiles.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "profiles"),
        runtime=needs("runtime", "profiles"),
    params:
        spec=lambda w: spec(
            w,
            "profiles.py",
            settings=[
                vars(setting)
                for setting in study.measured_settings(config, w.scale, w.experiment)
            ],
        ),
    message:
        "Tabulating the curves and pictures of {wildcards.experiment}"
    script:
        "../scripts/profiles.py"


rule planes:
    input:
        measured=measured,
    output:
        table=f"{RESULTS}/{{scale}}/tables/{{experiment}}/planes.csv",
        provenance=f"{RESULTS}/{{scale}}/tables/{{experiment}}/planes.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{experiment}}/planes.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "planes"),
        runtime=needs("runtime", "planes"),
    params:
        spec=lambda w: spec(
            w,
            "planes.py",
            settings=[
                vars(setting)
                for setting in study.measured_settings(config, w.scale, w.experiment)
            ],
        ),
    message:
        "Tabulating the planes of {wildcards.experiment}"
    script:
        "../scripts/planes.py"


rule curves:
    input:
        curves=lambda w: all_blocks(w, rules.train.output.curve),
        infos=lambda w: all_blocks(w, rules.train.output.info),
    output:
        table=f"{RESULTS}/{{scale}}/tables/{{experiment}}/curves.csv",
        provenance=f"{RESULTS}/{{scale}}/tables/{{experiment}}/curves.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/tables/{{experiment}}/curves.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "curves"),
        runtime=needs("runtime", "curves"),
    params:
        spec=lambda w: spec(
            w,
            "curves.py",
            seeds={
                setting.model: study.seeds(config, w.scale, setting.model)
                for setting in settings(w)
            },
        ),
    message:
        "Tabulating the learning curves of {wildcards.experiment}"
    script:
        "../scripts/curves.py"


rule claims:
    input:
        ledger="paper/claims.yaml",
        runs=lambda w: [
            f"{RESULTS}/{w.scale}/tables/{experiment}/runs.csv"
            for experiment in judged(w.scale)
        ],
        datasets=lambda w: [
            rules.dataset.output.info.format(scale=w.scale, dataset=dataset)
            for dataset in judged(w.scale).values()
        ],
    output:
        claims=f"{RESULTS}/{{scale}}/claims.json",
        provenance=f"{RESULTS}/{{scale}}/claims.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/claims.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "claims"),
        runtime=needs("runtime", "claims"),
    params:
        spec=lambda w: spec(
            w, "claims.py", experiments=list(judged(w.scale)), scale=w.scale
        ),
    message:
        "Judging the claims"
    script:
        "../scripts/claims.py"


rule values:
    input:
        claims=rules.claims.output.claims,
        summaries=lambda w: [
            rules.metrics.output.summary.format(scale=w.scale, experiment=experiment)
            for experiment in study.experiments(config, w.scale)
        ],
        infos=lambda w: all_blocks(w, rules.train.output.info),
        datasets=lambda w: [
            rules.dataset.output.info.format(scale=w.scale, dataset=dataset)
            for dataset in judged(w.scale).values()
        ],
        transfers=lambda w: transfer_table(w.scale, "summary"),
        efficiencies=lambda w: transfer_table(w.scale, "sample_efficiency"),
        constructions=lambda w: expand(
            rules.construction_tables.output.summary,
            scale=w.scale,
            construction=constructions.constructions(config, w.scale),
        ),
        constructed=lambda w: [
            path
            for construction in constructions.constructions(config, w.scale)
            for path in constructed(w.scale, construction)
        ],
        students=lambda w: [
            path
            for transfer in transfers.transfers(config, w.scale)
            for model in transfers.models(config, w.scale, transfer)
            for path in all_cells(
                w.scale, transfer, model, rules.students.output.about
            )
        ],
    output:
        values=f"{RESULTS}/{{scale}}/values.json",
        provenance=f"{RESULTS}/{{scale}}/values.provenance.json",
    log:
        f"{RESULTS}/{{scale}}/logs/values.log",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=needs("mem_mb", "values"),
        runtime=needs("runtime", "values"),
    params:
        spec=lambda w: spec(
            w,
            "values.py",
            experiments=study.experiments(config, w.scale),
            labels={
                experiment: study.labels(config, w.scale)[dataset]
                for experiment, dataset in judged(w.scale).items()
            },
            facts=study.facts(config, w.scale)
            | constructions.facts(config, w.scale)
            | transfers.facts(config, w.scale),
            constructions=constructions.constructions(config, w.scale),
            transfers=transfers.transfers(config, w.scale),
        ),
    message:
        "Collecting the numbers of the paper"
    script:
        "../scripts/values.py"
