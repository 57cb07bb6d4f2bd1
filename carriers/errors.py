"""What a carrier may answer instead of doing what it is asked."""

from typing import ClassVar

from common.errors import OperationError


class CarrierError(OperationError):
    """The carrier refused, or did not answer. ``reason`` is one of the failure reasons
    that calls are kept with."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "unavailable"
    message = "The carrier could not place the call. Please try again in a moment."
    reason = "carrier_error"

    def __init__(self, message: str = "", *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or self.reason


class NotConnected(CarrierError):
    message = "No carrier is connected to this platform."
