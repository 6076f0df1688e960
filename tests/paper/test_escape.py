"""Plain text in LaTeX."""

import re

from hypothesis import given
from hypothesis import strategies as st

from rethinking.paper.escape import escape


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["C"])))
def test_escaped_text_leaves_no_command_to_its_writer(text):
    left = re.sub(r"\\text(backslash|asciitilde|asciicircum)\{\}|\\[&%$#_{}]", "", escape(text))
    assert not set(left) & set("\\&%$#_{}~^")
