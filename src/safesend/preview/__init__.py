"""The look before: a mailing as its recipients get it, on a page of its own."""

from safesend.preview.files import check_folder, check_page, write_folder, write_page
from safesend.preview.look import Look, Preview, look

__all__ = [
    "Look",
    "Preview",
    "check_folder",
    "check_page",
    "look",
    "write_folder",
    "write_page",
]
