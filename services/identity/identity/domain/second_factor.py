"""What refuses a second factor, or a proof of who one is."""

from chassis.problems import Conflict, Forbidden, TooMany


class PasswordWrong(Forbidden):
    """This is not your password."""

    nl = "Dit is niet uw wachtwoord."


class CodeWrong(Forbidden):
    """This code is not right, or it was used already. Wait for the next one."""

    nl = "Deze code klopt niet, of is al gebruikt. Wacht op de volgende."


class TooManyTries(TooMany):
    """That was wrong too often. Try again in {minutes} minutes."""

    nl = "Dat was te vaak verkeerd. Probeer het over {minutes} minuten opnieuw."


class HasSecondFactor(Conflict):
    """There is a second factor already. Switch it off before you set up another."""

    nl = "Er is al een tweede factor. Zet die uit voordat u een andere instelt."


class NoSecondFactor(Conflict):
    """There is no second factor to do this with. Set one up first."""

    nl = "Er is geen tweede factor om dit mee te doen. Stel er eerst een in."


class OwnSecondFactor(Conflict):
    """You switch off your own second factor with your password and a code; this is for colleagues who lost theirs."""

    nl = (
        "Uw eigen tweede factor zet u uit met uw wachtwoord en een code; dit is voor collega's die de hunne kwijt zijn."
    )
