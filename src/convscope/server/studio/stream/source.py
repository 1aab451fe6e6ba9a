"""A thing of the workspace that is watched for news."""

from abc import ABC, abstractmethod

from convscope.server.studio.context import Studio


class Source(ABC):
    """A thing to watch."""

    @abstractmethod
    def poll(self, studio: Studio) -> bool:
        """Publish what is new; return whether more is expected soon."""
