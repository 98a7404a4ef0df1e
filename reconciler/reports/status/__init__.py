"""How a status looks: one view; a table on a terminal, and a wall of all layouts."""

from reconciler.reports.status.forms import STATUS_FORMS, StatusContext, render_status
from reconciler.reports.status.view import changed_lines, status_line

__all__ = ["STATUS_FORMS", "StatusContext", "changed_lines", "render_status", "status_line"]
