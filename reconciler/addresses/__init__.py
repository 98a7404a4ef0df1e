"""Addresses of streams and media: the one grammar of each, in which way a text is none, and its parts."""
