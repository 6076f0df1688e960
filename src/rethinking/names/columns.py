"""Columns of tables that several stages share."""

# A trained network, or a function under the same data: all but its seed.
SETTING = ("dataset", "condition", "model", "recipe")
SEED = "seed"
# One number, where it lies on a curve or picture, its unit, the size of its sample, and a note.
METRIC = ("metric", "x", "y", "value", "unit", "points", "note")
