from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional

from ._answer import Answer
from ._call import AsyncResource, Call, Resource, async_method, method, segment

_PATH = "/api/v1/channels"


@dataclass(frozen=True)
class Channel(Answer):
    type: str
    status: str
    """``connected``, ``connecting`` or ``disconnected``"""
    messages_today: int
    connected_since: Optional[str] = None
    last_error: Optional[str] = None


@dataclass(frozen=True)
class ChannelList(Answer):
    channels: List[Channel]


@dataclass(frozen=True)
class Pairing(Answer):
    """Somebody who has asked to write to the agent, or may."""

    channel: str
    user_id: str
    user_name: str
    created_at: str
    approved_at: Optional[str] = None
    expires_at: Optional[str] = None


@dataclass(frozen=True)
class PairingList(Answer):
    pairings: List[Pairing]


@dataclass(frozen=True)
class PairingRemoved(Answer):
    user_id: str
    deleted: bool


def _list() -> Call[ChannelList]:
    """Those that are configured."""
    return Call("GET", _PATH, ChannelList.read)


def _status(type: str) -> Call[Channel]:
    """How one of them is."""
    return Call("GET", f"{_PATH}/{segment(type)}/status", Channel.read)


def _pairings(type: str) -> Call[PairingList]:
    """Who may write where that is by pairing, and who has asked."""
    return Call("GET", f"{_PATH}/{segment(type)}/pairings", PairingList.read)


def _approve(type: str, code: str) -> Call[Pairing]:
    """Lets in whom the channel told this code."""
    return Call("POST", f"{_PATH}/{segment(type)}/pairings", Pairing.read, body={"code": code})


def _remove_pairing(type: str, user_id: str) -> Call[PairingRemoved]:
    """Makes them a stranger again."""
    return Call("DELETE", f"{_PATH}/{segment(type)}/pairings/{segment(user_id)}", PairingRemoved.read)


class Channels(Resource):
    """The messaging platforms, and who may write on them: ``client.channels``."""

    list = method(_list)
    status = method(_status)
    pairings = method(_pairings)
    approve = method(_approve)
    remove_pairing = method(_remove_pairing)


class AsyncChannels(AsyncResource):
    """The messaging platforms, and who may write on them: ``client.channels``."""

    list = async_method(_list)
    status = async_method(_status)
    pairings = async_method(_pairings)
    approve = async_method(_approve)
    remove_pairing = async_method(_remove_pairing)
