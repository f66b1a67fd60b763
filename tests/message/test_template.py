import pickle

import pytest

from safesend.errors import AddressError, TemplateError
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.template import Template

PICTURE = Attachment.from_bytes(b"\x89PNG", name="logo.png")


def picture(name="logo.png", **options):
    return Attachment.from_bytes(b"\x89PNG", name=name, **options)


def refused(match, *arguments, **options):
    with pytest.raises(TemplateError, match=match) as caught:
        Template(*arguments, **options)
    return caught.value


def test_parts_are_compiled_in_a_fixed_order():
    """Subject, text, html, headers as given."""
    template = Template(
        "Hello {{ a }}",
        text="{{ b }}",
        html="{{ c }}",
        headers={"X-B": "1", "X-A": "2"},
    )

    assert list(template.parts) == [
        "subject",
        "text",
        "html",
        "header X-B",
        "header X-A",
    ]
    assert all(name == part.name for name, part in template.parts.items())
    assert template.fields == {"a", "b", "c"}


def test_only_html_is_escaped():
    """Subject, text and headers show values as they are."""
    template = Template(
        "{{ x }}", text="{{ x }}", html="{{ x }}", headers={"X-A": "{{ x }}"}
    )
    shown = {name: part.render({"x": "<&>"}) for name, part in template.parts.items()}

    assert shown.pop("html") == "&lt;&amp;&gt;"
    assert set(shown.values()) == {"<&>"}


def test_a_text_alone_needs_no_html():
    """The letter then has one body."""
    assert list(Template("a", "b").parts) == ["subject", "text"]


def test_a_missing_text_is_made_from_the_html():
    """Nobody has to write it twice."""
    template = Template("a", html="<h1>Dear {{ n }}</h1><p>bye")

    assert template.text is None
    assert template.parts["text"].render({"n": "<A>"}) == "Dear <A>\n\nbye\n"


def test_a_template_without_a_body_is_refused():
    """An empty letter is a mistake."""
    refused("a text, an html, or both", "subject")


def test_line_ends_of_sources_are_made_one():
    """Whatever editor wrote them; values are not touched."""
    template = Template("a", text="a\r\nb\rc\n{{ x }}", html="<pre>a\r\nb</pre>")

    assert template.parts["text"].render({"x": "d\r\n"}) == "a\nb\nc\nd\r\n"
    assert template.parts["html"].render({}) == "<pre>a\nb</pre>"


@pytest.mark.parametrize("subject", ["", " ", "\t"])
def test_an_empty_subject_is_refused(subject):
    """It is forgotten, not meant."""
    assert refused("is empty", subject, "text").part == "subject"


@pytest.mark.parametrize("source", ["a\nb", "a\r\n", "{{ x }}\n"])
def test_subject_and_headers_are_one_line(source):
    """A line end there would begin another header (L11)."""
    assert refused("is one line", source, "text").part == "subject"
    error = refused("is one line", "a", "text", headers={"X-A": source})
    assert error.part == "header X-A"


@pytest.mark.parametrize("options", [{"text": 1}, {"html": b"a"}, {"text": ["a"]}])
def test_sources_are_texts(options):
    """Bytes and numbers are refused, naming their type only."""
    refused("are texts, not", "subject", **options)


@pytest.mark.parametrize("headers", [{"X-A": 1}, {"X-A": None}, {1: "a"}])
def test_names_and_values_of_headers_are_texts(headers):
    """A list of values cannot slip in."""
    refused("are texts, not", "subject", "text", headers=headers)


def test_a_subject_must_be_given():
    """None is no text."""
    refused("are texts, not NoneType", None, "text")


def test_a_header_is_given_once():
    """Header names are the same in capitals (RFC 5322 section 1.2.2)."""
    refused("given twice", "a", "text", headers={"X-A": "1", "x-a": "2"})


def test_headers_cannot_be_changed_afterwards():
    """Neither through the template nor through the dict that was given."""
    given = {"X-A": "1"}
    template = Template("a", "b", headers=given)
    given["X-A"] = "2"

    assert template.headers == {"X-A": "1"}
    with pytest.raises(TypeError):
        template.headers["X-A"] = "2"
    with pytest.raises(TypeError):
        template.parts["text"] = template.parts["subject"]


