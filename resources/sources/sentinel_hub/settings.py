"""Which Sentinel Hub is meant by a name, and the credentials for it, as sentinelhub keeps them.

Decides and checks only; nothing here sends anything.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sentinelhub.config import SHConfig

from resources.costs import Quota
from resources.errors import SettingsError

SCHEME: Final = "sentinelhub"


@dataclass(frozen=True, slots=True)
class HubDeployment:
    """A Sentinel Hub that anyone may have an account at."""

    name: str
    base_url: str
    token_url: str


SERVICES: Final = HubDeployment(
    name=SCHEME,
    base_url="https://services.sentinel-hub.com",
    token_url="https://services.sentinel-hub.com/auth/realms/main/protocol/openid-connect/token",  # noqa: S106 - an address
)
CDSE: Final = HubDeployment(
    name=f"{SCHEME}-cdse",
    base_url="https://sh.dataspace.copernicus.eu",
    token_url="https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token",  # noqa: S106 - an address
)
CDSE_QUOTA: Final = Quota(
    name="Copernicus Data Space, general user",
    requests_a_month=10_000,  # documentation.dataspace.copernicus.eu/Quotas.html
    processing_units_a_month=10_000,
)

OURS: Final[dict[str, int | float]] = {
    "download_sleep_time": 2.0,  # seconds before the second attempt, growing; sentinelhub has 5
    "download_timeout_seconds": 90.0,  # of one attempt, from first byte sent to last received
    "max_retries": 5,  # on 429; sentinelhub repeats for ever
}
"""Used where the profile leaves sentinelhub's own values; its 4 attempts are right."""

WHAT_TO_SET: Final = (
    "set SH_CLIENT_ID and SH_CLIENT_SECRET, or write them with `sentinelhub.config` into a profile"
)


def hub_config(location: str) -> SHConfig:
    """Addresses, credentials and patience for a Sentinel Hub.

    Args:
        location: `sentinelhub`, `sentinelhub-cdse`, or `sentinelhub:PROFILE` for whatever
            deployment sentinelhub's own profile of that name points at.

    Raises:
        SettingsError: there is no such profile, it cannot be used, or credentials are missing.
    """
    for deployment in (SERVICES, CDSE):
        if location == deployment.name:
            return _tuned_config(_deployment_config(deployment))
    profile = location.removeprefix(f"{SCHEME}:")
    if profile == location or not profile:
        raise SettingsError(
            f"Sentinel Hub is named {SERVICES.name}, {CDSE.name} or {SCHEME}:PROFILE, "
            f"found {location[:80]!r}; correct the name."
        )
    config = _load_config(profile)
    for url in (config.sh_base_url, config.sh_token_url):
        _check_url(url, profile)
    return _tuned_config(_require_credentials(config, f"the profile {profile!r}"))


def hub_name(config: SHConfig) -> str:
    """As the `source` column shows it: the same for every profile of one deployment."""
    return CDSE.name if _is_same_url(config.sh_base_url, CDSE.base_url) else SERVICES.name


def hub_quota(config: SHConfig) -> Quota | None:
    """What the deployment gives a user in a month; None where that depends on his contract."""
    return CDSE_QUOTA if _is_same_url(config.sh_base_url, CDSE.base_url) else None


def _deployment_config(deployment: HubDeployment) -> SHConfig:
    """The deployment's addresses with credentials that are meant for it.

    Those of a profile that points at another deployment are left alone: sending them here would
    hand one service the secret of another.
    """
    config, stored = _load_config(None), _load_config(None, with_environment=False)
    is_stored = config.sh_client_secret == stored.sh_client_secret
    if is_stored and not _is_same_url(stored.sh_base_url, deployment.base_url):
        config.sh_client_secret = ""
    config.sh_base_url, config.sh_token_url = deployment.base_url, deployment.token_url
    return _require_credentials(config, deployment.base_url)


def _load_config(profile: str | None, *, with_environment: bool = True) -> SHConfig:
    """What sentinelhub is configured with: a profile of its file, and the environment."""
    try:
        return SHConfig(profile) if with_environment else SHConfig.load(profile)
    except KeyError as cause:
        raise SettingsError(
            f"sentinelhub has no profile {profile or 'of the name in SH_PROFILE'!r} in "
            f"{SHConfig.get_config_location()}; name another, or write it with sentinelhub.config."
        ) from cause
    except (ValueError, TypeError) as cause:  # not TOML, or names that sentinelhub does not know
        raise SettingsError(
            f"sentinelhub cannot read {SHConfig.get_config_location()} ({type(cause).__name__}); "
            "mend it, or move it away and write it anew."
        ) from cause
    except OSError as cause:  # it writes the file where there is none
        raise SettingsError(
            f"sentinelhub can neither read nor write {SHConfig.get_config_location()}: "
            f"{cause.strerror}; set XDG_CONFIG_HOME to a folder that it may write to."
        ) from cause


def _require_credentials(config: SHConfig, where: str) -> SHConfig:
    missing = [
        name
        for name, value in (
            ("client id", config.sh_client_id),
            ("client secret", config.sh_client_secret),
        )
        if not value
    ]
    if missing:
        raise SettingsError(
            f"Sentinel Hub needs credentials for {where}, but no {' or '.join(missing)} was "
            f"found; {WHAT_TO_SET}."
        )
    return config


def _tuned_config(config: SHConfig) -> SHConfig:
    defaults = SHConfig(use_defaults=True)
    for name, value in OURS.items():
        if getattr(config, name) == getattr(defaults, name):
            setattr(config, name, value)
    return config


def _check_url(url: str, profile: str) -> None:
    """Secrets travel encrypted, or not beyond this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise SettingsError(
        f"The addresses of sentinelhub's profile {profile!r} must be https, found "
        f"{parts.scheme}://{parts.hostname}; correct the profile."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_same_url(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
