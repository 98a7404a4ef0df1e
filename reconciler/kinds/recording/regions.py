"""Where the vendor's two sites record rooms (reference recordings §1)."""

from reconciler.kinds.regions import Regions
from reconciler.kinds.sites import Site

RECORD: Regions = {
    Site.MAINLAND: ("ap-beijing", "ap-guangzhou", "ap-shanghai"),
    Site.INTERNATIONAL: ("ap-beijing", "ap-guangzhou", "ap-mumbai", "ap-shanghai", "ap-singapore"),
}
"""Of all four actions."""
