"""The platform in containers, for a torture that has it to itself."""

from tests.compose.conftest import stack_alone

__all__ = ["stack_alone"]
