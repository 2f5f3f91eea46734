"""HTTP in front of identity, by noun: parse, call one command or query, render."""

from identity.api import accounts, email_verifications, password_resets, photos, second_factors, service_accounts, users

ROUTERS = [
    accounts.router,
    users.router,
    photos.router,
    email_verifications.router,
    password_resets.router,
    second_factors.router,
    service_accounts.router,
]

# Who cannot sign in yet, or any more.
OPEN_TO_ALL = (("POST", "/accounts"), ("POST", "/password-resets"))
