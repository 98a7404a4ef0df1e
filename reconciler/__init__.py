"""Declarative control of live streams and mix layouts on Tencent Cloud."""

__version__ = "0.1.0"
