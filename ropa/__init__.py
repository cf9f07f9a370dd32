"""A knowledge graph of records of processing activities (GDPR Article 30)."""

__version__ = "0.1.0"
