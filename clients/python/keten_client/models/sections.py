from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.count import Count
    from ..models.open_count import OpenCount
    from ..models.profile_answer import ProfileAnswer


T = TypeVar("T", bound="Sections")


@_attrs_define
class Sections:
    """What the reader may read; null is a section that is not open to him.

    Attributes:
        profile (None | ProfileAnswer | Unset):
        reports (Count | None | Unset):
        plan (None | OpenCount | Unset):
        tasks (None | OpenCount | Unset):
        documents (Count | None | Unset):
        medical (Count | None | Unset):
        members (Count | None | Unset):
    """

    profile: None | ProfileAnswer | Unset = UNSET
    reports: Count | None | Unset = UNSET
    plan: None | OpenCount | Unset = UNSET
    tasks: None | OpenCount | Unset = UNSET
    documents: Count | None | Unset = UNSET
    medical: Count | None | Unset = UNSET
    members: Count | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.count import Count  # noqa: PLC0415
        from ..models.open_count import OpenCount  # noqa: PLC0415
        from ..models.profile_answer import ProfileAnswer  # noqa: PLC0415

        profile: dict[str, Any] | None | Unset
        if isinstance(self.profile, Unset):
            profile = UNSET
        elif isinstance(self.profile, ProfileAnswer):
            profile = self.profile.to_dict()
        else:
            profile = self.profile

        reports: dict[str, Any] | None | Unset
        if isinstance(self.reports, Unset):
            reports = UNSET
        elif isinstance(self.reports, Count):
            reports = self.reports.to_dict()
        else:
            reports = self.reports

        plan: dict[str, Any] | None | Unset
        if isinstance(self.plan, Unset):
            plan = UNSET
        elif isinstance(self.plan, OpenCount):
            plan = self.plan.to_dict()
        else:
            plan = self.plan

        tasks: dict[str, Any] | None | Unset
        if isinstance(self.tasks, Unset):
            tasks = UNSET
        elif isinstance(self.tasks, OpenCount):
            tasks = self.tasks.to_dict()
        else:
            tasks = self.tasks

        documents: dict[str, Any] | None | Unset
        if isinstance(self.documents, Unset):
            documents = UNSET
        elif isinstance(self.documents, Count):
            documents = self.documents.to_dict()
        else:
            documents = self.documents

        medical: dict[str, Any] | None | Unset
        if isinstance(self.medical, Unset):
            medical = UNSET
        elif isinstance(self.medical, Count):
            medical = self.medical.to_dict()
        else:
            medical = self.medical

        members: dict[str, Any] | None | Unset
        if isinstance(self.members, Unset):
            members = UNSET
        elif isinstance(self.members, Count):
            members = self.members.to_dict()
        else:
            members = self.members

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if profile is not UNSET:
            field_dict["profile"] = profile
        if reports is not UNSET:
            field_dict["reports"] = reports
        if plan is not UNSET:
            field_dict["plan"] = plan
        if tasks is not UNSET:
            field_dict["tasks"] = tasks
        if documents is not UNSET:
            field_dict["documents"] = documents
        if medical is not UNSET:
            field_dict["medical"] = medical
        if members is not UNSET:
            field_dict["members"] = members

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.count import Count  # noqa: PLC0415
        from ..models.open_count import OpenCount  # noqa: PLC0415
        from ..models.profile_answer import ProfileAnswer  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_profile(data: object) -> None | ProfileAnswer | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                profile_type_0 = ProfileAnswer.from_dict(data)

                return profile_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ProfileAnswer | Unset, data)

        profile = _parse_profile(d.pop("profile", UNSET))

        def _parse_reports(data: object) -> Count | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                reports_type_0 = Count.from_dict(data)

                return reports_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Count | None | Unset, data)

        reports = _parse_reports(d.pop("reports", UNSET))

        def _parse_plan(data: object) -> None | OpenCount | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                plan_type_0 = OpenCount.from_dict(data)

                return plan_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OpenCount | Unset, data)

        plan = _parse_plan(d.pop("plan", UNSET))

        def _parse_tasks(data: object) -> None | OpenCount | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                tasks_type_0 = OpenCount.from_dict(data)

                return tasks_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OpenCount | Unset, data)

        tasks = _parse_tasks(d.pop("tasks", UNSET))

        def _parse_documents(data: object) -> Count | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                documents_type_0 = Count.from_dict(data)

                return documents_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Count | None | Unset, data)

        documents = _parse_documents(d.pop("documents", UNSET))

        def _parse_medical(data: object) -> Count | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                medical_type_0 = Count.from_dict(data)

                return medical_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Count | None | Unset, data)

        medical = _parse_medical(d.pop("medical", UNSET))

        def _parse_members(data: object) -> Count | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                members_type_0 = Count.from_dict(data)

                return members_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Count | None | Unset, data)

        members = _parse_members(d.pop("members", UNSET))

        sections = cls(
            profile=profile,
            reports=reports,
            plan=plan,
            tasks=tasks,
            documents=documents,
            medical=medical,
            members=members,
        )

        return sections
