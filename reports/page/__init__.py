"""`index.html`: the report as one page that needs nothing but a browser."""

from reports.page.page import live_page, report_page

__all__ = ["live_page", "report_page"]
