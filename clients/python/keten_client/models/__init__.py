"""Contains all the data models used in inputs/outputs"""

from .access_wanted import AccessWanted
from .account_change import AccountChange
from .account_detail import AccountDetail
from .account_of_service import AccountOfService
from .action_answer import ActionAnswer
from .action_change import ActionChange
from .action_given import ActionGiven
from .action_state import ActionState
from .added_service_account import AddedServiceAccount
from .added_user import AddedUser
from .address import Address
from .address_given import AddressGiven
from .arrival import Arrival
from .chain_check import ChainCheck
from .chunks import Chunks
from .client_group_answer import ClientGroupAnswer
from .client_group_named import ClientGroupNamed
from .client_row import ClientRow
from .confirmation import Confirmation
from .count import Count
from .deleted_dossier import DeletedDossier
from .documents_mails_list_mails_whose import DocumentsMailsListMailsWhose
from .documents_person import DocumentsPerson
from .dossier_answer import DossierAnswer
from .dossier_answer_rights import DossierAnswerRights
from .dossier_answer_why_item import DossierAnswerWhyItem
from .dossier_erasure_begun import DossierErasureBegun
from .dossier_person import DossierPerson
from .dossier_status import DossierStatus
from .ending import Ending
from .ending_begun import EndingBegun
from .erasure import Erasure
from .erasure_ground import ErasureGround
from .fault import Fault
from .file_request import FileRequest
from .file_status import FileStatus
from .file_view import FileView
from .forgotten import Forgotten
from .found_user import FoundUser
from .goal_answer import GoalAnswer
from .goal_change import GoalChange
from .goal_given import GoalGiven
from .goal_state import GoalState
from .grant_change import GrantChange
from .grant_request import GrantRequest
from .grant_status import GrantStatus
from .grant_view import GrantView
from .group_access_answer import GroupAccessAnswer
from .identity_erasure_begun import IdentityErasureBegun
from .job_view import JobView
from .job_view_state import JobViewState
from .legal_basis import LegalBasis
from .level_request import LevelRequest
from .level_request_sections import LevelRequestSections
from .level_view import LevelView
from .level_view_sections import LevelViewSections
from .log_line import LogLine
from .log_line_outcome import LogLineOutcome
from .log_line_reasons_item import LogLineReasonsItem
from .mail_preferences import MailPreferences
from .mail_state import MailState
from .mail_under_way import MailUnderWay
from .mail_view import MailView
from .me import Me
from .me_language import MeLanguage
from .member import Member
from .member_through_item import MemberThroughItem
from .move import Move
from .new_account import NewAccount
from .new_address import NewAddress
from .new_second_factor import NewSecondFactor
from .new_service_account import NewServiceAccount
from .new_user import NewUser
from .new_user_language import NewUserLanguage
from .note_answer import NoteAnswer
from .note_change import NoteChange
from .note_given import NoteGiven
from .onward import Onward
from .open_count import OpenCount
from .own_account import OwnAccount
from .own_service_account import OwnServiceAccount
from .owner import Owner
from .owner_language import OwnerLanguage
from .owner_of_account import OwnerOfAccount
from .person_with_access import PersonWithAccess
from .person_with_access_why_item import PersonWithAccessWhyItem
from .photo_awaited import PhotoAwaited
from .position_token import PositionToken
from .problem import Problem
from .problem_reasons_type_0_item import ProblemReasonsType0Item
from .profile_answer import ProfileAnswer
from .profile_change import ProfileChange
from .profile_given import ProfileGiven
from .proof import Proof
from .reading_link import ReadingLink
from .recipient import Recipient
from .recovery_codes import RecoveryCodes
from .registered import Registered
from .registration import Registration
from .report_answer import ReportAnswer
from .report_change import ReportChange
from .report_edit_answer import ReportEditAnswer
from .report_given import ReportGiven
from .retention import Retention
from .role import Role
from .search import Search
from .search_by_email import SearchByEmail
from .secret_row import SecretRow
from .section import Section
from .sections import Sections
from .self_change import SelfChange
from .self_change_language_type_0 import SelfChangeLanguageType0
from .service_account_change import ServiceAccountChange
from .service_account_detail import ServiceAccountDetail
from .service_account_row import ServiceAccountRow
from .set_up import SetUp
from .sharing_person import SharingPerson
from .slice_client_group_answer import SliceClientGroupAnswer
from .slice_client_row import SliceClientRow
from .slice_deleted_dossier import SliceDeletedDossier
from .slice_file_view import SliceFileView
from .slice_goal_answer import SliceGoalAnswer
from .slice_grant_view import SliceGrantView
from .slice_group_access_answer import SliceGroupAccessAnswer
from .slice_level_view import SliceLevelView
from .slice_log_line import SliceLogLine
from .slice_mail_view import SliceMailView
from .slice_member import SliceMember
from .slice_note_answer import SliceNoteAnswer
from .slice_person_with_access import SlicePersonWithAccess
from .slice_report_answer import SliceReportAnswer
from .slice_service_account_row import SliceServiceAccountRow
from .slice_task_answer import SliceTaskAnswer
from .slice_user_row import SliceUserRow
from .task_answer import TaskAnswer
from .task_change import TaskChange
from .task_given import TaskGiven
from .told_secret import ToldSecret
from .transfer import Transfer
from .unconfirmed import Unconfirmed
from .user_change import UserChange
from .user_detail import UserDetail
from .user_detail_language import UserDetailLanguage
from .user_row import UserRow
from .user_status import UserStatus
from .verb import Verb
from .way import Way
from .way_through import WayThrough

