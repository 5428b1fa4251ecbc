"""Cameras."""

import pytest

from mediakit.errors import InputError
from mediakit.media.camera import camera_frames


@pytest.mark.parametrize("camera", ["/dev/no-camera", "999"])
def test_a_camera_that_is_not_there(camera):
    with pytest.raises(InputError, match=f"camera {camera}: cannot be opened"):
        next(camera_frames(camera, 10.0))
