"""OpenDocument: zipped or flat, with everything that lies beside the text."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.documents.odf import flat, zipped
from checks.documents.packages import EVE, hidden_notes, package, places
from checks.planting.office import OfficeFile
from safesend.checks.documents import opendocument
from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.files import File, read_file
from safesend.checks.piece import NoteKind, Piece

_PARAGRAPH = f"<text:p>{EVE}</text:p>"
_MANIFEST = "<manifest:manifest xmlns:manifest='m'>{}</manifest:manifest>"


@pytest.mark.parametrize("make", [flat, zipped])
def test_a_paragraph_is_found(make: type) -> None:
    """In either form of the file."""
    assert places(make("text", _PARAGRAPH)) == ["text, paragraph 1"]


def test_an_encrypted_document_is_unreadable() -> None:
    """Its manifest says so."""
    manifest = _MANIFEST.format(
        "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    )
    content = zipped("text", _PARAGRAPH, more={"META-INF/manifest.xml": manifest})
    assert hidden_notes(content, NoteKind.UNREADABLE)[:1] == ["it is encrypted"]


def test_an_old_manifest_is_no_obstacle() -> None:
    """OpenOffice.org declared a type of document."""
    manifest = '<!DOCTYPE m PUBLIC "-//O//EN" "Manifest.dtd"><m/>'
    content = zipped("text", _PARAGRAPH, more={"META-INF/manifest.xml": manifest})
    assert hidden_notes(content, NoteKind.UNREADABLE) == []


def test_styles_of_the_document_hide_text() -> None:
    """They stand in a part of their own, which is read first."""
    styles = (
        '<office:document-styles {}><style:style style:name="h" style:family="text">'
        '<style:text-properties text:display="none"/></style:style>'
        "</office:document-styles>"
    )
    span = f'<text:p>x<text:span text:style-name="h">{EVE}</text:span></text:p>'
    content = zipped("text", span, more={"styles.xml": styles})
    assert places(content) == ["hidden text in text, paragraph 1"]
    assert hidden_notes(content) == ["hidden text is in it"]


def test_properties_are_read() -> None:
    """Author, title, those added by hand, zipped or flat."""
    inside = (
        f"<office:meta><dc:creator>{EVE}</dc:creator><meta:user-defined "
        'meta:name="who">bob@example.net</meta:user-defined></office:meta>'
    )
    meta = f"<office:document-meta {{}}>{inside}</office:document-meta>"
    for content in (
        zipped("text", "", more={"meta.xml": meta}),
        flat("text", "", before=inside),
    ):
        assert places(content) == ["document property 'creator'"]
        assert places(content, "bob@example.net") == ["document property 'who'"]
        assert hidden_notes(content) == []


def test_the_list_of_a_mail_merge_is_told() -> None:
    """LibreOffice keeps its name in the settings."""
    item = '<config:config-item config:name="{}">{}</config:config-item>'
    items = item.format("CurrentDatabaseDataSource", "members of 2026")
    items += item.format("CurrentDatabaseCommand", "")
    settings = (
        f"<office:document-settings {{}}>{items}{item.format('PrinterName', EVE)}"
        "</office:document-settings>"
    )
    content = zipped("text", "", more={"settings.xml": settings})
    assert places(content) == ["settings"]
    assert hidden_notes(content) == ["it is still tied to the list of a mail merge"]


def test_macros_are_told() -> None:
    """A module with text, a script of another language; an empty one is nothing."""
    module = "<script:module xmlns:script='s'>{}</script:module>"
    basic = {"Basic/Standard/M.xml": module.format(f"REM {EVE}")}
    content = zipped("text", "", more=dict(basic))
    assert places(content) == ["macro 'Basic/Standard/M.xml'"]
    assert hidden_notes(content) == ["macros are in it"]
    python = zipped("text", "", more={"Scripts/python/a.py": f"# {EVE}\n".encode()})
    assert hidden_notes(python) == ["macros are in it"]
    empty = zipped("text", "", more={"Basic/Standard/M.xml": module.format(" ")})
    assert hidden_notes(empty) == []


def test_macros_of_a_flat_document_are_told() -> None:
    """Those without text are the usual frame."""
    scripts = "<office:scripts><script:module>{}</script:module></office:scripts>"
    content = flat("text", "", before=scripts.format(f"REM {EVE}"))
    assert places(content) == ["macros"]
    assert hidden_notes(content) == ["macros are in it"]
    assert hidden_notes(flat("text", "", before=scripts.format(""))) == []


def test_earlier_versions_are_told() -> None:
    """The whole document as it was, inside of it."""
    version = zipped("text", _PARAGRAPH)
    content = zipped("text", "", more={"Versions/Version1": version})
    assert places(content) == ["embedded file 'Versions/Version1', text, paragraph 1"]
    assert hidden_notes(content) == ["earlier versions are kept in it"]


def test_embedded_objects_are_read() -> None:
    """They are documents in folders of their own."""
    inner = (
        "<office:document-content {}><office:body><office:text><text:p>"
        f"{EVE}</text:p></office:text></office:body></office:document-content>"
    )
    content = zipped("text", "", more={"Object 1/content.xml": inner})
    assert places(content) == ["embedded object 'Object 1', text, paragraph 1"]


def test_files_of_a_flat_document_are_read() -> None:
    """They stand in it in base64; what is none is read as it stands."""
    data = base64.encodebytes(f"name,mail\nEve,{EVE}\n".encode()).decode()
    image = "<draw:image><office:binary-data>{}</office:binary-data></draw:image>"
    content = flat("text", f"<text:p>{image.format(data)}</text:p>")
    assert places(content)[0].startswith("embedded file in text")
    broken = flat("text", f"<text:p>{image.format(EVE)}a</text:p>")
    assert places(broken) == ["text"]


def test_other_parts_are_read() -> None:
    """Nothing slips through: unknown XML, unknown files."""
    more: dict[str, str | bytes] = {"odd.xml": f"<odd a='{EVE}'/>", "list.csv": EVE}
    content = zipped("text", "", more=more)
    assert places(content)[0] == "part 'odd.xml'"
    assert places(content)[1].startswith("embedded file 'list.csv'")


def test_a_damaged_part_does_not_stop_the_others() -> None:
    """It is noted."""
    content = zipped("text", _PARAGRAPH, more={"styles.xml": "<a><"})
    assert places(content) == ["text, paragraph 1"]
    assert hidden_notes(content, NoteKind.UNREADABLE) == ["it is damaged"]


@pytest.mark.parametrize(
    ("source", "kind"),
    [("sheets", "ods"), ("letter", "odt"), ("slides", "odp")],
)
def test_what_libreoffice_hides_is_told(
    source: str, kind: str, office_file: OfficeFile
) -> None:
    """In the words of those who look for it."""
    expected = {
        "sheets": {
            "2 rows of sheet 'Prices' are hidden",
            "column C of sheet 'Prices' is hidden",
            "the sheet 'raw' is hidden (1 row)",
            "a comment is in it",
        },
        "letter": {
            "hidden text is in it",
            "the section 's' is hidden",
            "tracked changes are still in it (2)",
            "a comment is in it",
        },
        "slides": {
            "speaker notes are in it",
            "slide 2 is hidden",
            "a comment is in it",
        },
    }
    assert set(hidden_notes(office_file(source, kind).read_bytes())) == expected[source]


_WHOLE = zipped(
    "spreadsheet",
    '<table:table table:name="a"><table:table-row><table:table-cell>'
    f"{_PARAGRAPH}</table:table-cell></table:table-row></table:table>",
    more={"meta.xml": "<office:document-meta {}/>"},
)


@given(
    st.integers(0, len(_WHOLE) - 1),
    st.integers(0, 40),
    st.binary(max_size=40),
)
def test_damage_is_unreadable_at_worst(at: int, cut: int, put: bytes) -> None:
    """Whatever octets are lost or changed."""
    content = _WHOLE[:at] + put + _WHOLE[at + cut :]
    with contextlib.suppress(Unreadable):
        list(opendocument.read(File("a.ods", content)))


_XML = flat(
    "spreadsheet",
    '<table:table table:name="a"><table:table-column '
    'table:number-columns-repeated="2"/><table:table-row '
    'table:number-rows-repeated="3"><table:table-cell '
    f'office:value="1">{_PARAGRAPH}<text:s text:c="3"/></table:table-cell>'
    "</table:table-row></table:table>",
)


@given(st.data())
def test_damage_in_the_text_is_unreadable_at_worst(data: st.DataObject) -> None:
    """Attributes and tags that make no sense."""
    at = data.draw(st.integers(0, len(_XML) - 1))
    value = data.draw(
        st.sampled_from(['"-1"', '"9' + "9" * 30 + '"', '"²"', "<a>", ""])
    )
    cut = data.draw(st.integers(0, 30))
    content = _XML[:at] + value.encode() + _XML[at + cut :]
    with contextlib.suppress(Unreadable):
        list(opendocument.read_flat(File("a.fods", content)))


def test_a_package_that_is_no_zip_is_damaged() -> None:
    """Nothing of it can be read."""
    with pytest.raises(Unreadable, match="damaged"):
        list(opendocument.read(File("a.odt", b"PK")))


def test_pieces_come_as_the_file_is_read() -> None:
    """The first one does not wait for the last."""
    content = package({"mimetype": "application/vnd.oasis.opendocument.text"})
    assert all(isinstance(f, Piece) for f in read_file("a.odt", content))
