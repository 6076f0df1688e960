"""Columns of tables that several stages share."""

# The columns that identify a trained network, or a function under the same data, but for its seed.
SETTING = ("dataset", "condition", "model", "recipe")
SEED = "seed"
# A number: its name, its position on a curve or picture, its unit, its sample size, and a note.
METRIC = ("metric", "x", "y", "value", "unit", "points", "note")
