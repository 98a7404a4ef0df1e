from ..flow.conftest import kit

__all__ = ["kit"]
