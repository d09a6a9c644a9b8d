"""The maintainer's commands: rewrite the data files of the matrix from Temporal's own files.

`python -m agent.maintain update` reads Go modules, `releases` a clone; docs/matrix.md explains both. No other
package imports this one: it runs git and Go and reads folders, which the matrix itself must not do.
"""
