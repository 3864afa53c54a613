"""Text that people type: what is let through, and in which form it is kept."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.text import Code, Country, Email, Id, Language, Line, Name, Text, person_key

NAME, LINE, TEXT, EMAIL = (TypeAdapter(kind) for kind in (Name, Line, Text, Email))


def refused(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    "text",
    ["Ada Lovelace", "Valérie Pécresse", "李小龍", "محمد", "क्षत्रिय", "O'Neill", "=1+1", "👩\u200d🚀", "x" * 200],
)
def test_names_of_all_scripts_are_let_through(text: str) -> None:
    assert NAME.validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u3000",
        "a\x00b",
        "a\r\nBcc: b",
        "a\nb",
        "a\tb",
        "\u200b",
        "\u202eabc",
        "\u2066a",
        "\ufeffa",
        "\u2028",
        "a" + "\u0301" * 10,
        "\ud800",
        "x" * 201,
    ],
)
def test_what_nobody_can_have_meant_to_type_is_refused(text: str) -> None:
    assert refused(NAME, text)


def test_what_looks_the_same_is_kept_in_one_form() -> None:
    assert NAME.validate_python("Ame\u0301lie") == "Am\u00e9lie"
    assert TEXT.validate_python("a\r\nb\tc") == "a\nb\tc"
    assert refused(LINE, "a\nb")
    assert refused(TEXT, "a\rb")


@given(st.text())
def test_a_line_that_is_let_through_has_no_line_break_and_stays_as_it_is(text: str) -> None:
    if not refused(LINE, text):
        kept = LINE.validate_python(text)
        assert not set(kept) & set("\r\n\x00\u2028\u2029")
        assert LINE.validate_python(kept) == kept


@pytest.mark.parametrize("text", ["ada@example.org", "Ada.Love+tag@Example.ORG", "é@example.org", "a@münchen.de"])
def test_an_address_is_one_deliverable_address(text: str) -> None:
    assert "@" in EMAIL.validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "ada",
        "a@b",
        "a@[127.0.0.1]",
        "Ada <a@example.org>",
        "a@example.org,b@example.org",
        "a\r\n@example.org",
        "@x.org",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    assert refused(EMAIL, text)


@pytest.mark.parametrize("text", ["Ada.Love+tag@example.org", "ADA@example.org", "a-b_c@example.org"])
def test_a_mailbox_is_written_to_as_it_was_spelt(text: str) -> None:
    assert EMAIL.validate_python(text) == text
    assert EMAIL.validate_python(text.replace("example", "EXAMPLE")) == text  # a domain has one spelling


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ada@Example.org", "ada@example.ORG", True),
        ("ada+1@example.org", "ada+2@example.org", True),
        ("ada@münchen.de", "ada@xn--mnchen-3ya.de", True),
        ("ADA\uff20"[:3] + "@example.org", "ada@example.org", True),
        ("ada@example.org", "ada@example.com", False),
        ("a.da@example.org", "ada@example.org", False),
        ("a@" + "x" * 70 + ".org", "a@" + "X" * 70 + ".org", True),
        ("\u0430dmin@example.org", "admin@example.org", False),  # a Cyrillic letter that looks the same
    ],
)
def test_one_mailbox_is_one_person(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    assert (person_key(one) == person_key(other)) is same


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Country, "FR", "fr"),
        (Language, "fr", "fra"),
        (Id, "policy-event", "Policy_Event"),
        (Id, "a" * 64, "a" * 65),
        (Code, "AbC-1!", "a b"),
    ],
)
def test_short_words_have_one_shape(kind: type[str], good: str, bad: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    assert adapter.validate_python(good) == good
    assert refused(adapter, bad)
    assert refused(adapter, good + "\n")


LOCALS = st.one_of(
    st.emails().map(lambda address: address.rpartition("@")[0]),
    st.from_regex(r"[a-zA-Z0-9_+.'-]{0,70}", fullmatch=True),
    st.sampled_from(["info", "Postmaster", "a..b", ".a", "a.", "ünï", "x" * 64, "x" * 65]),
)
DOMAINS = st.one_of(
    st.emails().map(lambda address: address.rpartition("@")[2]),
    st.sampled_from(
        ["Example.ORG", "localhost", "example", "[127.0.0.1]", "müller.de", "a.test", "x..org", "-a.org", ""]
    ),
)


@given(LOCALS, DOMAINS)
def test_an_address_is_judged_as_the_library_judges_it(local: str, domain: str) -> None:
    """The short way for plain addresses must not let through, or write otherwise, what the library would not."""
    address = f"{local}@{domain}"
    try:
        expected = validate_email(address, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        assert refused(EMAIL, address)
    else:
        assert len(address) > 254 or EMAIL.validate_python(address) == expected
