"""The golden messages, and the script that says what `survey_defs` makes of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
VECTORS = PROJECT / "survey_defs" / "vectors.json"
RUNNER = PROJECT / "tests" / "contract" / "run_vectors.py"
GOLDEN: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))
