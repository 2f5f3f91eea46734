"""The policy against an independent reading of the resolution rule: rights = own groups ∪ over grants of ∩ the chain."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.actions import ACTIONS
from contracts.rights import ALL_RIGHTS

TODAY = "2026-11-23"
ACTIONS_ON_A_DOSSIER = sorted(action for action, needs in ACTIONS.items() if needs.package == "dossier")

accounts = st.sampled_from(["account-1", "account-2"])
groups = st.sampled_from(["group-1", "group-2"])
some_rights = st.lists(st.sampled_from(sorted(ALL_RIGHTS)), max_size=8, unique=True)
statuses = st.sampled_from(["live", "live", "live", "ended"])
links = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "rights": some_rights,
        "status": statuses,
        "until": st.sampled_from([None, None, "2026-11-22", TODAY, "2026-11-24", "2027-01-01"]),
    }
)
worlds = st.fixed_dictionaries(
    {
        "action": st.sampled_from(ACTIONS_ON_A_DOSSIER),
        "at": st.just(1_700_000_000),
        "today": st.just(TODAY),
        "actor": st.fixed_dictionaries(
            {
                "id": st.just("user-1"),
                "account": accounts,
                "status": st.sampled_from(["active", "active", "active", "suspended", "removed"]),
                "role": st.sampled_from(["member", "member", "member", "administrator", "owner"]),
                "medical": st.booleans(),
            }
        ),
        "dossier": st.fixed_dictionaries(
            {
                "id": st.just("dossier-1"),
                "account": accounts,
                "group": groups,
                "status": st.sampled_from(["open", "open", "open", "archived", "deleted"]),
            }
        ),
        "groups": st.lists(
            st.fixed_dictionaries(
                {"id": st.uuids().map(str), "group": groups, "rights": some_rights, "status": statuses}
            ),
            max_size=3,
        ),
        "grants": st.lists(
            st.fixed_dictionaries({"id": st.uuids().map(str), "chain": st.lists(links, max_size=3)}), max_size=3
        ),
        "fresh": st.sampled_from([True, True, False]),
        "parked": st.sampled_from([False, False, False, True]),
    }
)


def rights_held(world: Any) -> set[str]:
    """What the requirements say of rights, said once more in plain sets."""
    actor, dossier = world["actor"], world["dossier"]
    if actor["status"] != "active":
        return set()
    if dossier["status"] == "deleted" and not is_reached_deleted(world):
        return set()
    held: set[str] = set()
    if actor["account"] == dossier["account"]:
        if actor["role"] in ("owner", "administrator"):
            held |= ALL_RIGHTS
        for access in world["groups"]:
            if access["status"] == "live" and access["group"] == dossier["group"]:
                held |= set(access["rights"])
    for grant in world["grants"]:
        chain = grant["chain"]
        lives = all(link["status"] == "live" and (link["until"] or "9999") > world["today"] for link in chain)
        if world["fresh"] and chain and lives:
            held |= set.intersection(*(set(link["rights"]) for link in chain))
    return held if actor["medical"] else {right for right in held if not right.startswith("medical:")}


def is_reached_deleted(world: Any) -> bool:
    """A deleted dossier is restored or erased by its own account, and is there for nothing and nobody else."""
    is_own = world["actor"]["account"] == world["dossier"]["account"]
    return is_own and world["action"] in ("dossier.restore", "dossier.erase")


_WRITING = (".write", ".give", ".change", ".add", ".remove")


def is_permitted(world: Any, held: set[str]) -> bool:
    needs, dossier = ACTIONS[world["action"]], world["dossier"]
    is_met = bool(held) if needs.any_right else needs.right in held
    is_in_time = dossier["status"] == "open" or not world["action"].endswith(_WRITING)
    at_home_only = ("dossier.move", "dossier.delete", "dossier.erase")
    is_at_home = world["action"] not in at_home_only or world["actor"]["account"] == dossier["account"]
    may_erase = world["action"] != "dossier.erase" or world["actor"]["role"] in ("owner", "administrator")
    return is_met and is_in_time and is_at_home and may_erase


@pytest.mark.rule("SHR-10", "SHR-11", "SHR-12", "SHR-16", "ALL-1")
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds)
def test_the_policy_agrees_with_the_resolution_rule(world: Any, embedded: Any) -> None:
    held = rights_held(world)
    permitted = is_permitted(world, held)
    uncertain = world["parked"] or (not world["fresh"] and bool(world["grants"]) and not permitted)

    answer = embedded.answer("dossier", world)

    assert set(answer["rights"]) == held
    assert answer["rights"] == sorted(answer["rights"])
    assert answer["visible"] == bool(held)
    assert answer["uncertain"] == uncertain
    assert answer["allow"] == (permitted and not uncertain)
    assert _told(answer) <= held, "nothing is told that does not count"
    assert answer["reasons"]


def _told(answer: Any) -> set[str]:
    return {right for reason in answer["reasons"] for right in reason.get("rights", [])}


@pytest.mark.rule("SHR-11")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds, data=st.data())
def test_taking_a_right_from_any_link_never_gives_one(world: Any, embedded: Any, data: st.DataObject) -> None:
    before = set(embedded.answer("dossier", world)["rights"])
    chain = [link for grant in world["grants"] for link in grant["chain"] if link["rights"]]
    if not chain:
        return
    link = data.draw(st.sampled_from(chain))

    link["rights"] = link["rights"][1:]

    assert set(embedded.answer("dossier", world)["rights"]) <= before
