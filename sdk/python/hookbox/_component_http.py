"""HTTP calls of a component: our request through ``wasi:http``, and its answer back. Nothing here waits but on the host."""

from typing import Any, NoReturn

from componentize_py_types import Err, Ok
from wit_world.imports import wasi_http_outgoing_handler_0_2_12 as handler
from wit_world.imports import wasi_http_types_0_2_12 as wasi
from wit_world.imports import wasi_io_streams_0_2_12 as streams

from . import _host
from ._component import ComponentHost
from .errors import HttpError, Refusal
from .http import not_granted, scope_of

#: The most bytes of an answer that are taken at once.
_READ_BYTES_MAX = 64 * 1024

_METHODS = {
    "GET": wasi.Method_Get,
    "HEAD": wasi.Method_Head,
    "POST": wasi.Method_Post,
    "PUT": wasi.Method_Put,
    "DELETE": wasi.Method_Delete,
    "OPTIONS": wasi.Method_Options,
    "PATCH": wasi.Method_Patch,
}

_INVALID = (
    wasi.ErrorCode_HttpRequestMethodInvalid,
    wasi.ErrorCode_HttpRequestUriInvalid,
    wasi.ErrorCode_HttpRequestUriTooLong,
    wasi.ErrorCode_HttpRequestLengthRequired,
)

_LIMITS = (
    wasi.ErrorCode_ConnectionLimitReached,
    wasi.ErrorCode_HttpRequestBodySize,
    wasi.ErrorCode_HttpRequestHeaderSectionSize,
    wasi.ErrorCode_HttpRequestHeaderSize,
    wasi.ErrorCode_HttpRequestTrailerSectionSize,
    wasi.ErrorCode_HttpRequestTrailerSize,
    wasi.ErrorCode_HttpResponseHeaderSectionSize,
    wasi.ErrorCode_HttpResponseHeaderSize,
    wasi.ErrorCode_HttpResponseBodySize,
    wasi.ErrorCode_HttpResponseTrailerSectionSize,
    wasi.ErrorCode_HttpResponseTrailerSize,
)

_TIMEOUTS = (
    wasi.ErrorCode_DnsTimeout,
    wasi.ErrorCode_ConnectionTimeout,
    wasi.ErrorCode_ConnectionReadTimeout,
    wasi.ErrorCode_ConnectionWriteTimeout,
    wasi.ErrorCode_HttpResponseTimeout,
)


class CallingHost(ComponentHost):
    """A host with HTTP."""

    def http(self, outgoing: _host.Outgoing) -> _host.Answered:
        scope = scope_of(outgoing.method, outgoing.address)
        request = _request(outgoing, scope)
        # The body is written after the request is handed over: before that nobody takes it. Without one none is opened, so that
        # the request does not go out as one of unknown length.
        body = None if outgoing.body is None else request.body()
        try:
            coming = handler.handle(request, _options(outgoing.timeout_ms))
        except Err as error:
            _fail(error.value, scope)
        if outgoing.body is not None:
            _write(body, outgoing.body)
        with _answer(coming, scope) as answer:
            with answer.headers() as fields:
                headers = [(name.lower(), value.decode(errors="replace")) for name, value in fields.entries()]
            return _host.Answered(answer.status(), headers, _read(answer, outgoing.answer_bytes_max, scope))


def _request(outgoing: _host.Outgoing, scope: str) -> Any:
    request = wasi.OutgoingRequest(_fields(outgoing))
    address = outgoing.address
    known = _METHODS.get(outgoing.method)
    try:
        request.set_method(known() if known else wasi.Method_Other(outgoing.method))
        request.set_scheme(wasi.Scheme_Https() if address.secure else wasi.Scheme_Http())
        request.set_authority(address.authority)
        request.set_path_with_query(address.path_with_query)
    except Err:
        raise Refusal("invalid", f"the host does not take the URL of {scope}") from None
    return request


