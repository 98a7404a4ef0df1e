"""The vendor's two sites."""

from enum import StrEnum


class Site(StrEnum):
    """The vendor's two sites, by the word that a workspace's `endpoint` has for them."""

    MAINLAND = "tencentcloud"
    INTERNATIONAL = "tencentcloud-intl"
