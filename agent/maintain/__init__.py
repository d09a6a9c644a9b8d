"""The maintainer's command: rewrites the matrix' releases from Temporal's own files.

`python -m agent.maintain releases --repository CLONE`; docs/matrix.md says when. No other package imports
this one: it runs git and reads folders, which the matrix itself must not do.
"""