def _fields(outgoing: _host.Outgoing) -> Any:
    """The headers, and the length of the body: many services refuse one that comes without."""
    fields = wasi.Fields()
    for name, value in outgoing.headers:
        try:
            fields.append(name, value.encode())
        except Err as error:
            raise _wrong_header(name, error.value) from None
    if outgoing.body is not None or outgoing.method in ("POST", "PUT", "PATCH"):
        fields.set("content-length", [str(len(outgoing.body or b"")).encode()])
    return fields


def _wrong_header(name: str, error: Any) -> Refusal:
    match error:
        case wasi.HeaderError_Forbidden():
            return Refusal("invalid", f"header {name} is set by the host alone")
        case wasi.HeaderError_SizeExceeded():
            return Refusal("limit", "the headers are too large")
        case _:
            return Refusal("invalid", f"header {name} is wrongly written")


def _options(timeout_ms: int | None) -> Any:
    options = wasi.RequestOptions()
    if timeout_ms is not None:
        nanoseconds = timeout_ms * 1_000_000
        options.set_connect_timeout(nanoseconds)
        options.set_first_byte_timeout(nanoseconds)
        options.set_between_bytes_timeout(nanoseconds)
    return options


def _write(body: Any, data: bytes) -> None:
    """Writes the body, as much at once as the host takes.

    A service may answer before it took the whole body; only without an answer is that a fault, and then the answer's error tells it.
    """
    try:
        with body.write() as stream:
            _write_all(stream, data)
    except Err:
        body.__exit__(None, None, None)
        return
    try:
        wasi.OutgoingBody.finish(body, None)
    except Err:
        pass


def _write_all(stream: Any, data: bytes) -> None:
    with stream.subscribe() as ready:
        while data:
            ready.block()
            room = stream.check_write()
            stream.write(data[:room])
            data = data[room:]
        stream.flush()
        ready.block()
        stream.check_write()


def _answer(coming: Any, scope: str) -> Any:
    with coming:
        with coming.subscribe() as ready:
            ready.block()
        answer = coming.get()
    match answer:
        case Ok(value=Ok(value=response)):
            return response
        case Ok(value=Err(value=code)):
            _fail(code, scope)
        case _:
            raise HttpError("network", f"{scope}: the host gave no answer")


def _read(answer: Any, bytes_max: int, scope: str) -> bytes:
    data = bytearray()
    with answer.consume() as body, body.stream() as stream:
        while True:
            try:
                data += stream.blocking_read(_READ_BYTES_MAX)
            except Err as error:
                if isinstance(error.value, streams.StreamError_Closed):
                    return bytes(data)
                _broke_off(error.value, scope)
            if len(data) > bytes_max:
                raise Refusal("limit", f"the body of the answer has more than {bytes_max} bytes")


def _broke_off(error: Any, scope: str) -> NoReturn:
    with error.value as cause:
        code = wasi.http_error_code(cause)
        if code is None:
            raise HttpError("network", f"{scope}: the answer broke off: {cause.to_debug_string()}")
    _fail(code, scope)


def _fail(code: Any, scope: str) -> NoReturn:
    """Raises what the host said, in our words. ``scope`` names the call."""
    said = type(code).__name__.removeprefix("ErrorCode_")
    if isinstance(code, wasi.ErrorCode_HttpRequestDenied):
        raise not_granted(scope)
    if isinstance(code, wasi.ErrorCode_DestinationIpProhibited):
        raise Refusal("not-granted", f"{scope} leads to an address that may not be called")
    if isinstance(code, _INVALID):
        raise Refusal("invalid", f"{scope}: the request is wrong: {said}")
    if isinstance(code, _LIMITS):
        raise Refusal("limit", f"{scope}: a limit is reached: {said}")
    if isinstance(code, _TIMEOUTS):
        raise HttpError("timeout", f"{scope}: nothing came in time: {said}")
    if isinstance(code, wasi.ErrorCode_InternalError) and code.value:
        raise HttpError("network", f"{scope}: {code.value}")
    raise HttpError("network", f"{scope}: there is no answer: {said}")
