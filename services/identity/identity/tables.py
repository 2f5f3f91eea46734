"""Identity's tables and how its aggregates lie in them. Outbox and the like are the chassis's."""

from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Enum, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import registry

from contracts.actions import Role
from contracts.identity import Retention, UserStatus
from identity.domain.account import Account
from identity.domain.service_account import ServiceAccount
from identity.domain.user import User

metadata = MetaData(schema="public")

# Tables that tell who people and organisations are.
CONTENT = ("account", "app_user", "service_account", "sign_up", "mail_request", "second_factor", "browser", "session")
_Instant = DateTime(timezone=True)


def _word(of: type[StrEnum]) -> Enum:
    return Enum(of, native_enum=False, length=None, values_callable=lambda words: [word.value for word in words])


account = Table(
    "account",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("name", Text),
    Column("owner_id", UUID),
    Column("opened_at", _Instant),
    Column("second_factor_demanded", Boolean),
    Column("erase_after", _Instant),
    Column("retention", _word(Retention)),
    Column("erased_at", _Instant),
    Column("version", Integer),
)

app_user = Table(
    "app_user",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID),
    Column("email", Text),
    Column("name", Text),
    Column("initials", Text),
    Column("sort_key", Text),
    Column("language", Text),
    Column("role", _word(Role)),
    Column("status", _word(UserStatus)),
    Column("medical", Boolean),
    Column("password_hash", Text),
    Column("link_generation", Integer),
    Column("link_expires_at", _Instant),
    Column("added_at", _Instant),
    Column("verified", Boolean),
    Column("photo_id", UUID),
    Column("photo_awaited", UUID),
    Column("erased_at", _Instant),
    Column("version", Integer),
)

# Every search by e-mail address, found or not, for as long as it counts.
search = Table("search", metadata, Column("user_id", UUID), Column("at", _Instant))

oauth_client = Table(
    "oauth_client",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("redirect_uri", Text),
    Column("signed_out_uri", Text),
)

# A browser in which somebody signed in; its cookie is known here by its hash.
browser = Table(
    "browser",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("secret_hash", Text),
    Column("user_id", UUID),
    Column("acr", Text),
    Column("signed_in_at", _Instant),
    Column("expires_at", _Instant),
    Column("ended_at", _Instant),
)

# One client's use of a signed-in browser: what tokens call `sid`. Its refresh tokens are one family.
session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("browser_id", UUID),
    Column("user_id", UUID),
    Column("client_id", Text),
    Column("scope", Text),
    Column("acr", Text),
    Column("signed_in_at", _Instant),
    Column("started_at", _Instant),
    Column("expires_at", _Instant),
    Column("tokens_until", _Instant),
    Column("ended_at", _Instant),
)

authorization_code = Table(
    "authorization_code",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("session_id", Text),
    Column("redirect_uri", Text),
    Column("nonce", Text),
    Column("code_challenge", Text),
    Column("expires_at", _Instant),
    Column("used_at", _Instant),
)

refresh_token = Table(
    "refresh_token",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("session_id", Text),
    Column("issued_at", _Instant),
    Column("used_at", _Instant),
)

# Everything that is mailed; a link is derived from its row, and spent with it.
mail_request = Table(
    "mail_request",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("purpose", Text),
    Column("email", Text),
    Column("user_id", UUID),
    Column("asked_by", UUID),
    Column("change", Text),
    Column("asked_at", _Instant),
    Column("expires_at", _Instant),
    Column("spent_at", _Instant),
)

# What the mail of a sign-up opens.
sign_up = Table(
    "sign_up",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("organisation", Text),
    Column("name", Text),
    Column("language", Text),
    Column("password_hash", Text),
)

# Not in use before it is confirmed; its secret is encrypted.
second_factor = Table(
    "second_factor",
    metadata,
    Column("user_id", UUID, primary_key=True),
    Column("secret", Text),
    Column("begun_at", _Instant),
    Column("confirmed_at", _Instant),
    Column("last_step", BigInteger),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("user_id", UUID, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("used_at", _Instant),
)

tries = Table(
    "tries",
    metadata,
    Column("key", Text, primary_key=True),
    Column("times", Integer),
    Column("since", _Instant),
)

# Partner systems; apart from the users, so that whoever lists, finds or signs in users never meets one.
service_account = Table(
    "service_account",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID),
    Column("name", Text),
    Column("description", Text),
    Column("sort_key", Text),
    Column("status", _word(UserStatus)),
    Column("added_at", _Instant),
    Column("version", Integer),
)

service_secret = Table(
    "service_secret",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("service_account_id", UUID),
    Column("hash", Text),
    Column("made_at", _Instant),
    Column("used_at", _Instant),
    Column("ended_at", _Instant),
)

# All tokens that one secret was given for, until it is ended: what they call `sid`.
service_session = Table(
    "service_session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret_id", UUID),
    Column("service_account_id", UUID),
    Column("started_at", _Instant),
    Column("tokens_until", _Instant),
    Column("ended_at", _Instant),
)

_mapping = registry(metadata=metadata)
for _aggregate, _table in ((Account, account), (User, app_user), (ServiceAccount, service_account)):
    _mapping.map_imperatively(_aggregate, _table, version_id_col=_table.c.version, version_id_generator=False)
