"""How a status looks: one view; a table on a terminal, and a wall of all layouts."""

from reconciler.reports.status.forms import STATUS_FORMS, StatusContext, live_wall, render_status
from reconciler.reports.status.live import Live
from reconciler.reports.status.view import changed_lines, status_line

__all__ = [
    "STATUS_FORMS",
    "Live",
    "StatusContext",
    "changed_lines",
    "live_wall",
    "render_status",
    "status_line",
]
