"""Opening the socket to a server, with the TLS options of its address."""

import socket
import ssl
from typing import Any

from redis.connection import SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ConnectionError
from redis.exceptions import TimeoutError as NoAnswer


def dial(model: Any) -> socket.socket:
    """
    Return a socket that is connected, its TLS agreed on, with the timeout of commands.

    Args:
        model: A connection of redis-py, whose address, timeouts and TLS options are used.

    Raises:
        ConnectionError, TimeoutError: of redis-py; the server cannot be reached.
    """
    sock = None
    try:
        if isinstance(model, UnixDomainSocketConnection):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.settimeout(model.socket_connect_timeout)
            sock.connect(model.path)
        else:
            sock = socket.create_connection((model.host, model.port), model.socket_connect_timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if isinstance(model, SSLConnection):
                sock = _tls(model).wrap_socket(sock, server_hostname=model.host)
        sock.settimeout(model.socket_timeout)
        return sock
    except OSError as error:
        if sock is not None:
            sock.close()
        kind = NoAnswer if isinstance(error, TimeoutError) else ConnectionError
        raise kind(f"{name_of(model)} cannot be reached: {error.strerror or error}") from error


def name_of(model: Any) -> str:
    """Return the server's address for messages."""
    return str(model.path) if isinstance(model, UnixDomainSocketConnection) else f"{model.host}:{model.port}"


def _tls(model: SSLConnection) -> ssl.SSLContext:
    """Return the context that redis-py makes of the TLS options of an address."""
    if model.ssl_validate_ocsp or model.ssl_validate_ocsp_stapled:
        raise ConnectionError("ssl_validate_ocsp in REDIS_URL is not supported; leave it out")
    context = ssl.create_default_context()
    context.check_hostname = model.check_hostname
    context.verify_mode = model.cert_reqs
    for flag in model.ssl_include_verify_flags or ():
        context.verify_flags |= flag
    for flag in model.ssl_exclude_verify_flags or ():
        context.verify_flags &= ~flag
    if model.certfile or model.keyfile:
        context.load_cert_chain(model.certfile, model.keyfile, model.certificate_password)
    if (model.ca_certs, model.ca_path, model.ca_data) != (None, None, None):
        context.load_verify_locations(model.ca_certs, model.ca_path, model.ca_data)
    if model.ssl_min_version is not None:
        context.minimum_version = model.ssl_min_version
    if model.ssl_ciphers:
        context.set_ciphers(model.ssl_ciphers)
    return context
