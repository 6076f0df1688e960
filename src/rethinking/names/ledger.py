"""Names in the ledger of claims, ``paper/claims.yaml``."""

LEDGER = "paper/claims.yaml"
# The scale of a claim that holds for every scale.
ANY_SCALE = "any"
# A level of label noise: the next lower one.
PREVIOUS = "previous"
