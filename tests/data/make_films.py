"""Make the small films in `tests/data/films`. They show moving gradients and are free of copyright.

h264.mp4, hevc.mp4, vp9.webm, mpeg4.avi, h264.mkv and h264.mov have four shots of one second each. av1.mp4 has two. live.webm
states no length. vfr.mp4 has ten frames in its first second and two in each later one. sound.m4a has no video.
"""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

FOLDER = Path(__file__).parent / "films"
WIDTH, HEIGHT, RATE, SHOTS = 96, 64, 10, 4


def frame_at(time: float) -> np.ndarray:
    """Moving stripes, with another colour and slant in each second."""
    shot = int(time)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    wave = np.sin((x * (1 + shot % 2) + y * (shot // 2) * 2) / 7 + 3 * time) * 0.5 + 0.5
    colour = ((230, 60, 40), (40, 200, 90), (60, 90, 240), (240, 220, 60))[shot % 4]
    return (wave[..., None] * np.array(colour) + 20).clip(0, 255).astype(np.uint8)


def write(name: str, codec: str, times: list[float], pixels: str = "yuv420p", options: dict[str, str] | None = None, **container) -> None:
    """Write a film with frames at these times in seconds."""
    with av.open(str(FOLDER / name), "w", **container) as file:
        stream = file.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        stream.options = options or {}
        stream.codec_context.time_base = Fraction(1, 10 * RATE)
        for time in times:
            frame = av.VideoFrame.from_ndarray(frame_at(time), format="rgb24")
            frame.pts, frame.time_base = round(time * 10 * RATE), Fraction(1, 10 * RATE)
            for packet in stream.encode(frame):
                file.mux(packet)
        for packet in stream.encode():
            file.mux(packet)


def main() -> None:
    """Write all films."""
    FOLDER.mkdir(exist_ok=True)
    even = [i / RATE for i in range(SHOTS * RATE)]
    for name in ("h264.mp4", "h264.mkv", "h264.mov"):
        write(name, "libx264", even, options={"movflags": "faststart"} if name == "h264.mp4" else {})
    write("hevc.mp4", "libx265", even, options={"x265-params": "log-level=none"})
    write("vp9.webm", "libvpx-vp9", even, options={"deadline": "realtime", "cpu-used": "8"})
    write("live.webm", "libvpx-vp9", even, options={"deadline": "realtime", "cpu-used": "8"}, container_options={"live": "1"})
    write("mpeg4.avi", "mpeg4", even)
    write("av1.mp4", "libsvtav1", even[:20], options={"preset": "12"})
    write("vfr.mp4", "libx264", [*even[:RATE], *np.arange(1, SHOTS, 0.5).tolist()])
    with av.open(str(FOLDER / "sound.m4a"), "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        for packet in (*stream.encode(frame), *stream.encode()):
            file.mux(packet)


if __name__ == "__main__":
    main()
