"""What is written in a dossier: day reports, goals with their actions, tasks, documents and medical notes; written and
changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import httpx

from tests.torture.kinds.choosing import BOLD, a_dossier, given, one_of
from tests.torture.model import Entry, Model
from tests.torture.rules import on_dossier, rights
from tests.torture.story import Args, Keys, Kind, Line, Request, Step, keys, only


@dataclass(frozen=True)
class Section:
    """The path of a section, the action of writing in it, and the member of an entry that says something new."""

    path: str
    writing: str
    says: str


SECTIONS: Final[Mapping[str, Section]] = {
    "reports": Section("reports", "report.write", "text"),
    "goals": Section("goals", "plan.write", "title"),
    "actions": Section("goals/{goal}/actions", "plan.write", "title"),
    "tasks": Section("tasks", "task.write", "title"),
    "documents": Section("documents", "document.write", "text"),
    "medical": Section("medical", "medical.write", "text"),
}

# What a new entry says besides.
_FIRST: Final[Mapping[str, Mapping[str, Any]]] = {
    "documents": {"title": "Agreements"},
    "medical": {"title": "Allergy"},
}


def _write(model: Model, step: Step) -> Request:
    by, dossier = model.users[step.by], model.dossiers[step.args["dossier"]]
    section, within = SECTIONS[step.args["section"]], step.args.get("goal")
    refusal = on_dossier(model, by, section.writing, dossier)
    content = {**_FIRST.get(step.args["section"], {}), section.says: f"Said {step.label}"}

    def done(answer: httpx.Response) -> None:
        made = Entry(
            step.made("entry"),
            answer.json()["id"],
            dossier.name,
            step.args["section"],
            by.name,
            content,
            within,
        )
        model.entries[made.name] = made

    path = section.path.format(goal=model.entries[within].id if within else "")
    return Request(
        "POST",
        f"/dossier/v1/dossiers/{dossier.id}/{path}",
        content,
        expected=refusal,
        lines=(Line(section.writing, dossier.id, "denied" if refusal else "allowed"),),
        done=done,
    )


def _change(model: Model, step: Step) -> Request:
    by, entry = model.users[step.by], model.entries[step.args["entry"]]
    dossier, section = model.dossiers[entry.dossier], SECTIONS[entry.section]
    refusal = on_dossier(model, by, section.writing, dossier)
    is_anothers = refusal is None and entry.section == "reports" and entry.author != by.name
    content = {section.says: f"Said {step.label}"}

    def done(_answer: httpx.Response) -> None:
        entry.content |= content
        entry.version += 1

    path = section.path.format(goal=model.entries[entry.within].id if entry.within else "")
    return Request(
        "PATCH",
        f"/dossier/v1/dossiers/{dossier.id}/{path}/{entry.id}",
        content,
        version=entry.version,
        expected="not-the-author" if is_anothers else refusal,
        lines=() if is_anothers else (Line(section.writing, dossier.id, "denied" if refusal else "allowed"),),
        done=done,
        done_before=("version-stale",),
    )


def _pick_new(model: Model, chance: Random, by: str) -> Args | None:
    """Mostly where he may write; an action belongs to a goal."""
    dossier, is_bold = a_dossier(model, chance, by), chance.random() < BOLD
    if dossier is None:
        return None
    held = rights(model, model.users[by], model.dossiers[dossier])
    open_to_him = [name for name in SECTIONS if is_bold or f"{_right(name)}:write" in held]
    section = one_of(chance, open_to_him)
    if section != "actions":
        return given(dossier=dossier, section=section)
    goals = [e.name for e in model.entries.values() if (e.dossier, e.section) == (dossier, "goals")]
    return given(dossier=dossier, section=section, goal=one_of(chance, goals))


def _right(section: str) -> str:
    return "plan" if section in ("goals", "actions") else section


def _pick_entry(model: Model, chance: Random, by: str) -> Args | None:
    dossier, is_bold = a_dossier(model, chance, by), chance.random() < BOLD
    there = [e for e in model.entries.values() if e.dossier == dossier]
    fit = [e.name for e in there if is_bold or e.section != "reports" or e.author == by]
    return given(entry=one_of(chance, fit))


def _in_dossier(model: Model, step: Step) -> Keys:
    dossier = step.args.get("dossier") or model.entries[step.args["entry"]].dossier
    return keys(f"user:{step.by}", holds=(f"dossier:{dossier}",))


KINDS: Final[Mapping[str, Kind]] = {
    "write": Kind(16, _pick_new, _in_dossier, only(_write), "{by} writes entry {label} in {section} of {dossier}"),
    "change entry": Kind(10, _pick_entry, _in_dossier, only(_change), "{by} changes {entry}"),
}