__all__ = (
    "AccessWanted",
    "AccountChange",
    "AccountDetail",
    "AccountOfService",
    "ActionAnswer",
    "ActionChange",
    "ActionGiven",
    "ActionState",
    "AddedServiceAccount",
    "AddedUser",
    "Address",
    "AddressGiven",
    "Arrival",
    "ChainCheck",
    "Chunks",
    "ClientGroupAnswer",
    "ClientGroupNamed",
    "ClientRow",
    "Confirmation",
    "Count",
    "DeletedDossier",
    "DocumentsMailsListMailsWhose",
    "DocumentsPerson",
    "DossierAnswer",
    "DossierAnswerRights",
    "DossierAnswerWhyItem",
    "DossierErasureBegun",
    "DossierPerson",
    "DossierStatus",
    "Ending",
    "EndingBegun",
    "Erasure",
    "ErasureGround",
    "Fault",
    "FileRequest",
    "FileStatus",
    "FileView",
    "Forgotten",
    "FoundUser",
    "GoalAnswer",
    "GoalChange",
    "GoalGiven",
    "GoalState",
    "GrantChange",
    "GrantRequest",
    "GrantStatus",
    "GrantView",
    "GroupAccessAnswer",
    "IdentityErasureBegun",
    "JobView",
    "JobViewState",
    "LegalBasis",
    "LevelRequest",
    "LevelRequestSections",
    "LevelView",
    "LevelViewSections",
    "LogLine",
    "LogLineOutcome",
    "LogLineReasonsItem",
    "MailPreferences",
    "MailState",
    "MailUnderWay",
    "MailView",
    "Me",
    "MeLanguage",
    "Member",
    "MemberThroughItem",
    "Move",
    "NewAccount",
    "NewAddress",
    "NewSecondFactor",
    "NewServiceAccount",
    "NewUser",
    "NewUserLanguage",
    "NoteAnswer",
    "NoteChange",
    "NoteGiven",
    "Onward",
    "OpenCount",
    "OwnAccount",
    "Owner",
    "OwnerLanguage",
    "OwnerOfAccount",
    "OwnServiceAccount",
    "PersonWithAccess",
    "PersonWithAccessWhyItem",
    "PhotoAwaited",
    "PositionToken",
    "Problem",
    "ProblemReasonsType0Item",
    "ProfileAnswer",
    "ProfileChange",
    "ProfileGiven",
    "Proof",
    "ReadingLink",
    "Recipient",
    "RecoveryCodes",
    "Registered",
    "Registration",
    "ReportAnswer",
    "ReportChange",
    "ReportEditAnswer",
    "ReportGiven",
    "Retention",
    "Role",
    "Search",
    "SearchByEmail",
    "SecretRow",
    "Section",
    "Sections",
    "SelfChange",
    "SelfChangeLanguageType0",
    "ServiceAccountChange",
    "ServiceAccountDetail",
    "ServiceAccountRow",
    "SetUp",
    "SharingPerson",
    "SliceClientGroupAnswer",
    "SliceClientRow",
    "SliceDeletedDossier",
    "SliceFileView",
    "SliceGoalAnswer",
    "SliceGrantView",
    "SliceGroupAccessAnswer",
    "SliceLevelView",
    "SliceLogLine",
    "SliceMailView",
    "SliceMember",
    "SliceNoteAnswer",
    "SlicePersonWithAccess",
    "SliceReportAnswer",
    "SliceServiceAccountRow",
    "SliceTaskAnswer",
    "SliceUserRow",
    "TaskAnswer",
    "TaskChange",
    "TaskGiven",
    "ToldSecret",
    "Transfer",
    "Unconfirmed",
    "UserChange",
    "UserDetail",
    "UserDetailLanguage",
    "UserRow",
    "UserStatus",
    "Verb",
    "Way",
    "WayThrough",
)
