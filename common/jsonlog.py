"""One JSON object a line, for people with grep and for log stores alike."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# Set where they become known, and added to every line until the request or task ends.
request_id: ContextVar[str] = ContextVar("request_id", default="")
call_id: ContextVar[str] = ContextVar("call_id", default="")
org_id: ContextVar[str] = ContextVar("org_id", default="")

# Django adds the request, whose text holds the query and so perhaps a phone number.
LEFT_OUT = {*vars(logging.makeLogRecord({})), "message", "asctime", "request"}


class JsonFormatter(logging.Formatter):
    """Formats a record with its ``extra`` fields and the ids of the present work."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "level": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "msg": record.getMessage(),
            "logger": record.name,
        }
        for key, variable in (
            ("requestId", request_id),
            ("callId", call_id),
            ("orgId", org_id),
        ):
            if value := variable.get():
                line[key] = value
        line |= {k: v for k, v in vars(record).items() if k not in LEFT_OUT}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)
