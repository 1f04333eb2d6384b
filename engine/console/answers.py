"""How the console says no: one error shape for every path, ``{"error": {"code", "message"}}``."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from engine.errors import StoreError, StoreUnavailableError, VerdictError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

_log = structlog.get_logger("tocsin.console")
_LONGEST_SEEN = 60
_RETRY_SECONDS = "5"
_VERDICTS = {
    "unknown": HTTPStatus.NOT_FOUND,
    "ambiguous": HTTPStatus.CONFLICT,
    "not_waiting": HTTPStatus.CONFLICT,
    "changed": HTTPStatus.CONFLICT,
    "conflict": HTTPStatus.CONFLICT,
    "own_draft": HTTPStatus.FORBIDDEN,
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
}


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str = Field(description="For programs: never changes its meaning.")
    message: str = Field(description="For people: what was seen, what would be right.")


class ErrorAnswer(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorBody


class RefusedError(Exception):
    """A request that is answered with an error.

    Args:
        status: HTTP status.
        code: Stable name for programs.
        headers: Further headers of the answer, such as ``Retry-After``.
        details: Further fields beside ``code`` and ``message``.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.details = dict(details or {})


def error_answer(refused: RefusedError) -> JSONResponse:
    """Return the answer of a refused request."""
    error = {"code": refused.code, "message": refused.message, **refused.details}
    return JSONResponse({"error": error}, refused.status, headers=refused.headers)


def described(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of the errors a path may answer."""
    return {
        status.value: {"model": ErrorAnswer, "description": status.phrase} for status in statuses
    }


def answer_errors(app: FastAPI) -> None:
    """Give every error of the application the one shape."""

    @app.exception_handler(RefusedError)
    async def refused(_request: Request, error: RefusedError) -> JSONResponse:
        return error_answer(error)

    @app.exception_handler(HTTPException)
    async def plain(_request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "_")
        return error_answer(RefusedError(status, code, _explained(error), headers=error.headers))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        message = "; ".join(_fault(one) for one in error.errors())
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return error_answer(RefusedError(status, "invalid_parameter", message))

    @app.exception_handler(VerdictError)
    async def no_verdict(_request: Request, error: VerdictError) -> JSONResponse:
        return error_answer(refused_verdict(error))

    @app.exception_handler(StoreError)
    async def no_store(_request: Request, error: StoreError) -> JSONResponse:
        _log.warning("database did not answer", why=str(error))
        if isinstance(error, StoreUnavailableError):
            status, code = HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable"
            return error_answer(
                RefusedError(status, code, str(error), headers={"Retry-After": _RETRY_SECONDS})
            )
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return error_answer(RefusedError(status, "database_unusable", str(error)))

    @app.exception_handler(Exception)
    async def internal(_request: Request, _error: Exception) -> JSONResponse:
        # The server logs the cause; what it was is nobody's business on the other side.
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        message = "the console failed; its log says why"
        return error_answer(RefusedError(status, "internal_error", message))


def refused_verdict(error: VerdictError) -> RefusedError:
    """Return how a verdict that may not be given is answered."""
    return RefusedError(_VERDICTS[error.code], f"draft_{error.code}", str(error))


def _explained(error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "nothing is here; /docs lists what is"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        return f"this path does not take that method; it takes {allowed or 'others'}"
    return str(error.detail)


def _fault(fault: Any) -> str:
    """Return one fault of a parameter: where, what would be right, what was seen."""
    where = ".".join(str(part) for part in fault["loc"][1:]) or "request"
    seen = repr(fault.get("input"))
    if len(seen) > _LONGEST_SEEN:
        seen = f"{seen[:_LONGEST_SEEN]}..."
    return f"{where}: {fault['msg']}, saw {seen}"
