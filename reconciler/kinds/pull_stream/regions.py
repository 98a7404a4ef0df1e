"""Where pull tasks run (reference fields, "CreateLivePullStreamTask")."""

from reconciler.kinds.api import Site
from reconciler.kinds.regions import Regions

_ALL = (
    *("ap-bangkok", "ap-beijing", "ap-guangzhou", "ap-hongkong", "ap-mumbai", "ap-seoul", "ap-shanghai"),
    *("ap-singapore", "ap-tokyo", "eu-frankfurt", "na-ashburn", "na-siliconvalley"),
)
PULL: Regions = {Site.MAINLAND: _ALL, Site.INTERNATIONAL: _ALL}
"""Both sites have the same: the mainland one prints no list, and answers with a region of this one."""
