"""What README.md points at."""

import re


def test_pictures_and_links_lead_somewhere(root):
    links = re.findall(r"\]\(([^)]+)\)", (root / "README.md").read_text())
    local = [link.partition("#")[0] for link in links if "://" not in link]
    assert any(link.endswith(".png") for link in local)
    assert [link for link in local if not (root / link).exists()] == []
