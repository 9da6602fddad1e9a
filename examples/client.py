"""Zero-shot classification through an endpoint, with Python's standard library alone, as clients of MedImageInsight do it.

    npx medembed serve                                       (in another terminal; or any MedImageInsight endpoint)
    python3 examples/client.py http://127.0.0.1:8080/score examples/images/ct-head.png examples/images/mri-knee.tiff

The key, if the endpoint needs one, comes from MEDEMBED_KEY. Another deployment than the usual one: MEDEMBED_DEPLOYMENT.
"""

import base64
import http.client
import json
import math
import os
import random
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest

PROMPTS = ["computed tomography head", "magnetic resonance imaging", "x-ray chest", "ultrasound"]

THREADS = 5
ATTEMPTS = 15
FIRST_WAIT = 0.5  # seconds, doubled with each failure up to the longest
LONGEST_WAIT = 120.0
TIMEOUT = 120.0  # of one attempt


def score(url, images=(), texts=()):
    """One call: a row for each image (bytes of a file) beside the text at its place; the shorter list is filled up with null."""
    cells = [base64.encodebytes(image).decode() for image in images]  # with a line break after 76 characters
    data = [list(row) for row in zip_longest(cells, texts)]
    envelope = {
        "input_data": {"columns": ["image", "text"], "index": list(range(len(data))), "data": data},
        "params": {},
    }
    rows = json.loads(post(url, json.dumps(envelope).encode()))
    if len(rows) != len(data):
        raise RuntimeError(f"{len(data)} rows were sent and {len(rows)} came back")
    return rows


def post(url, body):
    """Sends a body, again and again where that may help."""
    headers = {"Content-Type": "application/json"}
    if "MEDEMBED_KEY" in os.environ:
        headers["Authorization"] = f"Bearer {os.environ['MEDEMBED_KEY']}"
    if "MEDEMBED_DEPLOYMENT" in os.environ:
        headers["azureml-model-deployment"] = os.environ["MEDEMBED_DEPLOYMENT"]
    for attempt in range(ATTEMPTS):
        try:
            request = urllib.request.Request(url, data=body, headers=headers, method="POST")
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            may_help = error.code == 429 or error.code >= 500
            reason = f"{error.code} {error.read().decode(errors='replace')}"
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            may_help = True
            reason = repr(error)
        if not may_help or attempt + 1 == ATTEMPTS:
            raise RuntimeError(reason)
        time.sleep(random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2**attempt)))


def dot(a, b):
    """The cosine: all vectors have length 1."""
    return sum(x * y for x, y in zip(a, b))


def softmax(logits):
    largest = max(logits)
    weights = [math.exp(logit - largest) for logit in logits]
    return [weight / sum(weights) for weight in weights]


def classify(url, path, prompts):
    with open(path, "rb") as file:
        [row] = score(url, images=[file.read()])
    image = row["image_features"][0]  # nested; the texts' vectors are flat
    scale = math.exp(row["scaling_factor"])  # sent as its logarithm
    probabilities = softmax([scale * dot(image, prompt) for prompt in prompts])
    return max(zip(probabilities, PROMPTS))


def describe(url, path, prompts):
    try:
        probability, prompt = classify(url, path, prompts)
        return f"{path}: {prompt} ({100 * probability:.0f} %)"
    except (RuntimeError, OSError) as error:
        return f"{path}: failed: {error}"


def main(url, *paths):
    prompts = [row["text_features"] for row in score(url, texts=PROMPTS)]
    with ThreadPoolExecutor(THREADS) as pool:
        for line in pool.map(lambda path: describe(url, path, prompts), paths):
            print(line)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
