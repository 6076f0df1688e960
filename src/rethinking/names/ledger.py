"""Names in the ledger of claims, ``paper/claims.yaml``."""

LEDGER = "paper/claims.yaml"
# The scale of a claim that means the same at each.
ANY_SCALE = "any"
# Of label noise: the next lower level.
PREVIOUS = "previous"
