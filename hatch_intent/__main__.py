"""`python -m hatch_intent`: the command line without its script."""

from hatch_intent.cli import main

raise SystemExit(main())
