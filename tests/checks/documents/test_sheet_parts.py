"""Parts of a workbook beside its sheets."""

from __future__ import annotations

import pytest

from checks.documents.packages import EVE, hidden_notes, package, pieces, places


@pytest.mark.parametrize(
    "xml",
    [
        (
            '<pivotCacheDefinition><cacheFields><cacheField name="Mail"><sharedItems>'
            '<s v="{}"/><n v="12"/></sharedItems></cacheField></cacheFields>'
            "</pivotCacheDefinition>"
        ),
        '<pivotCacheRecords><r><x v="0"/><s v="{}"/></r></pivotCacheRecords>',
    ],
    ids=["definition", "records"],
)
def test_the_cache_of_a_pivot_table_is_told(xml: str) -> None:
    """It holds the rows that the table only counts."""
    content = package({"xl/pivotCache/p1.xml": xml.format(EVE)})
    assert places(content)[0] == "copy of the data of a pivot table"
    assert all(piece.hidden for piece in pieces(content) if EVE in piece.text)
    told = ["a pivot table keeps a copy of its source data"]
    assert hidden_notes(content) == told


def test_short_values_of_a_cache_are_read() -> None:
    """A name of three letters is a value as well."""
    xml = '<pivotCacheRecords><r><s v="Eve"/><s v="12"/></r></pivotCacheRecords>'
    assert "Eve\t12" in [p.text for p in pieces(package({"xl/p.xml": xml}))]


def test_a_cache_without_data_is_nothing() -> None:
    """It can be left out when the workbook is saved."""
    xml = '<pivotCacheDefinition><cacheFields><cacheField name="Mail"/></cacheFields>'
    content = package({"xl/p.xml": f"{xml}</pivotCacheDefinition>"})
    assert places(content, "Mail") == ["copy of the data of a pivot table"]
    assert hidden_notes(content) == []


def test_copies_of_another_workbook_are_told() -> None:
    """Excel keeps the cells to which a formula refers."""
    row = '<row r="{}"><cell r="A1" t="str"><v>{}</v></cell></row>'
    rows = row.format(1, EVE) + row.format(2, "x") + "<row/>"
    xml = (
        "<externalLink><externalBook><sheetNames><sheetName val='members'/>"
        f"</sheetNames><sheetDataSet><sheetData>{rows}</sheetData></sheetDataSet>"
        "</externalBook></externalLink>"
    )
    content = package({"xl/externalLinks/e1.xml": xml})
    assert places(content) == ["copy of cells of another workbook"]
    assert places(content, "members") == ["link to another workbook"]
    assert hidden_notes(content) == ["it keeps copies of cells of another workbook"]


@pytest.mark.parametrize("root", ["headers", "revisions"])
def test_a_log_of_changes_is_told(root: str) -> None:
    """Of a workbook that several people edited."""
    xml = f'<{root}><header userName="{EVE}"/></{root}>'
    content = package({"xl/revisions/r.xml": xml})
    assert places(content) == ["log of changes"]
    assert hidden_notes(content) == ["it keeps a log of its changes"]
