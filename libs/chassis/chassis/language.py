"""Dutch and English for everything a person reads."""

from chassis.problems import Language

DEFAULT: Language = "nl"


def language(accept: str | None) -> Language:
    """The first of Dutch and English by weight in an Accept-Language header (RFC 9110 §12.5.4); Dutch when neither."""
    weighed = sorted((_weighed(part) for part in (accept or "").split(",")), key=lambda pair: -pair[0])
    for weight, tag in weighed:
        if weight > 0 and tag in ("nl", "en"):
            return "nl" if tag == "nl" else "en"
    return DEFAULT


def _weighed(part: str) -> tuple[float, str]:
    tag, _, parameter = part.strip().partition(";")
    try:
        weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        weight = 0.0
    return weight, tag.strip().lower().split("-")[0]


# What is wrong with a value, by the kind of fault; never the value itself.
FAULTS: dict[str, dict[Language, str]] = {
    "missing": {"nl": "Dit is verplicht.", "en": "This is required."},
    "extra_forbidden": {"nl": "Dit veld bestaat niet.", "en": "There is no such field."},
    "json_invalid": {"nl": "Dit is geen geldige JSON.", "en": "This is not valid JSON."},
    "uuid": {"nl": "Dit is geen geldige id (UUID).", "en": "This is not a valid id (UUID)."},
    "date": {"nl": "Dit is geen datum (JJJJ-MM-DD).", "en": "This is not a date (YYYY-MM-DD)."},
    "datetime": {
        "nl": "Dit is geen tijdstip met tijdzone (RFC 3339).",
        "en": "This is not an instant with a time zone (RFC 3339).",
    },
    "timezone": {"nl": "De tijdzone ontbreekt.", "en": "The time zone is missing."},
    "int_": {"nl": "Dit is geen heel getal.", "en": "This is not a whole number."},
    "bool": {"nl": "Dit is true of false.", "en": "This is true or false."},
    "string_type": {"nl": "Dit is geen tekst.", "en": "This is not text."},
    "list_type": {"nl": "Dit is geen lijst.", "en": "This is not a list."},
    "dict_type": {"nl": "Dit is geen JSON-object.", "en": "This is not a JSON object."},
    "model_attributes_type": {"nl": "Dit is geen JSON-object.", "en": "This is not a JSON object."},
    "too_short": {"nl": "Dit is te kort.", "en": "This is too short."},
    "too_long": {"nl": "Dit is te lang.", "en": "This is too long."},
    "enum": {"nl": "Kies een van de toegestane waarden.", "en": "Choose one of the allowed values."},
    "literal": {"nl": "Kies een van de toegestane waarden.", "en": "Choose one of the allowed values."},
    "greater": {"nl": "Dit is te klein.", "en": "This is too small."},
    "less": {"nl": "Dit is te groot.", "en": "This is too large."},
    "text_invisible": {
        "nl": "Hierin staan onzichtbare tekens of stuurtekens. Typ het opnieuw.",
        "en": "This holds invisible or control characters. Type it again.",
    },
    "text_web_address": {
        "nl": "Een naam is geen webadres. Laat https:// en www. weg.",
        "en": "A name is not a web address. Leave out https:// and www.",
    },
    "email": {"nl": "Dit is geen e-mailadres.", "en": "This is not an e-mail address."},
    "password_length": {
        "nl": "Een wachtwoord heeft 12 tot 128 tekens; een zin is goed te onthouden.",
        "en": "A password has 12 to 128 characters; a sentence is easy to remember.",
    },
    "password_personal": {
        "nl": "Een wachtwoord is niet uw naam of e-mailadres.",
        "en": "A password is not your name or e-mail address.",
    },
    "password_common": {
        "nl": "Dit wachtwoord wordt als een van de eerste geprobeerd. Kies een ander.",
        "en": "This password is among the first that are tried. Choose another.",
    },
    "": {"nl": "Deze waarde heeft niet de goede vorm.", "en": "This value does not have the right form."},
}


def fault(kind: str, tongue: Language) -> str:
    """A sentence for one of pydantic's kinds of fault."""
    known = max((name for name in FAULTS if name in kind), key=len)
    return FAULTS[known][tongue]
