"""The words of every letter. Sharing says "je", as colleagues do; what concerns signing in says "u", as its "
"pages do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Language = Literal["nl", "en"]


@dataclass(frozen=True)
class Letter:
    """One letter in one language. In braces stand the values it is sent with; `why` says why it comes."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    why: str
    button: str | None = None
    """What the link is called; a letter without one leads nowhere."""


_NOT_YOU_NL: Final = "Hebt u dit niet zelf gevraagd? Dan hoeft u niets te doen: zonder deze link gebeurt er niets."
_NOT_YOU_EN: Final = "Did you not ask for this? Then you need not do anything: without this link nothing happens."
_CHANGED_NL: Final = "Was u dit niet? Stel dan meteen een nieuw wachtwoord in en vertel het uw beheerder."
_CHANGED_EN: Final = "Was this not you? Then set a new password at once and tell your administrator."
_USER_NL: Final = "U krijgt dit bericht omdat dit e-mailadres bij een gebruiker van Keten hoort."
_USER_EN: Final = "You receive this message because this e-mail address belongs to a user of Keten."

DUTCH: Final[Mapping[str, Letter]] = {
    "share": Letter(
        subject="{sharer} heeft je toegevoegd aan {initials} op Keten",
        heading="Er is een dossier met je gedeeld",
        paragraphs=(
            "Hallo {name},",
            "{sharer} van {organisation} heeft je toegang gegeven tot het dossier van {initials}, dat je in "
            "Keten vindt onder “Met mij gedeeld”.",
            "Om de privacy van de cliënt te beschermen staat hier niets over de inhoud. Na het inloggen zie je "
            "wat met je is gedeeld.",
        ),
        button="Open Keten",
        why="Je krijgt dit bericht omdat een collega een dossier met je heeft gedeeld. Liever geen e-mail bij "
        "delen? Zet het uit bij je voorkeuren in Keten.",
    ),
    "sign-up": Letter(
        subject="Bevestig uw account voor {organisation} op Keten",
        heading="Nog één stap",
        paragraphs=(
            "Hallo {name},",
            "U hebt op Keten een account aangevraagd voor {organisation}. Bevestig met de knop dat dit uw "
            "e-mailadres is; dan wordt het account geopend en kunt u inloggen.",
            _NOT_YOU_NL,
        ),
        button="E-mailadres bevestigen",
        why="U krijgt dit bericht omdat iemand met dit e-mailadres een account op Keten heeft aangevraagd.",
    ),
    "sign-up-known": Letter(
        subject="U hebt al een account op Keten",
        heading="U hebt al een account",
        paragraphs=(
            "Hallo {name},",
            "Iemand wilde met dit e-mailadres een account openen, maar u hebt er al een. U kunt gewoon inloggen. "
            "Weet u uw wachtwoord niet meer? Stel dan een nieuw in.",
            "Was u dit niet? Dan hoeft u niets te doen; er is niets veranderd.",
        ),
        button="Nieuw wachtwoord instellen",
        why=_USER_NL,
    ),
    "invitation": Letter(
        subject="{inviter} nodigt u uit voor {organisation} op Keten",
        heading="Welkom bij {organisation}",
        paragraphs=(
            "Hallo {name},",
            "{inviter} heeft u toegevoegd aan het account van {organisation} op Keten, waar organisaties in de "
            "zorg samen aan dossiers werken.",
            "Kies met de knop een wachtwoord. Daarna kunt u inloggen met dit e-mailadres.",
        ),
        button="Wachtwoord kiezen",
        why="U krijgt dit bericht omdat {inviter} dit e-mailadres heeft opgegeven. Kent u {organisation} niet? "
        "Dan hoeft u niets te doen.",
    ),
    "invitation-known": Letter(
        subject="{inviter} wilde u toevoegen aan {organisation} op Keten",
        heading="U hebt al een account",
        paragraphs=(
            "Hallo {name},",
            "{inviter} wilde u toevoegen aan het account van {organisation}. Dat kan niet met dit e-mailadres: u "
            "gebruikt het al op Keten, en een adres hoort bij één account.",
            "Dossiers kunnen wel met u worden gedeeld. Vraag {inviter} dat te doen, of geef een ander e-mailadres op.",
        ),
        why=_USER_NL,
    ),
    "password-reset": Letter(
        subject="Een nieuw wachtwoord voor Keten",
        heading="Een nieuw wachtwoord",
        paragraphs=("Hallo {name},", "Met de knop kiest u een nieuw wachtwoord voor Keten.", _NOT_YOU_NL),
        button="Wachtwoord kiezen",
        why=_USER_NL,
    ),
    "address-change": Letter(
        subject="Bevestig uw nieuwe e-mailadres voor Keten",
        heading="Uw nieuwe e-mailadres",
        paragraphs=(
            "Hallo {name},",
            "U wilt dit e-mailadres voortaan op Keten gebruiken. Bevestig met de knop dat het van u is. Tot dan "
            "blijft het oude gelden.",
            _NOT_YOU_NL,
        ),
        button="E-mailadres bevestigen",
        why="U krijgt dit bericht omdat iemand dit e-mailadres op Keten wil gebruiken.",
    ),
    "address-changed": Letter(
        subject="Uw e-mailadres op Keten is gewijzigd",
        heading="Uw e-mailadres is gewijzigd",
        paragraphs=(
            "Hallo {name},",
            "U logt op Keten voortaan in met een ander e-mailadres. Naar dit adres sturen wij niets meer.",
            "Was u dit niet? Neem dan meteen contact op met de beheerder van uw organisatie.",
        ),
        why="U krijgt dit bericht omdat dit tot nu toe uw e-mailadres op Keten was.",
    ),
    "new-device": Letter(
        subject="Inloggen op Keten vanaf een nieuw apparaat",
        heading="Logt u in op een nieuw apparaat?",
        paragraphs=(
            "Hallo {name},",
            "Er is vaak geprobeerd om met uw e-mailadres in te loggen. Daarom kan dat nu even niet vanaf een "
            "apparaat dat wij niet kennen. Op apparaten die u al gebruikt werkt alles als altijd.",
            "Wilt u zelf op een nieuw apparaat inloggen? Gebruik dan op dat apparaat de knop hieronder.",
            "Was u dit niet? Dan hoeft u niets te doen: uw account is beschermd.",
        ),
        button="Hier inloggen",
        why=_USER_NL,
    ),
    "second-factor-changed": Letter(
        subject="Uw inloggen in twee stappen op Keten is gewijzigd",
        heading="Inloggen in twee stappen is gewijzigd",
        paragraphs=("Hallo {name},", "Hoe u op Keten in twee stappen inlogt is gewijzigd.", _CHANGED_NL),
        why=_USER_NL,
    ),
    "second-factor-changed.on": Letter(
        subject="Inloggen in twee stappen staat aan op Keten",
        heading="Inloggen in twee stappen staat aan",
        paragraphs=(
            "Hallo {name},",
            "Voortaan vraagt Keten bij het inloggen ook om een code uit uw app. Bewaar uw herstelcodes op een "
            "veilige plek.",
            _CHANGED_NL,
        ),
        why=_USER_NL,
    ),
    "second-factor-changed.off": Letter(
        subject="Inloggen in twee stappen staat uit op Keten",
        heading="Inloggen in twee stappen staat uit",
        paragraphs=("Hallo {name},", "Keten vraagt bij het inloggen geen code meer uit uw app.", _CHANGED_NL),
        why=_USER_NL,
    ),
    "second-factor-changed.recovery-used": Letter(
        subject="Er is met een herstelcode ingelogd op Keten",
        heading="Er is een herstelcode gebruikt",
        paragraphs=(
            "Hallo {name},",
            "Met een van uw herstelcodes is ingelogd op Keten. Die code werkt niet meer; zijn er weinig over, "
            "maak dan nieuwe.",
            _CHANGED_NL,
        ),
        why=_USER_NL,
    ),
}

