"""The steps of a pipeline, the same for GitHub and GitLab; the standard library is all they need.

They run `reconciler`, keep what it says as files, and post one of these files as a comment. What a
step is to do comes in variables that begin with `PIPELINE_` (settings.py), never on a command line
that somebody else's text could become a part of.
"""
