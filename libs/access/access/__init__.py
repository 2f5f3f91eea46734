"""Who reaches which dossier through what: the one projection that several services keep.

`tables` (what is known), `handlers` (how it is heard), `facts` (what a policy may know), `scope` (which dossiers a list
may hold), `history` (all of it as of a moment), `names` (what people are called). Decides nothing: rules are Rego.
"""

import chassis  # noqa: F401 - first of all: see there