ENGLISH: Final[Mapping[str, Letter]] = {
    "share": Letter(
        subject="{sharer} has added you to {initials} on Keten",
        heading="A dossier was shared with you",
        paragraphs=(
            "Hello {name},",
            "{sharer} of {organisation} has given you access to the dossier of {initials}, which you find in Keten "
            "under “Shared with me”.",
            "To protect the client's privacy nothing of its content stands here. Once you have signed in you see "
            "what was shared with you.",
        ),
        button="Open Keten",
        why="You receive this message because a colleague shared a dossier with you. Rather no e-mail when "
        "something is shared? Switch it off in your preferences in Keten.",
    ),
    "sign-up": Letter(
        subject="Confirm your account for {organisation} on Keten",
        heading="One more step",
        paragraphs=(
            "Hello {name},",
            "You asked for an account on Keten for {organisation}. Confirm with the button that this is your "
            "e-mail address; the account is then opened and you can sign in.",
            _NOT_YOU_EN,
        ),
        button="Confirm e-mail address",
        why="You receive this message because somebody asked for an account on Keten with this e-mail address.",
    ),
    "sign-up-known": Letter(
        subject="You already have an account on Keten",
        heading="You already have an account",
        paragraphs=(
            "Hello {name},",
            "Somebody wanted to open an account with this e-mail address, but you have one already. You can "
            "simply sign in. Forgot your password? Then set a new one.",
            "Was this not you? Then you need not do anything; nothing has changed.",
        ),
        button="Set a new password",
        why=_USER_EN,
    ),
    "invitation": Letter(
        subject="{inviter} invites you to {organisation} on Keten",
        heading="Welcome to {organisation}",
        paragraphs=(
            "Hello {name},",
            "{inviter} has added you to the account of {organisation} on Keten, where organisations in care work "
            "on dossiers together.",
            "Choose a password with the button. After that you sign in with this e-mail address.",
        ),
        button="Choose a password",
        why="You receive this message because {inviter} gave this e-mail address. Do you not know "
        "{organisation}? Then you need not do anything.",
    ),
    "invitation-known": Letter(
        subject="{inviter} wanted to add you to {organisation} on Keten",
        heading="You already have an account",
        paragraphs=(
            "Hello {name},",
            "{inviter} wanted to add you to the account of {organisation}. That cannot be done with this e-mail "
            "address: you already use it on Keten, and an address belongs to one account.",
            "Dossiers can be shared with you all the same. Ask {inviter} to do that, or give another e-mail address.",
        ),
        why=_USER_EN,
    ),
    "password-reset": Letter(
        subject="A new password for Keten",
        heading="A new password",
        paragraphs=("Hello {name},", "With the button you choose a new password for Keten.", _NOT_YOU_EN),
        button="Choose a password",
        why=_USER_EN,
    ),
    "address-change": Letter(
        subject="Confirm your new e-mail address for Keten",
        heading="Your new e-mail address",
        paragraphs=(
            "Hello {name},",
            "You want to use this e-mail address on Keten from now on. Confirm with the button that it is yours. "
            "Until then the old one stays.",
            _NOT_YOU_EN,
        ),
        button="Confirm e-mail address",
        why="You receive this message because somebody wants to use this e-mail address on Keten.",
    ),
    "address-changed": Letter(
        subject="Your e-mail address on Keten has changed",
        heading="Your e-mail address has changed",
        paragraphs=(
            "Hello {name},",
            "From now on you sign in to Keten with another e-mail address. We send nothing to this one any more.",
            "Was this not you? Then contact your organisation's administrator at once.",
        ),
        why="You receive this message because this was your e-mail address on Keten until now.",
    ),
    "new-device": Letter(
        subject="Signing in to Keten on a new device",
        heading="Are you signing in on a new device?",
        paragraphs=(
            "Hello {name},",
            "Somebody tried many times to sign in with your e-mail address. So for now that cannot be done from "
            "a device that we do not know. On devices that you already use everything works as always.",
            "Do you want to sign in on a new device yourself? Then use the button below on that device.",
            "Was this not you? Then you need not do anything: your account is protected.",
        ),
        button="Sign in here",
        why=_USER_EN,
    ),
    "second-factor-changed": Letter(
        subject="Your signing in with two steps on Keten has changed",
        heading="Signing in with two steps has changed",
        paragraphs=("Hello {name},", "How you sign in to Keten with two steps has changed.", _CHANGED_EN),
        why=_USER_EN,
    ),
    "second-factor-changed.on": Letter(
        subject="Signing in with two steps is on for Keten",
        heading="Signing in with two steps is on",
        paragraphs=(
            "Hello {name},",
            "From now on Keten also asks for a code of your app when you sign in. Keep your recovery codes in a "
            "safe place.",
            _CHANGED_EN,
        ),
        why=_USER_EN,
    ),
    "second-factor-changed.off": Letter(
        subject="Signing in with two steps is off for Keten",
        heading="Signing in with two steps is off",
        paragraphs=("Hello {name},", "Keten no longer asks for a code of your app when you sign in.", _CHANGED_EN),
        why=_USER_EN,
    ),
    "second-factor-changed.recovery-used": Letter(
        subject="A recovery code was used to sign in to Keten",
        heading="A recovery code was used",
        paragraphs=(
            "Hello {name},",
            "One of your recovery codes was used to sign in to Keten. That code no longer works; if few are "
            "left, make new ones.",
            _CHANGED_EN,
        ),
        why=_USER_EN,
    ),
}

LETTERS: Final[Mapping[Language, Mapping[str, Letter]]] = {"nl": DUTCH, "en": ENGLISH}
