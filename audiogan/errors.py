"""The one exception that is meant for people."""

from __future__ import annotations

import errno


class AudioganError(Exception):
    """A mistake that its maker can mend: the message says what is wrong, where, and what to do.

    The command line prints the message as one line and ends with exit code 2; nothing is left half-written.
    """


class AlreadyToldError(AudioganError):
    """Another process of the same training tells of the mistake: this one ends with exit code 2 and without a word."""


def explain_os_error(error: OSError) -> str:
    """Return the cause of a failed system call and what to do about it, in one or two sentences.

    The text continues "PATH: cannot be written: ". Every message about a system call uses it, so that a cause has the
    same words everywhere and no message guesses.
    """
    if error.errno in _CAUSES:
        return _CAUSES[error.errno]
    said = (error.strerror or str(error) or type(error).__name__).rstrip(".")
    return f"{said[0].lower()}{said[1:]}."


_CAUSES = {
    errno.EACCES: "permission denied. Change the permissions, or choose another place.",
    errno.EPERM: "the system does not permit it. Change the permissions, or choose another place.",
    errno.EROFS: "the disk is mounted read-only. Choose another place.",
    errno.ENOSPC: "the disk is full. Free some space, or choose another place.",
    errno.EDQUOT: "your disk quota is used up. Free some space, or choose another place.",
    errno.EFBIG: "the file would be larger than this disk or the limit of this process (ulimit -f) allows. Raise the "
    "limit, or choose another place.",
    errno.ENAMETOOLONG: "the name is too long for this disk (most allow 255 bytes). Choose a shorter one.",
    errno.EMFILE: "this process has too many files open. Raise the limit (ulimit -n 4096), or use fewer --jobs.",
    errno.ENFILE: "the whole system has too many files open. Close other programs, then try again.",
    errno.ENOMEM: "there is not enough memory. Close other programs, or use fewer --jobs.",
    errno.ENOENT: "there is no such file or folder. Check the path.",
    errno.ENOTDIR: "a part of its path is a file, not a folder. Choose another place.",
    errno.EEXIST: "a file is there already where a folder is needed. Choose another place.",
    errno.ENOTEMPTY: "a folder that is not empty is there already. Choose another place.",
    errno.EISDIR: "there is a folder of this name. Choose another name.",
    errno.ELOOP: "its links lead in a circle. Check the links.",
    errno.EBUSY: "another program or the system is using it. Close that program, then try again.",
    errno.EIO: "the disk reports a fault (input/output error). Check the disk and its connection.",
    errno.ENODEV: "the disk or device is gone. Connect it again.",
    errno.ENXIO: "the disk or device is gone. Connect it again.",
    errno.ESTALE: "the network folder is gone. Connect it again.",
}
