"""Addresses of compiled functions and data, from what Numba, ctypes and SciPy make of them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["data_address", "function_address", "user_data_of"]

_REMEDY = "pass what numba.cfunc or ctypes made, a scipy.LowLevelCallable, or an address"


def function_address(name: str, function: Any, arguments: str, returns: bool) -> int:
    """Return where a compiled function is.

    Parameters
    ----------
    name
        The argument's name, for messages.
    function
        A ``numba.cfunc``, a function of a ctypes library, a ``scipy.LowLevelCallable``, or an
        address.
    arguments, returns
        What it must take, a letter an argument (d: doubles, n: an int64, u: user data), and whether
        it must return a number: compared where the object knows.
    """
    if isinstance(function, bool):
        raise TypeError(f"{name} must be a compiled function, got {function!r}; {_REMEDY}")
    if isinstance(function, int):
        if function <= 0:
            raise ValueError(f"{name} must be an address other than 0, got {function}; {_REMEDY}")
        return function
    if _is_low_level(function):
        return _low_level_address(name, function, arguments, returns)
    signature = getattr(function, "_sig", None)
    if signature is not None and hasattr(function, "address"):  # numba.cfunc
        answers = str(signature.return_type) == "float64"
        _compare(name, len(signature.args), answers, len(arguments), returns)
        for i, (letter, has) in enumerate(zip(arguments, signature.args, strict=True)):
            _compare_type(name, i, letter, str(has), _NUMBA_FITS[letter](str(has)))
        return int(function.address)
    if isinstance(function, ctypes._CFuncPtr):  # type: ignore[attr-defined]
        if _runs_python(function):
            raise TypeError(
                f"{name} is a Python function that ctypes has wrapped, which cannot raise and is "
                "slow; pass it to ss.CustomLandscape, or compile it with numba.cfunc"
            )
        if function.argtypes is not None:
            answers = function.restype is ctypes.c_double
            _compare(name, len(function.argtypes), answers, len(arguments), returns)
            for i, (letter, kind) in enumerate(zip(arguments, function.argtypes, strict=True)):
                fits = _CTYPES_FIT[letter](kind)
                _compare_type(name, i, letter, getattr(kind, "__name__", repr(kind)), fits)
        return ctypes.cast(function, ctypes.c_void_p).value or 0
    hint = "; ss.CustomLandscape takes Python functions" if callable(function) else ""
    raise TypeError(f"{name} must be a compiled function, got {function!r:.80}; {_REMEDY}{hint}")


def _compare(name: str, has: int, answers: bool, arguments: int, returns: bool) -> None:
    if has != arguments or answers != returns:
        gives = "float64" if returns else "nothing"
        raise TypeError(
            f"{name} must take {arguments} arguments and return {gives}, got one of {has} that "
            f"returns {'float64' if answers else 'something else'}; signatures are in saddlesim.h"
        )


def _compare_type(name: str, i: int, letter: str, has: str, fits: bool) -> None:
    if not fits:
        raise TypeError(
            f"argument {i + 1} of {name} must be {_IN_C[letter]}, got {has}; signatures are in "
            "saddlesim.h"
        )


def _holds_doubles(kind: Any) -> bool:
    """Whether an argument of ctypes may be a pointer to doubles; classes of others may be."""
    if isinstance(kind, type) and issubclass(kind, ctypes._Pointer):
        return kind._type_ in (ctypes.c_double, None)
    return _holds_address(kind)


def _holds_address(kind: Any) -> bool:
    simple = isinstance(kind, type) and issubclass(kind, ctypes._SimpleCData)
    return not simple or issubclass(kind, ctypes.c_void_p)


def _holds_int64(kind: Any) -> bool:
    return any(kind is one for one in (ctypes.c_int64, ctypes.c_uint64, ctypes.c_longlong))


_IN_C = {"d": "double *", "n": "int64_t", "u": "void *"}
_NUMBA_FITS: dict[str, Callable[[str], bool]] = {
    "d": lambda kind: kind in ("float64*", "void*"),
    "n": lambda kind: kind in ("int64", "uint64"),
    "u": lambda kind: kind.endswith("*"),
}
_CTYPES_FIT = {"d": _holds_doubles, "n": _holds_int64, "u": _holds_address}


def _runs_python(function: Any) -> bool:
    kept = getattr(function, "_objects", None) or {}
    return any(type(one).__name__ == "CThunkObject" for one in kept.values())


def _is_low_level(function: Any) -> bool:
    return type(function).__name__ == "LowLevelCallable" and isinstance(function, tuple)


def _low_level_address(name: str, function: Any, arguments: str, returns: bool) -> int:
    inner = function.function
    if isinstance(inner, (int, ctypes._CFuncPtr)):  # type: ignore[attr-defined]
        return function_address(name, inner, arguments, returns)
    return _capsule(tuple.__getitem__(function, 0))  # it always has one


def _capsule(capsule: Any) -> int:
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype = ctypes.c_char_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return int(api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule)))


def user_data_of(function: Any, user_data: Any) -> Any:
    """Return the user data that was given, or that a ``scipy.LowLevelCallable`` carries."""
    if user_data is None and _is_low_level(function):
        return function.user_data
    return user_data


def data_address(user_data: Any) -> int:
    """Return where user data are; 0 for none.

    Parameters
    ----------
    user_data
        None, a C-contiguous NumPy array, a ctypes pointer, array or structure, a capsule, or an
        address.
    """
    if user_data is None:
        return 0
    if isinstance(user_data, int) and not isinstance(user_data, bool):
        return user_data
    if isinstance(user_data, np.ndarray):
        if not user_data.flags.c_contiguous:
            raise ValueError(
                "user_data must be C-contiguous, got strides "
                f"{user_data.strides} of shape {user_data.shape}; pass numpy.ascontiguousarray(...)"
            )
        return int(user_data.ctypes.data)
    if isinstance(user_data, (ctypes.c_void_p, ctypes._Pointer)):
        return ctypes.cast(user_data, ctypes.c_void_p).value or 0
    if isinstance(user_data, (ctypes.Array, ctypes.Structure, ctypes._SimpleCData)):
        return ctypes.addressof(user_data)
    if type(user_data).__name__ == "PyCapsule":
        return _capsule(user_data)
    raise TypeError(
        "user_data must be an array, a ctypes object or an address, got "
        f"{user_data!r:.80}; put numbers into a NumPy array"
    )
