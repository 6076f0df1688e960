"""The HTML report, in a real browser."""

import shutil

import pytest
import yaml
from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.helpers.project import CONFIG, run

# Megabytes: what Snakemake's own scripts and the figures take, with room for a larger study.
MOST_MB = 10
DRIVER = shutil.which("chromedriver")
PATIENCE_S = 30

pytestmark = pytest.mark.skipif(
    DRIVER is None, reason="needs a browser: apt-get install chromium chromium-driver"
)


@pytest.fixture(scope="module")
def report(built, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    code, output = run(built, "--report", str(path), *CONFIG)
    assert code == 0, output
    return path


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def opened(browser, report, *menus):
    """The rows that the report lists under a category, and under a subcategory of it."""
    browser.get(report.as_uri())
    for menu in menus:
        click(browser, find(browser, f"//li//span[normalize-space()='{menu}']"))
    return rows(browser)


def rows(browser):
    find(browser, "//tbody/tr")
    return browser.find_elements(By.XPATH, "//tbody/tr")


def find(browser, path):
    return WebDriverWait(browser, PATIENCE_S).until(lambda it: it.find_element(By.XPATH, path))


def click(browser, element):
    """Click on what is there as soon as nothing lies over it: menus slide in."""
    WebDriverWait(browser, PATIENCE_S, ignored_exceptions=[ElementClickInterceptedException]).until(
        lambda _: element.click() or True
    )


def look(browser, row):
    """Show what a row is about, then what is said of it."""
    show, tell = row.find_elements(By.XPATH, ".//*[local-name()='svg']/..")
    click(browser, show)
    click(browser, tell)
    return find(browser, "//*[normalize-space()='Description']/following::li").text


def test_each_figure_is_shown_with_its_caption(browser, report, built):
    drawn = yaml.safe_load((built / "config.yaml").read_text())["figures"]["drawn"]
    seen = set()
    for experiment in {figure["experiment"] for figure in drawn.values()}:
        names = [row.text.strip() for row in opened(browser, report, "Figures", experiment)]
        for place, name in enumerate(names):
            caption = look(browser, rows(browser)[place])
            assert " ".join(caption.split()) == " ".join(drawn[name]["caption"].split())
            picture = find(browser, "//img[starts-with(@src, 'data:image/png')]")
            WebDriverWait(browser, PATIENCE_S).until(
                lambda it, picture=picture: (
                    it.execute_script("return arguments[0].naturalWidth", picture) > 500
                )
            )
            seen.add(name)
            click(browser, find(browser, f"//nav//a[normalize-space()='{experiment}']"))
    assert seen == set(drawn)


@pytest.mark.parametrize(
    ("menus", "heading", "words"),
    [
        (["Claims"], "Claims at scale smoke", ["supported", "rests on"]),
        (["Networks"], "Networks at scale smoke", ["runs/digits/true_labels/mlp3x512/one_cycle"]),
        (["Tables", "all"], "Results at scale smoke", ["test_accuracy", "logit_correlation"]),
    ],
)
def test_pages_can_be_read(browser, report, menus, heading, words):
    (row,) = opened(browser, report, *menus)
    look(browser, row)
    browser.switch_to.frame(find(browser, "//iframe"))
    assert find(browser, "//h1").text == heading
    text = find(browser, "//body").text
    for word in words:
        assert word in text


def test_tables_are_listed_by_experiment(browser, report):
    names = {row.text.strip() for row in opened(browser, report, "Tables", "two_stage")}
    assert names == {"summary", "sample_efficiency", "confusion"}


def test_it_is_one_file_that_can_be_sent(report):
    assert report.stat().st_size < MOST_MB * 1e6
    assert "data:application/pdf" not in report.read_text()