def test_reply_to_is_one_mailbox():
    """As a text, with or without a name, or as an Address."""
    address = Address.parse("Ada <ada@example.org>", name_allowed=True)

    assert Template("a", "b", reply_to="Ada <ada@example.org>").reply_to == address
    assert Template("a", "b", reply_to=address).reply_to is address
    assert Template("a", "b").reply_to is None
    with pytest.raises(AddressError):
        Template("a", "b", reply_to="ada@example.org, bob@example.org")


@pytest.mark.parametrize("name", ["attachments", "inline"])
@pytest.mark.parametrize("files", [["map.pdf"], "map.pdf", [None]])
def test_files_are_attachments(name, files):
    """A path in their place is explained."""
    refused("Attachment.from_path", "a", "b", **{name: files})


def test_an_inline_image_is_found_by_its_name():
    """Unless it has a content id of its own."""
    inline = [picture(), picture("b.png", cid="other@example")]
    html = "<img src='cid:logo.png'><p style='background:url(cid:other@example)'>"

    template = Template("a", html=html, inline=inline)

    assert [file.cid for file in template.inline] == ["logo.png", "other@example"]


def test_an_image_that_is_not_there_is_missed():
    """With the line where it is shown."""
    html = "<p>\n<img src=\"cid:logo.png\">\n<img src='CID:map%2epng'>"

    error = refused(r"content id 'map%2epng'", "a", html=html, inline=[PICTURE])

    assert (error.part, error.line) == ("html", 3)


def test_a_content_id_that_a_field_fills_cannot_be_checked():
    """Prose that speaks of cid: is none, either."""
    html = "<img src='cid:{{ x }}'> cid:a, see cid:b"

    assert Template("a", html=html).fields == {"x"}


def test_inline_files_are_images_with_different_ids():
    """A reader shows nothing else in place."""
    pdf = Attachment.from_bytes(b"", name="map.pdf")

    refused("is no image", "a", html="b", inline=[pdf])
    refused("same content id", "a", html="b", inline=[picture(), picture()])


def test_a_template_shows_no_text():
    """What is in a letter does not belong in a log."""
    shown = repr(Template("S3CR3T", "S3CR3T", headers={"X-A": "S3CR3T"}))

    assert "S3CR3T" not in shown


def test_the_digest_is_that_of_the_whole_letter():
    """Each thing that makes the letter changes it, and nothing else does."""
    basis = {"subject": "a", "text": "b", "html": "<img src='cid:logo.png'>"}
    basis |= {"inline": [PICTURE]}
    variants = [
        {"subject": "b"},
        {"text": None},
        {"text": ""},
        {"html": "c"},
        {"inline": [picture(), picture("b.png")]},
        {"attachments": [PICTURE]},
        {"headers": {"X-A": "b"}},
        {"reply_to": "ada@example.org"},
        {"reply_to": "Ada <ada@example.org>"},
    ]
    digests = [Template(**basis | variant).digest() for variant in variants]

    assert len({*digests, Template(**basis).digest()}) == len(variants) + 1
    assert Template(**basis).digest() == Template(**basis).digest()


def test_templates_are_values_that_can_be_pickled():
    """What Jinja2 compiled is made again at the other end."""
    template = Template(
        "a {{ x }}",
        html="<img src='cid:logo.png'>{{ x }}",
        headers={"X-A": "{{ x|upper }}"},
        inline=[PICTURE],
        reply_to="ada@example.org",
    )
    copy = pickle.loads(pickle.dumps(template))

    assert copy == template != Template("a", "b")
    assert copy.parts["header X-A"].render({"x": "a"}) == "A"


def test_a_folder_is_a_template(tmp_path):
    """Subject, bodies and images as files; headers and reply_to beside them."""
    (tmp_path / "subject.txt").write_text("Hello {{ x }}\n")
    (tmp_path / "body.html").write_text("<img src='cid:logo.png'>Hi")
    (tmp_path / "inline").mkdir()
    (tmp_path / "inline" / "logo.png").write_bytes(b"\x89PNG")

    template = Template.from_folder(
        tmp_path, headers={"X-A": "1"}, reply_to="ada@example.org"
    )

    assert template.subject == "Hello {{ x }}"
    assert template.text is None
    assert template.inline[0].load() == b"\x89PNG"
    assert list(template.headers) == ["X-A"]
    assert template.reply_to == Address.parse("ada@example.org")
