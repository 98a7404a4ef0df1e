"""Where pull tasks run (reference fields, "CreateLivePullStreamTask")."""

from reconciler.kinds.regions import Regions
from reconciler.kinds.sites import Site

_ALL = (
    *("ap-bangkok", "ap-beijing", "ap-guangzhou", "ap-hongkong", "ap-mumbai", "ap-seoul", "ap-shanghai"),
    *("ap-singapore", "ap-tokyo", "eu-frankfurt", "na-ashburn", "na-siliconvalley"),
)
PULL: Regions = {Site.MAINLAND: _ALL, Site.INTERNATIONAL: _ALL}
"""Both sites have the same: the mainland one prints no list, and answers with a region of this one."""
