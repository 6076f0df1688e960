"""The LaTeX sources: no result is typed by hand, and constants are those of the code."""

import math
import re

import pytest
import yaml

from rethinking.analysis.intervals import LEAST_FOR_BOOTSTRAP, LEVEL
from rethinking.constructions.implicit import POINTS, WEIGHTS
from rethinking.constructions.relu_interpolant import LEAST_GAP, PROJECTIONS, TOLERANCE
from rethinking.measures.frequency import CUT_OFFS, SIDE, SLOPE_FROM, STRENGTH
from rethinking.measures.helpers.logits import SAMPLE
from rethinking.measures.smoothness import LEAST_MARGIN, RADIUS
from tests.helpers.config import SHIPPED
from tests.helpers.rules import specs

# Their arguments are keys, names and lengths, or numbers that are declared to be no result.
SILENT = re.compile(
    r"\\(?:val|est|ifval|given|drawn|ref|label|input|cite[pt]?|nolinkurl|verdict|claim|because"
    r"|ifverdict\{[^{}]*\}|setlength\{[^{}]*\}|begin\{multicols\}|colorbox)\{[^{}]*\}"
)
LENGTHS = re.compile(r"[\d.]+(?:pt|in|em|\\textwidth|\\linewidth)")
NAMES = re.compile(
    r"VGG-11|ResNet-18|CIFAR-10|1-nearest|1-NN|float32|float64|10th percentile|\\gamma_\{10\}"
)
MATHEMATICS = re.compile(r"\$[^$]*\$|\\\[.*?\\\]", re.DOTALL)


def bare_numbers(text):
    """Numbers that stand in a source as such; 0, 1 and 2 are left to formulas."""
    text = re.sub(r"(?<!\\)%.*", "", text)
    text = NAMES.sub("", LENGTHS.sub("", SILENT.sub("", text)))
    text = text.replace(rf"{LEVEL:.0%}"[:-1] + r"\,\%", "")
    found = []
    # What stands in the exponent counts, not its base.
    for formula in MATHEMATICS.findall(text.replace("10^", "")):
        found += [
            number for number in re.findall(r"\d[\d.,]*\d|\d", formula) if number not in "012"
        ]
    return found + re.findall(r"\d[\d.,]*\d|\d", MATHEMATICS.sub("", text))


def sources(root):
    return sorted((root / "paper").rglob("*.tex"))


def test_no_source_of_the_paper_has_a_bare_number(root):
    assert len(sources(root)) > 20
    for path in sources(root):
        # The preamble prints nothing.
        text = path.read_text()
        text = text.partition(r"\begin{document}")[2] or text
        assert not bare_numbers(text), path


def test_no_sentence_of_a_claim_has_a_bare_number(root):
    for name, claim in yaml.safe_load((root / "paper/claims.yaml").read_text())["claims"].items():
        for sentence in claim.get("says", {}).values():
            # The claim's own name may stand in it.
            text = re.sub(r"\b[ZR]\d\b", "", sentence)
            assert not bare_numbers(text), name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"reached 44.8\,\% [42.6, 46.9]", ["44.8", "42.6", "46.9"]),
        (r"$\kappa = 0.38$", ["0.38"]),
        (r"fitted by 5 of 5 seeds", ["5", "5"]),
        (r"\[ L = 17 \]", ["17"]),
        (r"a factor of 1\,437 or $10^{-6}$", ["1", "437", "6"]),
        (r"\ifval{e/m/x-0.50/y}{in 12.5 epochs}", ["12.5"]),
        (r"\ifverdict{Z1}{supported}{all 3}", ["3"]),
        (r"\val{e/label_noise-1.00/x}, \given{3}, $p = 1$, $1/2$, 95\,\% of VGG-11 % 7", []),
    ],
)
def test_bare_numbers_are_found(text, found):
    assert sorted(bare_numbers(text)) == sorted(found)


def said(root, name):
    """A section and its appendix in one line, with what is declared to be no result as a number."""
    texts = [(root / f"paper/{folder}/{name}.tex") for folder in ("sections", "appendix")]
    joined = " ".join(path.read_text() for path in texts if path.exists())
    return " ".join(re.sub(r"\\given\{([^{}]*)\}", r"\1", joined).split())


