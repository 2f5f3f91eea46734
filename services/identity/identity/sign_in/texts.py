"""The words of the hosted pages, in Dutch and English."""

from typing import Final

TEXTS: Final[dict[str, dict[str, str]]] = {
    "sign_in": {"nl": "Inloggen", "en": "Sign in"},
    "sign_in_for": {"nl": "om verder te gaan naar {client}", "en": "to go on to {client}"},
    "email": {"nl": "E-mailadres", "en": "E-mail address"},
    "password": {"nl": "Wachtwoord", "en": "Password"},
    "new_password": {"nl": "Nieuw wachtwoord", "en": "New password"},
    "wrong": {
        "nl": "E-mailadres of wachtwoord klopt niet.",
        "en": "The e-mail address or the password is not right.",
    },
    "form_expired": {
        "nl": "Deze pagina stond te lang open. Probeer het nog eens.",
        "en": "This page was open for too long. Please try again.",
    },
    "forgotten": {"nl": "Wachtwoord vergeten?", "en": "Forgot your password?"},
    "forgotten_text": {
        "nl": "Vul het e-mailadres in waarmee u inlogt. U krijgt een mail met een link om een nieuw wachtwoord te kiezen.",
        "en": "Give the e-mail address that you sign in with. You get a mail with a link to choose a new password.",
    },
    "forgotten_button": {"nl": "Stuur mij een link", "en": "Send me a link"},
    "forgotten_sent": {"nl": "Kijk in uw mail", "en": "Look in your mail"},
    "forgotten_sent_text": {
        "nl": "Als dit adres bij ons bekend is, is er nu een mail naar onderweg. De link erin werkt twee uur, één keer.",
        "en": "If we know this address, a mail is on its way to it. The link in it works for two hours, once.",
    },
    "crowded": {
        "nl": "Er is vanaf hier te vaak om een nieuw wachtwoord gevraagd. Probeer het later opnieuw.",
        "en": "New passwords were asked for from here too often. Try again later.",
    },
    "not_an_address": {"nl": "Dit is geen e-mailadres.", "en": "This is not an e-mail address."},
    "back_to_sign_in": {"nl": "Terug naar inloggen", "en": "Back to signing in"},
    "code_title": {"nl": "Nog één stap", "en": "One more step"},
    "code_text": {
        "nl": "Open de app waarmee u codes maakt, en vul de code van nu in.",
        "en": "Open the app that makes your codes, and give the code of now.",
    },
    "code": {"nl": "Code", "en": "Code"},
    "code_hint": {
        "nl": "Geen app bij de hand? Gebruik dan een van uw herstelcodes.",
        "en": "No app at hand? Use one of your recovery codes.",
    },
    "code_wrong": {
        "nl": "Deze code klopt niet, of is al gebruikt. Wacht op de volgende.",
        "en": "This code is not right, or it was used already. Wait for the next one.",
    },
    "set_up": {"nl": "Stel een tweede stap in", "en": "Set up a second step"},
    "set_up_text": {
        "nl": "Uw organisatie vraagt bij het inloggen om een code naast het wachtwoord. Scan deze afbeelding met een app "
        "die codes maakt, en vul de code in die de app toont.",
        "en": "Your organisation asks for a code beside the password. Scan this picture with an app that makes codes, and "
        "give the code that the app shows.",
    },
    "set_up_picture": {"nl": "QR-code met de gegevens voor uw app", "en": "QR code that holds what your app needs"},
    "set_up_secret": {"nl": "Of typ deze sleutel over:", "en": "Or type this key over:"},
    "set_up_button": {"nl": "Instellen", "en": "Set up"},
    "recovery": {"nl": "Bewaar deze herstelcodes", "en": "Keep these recovery codes"},
    "recovery_text": {
        "nl": "Met elk ervan kunt u één keer inloggen als u uw app niet hebt. Ze worden maar één keer getoond: schrijf ze "
        "op, of bewaar ze waar u ook uw wachtwoorden bewaart.",
        "en": "Each lets you sign in once when you do not have your app. They are shown only now: write them down, or keep "
        "them where you keep your passwords.",
    },
    "go_on": {"nl": "Ik heb ze bewaard, ga verder", "en": "I have kept them, go on"},
    "activate": {"nl": "Stel uw wachtwoord in", "en": "Set your password"},
    "password_hint": {
        "nl": "12 tot 128 tekens; een zin is goed te onthouden.",
        "en": "12 to 128 characters; a sentence is easy to remember.",
    },
    "activate_button": {"nl": "Wachtwoord instellen", "en": "Set password"},
    "activated": {"nl": "Uw wachtwoord is ingesteld", "en": "Your password is set"},
    "sign_in_now": {
        "nl": "U kunt nu inloggen. Deze pagina mag u sluiten.",
        "en": "You can sign in now. You may close this page.",
    },
    "sign_up": {"nl": "Open het account", "en": "Open the account"},
    "sign_up_text": {
        "nl": "Vul het wachtwoord in dat u bij de aanvraag koos. Zo weten we dat u het zelf was.",
        "en": "Give the password that you chose when you asked for it. That tells us it was you.",
    },
    "sign_up_password": {"nl": "Gekozen wachtwoord", "en": "The password you chose"},
    "sign_up_wrong": {
        "nl": "Dit is niet het wachtwoord dat bij de aanvraag is gekozen. Hebt u niet zelf om dit account gevraagd? Sluit "
        "dan deze pagina; er gebeurt niets.",
        "en": "This is not the password that was chosen. If it was not you who asked for this account, close this page; "
        "nothing happens.",
    },
    "signed_up": {"nl": "Het account is open", "en": "The account is open"},
    "reset": {"nl": "Kies een nieuw wachtwoord", "en": "Choose a new password"},
    "reset_text": {
        "nl": "Overal waar u nu bent ingelogd, wordt u uitgelogd.",
        "en": "You will be signed out everywhere.",
    },
    "verify": {"nl": "Bevestig uw nieuwe adres", "en": "Confirm your new address"},
    "verify_text": {
        "nl": "Vanaf nu logt u in met dit adres, en gaat uw mail hierheen.",
        "en": "From now on you sign in with this address, and your mail goes here.",
    },
    "verify_button": {"nl": "Dit is mijn adres", "en": "This is my address"},
    "verified": {"nl": "Uw adres is gewijzigd", "en": "Your address was changed"},
    "device": {"nl": "Inloggen op dit apparaat", "en": "Sign in on this device"},
    "device_text": {
        "nl": "Iemand probeerde vaak met uw adres in te loggen. Op apparaten waar u al eens was ingelogd merkt u daar niets "
        "van. Met deze knop kunt u ook op dit apparaat inloggen.",
        "en": "Somebody often tried to sign in with your address. Where you have signed in before, you notice nothing of "
        "that. This button lets you sign in on this device as well.",
    },
    "device_button": {"nl": "Dit is mijn apparaat", "en": "This is my device"},
    "device_known": {"nl": "Dit apparaat is nu bekend", "en": "This device is known now"},
    "link_spent": {"nl": "Deze link werkt niet meer", "en": "This link no longer works"},
    "in_use": {"nl": "U hebt al een account", "en": "You have an account already"},
    "in_use_text": {
        "nl": "Er is al een gebruiker met dit e-mailadres, en een adres hoort bij één gebruiker. Log daarmee in.",
        "en": "There is a user with this e-mail address already, and an address belongs to one user. Sign in with it.",
    },
    "sign_out": {"nl": "Uitloggen", "en": "Sign out"},
    "sign_out_text": {
        "nl": "U wordt uitgelogd bij alles wat u in deze browser met Keten hebt geopend.",
        "en": "You will be signed out of everything you opened with Keten in this browser.",
    },
    "signed_out": {"nl": "U bent uitgelogd", "en": "You are signed out"},
    "signed_out_text": {"nl": "Deze pagina mag u sluiten.", "en": "You may close this page."},
    "refused": {"nl": "Inloggen kan zo niet", "en": "You cannot sign in this way"},
    "refused_text": {
        "nl": "Het programma waarmee u wilt inloggen vroeg iets dat wij niet kennen of niet toestaan. Ga terug en probeer "
        "het opnieuw; blijft het misgaan, vraag dan de leverancier van dat programma.",
        "en": "The program you want to sign in with asked for something we do not know or do not allow. Go back and try "
        "again; if it keeps going wrong, ask the supplier of that program.",
    },
}
