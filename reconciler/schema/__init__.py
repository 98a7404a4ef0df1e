"""JSON Schema of manifests, and what the documentation of their fields is made of.

Everything is read off the kinds' models: types and ranges, the text below each field, its ChangeEffect
and its Api. Nothing here knows a kind by name.
"""

from reconciler.schema.documents import NO_DEFAULTS, document_schema, manifest_schema, schema_text

__all__ = ["NO_DEFAULTS", "document_schema", "manifest_schema", "schema_text"]
