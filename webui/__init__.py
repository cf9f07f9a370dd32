"""The browser door: pages, documents and protocols over one open register."""

from webui.application import create_app

__all__ = ["create_app"]
