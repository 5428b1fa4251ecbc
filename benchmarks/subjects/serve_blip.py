"""A plain FastAPI server of BLIP-base's architecture: what a tutorial makes of transformers and FastAPI. Weights are random.

serve_blip.py FOLDER PORT         FOLDER is from `blip_base.py make`
"""

import io
import sys
from pathlib import Path

import torch
import uvicorn
from blip_base import BEAMS, WORDS
from fastapi import FastAPI, File, UploadFile
from PIL import Image
from transformers import BlipForConditionalGeneration, BlipImageProcessor

folder, port = sys.argv[1:]
torch.set_num_threads(1)
processor = BlipImageProcessor()
model = BlipForConditionalGeneration.from_pretrained(Path(folder) / "blip").eval()
app = FastAPI()


@app.get("/healthz")
def healthy() -> dict[str, str]:
    """Says that the server is alive."""
    return {"status": "ok"}


@app.post("/v1/captioning")
def caption(photo: UploadFile = File()) -> dict[str, list[int]]:  # noqa: B008
    """The token ids of a caption."""
    image = Image.open(io.BytesIO(photo.file.read())).convert("RGB")
    pixels = processor(images=image, return_tensors="pt")
    with torch.inference_mode():
        ids = model.generate(**pixels, num_beams=BEAMS, min_new_tokens=WORDS, max_new_tokens=WORDS)
    return {"ids": ids[0].tolist()}


uvicorn.run(app, port=int(port), log_level="warning")
