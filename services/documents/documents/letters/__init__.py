"""What mails say and how they look: words per language, one layout for HTML and one for plain text."""

from documents.letters.rendering import LetterUnknown, Rendered, render

__all__ = ["LetterUnknown", "Rendered", "render"]
