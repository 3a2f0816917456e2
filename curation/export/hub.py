"""An exported folder on the Hugging Face hub. The key comes from the environment and goes nowhere else."""

from __future__ import annotations

import os
import re
from pathlib import Path

from schemas.errors import BadSpec, Failed
from schemas.terminal import one_line

KEY = "HF_TOKEN"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_NO_HUB = re.compile("Connect|Timeout|Offline|Network|OSError")
# What only says something on this machine stays here: places on the disk, decisions, where which row stands.
HERE = ["step.json", "decisions.jsonl", "ids.jsonl", ".*"]


def check_push(repository: str) -> None:
    """Look at everything that can be wrong before the export takes its time.

    Raises:
        BadSpec: no repository's name, or no key in the environment.
    """
    if not _REPOSITORY.fullmatch(repository):
        raise BadSpec(f"{one_line(repository, 80)!r} is no repository", where="--push", do="write owner/name")
    if not os.environ.get(KEY):
        raise BadSpec(
            f"there is no {KEY} in the environment", where="--push", do=f"set {KEY} to a token that may write"
        )


def push(folder: Path, repository: str, *, private: bool = False) -> str:
    """Upload a folder as one commit to a data set's repository, which is made if it is not there; its address.

    Args:
        folder: of a finished export.
        repository: owner/name.
        private: for a repository that is made now; one that is there stays as it is.

    Raises:
        BadSpec: as `check_push`.
        Failed: the hub cannot be reached or refuses; the folder stays as it is.
    """
    check_push(repository)
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, token=os.environ[KEY])
    try:
        api.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
        made = api.upload_folder(
            repo_id=repository,
            repo_type="dataset",
            folder_path=folder,
            ignore_patterns=HERE,
            commit_message="abilitymix export",
        )
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "no answer"
        reason = f"the hub refuses ({status}: {_safe(error.server_message or str(error))})"
    except (
        Exception
    ) as error:  # whatever the client or the network under it raises: the export itself is whole
        name = type(error).__name__
        what = "the hub cannot be reached" if _NO_HUB.search(name) else "the upload failed"
        reason = f"{what} ({_safe(f'{name}: {error}')})"
    else:
        return str(made.repo_url)
    raise Failed(
        reason, where=f"--push {repository}", do=f"{folder} is whole; run the same command to push it again"
    )


def _safe(text: str) -> str:
    return one_line(text.replace(os.environ.get(KEY) or "\0", "***"), 200)
