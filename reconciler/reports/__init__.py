"""How a plan looks: one view, many renderers, everything from outside escaped for its medium."""
