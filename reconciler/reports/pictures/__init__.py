"""Pictures of mix layouts as SVG: what is seen where, to scale, and what a change does to it.

Pure: a scene (what kinds say is shown) goes in, a text comes out, the same for the same scene.
"""

from reconciler.reports.pictures.change import svg_change
from reconciler.reports.pictures.single import svg_of_scene
from reconciler.reports.pictures.sources import Pictures, layout_of, pictures_of, svg_of
from reconciler.reports.pictures.thumbnail import thumbnail

__all__ = ["Pictures", "layout_of", "pictures_of", "svg_change", "svg_of", "svg_of_scene", "thumbnail"]
