"""Names as lists and badges show them."""

import pytest

from contracts.names import initials, plain, sort_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Anna van den Berg", "berg, anna van den"),
        ("Jan Jansen", "jansen, jan"),
        ("Zoë Ter Horst", "horst, zoe ter"),
        ("Marie-Louise  de   Wit", "wit, marie-louise de"),
        ("Kees in 't Veld", "veld, kees in 't"),
        ("Kees in ’t Veld", "veld, kees in 't"),
        ("Piet de Jong van Dijk", "jong van dijk, piet de"),
        ("Søren Ægir", "aegir, soren"),
        ("Madonna", "madonna"),
        ("De", "de"),
        ("", ""),
    ],
)
def test_a_name_sorts_by_its_surname_without_infix_case_or_accents(name: str, key: str) -> None:
    assert sort_key(name) == key


@pytest.mark.rule("SHR-17")
@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna van den Berg", "AB"),
        ("jan jansen", "JJ"),
        ("Özlem", "Ö"),
        ("Kees in 't Veld", "KV"),
        ("", "?"),
        ("!", "?"),
    ],
)
def test_initials_are_those_of_given_name_and_surname(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_text_is_compared_without_case_accents_and_surplus_space() -> None:
    assert plain("  ÉÉN   Straße ") == "een strasse"
