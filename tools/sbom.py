"""Writes the software bill of materials, CycloneDX 1.6 as JSON: `make sbom`.

It holds what an installation runs: every package that requirements/run.txt pins, with the SHA-256 of the
files that may be installed for it; every file of the firmware as it is compiled for each board, with the
SHA-256 that `hailong device flash` compares on the board; and the parts that come from elsewhere. The same
sources give the same bytes: it carries no time, and its serial number is drawn from its content.
"""

import hashlib
import json
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from firmware.host import build
from tools.licences import RULES, licence_of
from tools.locked import pins

ROOT = Path(__file__).parent.parent
OUTPUT = ROOT / "build" / "sbom.cdx.json"
_NAMESPACE = UUID("6f6b1a52-6c1b-4d0e-9f39-2f3f8e3b7d11")


def bill() -> str:
    """The bill of materials as JSON."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    parts = sorted(
        [*_packages(), *_firmware(project["version"]), *_other()], key=lambda part: str(part.bom_ref)
    )
    product = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        bom_ref=project["name"],
        licenses=[LicenseExpression(project["license"])],
    )
    bom = Bom(components=parts)
    bom.metadata.component = product
    bom.register_dependency(product, parts)
    bom.serial_number = _NAMESPACE
    made = json.loads(JsonV1Dot6(bom).output_as_string())
    del made["metadata"]["timestamp"]
    made["serialNumber"] = uuid5(_NAMESPACE, json.dumps(made)).urn
    return json.dumps(made, indent=2) + "\n"


def _packages() -> Iterator[Component]:
    for pin in pins("run.txt"):
        address = PackageURL("pypi", name=pin.name, version=pin.version)
        yield Component(
            name=pin.name,
            version=pin.version,
            type=ComponentType.LIBRARY,
            bom_ref=str(address),
            purl=address,
            licenses=[LicenseExpression(licence_of(pin.name))],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=found) for found in pin.hashes],
        )


def _firmware(version: str) -> Iterator[Component]:
    for board, name in build.BOARDS.items():
        with tempfile.TemporaryDirectory(prefix="hailong-sbom-") as folder:
            files = [
                Component(
                    name=piece.target,
                    type=ComponentType.FILE,
                    bom_ref=f"firmware/{board}/{piece.target}",
                    hashes=[_digest(Path(folder) / piece.target)],
                )
                for piece in build.build(board, Path(folder))
            ]
        yield Component(
            name=f"hailong-firmware-{board}",
            version=version,
            description=name,
            type=ComponentType.FIRMWARE,
            bom_ref=f"firmware/{board}",
            components=files,
        )


def _other() -> Iterator[Component]:
    for part in RULES["parts"]:
        if part["with"] == "run":
            yield Component(
                name=part["name"],
                description=part["from"],
                type=ComponentType.PLATFORM,
                bom_ref=f"other/{part['name']}",
                licenses=[LicenseExpression(part["licence"])],
            )


def _digest(file: Path) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(file.read_bytes()).hexdigest())


def main() -> int:
    """Write it to the file that is named, else below build/."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill(), encoding="utf-8")
    print(f"{target}: software bill of materials, CycloneDX 1.6")
    return 0


if __name__ == "__main__":
    sys.exit(main())
