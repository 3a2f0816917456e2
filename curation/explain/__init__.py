"""An instance's whole story: the row it came from, what every step did with it, and where it stands now."""

from curation.explain.find import find_story
from curation.explain.story import Story
from curation.explain.tell import tell

__all__ = ["Story", "find_story", "tell"]
