"""The maintainer's command: writes the matrix' releases anew from Temporal's own files.

`python -m agent.maintain releases --repository CLONE`; docs/matrix.md says when. Nobody imports this
package: it runs git and reads folders, which the matrix itself must not.
"""