def test_the_sections_say_of_constants_what_the_code_has(root):
    methods, smoothness, frequency = (said(root, n) for n in ("methods", "smoothness", "frequency"))
    assert rf"at most {SAMPLE:,} of the test images".replace(",", r"\,") in smoothness
    assert f"{LEAST_MARGIN:.0%}"[:-1] + "th percentile over training images" in smoothness
    assert all(rf"$\epsilon = d/{1 / RADIUS:.0f}$" in text for text in (methods, smoothness))
    assert f"squares of side ${SIDE}d$" in frequency
    assert "cut-offs {}, {} and {} were fixed".format(*CUT_OFFS) in frequency
    assert f"with norm $d/{1 / STRENGTH:.0f}$" in frequency
    assert f"from {LEAST_FOR_BOOTSTRAP} seeds on" in methods
    expressivity, implicit = said(root, "expressivity"), said(root, "implicit")
    assert PROJECTIONS == 16
    assert "of sixteen we take" in expressivity
    assert f"$10^{{{math.log10(TOLERANCE):.0f}}}$ of the largest target" in expressivity
    assert f"is $10^{{{math.log10(LEAST_GAP):.0f}}}$ of their spread" in expressivity
    assert f"{POINTS} points and {WEIGHTS} weights" in implicit
    assert SLOPE_FROM == 2
    assert "density from two cycles per $d$" in frequency


def test_the_limits_say_which_thresholds_are_ours(root):
    claims = yaml.safe_load((root / "paper/claims.yaml").read_text())["claims"]
    limits = said(root, "limits")
    assert claims["R2"]["criteria"]["white_noise"]["at_most"] == 0.5
    assert claims["R2"]["criteria"]["memoriser"]["at_most"] == 0.5
    assert "at most half the variation of a reference" in limits
    assert claims["R5"]["criteria"]["low"]["at_least"] == 0.1
    assert "ten percentage points of energy" in limits
    assert claims["R3"]["criteria"]["kappa"]["above"] == 0.83
    assert r"a $\kappa$ above 0.83" in limits
    images = claims["R4"]["criteria"]["images"]
    assert images["at_most"] == 0.1
    assert rf"a tenth of the images for a $\kappa$ of {images['reach']}" in limits


def test_a_section_that_may_be_missing_is_referred_to_from_itself_or_behind_a_check(root):
    """A section that a scale lacks takes its labels with it."""
    main = (root / "paper/main.tex").read_text()
    optional = set(re.findall(r"\\ifval\{experiments/\w+\}\{\\input\{\w+/(\w+)\}\}", main))
    texts = {}
    for path in sources(root):
        texts[path.stem] = texts.get(path.stem, "") + path.read_text()
    assert optional <= set(texts)
    labels = {name: set(re.findall(r"\\label\{([^}]*)\}", text)) for name, text in texts.items()}
    always = set().union(*(labels[name] for name in labels if name not in optional))
    for name, text in texts.items():
        # Within \ifval{experiments/x}{…} what belongs to x may be referred to.
        optional_here = set(re.findall(r"\\ifval\{experiments/(\w+)\}", text))
        known = always.union(
            labels[name], *(labels.get(experiment, set()) for experiment in optional_here)
        )
        assert set(re.findall(r"\\ref\{([^}]*)\}", text)) <= known, name


def test_every_source_is_an_input_of_the_pdf_and_of_what_is_generated_for_it(root):
    paths = {str(path.relative_to(root)) for path in sources(root)} | {"paper/references.bib"}
    for rule, published in (("pdf", set()), ("latex", {"paper/published.csv"})):
        (spec,) = specs()[rule]
        assert set(spec["source_files"]) == paths | published


def test_every_source_is_included_once_and_what_else_is_included_is_generated(root):
    text = "\n".join(path.read_text() for path in sources(root))
    included = re.findall(r"\\input\{([\w/]+)\}", text)
    written = {str(path.relative_to(root / "paper").with_suffix("")) for path in sources(root)}
    generated = {"values", "claims", "criteria", "register", *SHIPPED["tables"]}
    assert sorted(name for name in included if name in written) == sorted(written - {"main"})
    assert set(included) <= written | generated


def test_every_figure_that_the_paper_shows_is_in_the_config(root):
    text = "\n".join(path.read_text() for path in sources(root))
    drawn = re.findall(r"\\drawn\{(\w+)\}", text)
    assert len(drawn) > 10
    assert set(drawn) <= set(SHIPPED["figures"]["drawn"])


def test_every_source_that_is_cited_is_in_the_bibliography_and_the_other_way_round(root):
    known = re.findall(r"^@\w+\{([^,]+),", (root / "paper/references.bib").read_text(), re.M)
    cited = {
        key.strip()
        for path in sources(root)
        for keys in re.findall(r"\\cite[pt]?\{([^}]*)\}", path.read_text())
        for key in keys.split(",")
    }
    assert len(known) == len(set(known))
    assert cited == set(known)
