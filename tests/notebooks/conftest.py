"""The project that the tests of the workflow build, for the notebooks to read."""

from tests.workflow.conftest import built as built  # a fixture
